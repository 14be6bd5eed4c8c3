//! Out of the picture and back: cutting the worked-on part, registering the result, bringing back
//! fine detail and what did not change, matching colours, blending.

pub mod compose;
pub mod detail;
pub mod register;
mod small;
pub(super) mod stitch;
pub mod unchanged;
