//! What can go wrong on the way from a request to a picture, and how the user is told.

use super::sampling::schedule::ScheduleError;
use crate::device::DeviceError;
use crate::kernels::KernelError;
use crate::nn::ModelError;
use crate::picture::PictureError;
use crate::weights::WeightError;
use engine_api::{EngineError, ErrorKind};

/// A job could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Model(ModelError),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The model cannot do what was asked.
    #[error("{message}")]
    Request { message: String, hint: &'static str },
    /// The model's files do not make a model.
    #[error("{message}")]
    Checkpoint { message: String, hint: &'static str },
    /// Planned need above what there is or what was allowed.
    #[error("this needs about {needed_mib} MiB of {what}, and {free_mib} MiB may be used")]
    Memory {
        what: &'static str,
        needed_mib: u64,
        free_mib: u64,
        /// Whether it is the user who allowed no more.
        chosen: bool,
    },
    /// Whoever takes the frames of a clip refused one.
    #[error("{0}")]
    Output(EngineError),
    /// A noise file or a dump folder.
    #[error("{message}")]
    File { message: String },
}

impl From<ModelError> for PipelineError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled => Self::Cancelled,
            error => Self::Model(error),
        }
    }
}

impl From<KernelError> for PipelineError {
    fn from(error: KernelError) -> Self {
        Self::Model(error.into())
    }
}

impl From<WeightError> for PipelineError {
    fn from(error: WeightError) -> Self {
        Self::Model(error.into())
    }
}

impl From<PipelineError> for EngineError {
    fn from(error: PipelineError) -> Self {
        let message = error.to_string();
        let message = if begins_with_a_path(&error) { message } else { capitalised(&message) };
        let of = |kind, hint: &str| {
            let error = EngineError::new(kind, &message);
            if hint.is_empty() { error } else { error.with_hint(hint) }
        };
        match error {
            PipelineError::Cancelled => EngineError::cancelled(),
            PipelineError::Output(error) => error,
            PipelineError::Device(DeviceError::NoAdapter) => {
                of(ErrorKind::Device, "Use --device cpu, or install the graphics card's driver")
            }
            PipelineError::Device(DeviceError::NoSuchAdapter { .. } | DeviceError::Unknown(_)) => of(
                ErrorKind::Device,
                "`rostrum selftest` tells more about them; --device cpu works everywhere",
            ),
            PipelineError::Device(DeviceError::Refused { .. })
            | PipelineError::Model(ModelError::Kernel(KernelError::Device { .. }))
            | PipelineError::Model(ModelError::Weight(WeightError::Device { .. })) => {
                of(ErrorKind::Device, "Try --device cpu, or a smaller picture")
            }
            PipelineError::Model(ModelError::Weight(WeightError::Read { .. })) => {
                of(ErrorKind::Model, "`rostrum models inspect` tells what a model lacks")
            }
            PipelineError::Model(ModelError::Weight(_) | ModelError::Settings { .. }) => {
                of(ErrorKind::Model, "")
            }
            PipelineError::Model(ModelError::Configuration { .. }) => of(
                ErrorKind::Model,
                "Its files are damaged, or those of two models were mixed; download the model again",
            ),
            PipelineError::Model(_) => of(ErrorKind::Internal, "The model's parts may not belong together"),
            PipelineError::Picture(PictureError::NotFinite { .. }) => {
                of(ErrorKind::Model, "The model's weights may be damaged or of another kind")
            }
            PipelineError::Picture(_) | PipelineError::File { .. } => of(ErrorKind::Input, ""),
            PipelineError::Schedule(ScheduleError::Unsupported { .. }) => of(ErrorKind::Model, ""),
            PipelineError::Schedule(ScheduleError::Settings { .. }) => {
                of(ErrorKind::Model, "Download the model's scheduler_config.json again")
            }
            PipelineError::Schedule(_) => of(ErrorKind::Request, ""),
            PipelineError::Request { hint, .. } => of(ErrorKind::Request, hint),
            PipelineError::Checkpoint { hint, .. } => of(ErrorKind::Model, hint),
            PipelineError::Memory { chosen: true, .. } => {
                of(ErrorKind::Memory, "Allow more with --memory, or choose a smaller size")
            }
            PipelineError::Memory { .. } => {
                of(ErrorKind::Memory, "Close other programs, or choose a smaller size or a smaller model")
            }
        }
    }
}

/// Whether a message begins with a file's name, which keeps its letters. (Those of the weights that do not begin
/// so have their capital letter already.)
fn begins_with_a_path(error: &PipelineError) -> bool {
    matches!(
        error,
        PipelineError::Model(ModelError::Weight(_) | ModelError::Settings { .. })
            | PipelineError::Checkpoint { .. }
            | PipelineError::File { .. }
    ) || matches!(error, PipelineError::Picture(error) if error.names_a_file())
}

/// A sentence begins with a capital letter.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
