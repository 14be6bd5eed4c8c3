//! Parity of the Wan family's models and samplers with diffusers and transformers.
//!
//! `tests/golden/wan.py` makes the results compared with; see the README beside it. Every check runs on each device.

#[path = "parity_video/codec.rs"]
mod codec;
#[path = "parity_video/golden.rs"]
mod golden;
#[path = "parity_video/sampling.rs"]
mod sampling;
#[path = "parity_video/tiny.rs"]
mod tiny;
#[path = "parity_video/transformer.rs"]
mod transformer;
#[path = "parity_video/umt5.rs"]
mod umt5;

/// Allowed inside and at the end of one model, absolute.
const TOLERANCE: f32 = 1e-4;

/// A watch that never calls off.
fn never() -> bool {
    false
}
