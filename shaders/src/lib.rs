//! WGSL compute kernels of Rostrum: sources, variants, CPU twins and problem lists.
//!
//! Floor 0: knows WGSL, shapes and f32 slices. It never touches a GPU and knows neither wgpu nor burn nor models.

pub mod reference;
