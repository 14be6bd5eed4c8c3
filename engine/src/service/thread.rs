//! The engine's thread: one job after the other, each with exactly one end.

use super::client::Shared;
use super::report::JobReport;
use super::work::Work;
use super::{CancelToken, MakeRunner, Runner};
use crate::device::peak_resident;
use engine_api::{
    CancelMode, ClipFinished, ClipOutcome, EngineError, ErrorKind, EventKind, Finished, Outcome,
};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

/// Compiling a large shader recurses deeply; the usual 2 MiB would be close.
const STACK_BYTES: usize = 16 << 20;

pub(super) fn spawn(shared: Arc<Shared>, make_runner: MakeRunner) -> std::io::Result<JoinHandle<()>> {
    let work = move || Worker { shared, make_runner, runner: None }.work();
    Builder::new().name("engine".into()).stack_size(STACK_BYTES).spawn(work)
}

struct Worker {
    shared: Arc<Shared>,
    make_runner: MakeRunner,
    runner: Option<Box<dyn Runner>>,
}

impl Worker {
    fn work(mut self) {
        while let Some((mut work, token)) = self.shared.queue.next() {
            let job = work.job();
            self.shared.outbox.send_lifecycle(job, EventKind::Started);
            let end = self.run(&mut work, &token);
            drop(work);
            self.shared.previews.clear();
            // Before the end is told, so that whoever reads it can use the number again.
            self.shared.queue.done();
            self.shared.outbox.send_lifecycle(job, end);
        }
        self.discard_runner();
    }

    fn run(&mut self, work: &mut Work, token: &CancelToken) -> EventKind {
        let began = Instant::now();
        let shared = Arc::clone(&self.shared);
        let report = JobReport::new(&shared, work, token);
        let (make_runner, runner) = (&mut self.make_runner, &mut self.runner);
        // A runner that panicked is thrown away below, so nobody meets the state that it broke.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let runner = match runner {
                Some(runner) => runner,
                None => runner.insert(make_runner()?),
            };
            match work {
                Work::Picture(request) => runner.run(request, &report).map(Made::Picture),
                Work::Clip(request, sink) => runner.run_clip(request, sink.as_mut(), &report).map(Made::Clip),
            }
        }));
        match result {
            Ok(Ok(_)) if token.mode() == Some(CancelMode::Now) => EventKind::Cancelled,
            Ok(Ok(made)) => finished(made, report, began),
            Ok(Err(error)) if error.kind == ErrorKind::Cancelled => EventKind::Cancelled,
            Ok(Err(error)) => {
                if error.kind == ErrorKind::Device {
                    self.discard_runner();
                }
                EventKind::Failed(error)
            }
            Err(panic) => {
                self.discard_runner();
                EventKind::Failed(fault(panic.as_ref()))
            }
        }
    }

    /// Drops the runner with all that it keeps; a lost device may make even that panic.
    fn discard_runner(&mut self) {
        let runner = self.runner.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(runner)));
    }
}

/// What came of a job.
enum Made {
    Picture(Outcome),
    Clip(ClipOutcome),
}

fn finished(made: Made, report: JobReport<'_>, began: Instant) -> EventKind {
    let (seconds, peak_rss, notes) = (began.elapsed().as_secs_f64(), peak_resident(), report.into_notes());
    match made {
        Made::Picture(outcome) => {
            EventKind::Finished(Box::new(Finished { outcome, seconds, peak_rss, notes }))
        }
        Made::Clip(outcome) => {
            EventKind::ClipFinished(Box::new(ClipFinished { outcome, seconds, peak_rss, notes }))
        }
    }
}

fn fault(panic: &(dyn Any + Send)) -> EngineError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "no description".to_owned());
    let message = format!("Rostrum met a fault of its own and gave this job up ({text})");
    EngineError::new(ErrorKind::Internal, message)
        .with_hint("Please report it with this text; other jobs can go on")
}
