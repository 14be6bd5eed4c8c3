//! WGSL compute kernels of Rostrum: sources, variants, CPU twins and problem lists.
//!
//! Floor 0: knows WGSL, shapes and f32 slices. It never touches a GPU and knows neither wgpu nor burn nor models.
//!
//! A kernel is one name in five places: `wgsl/<name>.wgsl`, its entry in `variants.toml`,
//! `src/reference/<name>.rs` (the CPU twin), `src/cases/<name>.rs` (problems for tests and benches) and the
//! engine's `kernels/<name>.rs` (the launcher).

pub mod cases;
pub mod reference;
mod template;
mod variants;

pub use template::TemplateError;
pub use variants::{Kernel, Requirement, Source, Variant, kernel, kernels, source};
