//! The codecs' norm: every pixel divided by its length over channels, times √channels and a gain; then SiLU.

use super::launch::{Operand, fold, launch, shader};
use super::{KernelError, host};
use burn::tensor::Tensor;
use rayon::prelude::*;

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
    let gain = host::HostTensor::new(NAME, gain)?;
    let mut values = host::into_values(NAME, x.clone())?;
    values.par_chunks_mut(channels.max(1)).with_min_len(256).for_each(|pixel| {
        let length = pixel.iter().map(|x| x * x).sum::<f32>().sqrt().max(SMALLEST_LENGTH);
        let factor = (channels as f32).sqrt() / length;
        pixel.iter_mut().zip(gain.values()).for_each(|(x, g)| {
            let y = *x * factor * g;
            *x = if silu { super::host::activate::silu(y) } else { y };
        });
    });
    Ok(host::from_values(values, shape, &x.device()))
}
