//! The line of jobs. The engine is handed one at a time; all others wait here, where they can be moved, held and
//! taken out.

use super::{Asked, Job};
use crate::link::JobService;
use engine_api::{CancelMode, EngineError, ErrorKind, Event, EventKind, Finished, ImageRequest, JobId};

/// Everything that was asked of the engine and is not over.
#[derive(Default)]
pub struct Jobs {
    /// In line, the one that the engine has first.
    jobs: Vec<Job>,
    /// Taken out of the line by the last [`Jobs::clear_waiting`], so that it can be taken back.
    cleared: Vec<Job>,
    last: u64,
    paused: bool,
}

/// Jobs at the front of the line whose pictures stay in memory.
const NEAR: usize = 2;

/// How a job ended.
pub struct Ending {
    pub job: Job,
    /// [`ErrorKind::Cancelled`] when the user stopped it.
    pub result: Result<Box<Finished>, EngineError>,
}

impl Jobs {
    /// A number for the next job.
    pub fn next_id(&mut self) -> JobId {
        self.last += 1;
        JobId(self.last)
    }

    /// Lists a job whose pictures are not ready yet; in front of those that wait, or behind them.
    pub fn announce(&mut self, job: Job, in_front: bool) {
        let at = if in_front { self.first_movable() } else { self.jobs.len() };
        self.jobs.insert(at, job);
    }

    /// The pictures of a job are there: from now on it can be handed over. False when it was cancelled meanwhile.
    pub fn ready(&mut self, request: ImageRequest, asked: Asked) -> bool {
        let Some(job) = self.find(request.job) else { return false };
        job.prepare(request, asked);
        true
    }

    /// A job lies on disk.
    pub fn written(&mut self, id: JobId) {
        if let Some(job) = self.find(id) {
            job.written();
        }
    }

    /// Lets go of the pictures of jobs that are far from the front and lie on disk, and tells whose pictures are needed
    /// again soon.
    pub fn spill(&mut self) -> Vec<JobId> {
        let mut wanted = Vec::new();
        let waiting = self.jobs.iter_mut().filter(|job| !job.is_handed_over());
        for (place, job) in waiting.enumerate() {
            if place >= NEAR {
                job.shelve();
            } else if job.wants_pictures() {
                wanted.push(job.id);
            }
        }
        wanted
    }

    /// The pictures of a job are back from disk.
    pub fn fetched(&mut self, request: ImageRequest, asked: Asked) -> bool {
        self.find(request.job).is_some_and(|job| job.fetched(request, asked))
    }

    /// Takes a job out that cannot be made ready.
    pub fn give_up(&mut self, id: JobId, error: EngineError) -> Option<Ending> {
        self.cleared.retain(|job| job.id != id);
        let at = self.jobs.iter().position(|job| job.id == id)?;
        Some(Ending { job: self.jobs.remove(at), result: Err(error) })
    }

    /// Takes everything that the engine has told since the last call, hands it the next job where it has none, and
    /// returns the jobs that ended.
    pub fn update(&mut self, service: &dyn JobService) -> Vec<Ending> {
        let mut endings = Vec::new();
        while let Some(event) = service.try_event() {
            endings.extend(self.hear(event));
        }
        for job in self.jobs.iter_mut().filter(|job| job.is_handed_over()) {
            if let Some(preview) = service.take_preview(job.id) {
                job.preview = Some(preview);
                job.preview_number += 1;
            }
        }
        let is_lost = endings.iter().any(|ending| is_lost(&ending.result));
        if service.is_alive() {
            // What broke the engine would break the next job, too: the others wait until somebody has looked.
            self.paused |= is_lost && !self.jobs.is_empty();
            endings.extend(self.hand_over(service));
        } else if let Some(at) = self.jobs.iter().position(Job::is_handed_over) {
            self.paused = true;
            endings.push(Ending { job: self.jobs.remove(at), result: Err(stopped()) });
        }
        endings
    }

    /// In line, the running one first.
    pub fn list(&self) -> &[Job] {
        &self.jobs
    }

    /// The one that the engine works on.
    pub fn running(&self) -> Option<&Job> {
        self.jobs.iter().find(|job| job.progress.is_running())
    }

    /// How many have not been handed over.
    pub fn waiting(&self) -> usize {
        self.jobs.iter().filter(|job| !job.is_handed_over()).count()
    }

    /// Whether the engine gets no further job.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Holds the line, or lets it go on. The running job is not touched.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Asks a job to end. One that the engine has stays in the list until the engine answers; any other one is over
    /// at once.
    pub fn cancel(&mut self, service: &dyn JobService, id: JobId, mode: CancelMode) -> Option<Ending> {
        let at = self.jobs.iter().position(|job| job.id == id)?;
        let job = self.jobs.get_mut(at)?;
        if job.is_handed_over() {
            job.stopping = Some(mode);
            service.cancel(id, mode);
            return None;
        }
        Some(Ending { job: self.jobs.remove(at), result: Err(EngineError::cancelled()) })
    }

    /// Moves a waiting job to a place in the list; the running one keeps its place.
    pub fn move_to(&mut self, id: JobId, place: usize) -> bool {
        let first = self.first_movable();
        let Some(at) = self.jobs.iter().position(|job| job.id == id).filter(|&at| at >= first) else {
            return false;
        };
        let job = self.jobs.remove(at);
        let place = place.clamp(first, self.jobs.len());
        self.jobs.insert(place, job);
        place != at
    }

    /// One place nearer to the front, or one farther.
    pub fn shift(&mut self, id: JobId, forward: bool) -> bool {
        let Some(at) = self.jobs.iter().position(|job| job.id == id) else { return false };
        self.move_to(id, if forward { at.saturating_sub(1) } else { at + 1 })
    }

    /// Takes all waiting jobs out of the line and returns how many; [`Jobs::restore`] takes this back.
    pub fn clear_waiting(&mut self) -> usize {
        let (stay, go) = std::mem::take(&mut self.jobs).into_iter().partition(Job::is_handed_over);
        self.jobs = stay;
        let cleared: Vec<Job> = go;
        let number = cleared.len();
        if number > 0 {
            self.cleared = cleared;
        }
        number
    }

    /// Puts the jobs back that were cleared last, and tells how many.
    pub fn restore(&mut self) -> usize {
        let number = self.cleared.len();
        self.jobs.append(&mut self.cleared);
        number
    }

    /// The jobs that [`Jobs::restore`] would put back.
    pub fn cleared(&self) -> &[Job] {
        &self.cleared
    }

    fn find(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.iter_mut().chain(&mut self.cleared).find(|job| job.id == id)
    }

    fn first_movable(&self) -> usize {
        self.jobs.iter().position(|job| !job.is_handed_over()).unwrap_or(self.jobs.len())
    }

    /// Gives the engine the first job that is ready, where it has none.
    fn hand_over(&mut self, service: &dyn JobService) -> Vec<Ending> {
        let mut refused = Vec::new();
        while !self.paused && !self.jobs.iter().any(Job::is_handed_over) {
            let Some(at) = self.jobs.iter().position(Job::is_ready) else { break };
            let mut job = self.jobs.remove(at);
            let Some(request) = job.hand_over() else { break };
            match service.submit(request) {
                Ok(()) => self.jobs.insert(0, job),
                Err(error) => refused.push(Ending { job, result: Err(error) }),
            }
        }
        refused
    }

    fn hear(&mut self, event: Event) -> Option<Ending> {
        let at = self.jobs.iter().position(|job| job.id == event.job)?;
        let result = match event.kind {
            EventKind::Finished(finished) => Ok(finished),
            EventKind::Failed(error) => Err(error),
            EventKind::Cancelled => Err(EngineError::cancelled()),
            told => {
                self.jobs.get_mut(at)?.hear(told);
                return None;
            }
        };
        Some(Ending { job: self.jobs.remove(at), result })
    }
}

/// Whether the engine itself is in trouble, and not this job only.
fn is_lost(result: &Result<Box<Finished>, EngineError>) -> bool {
    result.as_ref().is_err_and(|error| matches!(error.kind, ErrorKind::Device | ErrorKind::Internal))
}

fn stopped() -> EngineError {
    let error = EngineError::new(ErrorKind::Internal, "The engine stopped without a word");
    error.with_hint("Your picture is untouched; export it and start Rostrum again, the jobs will be offered")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::FrameTaker;
    use crate::live::{Canvas, Doing, Wish};
    use engine_api::{Picture, Preview, Size, VideoRequest};
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;
    use std::time::Duration;

    /// An engine that notes what it gets and says what it is told to say.
    #[derive(Default)]
    struct Engine {
        got: RefCell<Vec<u64>>,
        says: RefCell<VecDeque<Event>>,
        dead: Cell<bool>,
    }

    impl JobService for Engine {
        fn submit(&self, request: ImageRequest) -> Result<(), EngineError> {
            request.check()?;
            self.got.borrow_mut().push(request.job.0);
            Ok(())
        }

        fn submit_clip(&self, _: VideoRequest, _: Box<dyn FrameTaker>) -> Result<(), EngineError> {
            Err(EngineError::new(ErrorKind::Internal, "the window asks for no clips"))
        }

        fn try_event(&self) -> Option<Event> {
            self.says.borrow_mut().pop_front()
        }

        fn take_preview(&self, _: JobId) -> Option<Preview> {
            None
        }

        fn next_event(&self, _: Duration) -> Option<Event> {
            self.try_event()
        }

        fn is_alive(&self) -> bool {
            !self.dead.get()
        }

        fn cancel(&self, job: JobId, _: CancelMode) {
            self.says.borrow_mut().push_back(Event { job, kind: EventKind::Cancelled });
        }
    }

    const SIZE: Size = Size { width: 64, height: 64 };

    fn request(job: JobId, prompt: &str) -> ImageRequest {
        let mut wish = Wish::default();
        prompt.clone_into(&mut wish.prompt);
        wish.request(job, "model".into(), Canvas::Empty(SIZE), 0)
    }

    fn asked() -> Asked {
        let (mask, source, thumbnail) = (None, None, None);
        let (doing, model) = (Doing::Generate(SIZE), "Toy".into());
        Asked {
            doing,
            model,
            document: Some(1),
            mask,
            ingredients: crate::document::Ingredients::default(),
            remakes: None,
            source,
            fades_over: 0,
            thumbnail,
            expand: engine_api::Expansion::default(),
        }
    }

    fn add(jobs: &mut Jobs, prompt: &str, in_front: bool) -> JobId {
        let id = jobs.next_id();
        jobs.announce(Job::preparing(&request(id, "announced"), asked()), in_front);
        assert!(jobs.ready(request(id, prompt), asked()));
        id
    }

    fn add_some(jobs: &mut Jobs, number: usize) {
        for _ in 0..number {
            add(jobs, "a", false);
        }
    }

    fn line(jobs: &Jobs) -> Vec<u64> {
        jobs.list().iter().map(|job| job.id.0).collect()
    }

    fn end(engine: &Engine, job: u64) {
        engine.says.borrow_mut().push_back(Event { job: JobId(job), kind: EventKind::Cancelled });
    }

    #[test]
    fn the_engine_gets_one_job_at_a_time_in_the_order_of_the_line() {
        let (engine, mut jobs) = (Engine::default(), Jobs::default());
        add_some(&mut jobs, 12);
        assert!(jobs.update(&engine).is_empty());
        assert_eq!(*engine.got.borrow(), [1]);
        add(&mut jobs, "urgent", true);
        assert!(jobs.move_to(JobId(12), 0), "as far to the front as it goes: behind the running one");
        assert!(jobs.shift(JobId(2), false));
        assert!(!jobs.move_to(JobId(1), 5), "the running one stays");
        assert_eq!(line(&jobs)[..6], [1, 12, 13, 3, 2, 4]);
        for job in [1, 12, 13] {
            end(&engine, job);
            assert_eq!(jobs.update(&engine).len(), 1);
        }
        assert_eq!(*engine.got.borrow(), [1, 12, 13, 3]);
        assert_eq!(jobs.waiting(), 9);
    }

    #[test]
    fn a_paused_line_hands_nothing_over_and_a_job_in_the_making_is_passed_by() {
        let (engine, mut jobs) = (Engine::default(), Jobs::default());
        let slow = jobs.next_id();
        jobs.announce(Job::preparing(&request(slow, "slow"), asked()), false);
        add(&mut jobs, "quick", false);
        jobs.pause(true);
        jobs.update(&engine);
        assert!(engine.got.borrow().is_empty());
        jobs.pause(false);
        jobs.update(&engine);
        assert_eq!(*engine.got.borrow(), [2]);
        assert_eq!(line(&jobs), [2, 1]);
        assert!(jobs.cancel(&engine, slow, CancelMode::Now).is_some(), "not begun: over at once");
        assert!(!jobs.ready(request(slow, "too late"), asked()));
    }

    #[test]
    fn what_was_cleared_can_be_put_back() {
        let (engine, mut jobs) = (Engine::default(), Jobs::default());
        add_some(&mut jobs, 3);
        jobs.update(&engine);
        assert_eq!(jobs.clear_waiting(), 2);
        assert_eq!((line(&jobs), jobs.clear_waiting()), (vec![1], 0));
        assert_eq!(jobs.restore(), 2);
        assert_eq!((line(&jobs), jobs.restore()), (vec![1, 2, 3], 0));
    }

    #[test]
    fn trouble_of_the_engine_holds_the_line_and_trouble_of_a_job_does_not() {
        let (engine, mut jobs) = (Engine::default(), Jobs::default());
        add_some(&mut jobs, 4);
        jobs.update(&engine);
        let fail = |job, kind| {
            let kind = EventKind::Failed(EngineError::new(kind, "It failed"));
            engine.says.borrow_mut().push_back(Event { job: JobId(job), kind });
        };
        fail(1, ErrorKind::Memory);
        jobs.update(&engine);
        assert!(!jobs.is_paused());
        fail(2, ErrorKind::Device);
        assert_eq!(jobs.update(&engine).len(), 1);
        assert!(jobs.is_paused());
        assert_eq!((engine.got.borrow().as_slice(), line(&jobs)), (&[1, 2][..], vec![3, 4]));
        jobs.pause(false);
        jobs.update(&engine);
        engine.dead.set(true);
        let endings = jobs.update(&engine);
        assert!(matches!(&endings[..], [Ending { result: Err(error), .. }] if error.hint.is_some()));
        assert_eq!(line(&jobs), [4], "what waits is not lost with the engine");
    }

    #[test]
    fn a_long_line_keeps_only_the_pictures_in_memory_that_are_needed_next() {
        let edit = |id| {
            let mut wish = Wish::default();
            "edit".clone_into(&mut wish.prompt);
            let picture = Picture::new(2, 1, vec![9; 8]).unwrap();
            let request = wish.request(
                id,
                "model".into(),
                Canvas::Picture { picture, mask: None, expand: engine_api::Expansion::default() },
                0,
            );
            (request.clone(), asked().with_pictures(&request))
        };
        let (engine, mut jobs) = (Engine::default(), Jobs::default());
        for number in 1..=6 {
            let (request, asked) = edit(jobs.next_id());
            jobs.announce(Job::preparing(&request, asked.clone()), false);
            jobs.ready(request, asked);
            // The last one is still being written.
            if number < 6 {
                jobs.written(JobId(number));
            }
        }
        let in_memory = |jobs: &Jobs| -> Vec<u64> {
            jobs.list().iter().filter(|job| job.asked.source.is_some()).map(|job| job.id.0).collect()
        };
        jobs.update(&engine);
        assert!(jobs.spill().is_empty());
        assert_eq!(in_memory(&jobs), [1, 2, 3, 6]);
        jobs.move_to(JobId(5), 1);
        assert_eq!(jobs.spill(), [JobId(5)]);
        assert!(jobs.spill().is_empty(), "it is asked for once");
        assert_eq!(in_memory(&jobs), [1, 2, 6]);
        end(&engine, 1);
        jobs.update(&engine);
        assert_eq!(*engine.got.borrow(), [1, 2], "what is not back yet is passed by");
        let (request, back) = edit(JobId(5));
        assert!(jobs.fetched(request.clone(), Asked { document: None, ..back.clone() }));
        assert!(!jobs.fetched(request, back));
        let job = jobs.list().iter().find(|job| job.id == JobId(5)).unwrap();
        assert_eq!((job.asked.document, job.asked.source.is_some()), (Some(1), true));
        end(&engine, 2);
        jobs.update(&engine);
        assert_eq!(*engine.got.borrow(), [1, 2, 5]);
    }

    #[test]
    fn a_request_that_is_refused_ends_and_the_next_one_is_handed_over() {
        let (engine, mut jobs) = (Engine::default(), Jobs::default());
        add(&mut jobs, " ", false);
        add(&mut jobs, "words", false);
        let endings = jobs.update(&engine);
        assert_eq!(endings.len(), 1);
        assert_eq!(*engine.got.borrow(), [2]);
    }
}
