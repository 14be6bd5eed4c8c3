//! One job from the command line: send it, listen to it, stop it when the user asks.

use crate::interrupt::Interrupt;
use crate::link::{FrameTaker, JobService};
use crate::narrator::Narrator;
use engine_api::{
    CancelMode, ClipFinished, EngineError, ErrorKind, EventKind, Finished, ImageRequest, JobId, VideoRequest,
};
use std::time::Duration;

/// How often the listener looks whether Ctrl+C was pressed.
const GLANCE: Duration = Duration::from_millis(50);

/// Runs a request to its end and tells the narrator everything on the way.
///
/// # Errors
/// What the engine failed with; [`ErrorKind::Cancelled`] when the user stopped it.
pub fn run(
    service: &dyn JobService,
    request: ImageRequest,
    interrupt: &Interrupt,
    narrator: &mut dyn Narrator,
) -> Result<Finished, EngineError> {
    let job = request.job;
    service.submit(request)?;
    match listen(service, job, interrupt, narrator)? {
        EventKind::Finished(finished) => Ok(*finished),
        _ => Err(silent()),
    }
}

/// The same for a clip, whose frames go to a taker.
///
/// # Errors
/// As [`run`].
pub fn run_clip(
    service: &dyn JobService,
    (request, taker): (VideoRequest, Box<dyn FrameTaker>),
    interrupt: &Interrupt,
    narrator: &mut dyn Narrator,
) -> Result<ClipFinished, EngineError> {
    let job = request.job;
    service.submit_clip(request, taker)?;
    match listen(service, job, interrupt, narrator)? {
        EventKind::ClipFinished(finished) => Ok(*finished),
        _ => Err(silent()),
    }
}

/// Tells the narrator everything up to the good end of a job, and returns that.
fn listen(
    service: &dyn JobService,
    job: JobId,
    interrupt: &Interrupt,
    narrator: &mut dyn Narrator,
) -> Result<EventKind, EngineError> {
    let mut is_stopping = false;
    loop {
        if interrupt.is_asked() && !is_stopping {
            is_stopping = true;
            narrator.stopping();
            service.cancel(job, CancelMode::Now);
        }
        // Asked before the wait, so that a last event of a thread that ends meanwhile is still read.
        let is_alive = service.is_alive();
        match service.next_event(GLANCE).filter(|event| event.job == job).map(|event| event.kind) {
            Some(end @ (EventKind::Finished(_) | EventKind::ClipFinished(_))) => return Ok(end),
            Some(EventKind::Failed(error)) => return Err(error),
            Some(EventKind::Cancelled) => return Err(EngineError::cancelled()),
            Some(kind) => narrator.event(&kind),
            None if is_alive => {}
            None => return Err(silent()),
        }
    }
}

fn silent() -> EngineError {
    let error = EngineError::new(ErrorKind::Internal, "The engine stopped without a word");
    error.with_hint("Please report this as a fault of Rostrum")
}
