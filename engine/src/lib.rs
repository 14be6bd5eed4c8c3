//! Rostrum's inference engine.
//!
//! Floors, lowest first; a floor may use those below it, never above:
//! `device` → `kernels` → `weights`, `picture`, `clip` → `nn` → `models` → `pipelines` → `service`.
//! The engine knows nothing of windows and documents: it meets the app in `engine-api` only.

pub mod clip;
pub mod device;
pub mod kernels;
pub mod models;
pub mod nn;
pub mod picture;
pub mod pipelines;
pub mod service;
pub mod weights;
