//! Floor 2: the operations that models are made of, one file per kernel.
//!
//! On a `gpu` device every function launches our WGSL (`shaders`); on the `cpu` device it computes the same
//! values with burn's flex backend. Callers never ask which. Conventions: batch is one; token tensors are
//! `[tokens, channels]` with heads inside the channels; pictures are channels-last
//! `[frame, row, column, channel]`; activations are f32.

mod attention;
mod bench;
mod convolution;
mod error;
mod head_norm_rope;
mod host;
mod launch;
mod matmul;
mod norm_modulate;
mod pixel_norm;
mod selftest;
mod variant;

pub use attention::{AttentionOptions, KeyRange, attention, attention_with};
pub use bench::{BenchRow, bench};
pub use convolution::{ConvolutionOptions, ConvolutionWeight, Padding, convolution, convolution_with};
pub use error::KernelError;
pub use head_norm_rope::{HeadSegment, RotaryLayout, RotaryTable, head_norm_rope};
pub use host::{is_gpu, read};
pub use matmul::{Activation, Epilogue, MatrixWeight, RowPair, WeightFormat, matmul, matmul_with};
pub use norm_modulate::{NormKind, NormOptions, ShiftScale, norm_modulate};
pub use pixel_norm::pixel_norm;
pub use selftest::{VariantReport, selftest};
pub use variant::take_remarks;
