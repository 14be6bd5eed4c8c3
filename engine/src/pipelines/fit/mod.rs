//! Out of the picture and back: cutting the worked-on part, registering the result, matching colours, blending.

pub mod compose;
pub mod register;
pub(super) mod stitch;
