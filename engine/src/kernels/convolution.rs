//! Convolution over pixels and frames, channels last, with nearest upsampling and strides as index maps.

mod on_device;
mod on_host;
mod weight;

pub use weight::ConvolutionWeight;

use super::{KernelError, host};
use burn::tensor::Tensor;

const NAME: &str = "convolution";

/// Zeros around the picture, in pixels; `front` in frames (causal convolutions pad only there).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Padding {
    pub front: usize,
    pub top: usize,
    pub bottom: usize,
    pub left: usize,
    pub right: usize,
}

impl Padding {
    /// The same number of zeros on all four sides, none in time.
    pub const fn around(pixels: usize) -> Self {
        Self { front: 0, top: pixels, bottom: pixels, left: pixels, right: pixels }
    }
}

/// How [`convolution`] walks over its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvolutionOptions {
    pub padding: Padding,
    /// Step in frames, rows and columns.
    pub stride: [usize; 3],
    /// Reads the input as if every pixel were doubled in both directions (before padding).
    pub upsample: bool,
}

impl ConvolutionOptions {
    /// Stride 1, no upsampling.
    pub const fn padded(padding: Padding) -> Self {
        Self { padding, stride: [1; 3], upsample: false }
    }
}

/// `x [frame, row, column, input]` → `[frame, row, column, output]`, plus `bias [output]` and `residual`.
///
/// # Errors
/// [`KernelError::Shape`] when an operand does not fit or the kernel is larger than the padded input.
pub fn convolution(
    x: &Tensor<4>,
    weight: &ConvolutionWeight,
    bias: Option<&Tensor<1>>,
    residual: Option<&Tensor<4>>,
    options: &ConvolutionOptions,
) -> Result<Tensor<4>, KernelError> {
    let problem = Problem::new(x, weight, bias, residual, options)?;
    if host::is_gpu(&x.device()) {
        return on_device::convolution(&on_device::variant(x), &problem);
    }
    on_host::convolution(&problem)
}

/// As [`convolution`], by a named variant of the shader; the `cpu` device has only one way and ignores the name.
///
/// # Errors
/// As [`convolution`], and [`KernelError::Unsupported`] when the shader has no such variant.
pub fn convolution_with(
    variant: &str,
    x: &Tensor<4>,
    weight: &ConvolutionWeight,
    bias: Option<&Tensor<1>>,
    residual: Option<&Tensor<4>>,
    options: &ConvolutionOptions,
) -> Result<Tensor<4>, KernelError> {
    let problem = Problem::new(x, weight, bias, residual, options)?;
    if host::is_gpu(&x.device()) {
        return on_device::convolution(variant, &problem);
    }
    on_host::convolution(&problem)
}

/// Operands that fit together.
struct Problem<'a> {
    x: &'a Tensor<4>,
    weight: &'a ConvolutionWeight,
    bias: Option<&'a Tensor<1>>,
    residual: Option<&'a Tensor<4>>,
    options: &'a ConvolutionOptions,
    /// Frames, rows, columns and channels of the result.
    extent: [usize; 4],
}

impl<'a> Problem<'a> {
    fn new(
        x: &'a Tensor<4>,
        weight: &'a ConvolutionWeight,
        bias: Option<&'a Tensor<1>>,
        residual: Option<&'a Tensor<4>>,
        options: &'a ConvolutionOptions,
    ) -> Result<Self, KernelError> {
        let shape = x.dims();
        if shape[3] != weight.inputs() {
            let expected = format!("[frame, row, column, {}]", weight.inputs());
            return Err(KernelError::shape(NAME, "x", expected, &shape));
        }
        let kernel = weight.kernel();
        let Some([frames, rows, columns]) = output_extent(shape, kernel, options) else {
            return Err(KernelError::shape(NAME, "x", format!("at least {kernel:?} padded"), &shape));
        };
        let outputs = weight.outputs();
        if let Some(bias) = bias
            && bias.dims() != [outputs]
        {
            return Err(KernelError::shape(NAME, "bias", format!("[{outputs}]"), &bias.dims()));
        }
        let extent = [frames, rows, columns, outputs];
        if let Some(residual) = residual
            && residual.dims() != extent
        {
            return Err(KernelError::shape(NAME, "residual", format!("{extent:?}"), &residual.dims()));
        }
        Ok(Self { x, weight, bias, residual, options, extent })
    }
}

/// Frames, rows and columns of the result, or none when the kernel is larger than the padded input.
fn output_extent(x: [usize; 4], kernel: [usize; 3], options: &ConvolutionOptions) -> Option<[usize; 3]> {
    let grow = if options.upsample { 2 } else { 1 };
    let p = options.padding;
    let padded = [x[0] + p.front, x[1] * grow + p.top + p.bottom, x[2] * grow + p.left + p.right];
    let mut extent = [0; 3];
    for i in 0..3 {
        extent[i] = padded[i].checked_sub(kernel[i])? / options.stride[i].max(1) + 1;
    }
    Some(extent)
}
