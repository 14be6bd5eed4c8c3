//! Parity of Qwen-Image's transformer, its codec and its schedules with diffusers.
//!
//! `tests/golden/qwen_image.py` makes the results compared with; see the README beside it. Every check runs on
//! each device of `devices`.

#[path = "parity_image/codec.rs"]
mod codec;
#[path = "parity_image/golden.rs"]
mod golden;
#[path = "parity_image/schedule.rs"]
mod schedule;
#[path = "parity_image/tiles.rs"]
mod tiles;
#[path = "parity_image/transformer.rs"]
mod transformer;

/// Allowed inside and at the end of one model, absolute.
const TOLERANCE: f32 = 5e-5;

/// A watch that never calls off.
fn never() -> bool {
    false
}
