//! One job from the command line: send it, listen to it, stop it when the user asks.

use crate::interrupt::Interrupt;
use crate::link::JobService;
use crate::narrator::Narrator;
use engine_api::{CancelMode, EngineError, ErrorKind, EventKind, Finished, ImageRequest};
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
            Some(EventKind::Finished(finished)) => return Ok(*finished),
            Some(EventKind::Failed(error)) => return Err(error),
            Some(EventKind::Cancelled) => return Err(EngineError::cancelled()),
            Some(kind) => narrator.event(&kind),
            None if is_alive => {}
            None => {
                let error = EngineError::new(ErrorKind::Internal, "The engine stopped without a word");
                return Err(error.with_hint("Please report this as a fault of Rostrum"));
            }
        }
    }
}
