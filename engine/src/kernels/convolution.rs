//! Convolution over pixels and frames, channels last, with nearest upsampling and strides as index maps.

use super::{KernelError, WeightFormat, host};
use burn::tensor::{Device, Tensor};

const NAME: &str = "convolution";

/// A convolution's weight: taps outermost, `[kernel frames × rows × columns, outputs, inputs]`.
#[derive(Debug, Clone)]
pub struct ConvolutionWeight {
    values: Tensor<3>,
    /// Kernel extent in frames, rows and columns.
    kernel: [usize; 3],
}

impl ConvolutionWeight {
    /// Reorders a PyTorch weight `[outputs, inputs, frames, rows, columns]`, given as little-endian numbers.
    ///
    /// # Errors
    /// [`KernelError::Shape`] when `bytes` does not hold that many numbers of `format`.
    pub fn new(
        format: WeightFormat,
        bytes: &[u8],
        shape: [usize; 5],
        device: &Device,
    ) -> Result<Self, KernelError> {
        let expected = shape.iter().try_fold(format.bytes(), |n, d| n.checked_mul(*d));
        if expected != Some(bytes.len()) {
            return Err(KernelError::shape(NAME, "weight", format!("{shape:?}"), &[bytes.len()]));
        }
        let [outputs, inputs, frames, rows, columns] = shape;
        let taps = frames * rows * columns;
        let source = format.decode(bytes);
        let mut values = vec![0.0; source.len()];
        for (from, value) in source.into_iter().enumerate() {
            let (pair, tap) = (from / taps, from % taps);
            values[tap * outputs * inputs + pair] = value;
        }
        let values = host::from_values(values, [taps, outputs, inputs], device);
        Ok(Self { values, kernel: [frames, rows, columns] })
    }

    /// Output channels.
    pub fn outputs(&self) -> usize {
        self.values.dims()[1]
    }

    /// Input channels.
    pub fn inputs(&self) -> usize {
        self.values.dims()[2]
    }

    /// Kernel extent in frames, rows and columns.
    pub fn kernel(&self) -> [usize; 3] {
        self.kernel
    }
}

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

/// Frames, rows and columns of the result, or none when the kernel is larger than the padded input.
fn output_extent(
    x: [usize; 4],
    kernel: [usize; 3],
    options: &ConvolutionOptions,
) -> Option<[usize; 3]> {
    let grow = if options.upsample { 2 } else { 1 };
    let p = options.padding;
    let padded = [x[0] + p.front, x[1] * grow + p.top + p.bottom, x[2] * grow + p.left + p.right];
    let mut extent = [0; 3];
    for i in 0..3 {
        extent[i] = padded[i].checked_sub(kernel[i])? / options.stride[i].max(1) + 1;
    }
    Some(extent)
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
    let shape = x.dims();
    if shape[3] != weight.inputs() {
        let expected = format!("[frame, row, column, {}]", weight.inputs());
        return Err(KernelError::shape(NAME, "x", expected, &shape));
    }
    let Some([frames, rows, columns]) = output_extent(shape, weight.kernel, options) else {
        return Err(KernelError::shape(NAME, "x", format!("at least {:?} padded", weight.kernel), &shape));
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
    if host::is_gpu(&x.device()) {
        return Err(KernelError::Unsupported { kernel: NAME, reason: "no WGSL variant yet".into() });
    }
    let mut y = on_host(x, weight, extent, options);
    if let Some(bias) = bias {
        y = y + bias.clone().reshape([1, 1, 1, outputs]);
    }
    Ok(match residual {
        Some(residual) => y + residual.clone(),
        None => y,
    })
}

/// Gathers every tap's pixels side by side and multiplies once: the fastest form of the flex backend.
fn on_host(
    x: &Tensor<4>,
    weight: &ConvolutionWeight,
    [frames, rows, columns, outputs]: [usize; 4],
    options: &ConvolutionOptions,
) -> Tensor<4> {
    let [_, _, _, inputs] = x.dims();
    let padded = pad(x, options);
    let [kt, kh, kw] = weight.kernel;
    let [st, sh, sw] = options.stride;
    let mut taps = Vec::with_capacity(kt * kh * kw);
    for (t, r, c) in (0..kt).flat_map(|t| (0..kh).flat_map(move |r| (0..kw).map(move |c| (t, r, c)))) {
        let from = |start: usize, count: usize, step: usize| {
            burn::tensor::Slice::new(
                start as isize,
                Some((start + (count - 1) * step + 1) as isize),
                step as isize,
            )
        };
        taps.push(padded.clone().slice([
            from(t, frames, st),
            from(r, rows, sh),
            from(c, columns, sw),
            from(0, inputs, 1),
        ]));
    }
    let pixels = frames * rows * columns;
    let count = taps.len();
    let gathered = Tensor::cat(taps, 3).reshape([pixels, count * inputs]);
    let matrix = weight.values.clone().swap_dims(1, 2).reshape([count * inputs, outputs]);
    gathered.matmul(matrix).reshape([frames, rows, columns, outputs])
}

fn pad(x: &Tensor<4>, options: &ConvolutionOptions) -> Tensor<4> {
    let [frames, rows, columns, channels] = x.dims();
    let mut x = x.clone();
    let (mut rows, mut columns) = (rows, columns);
    if options.upsample {
        x = x
            .reshape([frames * rows, 1, columns, channels])
            .repeat_dim(1, 2)
            .reshape([frames * rows * 2 * columns, 1, 1, channels])
            .repeat_dim(1, 2)
            .reshape([frames, rows * 2, columns * 2, channels]);
        (rows, columns) = (rows * 2, columns * 2);
    }
    let p = options.padding;
    if p == Padding::default() {
        return x;
    }
    let shape = [frames + p.front, rows + p.top + p.bottom, columns + p.left + p.right, channels];
    let zeros = Tensor::zeros(shape, &x.device());
    zeros.slice_assign(
        [p.front..p.front + frames, p.top..p.top + rows, p.left..p.left + columns, 0..channels],
        x,
    )
}
