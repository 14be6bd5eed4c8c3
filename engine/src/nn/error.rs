//! What can go wrong inside a model.

use crate::{kernels::KernelError, weights::WeightError};
use std::path::{Path, PathBuf};

/// A model could not be built from its weights, or could not compute.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error(transparent)]
    Weight(#[from] WeightError),
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The files describe a model that this code cannot run.
    #[error("{model}: {reason}")]
    Configuration { model: &'static str, reason: String },
    /// The same, where one settings file is at fault.
    #[error("{} cannot be right: {reason}; download it again", path.display())]
    Settings { path: PathBuf, reason: String },
    /// The caller's input does not fit the model.
    #[error("{what} has shape {got:?}, expected {expected}")]
    Shape { what: &'static str, expected: String, got: Vec<usize> },
    /// The work was called off between two blocks.
    #[error("cancelled")]
    Cancelled,
}

impl ModelError {
    /// The same error with the settings file that is to blame.
    pub fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Configuration { reason, .. } => Self::Settings { path: path.to_owned(), reason },
            other => other,
        }
    }
}
