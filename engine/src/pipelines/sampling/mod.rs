//! From noise to a clean latent: starting noise, schedules of sigmas (of pictures, and of clips in `flow`), the Euler
//! step, samplers with a memory, guidance.

pub(super) mod draw;
pub mod euler;
pub mod flow;
pub mod guidance;
pub mod noise;
pub mod schedule;
pub mod solver;
