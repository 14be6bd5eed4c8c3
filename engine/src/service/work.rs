//! What waits in line: a picture to be made, or a clip with whoever takes its frames.

use crate::pipelines::video::FrameSink;
use engine_api::{ImageRequest, JobId, VideoRequest};

/// One accepted request.
pub(super) enum Work {
    Picture(ImageRequest),
    /// The sink is called on the engine's thread, and is dropped before the job's end is told.
    Clip(VideoRequest, Box<dyn FrameSink + Send>),
}

impl Work {
    pub(super) fn job(&self) -> JobId {
        match self {
            Self::Picture(request) => request.job,
            Self::Clip(request, _) => request.job,
        }
    }

    /// A preview after every so many steps; 0 means none.
    pub(super) fn preview_every(&self) -> u32 {
        match self {
            Self::Picture(request) => request.preview_every,
            Self::Clip(request, _) => request.preview_every,
        }
    }
}
