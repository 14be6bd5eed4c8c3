//! A running service around the blurring runner, and what the tests ask of it.

use crate::blur::{Blur, Gate, Probe};
use engine::service::{MakeRunner, Service, Waker};
use engine_api::{
    DeviceChoice, EngineError, Event, EventKind, Finished, ImageRequest, Intent, JobId, Quality,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Longest wait of a test for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A job of three steps at the runner's own size.
pub fn request(job: u64, prompt: &str) -> ImageRequest {
    ImageRequest {
        job: JobId(job),
        model: PathBuf::from("blur"),
        intent: Intent::Generate(None),
        prompt: prompt.into(),
        negative: None,
        steps: Some(3),
        guidance: None,
        seed: job,
        quality: Quality::Draft,
        preview_every: 0,
        device: DeviceChoice::Cpu,
        memory: None,
        noise: None,
        dump: None,
    }
}

/// A running service and what its runner shows.
pub struct Studio {
    pub service: Service,
    pub probe: Arc<Probe>,
}

impl Studio {
    pub fn open() -> Self {
        Self::open_with(Arc::new(|| {}))
    }

    pub fn open_with(waker: Waker) -> Self {
        let probe = Arc::new(Probe::default());
        let service = Service::start(make(&probe), waker).unwrap();
        Self { service, probe }
    }

    /// From now on the runner stops at every gate; the ends returned are "arrived" and "go".
    pub fn close_gate(&self) -> (Receiver<()>, SyncSender<()>) {
        let (arrived, arrivals) = sync_channel(1);
        let (goes, go) = sync_channel(1);
        *self.probe.gate.lock().unwrap() = Some(Gate { arrived, go });
        (arrivals, goes)
    }

    /// Waits until the runner has done so many blocks.
    pub fn wait_for_blocks(&self, blocks: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.probe.blocks.load(Ordering::SeqCst) < blocks {
            assert!(Instant::now() < deadline, "the engine stands still");
            std::thread::yield_now();
        }
    }

    /// All events up to and including the end of `job`.
    pub fn events_until_end(&self, job: u64) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.service.next_event(PATIENCE).expect("the job never ended");
            let over = event.job == JobId(job) && event.kind.is_end();
            events.push(event);
            if over {
                return events;
            }
        }
    }

    pub fn finish(&self, job: u64) -> Finished {
        match self.events_until_end(job).pop().unwrap().kind {
            EventKind::Finished(finished) => *finished,
            other => panic!("expected a finished job, got {other:?}"),
        }
    }
}

pub fn make(probe: &Arc<Probe>) -> MakeRunner {
    let probe = Arc::clone(probe);
    Box::new(move || {
        probe.made.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Blur { probe: Arc::clone(&probe) }))
    })
}

/// Job and name of each event, short enough to compare with a list.
pub fn names(events: &[Event]) -> Vec<(u64, &'static str)> {
    let name = |kind: &EventKind| match kind {
        EventKind::Started => "started",
        EventKind::Planned(_) => "planned",
        EventKind::Stage { .. } => "stage",
        EventKind::Step { .. } => "step",
        EventKind::Note(_) => "note",
        EventKind::Finished(_) | EventKind::ClipFinished(_) => "finished",
        EventKind::Failed(_) => "failed",
        EventKind::Cancelled => "cancelled",
    };
    events.iter().map(|event| (event.job.0, name(&event.kind))).collect()
}

pub fn failure(event: Option<Event>) -> EngineError {
    match event.map(|event| event.kind) {
        Some(EventKind::Failed(error)) => error,
        other => panic!("expected a failure, got {other:?}"),
    }
}
