//! A window that is closed in the middle of a job: the engine's thread ends, nothing half is left on disk, and the job
//! is there the next time.

use crate::fake::Fake;
use crate::hand::perform;
use crate::written::codec;
use app::library::Installed;
use app::link::{FrameTaker, JobService};
use app::live::{Disk, Shelf, Threads, Told};
use app::window::{Command, Doors, Studio};
use egui_kittest::Harness;
use engine::pipelines::report::Report;
use engine::service::{Runner, Service};
use engine_api::{
    CancelMode, EngineError, ErrorKind, Event, ImageRequest, JobId, Outcome, Plan, Preview, Size, Stage,
    VideoRequest,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// What the runner shows of itself.
#[derive(Default)]
struct Signs {
    is_drawing: AtomicBool,
    is_gone: AtomicBool,
}

/// Draws on until it is stopped.
struct Endless(Arc<Signs>);

impl Runner for Endless {
    fn run(&mut self, _: &ImageRequest, report: &dyn Report) -> Result<Outcome, EngineError> {
        let work_size = Size { width: 64, height: 64 };
        report.planned(Plan {
            device: "toy".into(),
            ram_bytes: 1 << 20,
            vram_bytes: 0,
            steps: 4,
            tiles: 1,
            work_size,
            part: None,
            notes: Vec::new(),
        });
        report.stage(Stage::Drawing, None);
        self.0.is_drawing.store(true, Ordering::SeqCst);
        let deadline = Instant::now() + PATIENCE;
        while !report.stop_now() {
            assert!(Instant::now() < deadline, "nobody stopped the job");
            std::thread::yield_now();
        }
        Err(EngineError::cancelled())
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.is_gone.store(true, Ordering::SeqCst);
    }
}

struct Running(Service);

impl JobService for Running {
    fn submit(&self, request: ImageRequest) -> Result<(), EngineError> {
        self.0.submit(request)
    }

    fn submit_clip(&self, _request: VideoRequest, _taker: Box<dyn FrameTaker>) -> Result<(), EngineError> {
        Err(EngineError::new(ErrorKind::Internal, "The window asks for no clips"))
    }

    fn try_event(&self) -> Option<Event> {
        self.0.try_event()
    }

    fn take_preview(&self, job: JobId) -> Option<Preview> {
        self.0.take_preview(job)
    }

    fn next_event(&self, patience: Duration) -> Option<Event> {
        self.0.next_event(patience)
    }

    fn is_alive(&self) -> bool {
        self.0.is_alive()
    }

    fn cancel(&self, job: JobId, mode: CancelMode) {
        self.0.cancel(job, mode);
    }
}

/// A window with real threads: the engine's, those beside the window, and the one that writes.
fn window(signs: &Arc<Signs>, queue: &Path) -> Harness<'static, Option<Studio>> {
    let (signs, queue, fake) = (Arc::clone(signs), queue.to_owned(), Fake::default());
    let frame = move |ui: &mut egui::Ui, studio: &mut Option<Studio>| {
        let studio = studio.get_or_insert_with(|| {
            let ctx = ui.ctx().clone();
            let wake: app::link::Waker = Arc::new(move || ctx.request_repaint());
            let signs = Arc::clone(&signs);
            let make = Box::new(move || Ok(Box::new(Endless(Arc::clone(&signs))) as Box<dyn Runner>));
            let service = Service::start(make, wake.clone()).expect("threads are free");
            let doors = Doors {
                service: Box::new(Running(service)),
                files: Box::new(fake.clone()),
                aside: Box::new(Threads::new(wake.clone())),
                shelf: Box::new(Disk::open(Some(queue.clone()), codec(), wake)),
                notes: Box::new(fake.clone()),
                planner: Box::new(fake.clone()),
                models: std::sync::Arc::new(|| vec![Installed { name: "Toy".into(), path: "toy".into() }]),
                model_folder: None,
            };
            Studio::new(ui.ctx(), doors, vec!["meadow.png".into()])
        });
        studio.ui(ui);
    };
    let mut harness = Harness::builder().with_size([1280.0, 800.0]).build_ui_state(frame, None);
    harness.run_ok();
    harness
}

/// Frames until something is so.
fn run_until(harness: &mut Harness<'static, Option<Studio>>, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never happened");
        harness.step();
    }
}

fn ask(harness: &mut Harness<'static, Option<Studio>>, prompt: &str) {
    harness.state_mut().as_mut().expect("the first frame makes it").write_prompt(prompt);
    perform(harness, Command::Generate);
}

#[test]
fn a_window_closed_in_mid_run_leaves_no_thread_and_no_half_file_and_loses_no_job() {
    let folder = tempfile::TempDir::new().expect("there is room");
    let signs = Arc::new(Signs::default());
    let mut harness = window(&signs, folder.path());
    ask(&mut harness, "one");
    ask(&mut harness, "two");
    run_until(&mut harness, || signs.is_drawing.load(Ordering::SeqCst));
    drop(harness);
    assert!(signs.is_gone.load(Ordering::SeqCst), "the engine's thread has ended, and its runner is gone");
    // Nobody holds on to the signs but this test: every thread that knew the runner has ended.
    assert_eq!(Arc::strong_count(&signs), 1);
    let session = folder.path().join("1");
    let names: Vec<String> = fs::read_dir(&session)
        .expect("the queue was written")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.iter().all(|name| !name.contains("part") && !name.contains("tmp")), "{names:?}");
    let mut disk = Disk::open(Some(folder.path().to_owned()), codec(), Arc::new(|| {}));
    let deadline = Instant::now() + PATIENCE;
    let found = loop {
        assert!(Instant::now() < deadline, "nothing is told");
        if let Some(told) = disk.try_tell() {
            break told;
        }
        std::thread::yield_now();
    };
    assert!(matches!(found, Told::Found { jobs: 2, results: 0 }), "{found:?}");
}

#[test]
fn cancelling_reaches_the_engine_and_the_next_job_begins() {
    let folder = tempfile::TempDir::new().expect("there is room");
    let signs = Arc::new(Signs::default());
    let mut harness = window(&signs, folder.path());
    ask(&mut harness, "one");
    ask(&mut harness, "two");
    run_until(&mut harness, || signs.is_drawing.load(Ordering::SeqCst));
    signs.is_drawing.store(false, Ordering::SeqCst);
    perform(&mut harness, Command::StopNow);
    run_until(&mut harness, || signs.is_drawing.load(Ordering::SeqCst));
    drop(harness);
    assert_eq!(Arc::strong_count(&signs), 1);
}
