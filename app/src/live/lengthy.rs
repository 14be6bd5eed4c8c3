//! Changes of the document that may take longer than a frame.

use crate::document::{DocumentError, History, LayerId};
use std::sync::Arc;

/// A change of a document. May run on another thread, and once more where the document moved on meanwhile.
pub type Change = Arc<dyn Fn(&mut History) -> Result<Changed, DocumentError> + Send + Sync>;

/// What the window does when a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Changed {
    /// The layer to be chosen.
    pub active: Option<LayerId>,
    /// One sentence for the user.
    pub say: Option<&'static str>,
    /// Pixels that came to the left and the top of the canvas; negative where they went.
    pub grown: [f32; 2],
}

impl Changed {
    /// Nothing more to do.
    pub const NOTHING: Self = Self { active: None, say: None, grown: [0.0; 2] };

    /// This layer is chosen.
    pub fn choosing(layer: LayerId) -> Self {
        Self { active: Some(layer), ..Self::NOTHING }
    }
}
