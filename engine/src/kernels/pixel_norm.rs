//! The codecs' norm: every pixel divided by its length over channels, times √channels and a gain; then SiLU.

use super::host::activate;
use super::host::vector::{map_rows, sum};
use super::launch::{Operand, fold, launch, shader};
use super::{KernelError, host};
use burn::tensor::Tensor;

const NAME: &str = "pixel_norm";

/// Lengths below this are taken as this (`torch.nn.functional.normalize`).
const SMALLEST_LENGTH: f32 = 1e-12;

/// `x / max(‖x‖₂, 1e-12) · √channels · gain`, then SiLU when asked: `[frame, row, column, channel]`.
///
/// Source: diffusers `QwenImageRMS_norm` and `WanRMS_norm`.
///
/// # Errors
/// [`KernelError::Shape`] when `gain` is not `[channels]`.
pub fn pixel_norm(x: &Tensor<4>, gain: &Tensor<1>, silu: bool) -> Result<Tensor<4>, KernelError> {
    let channels = x.dims()[3];
    if gain.dims() != [channels] {
        return Err(KernelError::shape(NAME, "gain", format!("[{channels}]"), &gain.dims()));
    }
    if host::is_gpu(&x.device()) {
        return on_device(x, gain, silu);
    }
    on_host(x, gain, silu)
}

fn on_device(x: &Tensor<4>, gain: &Tensor<1>, silu: bool) -> Result<Tensor<4>, KernelError> {
    let shape = x.dims();
    let pixels = shape[0] * shape[1] * shape[2];
    let source = shader(NAME, "plain", &[])?;
    let rows = source.defines.get("ROWS").map_or(1, |rows| *rows as usize);
    let params = [pixels as u32, shape[3] as u32, u32::from(silu), SMALLEST_LENGTH.to_bits()];
    let operands = [&Operand::float(NAME, x)?, &Operand::float(NAME, gain)?];
    launch(NAME, &source, &operands, shape, &params, fold(pixels.div_ceil(rows)))
}

fn on_host(x: &Tensor<4>, gain: &Tensor<1>, silu: bool) -> Result<Tensor<4>, KernelError> {
    let shape = x.dims();
    let channels = shape[3];
    let (x_values, gain) = (host::HostTensor::new(NAME, x)?, host::HostTensor::new(NAME, gain)?);
    let (x_values, gain) = (x_values.values(), gain.values());
    let mut values = vec![0.0; x_values.len()];
    if silu {
        map_rows(x_values, &mut values, channels, |_, pixel| norm(pixel, gain, activate::silu));
    } else {
        map_rows(x_values, &mut values, channels, |_, pixel| norm(pixel, gain, |y| y));
    }
    Ok(host::from_values(values, shape, &x.device()))
}

#[inline(always)]
fn norm(pixel: &mut [f32], gain: &[f32], activation: impl Fn(f32) -> f32) {
    let length = sum(pixel, |x| x * x).sqrt().max(SMALLEST_LENGTH);
    let factor = (pixel.len() as f32).sqrt() / length;
    pixel.iter_mut().zip(gain).for_each(|(x, g)| *x = activation(*x * factor * g));
}
