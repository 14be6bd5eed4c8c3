//! Clips through the service: frames as they come, one end, cancelling, and a taker that is let go before the end.

use crate::studio::{PATIENCE, Studio, failure};
use engine::pipelines::video::FrameSink;
use engine::service::{ImageRunner, Service};
use engine_api::{
    CancelMode, ClipFacts, ClipSource, DeviceChoice, EngineError, ErrorKind, Event, EventKind, Fit, JobId,
    Picture, Quality, Size, Stage, VideoRequest, Walk,
};
use std::sync::{Arc, Mutex};

/// What reached a taker.
#[derive(Debug, Default)]
struct Seen {
    facts: Option<ClipFacts>,
    frames: Vec<u32>,
    gone: bool,
}

struct Taker {
    seen: Arc<Mutex<Seen>>,
    room: u32,
}

impl FrameSink for Taker {
    fn begin(&mut self, facts: ClipFacts) -> Result<(), EngineError> {
        self.seen.lock().unwrap().facts = Some(facts);
        Ok(())
    }

    fn frame(&mut self, index: u32, _: Picture) -> Result<(), EngineError> {
        if index >= self.room {
            return Err(EngineError::new(ErrorKind::Output, "No room"));
        }
        self.seen.lock().unwrap().frames.push(index);
        Ok(())
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        self.seen.lock().unwrap().gone = true;
    }
}

fn request(frames: u32) -> VideoRequest {
    VideoRequest {
        job: JobId(1),
        model: tests::golden::folder("wan").join("t2v"),
        source: ClipSource::Words,
        fit: Fit::default(),
        prompt: "a red fox".into(),
        negative: None,
        size: Some(Size { width: 32, height: 32 }),
        frames: Some(frames),
        walk: Walk { steps: Some(3), guidance: Some(1.0), ..Walk::default() },
        seed: 1,
        quality: Quality::Draft,
        preview_every: 1,
        device: DeviceChoice::Cpu,
        memory: None,
        noise: None,
        dump: None,
    }
}

fn taker(room: u32) -> (Box<Taker>, Arc<Mutex<Seen>>) {
    let seen = Arc::default();
    (Box::new(Taker { seen: Arc::clone(&seen), room }), seen)
}

/// Events up to the end; `each` sees them as they come.
fn end(service: &Service, mut each: impl FnMut(&EventKind)) -> Event {
    loop {
        let event = service.next_event(PATIENCE).expect("the job never ended");
        each(&event.kind);
        if event.kind.is_end() {
            return event;
        }
    }
}

#[test]
fn frames_come_one_by_one_and_the_taker_is_let_go_before_the_end() {
    let service = Service::start(ImageRunner::maker(), Arc::new(|| {})).unwrap();
    let (sink, seen) = taker(99);
    service.submit_clip(request(9), sink).unwrap();
    let mut parts = 0;
    let end = end(&service, |kind| {
        parts += u32::from(matches!(kind, EventKind::Stage { stage: Stage::Developing, part: Some(_) }));
    });
    assert!(seen.lock().unwrap().gone);
    let EventKind::ClipFinished(finished) = end.kind else { panic!("{end:?}") };
    assert_eq!((finished.outcome.facts.frames, parts), (9, 9));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.facts, Some(finished.outcome.facts));
    assert_eq!(seen.frames, (0..9).collect::<Vec<_>>());
}

#[test]
fn a_taker_without_room_ends_the_job_in_its_own_words() {
    let service = Service::start(ImageRunner::maker(), Arc::new(|| {})).unwrap();
    let (sink, seen) = taker(2);
    service.submit_clip(request(9), sink).unwrap();
    let error = failure(Some(end(&service, |_| {})));
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Output, "No room"));
    assert_eq!(seen.lock().unwrap().frames, [0, 1]);
}

#[test]
fn clips_are_called_off_in_line_and_at_work() {
    let service = Service::start(ImageRunner::maker(), Arc::new(|| {})).unwrap();
    let (sink, seen) = taker(999);
    service.submit_clip(request(401), sink).unwrap();
    let (waiting, unseen) = taker(999);
    service.submit_clip(VideoRequest { job: JobId(2), ..request(5) }, waiting).unwrap();
    service.cancel(JobId(2), CancelMode::Now);
    assert!(unseen.lock().unwrap().gone);
    let mut ends = Vec::new();
    while ends.len() < 2 {
        let event = end(&service, |kind| {
            if matches!(kind, EventKind::Step { index: 1, .. }) {
                service.cancel(JobId(1), CancelMode::Now);
            }
        });
        assert!(matches!(event.kind, EventKind::Cancelled), "{event:?}");
        ends.push(event.job.0);
    }
    assert_eq!(ends, [2, 1]);
    let seen = seen.lock().unwrap();
    assert!(seen.gone && seen.frames.is_empty(), "{seen:?}");
}

#[test]
fn a_runner_for_pictures_says_that_it_makes_no_clips() {
    let studio = Studio::open();
    let (sink, seen) = taker(9);
    studio.service.submit_clip(request(5), sink).unwrap();
    let error = failure(Some(end(&studio.service, |_| {})));
    assert!(error.message.contains("Clips cannot be made"), "{error}");
    assert!(seen.lock().unwrap().gone);
}
