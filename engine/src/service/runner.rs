//! The seam between the service, which knows threads, and the pipelines, which know pictures.

use crate::pipelines::video::{self, FrameSink};
use crate::pipelines::{self, report::Report};
use engine_api::{ClipOutcome, EngineError, ErrorKind, ImageRequest, Outcome, VideoRequest};

/// Does one job after another on the engine's thread; keeps between jobs what is worth keeping.
pub trait Runner {
    /// Does the whole job.
    ///
    /// Asks `report.stop_now()` at least between blocks and tiles, and `report.stop_after_step()` between steps.
    ///
    /// # Errors
    /// [`engine_api::ErrorKind::Cancelled`] when it stopped on request, else what went wrong in the user's words.
    fn run(&mut self, request: &ImageRequest, report: &dyn Report) -> Result<Outcome, EngineError>;

    /// Makes a whole clip; `sink` has every frame as soon as it is decoded.
    ///
    /// # Errors
    /// As [`Self::run`], and what `sink` answers with. A runner that makes no clips says so.
    fn run_clip(
        &mut self,
        _: &VideoRequest,
        _: &mut dyn FrameSink,
        _: &dyn Report,
    ) -> Result<ClipOutcome, EngineError> {
        Err(EngineError::new(ErrorKind::Request, "Clips cannot be made here"))
    }
}

/// Makes a runner on the engine's thread: before the first job, and again after a fault or a lost device.
pub type MakeRunner = Box<dyn FnMut() -> Result<Box<dyn Runner>, EngineError> + Send>;

/// The product's runner: the pipelines for pictures and clips.
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

    fn run_clip(
        &mut self,
        request: &VideoRequest,
        sink: &mut dyn FrameSink,
        report: &dyn Report,
    ) -> Result<ClipOutcome, EngineError> {
        video::run(request, sink, report).map_err(EngineError::from)
    }
}
