//! The seam between the service, which knows threads, and the pipelines, which know pictures.

use crate::pipelines::{self, report::Report};
use engine_api::{EngineError, ImageRequest, Outcome};

/// Does one job after another on the engine's thread; keeps between jobs what is worth keeping.
pub trait Runner {
    /// Does the whole job.
    ///
    /// Asks `report.stop_now()` at least between blocks and tiles, and `report.stop_after_step()` between steps.
    ///
    /// # Errors
    /// [`engine_api::ErrorKind::Cancelled`] when it stopped on request, else what went wrong in the user's words.
    fn run(&mut self, request: &ImageRequest, report: &dyn Report) -> Result<Outcome, EngineError>;
}

/// Makes a runner on the engine's thread: before the first job, and again after a fault or a lost device.
pub type MakeRunner = Box<dyn FnMut() -> Result<Box<dyn Runner>, EngineError> + Send>;

/// The product's runner: the pipelines for pictures.
#[derive(Debug, Default)]
pub struct ImageRunner;

impl ImageRunner {
    /// What [`super::Service::start`] takes.
    pub fn maker() -> MakeRunner {
        Box::new(|| Ok(Box::new(Self)))
    }
}

impl Runner for ImageRunner {
    fn run(&mut self, request: &ImageRequest, report: &dyn Report) -> Result<Outcome, EngineError> {
        pipelines::run(request, report).map_err(EngineError::from)
    }
}
