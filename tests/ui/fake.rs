//! Doors with nothing real behind them: an engine that is told what to answer, and files from nowhere.

use app::document::Document;
use app::library::Installed;
use app::link::{FrameTaker, JobService, OpenedPicture};
use app::live::{Aside, Asked, Kept, KeptResult, Restored, Shelf, Told, Wish, Work};
use app::window::{Answer, Doors, Files, Noted, Notes, Planner, Purpose, SaveDetails, Studio, Wanted};
use egui_kittest::{Harness, HarnessBuilder};
use engine_api::{
    CancelMode, EngineError, ErrorKind, Event, EventKind, Finished, Foresight, ImageRequest, Intent, JobId,
    Outcome, Picture, Plan, Preview, Prospect, Room, Settings, Size, Stage, VideoRequest,
};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A wish with nothing but words.
pub fn wish(prompt: &str) -> Wish {
    let mut wish = Wish::default();
    prompt.clone_into(&mut wish.prompt);
    wish
}

/// Size of every picture that is opened.
pub const SIZE: Size = Size { width: 400, height: 300 };

/// What stands behind the doors; clones share it.
#[derive(Clone, Default)]
pub struct Fake {
    inner: Rc<RefCell<Inner>>,
    modelless: Arc<AtomicBool>,
}

#[derive(Default)]
struct Inner {
    requests: Vec<ImageRequest>,
    cancelled: Vec<(JobId, CancelMode)>,
    events: VecDeque<Event>,
    preview: Option<(JobId, Preview)>,
    answers: VecDeque<Answer>,
    saved: Vec<Picture>,
    noted: Option<Noted>,
    kept_times: Vec<String>,
    prospects: Vec<(u64, Prospect)>,
    foresights: VecDeque<(u64, Result<Foresight, EngineError>)>,
    /// Work that is held back; `None` while it is done at once.
    held: Option<VecDeque<Work>>,
    /// Whether there is no room for another thread.
    crowded: bool,
    /// Whether every picture counts as very large.
    large: bool,
    /// Jobs that are written down, in the order in which they came.
    kept: Vec<Kept>,
    results: Vec<KeptResult>,
    order: Vec<JobId>,
    told: VecDeque<Told>,
    taken_over: Vec<JobId>,
    thrown_away: bool,
    /// Whether the engine's thread has ended.
    dead: bool,
    /// Whether the system has no file dialogs.
    dialogless: bool,
}

impl Fake {
    /// A window that has drawn its first frames.
    pub fn window(&self, files: Vec<PathBuf>) -> Harness<'static, Option<Studio>> {
        self.window_in(files, Harness::builder().with_size([1280.0, 800.0]))
    }

    /// The same in a harness that is made otherwise.
    pub fn window_in(
        &self,
        files: Vec<PathBuf>,
        harness: HarnessBuilder<Option<Studio>>,
    ) -> Harness<'static, Option<Studio>> {
        let fake = self.clone();
        let mut files = Some(files);
        let frame = move |ui: &mut egui::Ui, studio: &mut Option<Studio>| {
            let studio = studio.get_or_insert_with(|| {
                let modelless = Arc::clone(&fake.modelless);
                let models = move || {
                    let toy = Installed { name: "Toy".into(), path: "toy".into() };
                    if modelless.load(Ordering::Relaxed) { Vec::new() } else { vec![toy] }
                };
                let own = || Box::new(fake.clone());
                let doors = Doors {
                    service: own(),
                    files: own(),
                    aside: own(),
                    shelf: own(),
                    notes: own(),
                    planner: own(),
                    models: Arc::new(models),
                    model_folder: Some("models".into()),
                };
                Studio::new(ui.ctx(), doors, files.take().unwrap_or_default())
            });
            studio.ui(ui);
        };
        let mut harness = harness.build_ui_state(frame, None);
        harness.run_ok();
        harness
    }

    /// Whether no model is installed.
    pub fn hide_models(&self, hidden: bool) {
        self.modelless.store(hidden, Ordering::Relaxed);
    }

    pub fn requests(&self) -> Vec<ImageRequest> {
        self.inner.borrow().requests.clone()
    }

    pub fn cancelled(&self) -> Vec<(JobId, CancelMode)> {
        self.inner.borrow().cancelled.clone()
    }

    pub fn saved(&self) -> Vec<Picture> {
        self.inner.borrow().saved.clone()
    }

    /// From now on work beside the window is held back.
    pub fn hold_work(&self) {
        self.inner.borrow_mut().held.get_or_insert_default();
    }

    /// Does the work that was held back, and all further work at once.
    pub fn let_work_go(&self) {
        let held = self.inner.borrow_mut().held.take();
        held.into_iter().flatten().for_each(|work| work());
    }

    /// From now on every change of a whole picture is made beside the window.
    pub fn treat_as_large(&self) {
        self.inner.borrow_mut().large = true;
    }

    /// From now on the system has no file dialogs.
    pub fn without_dialogs(&self) {
        self.inner.borrow_mut().dialogless = true;
    }

    fn lacks_dialog(&self, wanted: Wanted) -> bool {
        let mut inner = self.inner.borrow_mut();
        if inner.dialogless {
            inner.answers.push_back(Answer::NoDialog { wanted, folder: "pictures".into() });
        }
        inner.dialogless
    }

    /// From now on there is no room for work beside the window.
    pub fn refuse_work(&self) {
        self.inner.borrow_mut().crowded = true;
    }

    /// Numbers of the jobs that are written down.
    pub fn kept(&self) -> Vec<u64> {
        self.inner.borrow().kept.iter().map(|job| job.request.job.0).collect()
    }

    /// Results that are written down.
    pub fn results(&self) -> Vec<KeptResult> {
        self.inner.borrow().results.clone()
    }

    /// The order that was written down last.
    pub fn order(&self) -> Vec<u64> {
        self.inner.borrow().order.iter().map(|job| job.0).collect()
    }

    /// What the written line tells next.
    pub fn shelf_tells(&self, told: Told) {
        self.inner.borrow_mut().told.push_back(told);
    }

    pub fn taken_over(&self) -> Vec<JobId> {
        self.inner.borrow().taken_over.clone()
    }

    pub fn was_thrown_away(&self) -> bool {
        self.inner.borrow().thrown_away
    }

    /// The engine's thread ends.
    pub fn die(&self) {
        self.inner.borrow_mut().dead = true;
    }

    pub fn tell(&self, job: JobId, kind: EventKind) {
        self.inner.borrow_mut().events.push_back(Event { job, kind });
    }

    /// What the user's folder held at the start.
    pub fn note(&self, noted: Noted) {
        self.inner.borrow_mut().noted = Some(noted);
    }

    /// What the window wanted to know beforehand.
    pub fn prospects(&self) -> Vec<Prospect> {
        self.inner.borrow().prospects.iter().map(|(_, prospect)| prospect.clone()).collect()
    }

    /// Answers the latest question about what a job will take.
    pub fn foresee(&self, room: Room, edits: bool) {
        let mut inner = self.inner.borrow_mut();
        let number = inner.prospects.last().expect("the window has asked").0;
        let plan = Plan { part: None, ..plan([0; 4]) };
        let (needed, free) = (6 << 30, Some(8 << 30));
        let foresight = Foresight { plan, family: "Toy".into(), edits, room, needed, free };
        inner.foresights.push_back((number, Ok(foresight)));
    }

    /// How long runs took, as it was kept last.
    pub fn kept_times(&self) -> Option<String> {
        self.inner.borrow().kept_times.last().cloned()
    }

    /// The first signs of life of a job that works on a part of the picture.
    pub fn begin(&self, job: JobId, part: [u32; 4]) {
        self.tell(job, EventKind::Started);
        self.tell(job, EventKind::Planned(plan(part)));
        self.tell(job, EventKind::Stage { stage: Stage::Drawing, part: None });
    }

    /// A step with its preview.
    pub fn step(&self, job: JobId, index: u32) {
        self.tell(job, EventKind::Step { index, total: 4, seconds: 2.0 });
        let picture = flat(Size { width: 16, height: 16 }, [0, 200, 0, 255]);
        self.inner.borrow_mut().preview = Some((job, Preview { picture, step: index, total: 4 }));
    }

    /// The end: the whole picture in one colour.
    pub fn finish(&self, job: JobId, colour: [u8; 4]) {
        self.finish_sized(job, SIZE, colour);
    }

    /// The same for a picture of another size.
    pub fn finish_sized(&self, job: JobId, size: Size, colour: [u8; 4]) {
        let settings = Settings {
            family: "Toy".into(),
            negative: None,
            steps: 4,
            guidance: 1.0,
            strength: None,
            work_size: SIZE,
        };
        let outcome = Outcome {
            picture: flat(size, colour),
            settings,
            changed_outside_mask: Some(0),
            registration: None,
            peak_vram: 0,
            stopped_after: None,
        };
        let finished = Finished { outcome, seconds: 8.0, peak_rss: None, notes: Vec::new() };
        self.tell(job, EventKind::Finished(Box::new(finished)));
    }
}

impl JobService for Fake {
    fn submit(&self, request: ImageRequest) -> Result<(), EngineError> {
        request.check()?;
        assert!(matches!(request.intent, Intent::Edit(_) | Intent::Generate(_)));
        self.inner.borrow_mut().requests.push(request);
        Ok(())
    }

    fn submit_clip(&self, _request: VideoRequest, _taker: Box<dyn FrameTaker>) -> Result<(), EngineError> {
        Err(EngineError::new(ErrorKind::Internal, "The window asks for no clips"))
    }

    fn try_event(&self) -> Option<Event> {
        self.inner.borrow_mut().events.pop_front()
    }

    fn take_preview(&self, job: JobId) -> Option<Preview> {
        let mut inner = self.inner.borrow_mut();
        inner.preview.take_if(|(owner, _)| *owner == job).map(|(_, preview)| preview)
    }

    fn next_event(&self, _patience: Duration) -> Option<Event> {
        self.try_event()
    }

    fn is_alive(&self) -> bool {
        !self.inner.borrow().dead
    }

    fn cancel(&self, job: JobId, mode: CancelMode) {
        self.inner.borrow_mut().cancelled.push((job, mode));
    }
}

impl Notes for Fake {
    fn load(&mut self) {}

    fn keep_times(&mut self, text: String) {
        self.inner.borrow_mut().kept_times.push(text);
    }

    fn try_answer(&mut self) -> Option<Noted> {
        self.inner.borrow_mut().noted.take()
    }
}

impl Planner for Fake {
    fn ask(&mut self, number: u64, prospect: Prospect) {
        self.inner.borrow_mut().prospects.push((number, prospect));
    }

    fn try_answer(&mut self) -> Option<(u64, Result<Foresight, EngineError>)> {
        self.inner.borrow_mut().foresights.pop_front()
    }
}

impl Files for Fake {
    fn ask_open(&mut self, purpose: Purpose) {
        if !self.lacks_dialog(Wanted::Open(purpose)) {
            self.open("chosen.png".into(), purpose);
        }
    }

    fn open(&mut self, file: PathBuf, purpose: Purpose) {
        let opened =
            OpenedPicture { picture: flat(SIZE, [90, 120, 160, 255]), profile: None, notes: Vec::new() };
        self.inner.borrow_mut().answers.push_back(Answer::Opened { file, purpose, result: Ok(opened) });
    }

    fn ask_save(&mut self, document: Document, details: SaveDetails) {
        if !self.lacks_dialog(Wanted::Export) {
            self.save("out.png".into(), document, details);
        }
    }

    fn save(&mut self, file: PathBuf, document: Document, details: SaveDetails) {
        let mut inner = self.inner.borrow_mut();
        inner.saved.push(document.snapshot().expect("small enough").picture);
        inner.answers.push_back(Answer::Saved { file, moment: details.moment, result: Ok(()) });
    }

    fn try_answer(&mut self) -> Option<Answer> {
        self.inner.borrow_mut().answers.pop_front()
    }
}

impl Aside for Fake {
    fn run(&self, work: Work) -> Result<(), EngineError> {
        let mut inner = self.inner.borrow_mut();
        if inner.crowded {
            let error = EngineError::new(ErrorKind::Internal, "The system gave no room for another task");
            return Err(error.with_hint("Close other programs and try again"));
        }
        match &mut inner.held {
            Some(held) => held.push_back(work),
            None => {
                drop(inner);
                work();
            }
        }
        Ok(())
    }

    fn finish(&self) {
        self.let_work_go();
    }

    fn at_once(&self, _pixels: u64) -> bool {
        !self.inner.borrow().large
    }
}

impl Shelf for Fake {
    fn keep(&mut self, job: Kept) {
        let mut inner = self.inner.borrow_mut();
        inner.told.push_back(Told::Written(job.request.job));
        inner.kept.push(job);
    }

    fn keep_result(&mut self, result: KeptResult) {
        let mut inner = self.inner.borrow_mut();
        inner.kept.retain(|kept| kept.request.job != result.job);
        inner.results.push(result);
    }

    fn forget(&mut self, job: JobId) {
        let mut inner = self.inner.borrow_mut();
        inner.kept.retain(|kept| kept.request.job != job);
        inner.results.retain(|kept| kept.job != job);
    }

    fn order(&mut self, jobs: Vec<JobId>) {
        self.inner.borrow_mut().order = jobs;
    }

    fn take_over(&mut self, numbers: Vec<JobId>) {
        self.inner.borrow_mut().taken_over = numbers;
    }

    fn throw_away(&mut self) {
        self.inner.borrow_mut().thrown_away = true;
    }

    fn fetch(&mut self, job: JobId) {
        let mut inner = self.inner.borrow_mut();
        let found = inner.kept.iter().find(|kept| kept.request.job == job).cloned();
        let told = match found {
            Some(Kept { request, model }) => {
                let asked = Asked::of_earlier(model, &request);
                Told::Fetched(Box::new(Restored { request, asked }))
            }
            None => Told::Gone(job, EngineError::new(ErrorKind::Input, "The job is not on disk any more")),
        };
        inner.told.push_back(told);
    }

    fn try_tell(&mut self) -> Option<Told> {
        self.inner.borrow_mut().told.pop_front()
    }
}

fn plan(part: [u32; 4]) -> Plan {
    Plan {
        device: "toy".into(),
        ram_bytes: 1 << 30,
        vram_bytes: 0,
        steps: 4,
        tiles: 1,
        work_size: SIZE,
        part: Some(part),
        notes: Vec::new(),
    }
}

fn flat(size: Size, colour: [u8; 4]) -> Picture {
    let pixels = colour.repeat(size.pixels() as usize);
    Picture::new(size.width, size.height, pixels).expect("four bytes per pixel")
}
