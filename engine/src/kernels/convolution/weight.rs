//! A convolution's weight on a device.

use super::NAME;
use crate::kernels::matmul::Rows;
use crate::kernels::{KernelError, WeightFormat, host};
use burn::tensor::Device;

/// A convolution's weight: taps outermost, `[kernel frames × rows × columns, outputs, inputs]`.
///
/// On the `gpu` device 16-bit formats stay packed two to a word; on the `cpu` device they are widened to f32.
#[derive(Debug, Clone)]
pub struct ConvolutionWeight {
    /// On the `gpu` device `[taps × outputs, inputs]`; on the `cpu` device, where the columns of a kernel row are
    /// multiplied together, `[kernel frames × rows × outputs, kernel columns × inputs]`.
    pub(super) rows: Rows,
    pub(super) format: WeightFormat,
    /// Kernel extent in frames, rows and columns.
    kernel: [usize; 3],
    outputs: usize,
    inputs: usize,
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
        // Kernel columns side by side in a row on the CPU, one below the other on the GPU.
        let (lines, across) = if host::is_gpu(device) { (columns, 1) } else { (1, columns) };
        let taps = frames * rows * columns;
        let size = format.bytes();
        let mut turned = vec![0; bytes.len()];
        for (index, number) in bytes.chunks_exact(size).enumerate() {
            let (tap, input, output) = (index % taps, index / taps % inputs, index / taps / inputs);
            let (above, column) = (tap / columns, tap % columns);
            let line = (above * lines + column % lines) * outputs + output;
            let to = ((line * across + column / lines) * inputs + input) * size;
            turned[to..to + size].copy_from_slice(number);
        }
        let placed = Rows::new(format, &turned, [frames * rows * lines * outputs, across * inputs], device);
        let format = if host::is_gpu(device) { format } else { WeightFormat::F32 };
        Ok(Self { rows: placed, format, kernel: [frames, rows, columns], outputs, inputs })
    }

    /// Output channels.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Input channels.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Kernel extent in frames, rows and columns.
    pub fn kernel(&self) -> [usize; 3] {
        self.kernel
    }
}
