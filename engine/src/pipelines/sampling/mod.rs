//! From noise to a clean latent: starting noise, the schedule of sigmas, the Euler step, guidance.

pub(super) mod draw;
pub mod euler;
pub mod guidance;
pub mod noise;
pub mod schedule;
