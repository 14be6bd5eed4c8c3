//! LayerNorm or RMS norm over channels, then an optional gain and an optional shift and scale per token.

use super::host::vector::{map_rows, sum};
use super::launch::{Operand, fold, launch, shader};
use super::{KernelError, RowPair, host};
use burn::tensor::Tensor;

const NAME: &str = "norm_modulate";

/// Which statistic normalises a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NormKind {
    /// Subtract the mean, divide by the standard deviation.
    Layer,
    /// Divide by the root of the mean square.
    Rms,
}

/// `y · (1 + scale) + shift`, rows of width `channels`.
#[derive(Debug, Clone, Copy)]
pub struct ShiftScale<'a> {
    pub shift: RowPair<'a>,
    pub scale: RowPair<'a>,
}

/// How [`norm_modulate`] normalises and what follows.
#[derive(Debug, Clone, Copy)]
pub struct NormOptions<'a> {
    pub kind: NormKind,
    /// Added to the variance or mean square.
    pub epsilon: f32,
    /// `[channels]`.
    pub gain: Option<&'a Tensor<1>>,
    pub modulation: Option<ShiftScale<'a>>,
}

/// Normalises every token of `x [tokens, channels]` over its channels.
///
/// # Errors
/// [`KernelError::Shape`] when gain or modulation do not fit.
pub fn norm_modulate(x: &Tensor<2>, options: &NormOptions) -> Result<Tensor<2>, KernelError> {
    let [_, channels] = x.dims();
    if let Some(gain) = options.gain
        && gain.dims() != [channels]
    {
        return Err(KernelError::shape(NAME, "gain", format!("[{channels}]"), &gain.dims()));
    }
    if let Some(modulation) = options.modulation {
        modulation.shift.check(NAME, "shift", channels)?;
        modulation.scale.check(NAME, "scale", channels)?;
    }
    if host::is_gpu(&x.device()) {
        return on_device(x, options);
    }
    on_host(x, options)
}

fn on_device(x: &Tensor<2>, options: &NormOptions) -> Result<Tensor<2>, KernelError> {
    let [tokens, channels] = x.dims();
    let kind = match options.kind {
        NormKind::Layer => "LAYER",
        NormKind::Rms => "RMS",
    };
    let source = shader(NAME, "plain", &[kind])?;
    let x = Operand::float(NAME, x)?;
    let gain = options.gain.map(|g| Operand::float(NAME, g)).transpose()?;
    let (shift, scale, boundaries) = match options.modulation {
        Some(m) => (
            Some(Operand::float(NAME, m.shift.rows)?),
            Some(Operand::float(NAME, m.scale.rows)?),
            [m.shift.boundary(tokens), m.scale.boundary(tokens)],
        ),
        None => (None, None, [tokens; 2]),
    };
    let params = [
        tokens as u32,
        channels as u32,
        u32::from(gain.is_some()),
        u32::from(shift.is_some()),
        boundaries[0] as u32,
        boundaries[1] as u32,
        options.epsilon.to_bits(),
    ];
    // An absent operand is bound to x, which the shader then does not read under that name.
    let operands =
        [&x, gain.as_ref().unwrap_or(&x), shift.as_ref().unwrap_or(&x), scale.as_ref().unwrap_or(&x)];
    launch(NAME, &source, &operands, [tokens, channels], &params, fold(tokens))
}

fn on_host(x: &Tensor<2>, options: &NormOptions) -> Result<Tensor<2>, KernelError> {
    let [tokens, channels] = x.dims();
    let gain = options.gain.map(|g| host::HostTensor::new(NAME, g)).transpose()?;
    let modulation = match options.modulation {
        Some(m) => Some((
            host::HostTensor::new(NAME, m.shift.rows)?,
            m.shift.boundary(tokens),
            host::HostTensor::new(NAME, m.scale.rows)?,
            m.scale.boundary(tokens),
        )),
        None => None,
    };
    let gain = gain.as_ref().map(host::HostTensor::values);
    let modulation = modulation.as_ref().map(|(shift, shift_boundary, scale, scale_boundary)| {
        ((shift.values(), *shift_boundary), (scale.values(), *scale_boundary))
    });
    let x_values = host::HostTensor::new(NAME, x)?;
    let mut values = vec![0.0; tokens * channels];
    map_rows(x_values.values(), &mut values, channels, |token, row| {
        let of = |(rows, boundary): (_, usize)| row_of(rows, token >= boundary, channels);
        let modulation = modulation.map(|(shift, scale)| (of(shift), of(scale)));
        normalise(row, options.kind, options.epsilon, gain, modulation);
    });
    Ok(host::from_values(values, [tokens, channels], &x.device()))
}

/// Row 0 or, when `second` is set, row 1.
#[inline(always)]
fn row_of(rows: &[f32], second: bool, channels: usize) -> &[f32] {
    if second { &rows[channels..] } else { &rows[..channels] }
}

#[inline(always)]
fn normalise(
    row: &mut [f32],
    kind: NormKind,
    epsilon: f32,
    gain: Option<&[f32]>,
    modulation: Option<(&[f32], &[f32])>,
) {
    let count = row.len() as f32;
    let mean = match kind {
        NormKind::Layer => sum(row, |x| x) / count,
        NormKind::Rms => 0.0,
    };
    let square = sum(row, |x| (x - mean) * (x - mean)) / count;
    let inverse = 1.0 / (square + epsilon).sqrt();
    row.iter_mut().for_each(|x| *x = (*x - mean) * inverse);
    if let Some(gain) = gain {
        row.iter_mut().zip(gain).for_each(|(y, g)| *y *= g);
    }
    if let Some((shift, scale)) = modulation {
        row.iter_mut().zip(scale.iter().zip(shift)).for_each(|(y, (k, s))| *y = *y * (1.0 + k) + s);
    }
}
