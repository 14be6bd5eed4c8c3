//! Tools with a frame and handles: move, transform, crop, expand.

mod crop;
mod expand;
mod handles;
mod shift;
mod transform;

pub(super) use crop::CropTool;
pub(super) use expand::ExpandTool;
pub use expand::{enlarged, paint_expansion};
pub(super) use shift::MoveTool;
pub(super) use transform::TransformTool;
