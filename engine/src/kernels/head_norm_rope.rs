//! Per-head RMS norm and rotary position on queries or keys, joining up to two token streams on the way.

use super::host::vector::{map_rows, sum};
use super::launch::{Operand, fold, launch, shader};
use super::{KernelError, host};
use burn::tensor::Tensor;

const NAME: &str = "head_norm_rope";

/// Tokens of one stream and the gain of its per-head RMS norm.
#[derive(Debug, Clone, Copy)]
pub struct HeadSegment<'a> {
    /// `[tokens, heads × head size]`.
    pub x: &'a Tensor<2>,
    /// `[head size]`; without it the stream is not normalised.
    pub gain: Option<&'a Tensor<1>>,
}

/// Which channels of a head turn together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RotaryLayout {
    /// Pairs (2k, 2k+1): Qwen-Image's and Wan's transformers.
    Interleaved,
    /// Pairs (k, k + half): Qwen2.5-VL's language model and vision tower.
    HalfSplit,
}

/// Angles for all tokens of the joined sequence.
#[derive(Debug, Clone, Copy)]
pub struct RotaryTable<'a> {
    pub layout: RotaryLayout,
    /// `[tokens, head size / 2]`.
    pub cos: &'a Tensor<2>,
    /// `[tokens, head size / 2]`.
    pub sin: &'a Tensor<2>,
}

/// Joins the segments in order and applies `x / rms(x) · gain` per head, then the rotation.
///
/// Segments `[tokensᵢ, heads × head size]` → `[Σ tokensᵢ, heads × head size]`. `epsilon` is added to the
/// mean square. One or two segments.
///
/// # Errors
/// [`KernelError::Shape`] when widths, gains or tables do not fit.
pub fn head_norm_rope(
    segments: &[HeadSegment],
    heads: usize,
    epsilon: f32,
    rotary: Option<RotaryTable>,
) -> Result<Tensor<2>, KernelError> {
    let Some(first) = segments.first().filter(|_| segments.len() <= 2) else {
        return Err(KernelError::Unsupported { kernel: NAME, reason: "one or two segments".into() });
    };
    let width = first.x.dims()[1];
    if heads == 0 || !width.is_multiple_of(heads) || !(width / heads).is_multiple_of(2) {
        let expected = format!("[tokens, {heads} heads of even size]");
        return Err(KernelError::shape(NAME, "x", expected, &first.x.dims()));
    }
    let size = width / heads;
    for segment in segments {
        if segment.x.dims()[1] != width {
            return Err(KernelError::shape(NAME, "x", format!("[tokens, {width}]"), &segment.x.dims()));
        }
        if let Some(gain) = segment.gain
            && gain.dims() != [size]
        {
            return Err(KernelError::shape(NAME, "gain", format!("[{size}]"), &gain.dims()));
        }
    }
    let tokens: usize = segments.iter().map(|s| s.x.dims()[0]).sum();
    if let Some(table) = rotary {
        for (operand, values) in [("cos", table.cos), ("sin", table.sin)] {
            if values.dims() != [tokens, size / 2] {
                let expected = format!("[{tokens}, {}]", size / 2);
                return Err(KernelError::shape(NAME, operand, expected, &values.dims()));
            }
        }
    }
    if host::is_gpu(&first.x.device()) {
        return on_device(segments, [heads, size], epsilon, rotary);
    }
    on_host(segments, [heads, size], epsilon, rotary)
}

fn on_device(
    segments: &[HeadSegment],
    [heads, size]: [usize; 2],
    epsilon: f32,
    rotary: Option<RotaryTable>,
) -> Result<Tensor<2>, KernelError> {
    let source = shader(NAME, "plain", &[])?;
    let rows = source.defines.get("ROWS").map_or(1, |rows| *rows as usize);
    let split = segments[0].x.dims()[0];
    let tokens: usize = segments.iter().map(|s| s.x.dims()[0]).sum();
    let first = Operand::float(NAME, segments[0].x)?;
    let second = segments.get(1).map(|s| Operand::float(NAME, s.x)).transpose()?;
    let gain = |i: usize| segments.get(i).and_then(|s| s.gain).map(|g| Operand::float(NAME, g)).transpose();
    let gains = [gain(0)?, gain(1)?];
    let (turn, table) = match rotary {
        Some(t) => {
            let turn = if t.layout == RotaryLayout::Interleaved { 1 } else { 2 };
            (turn, Some([Operand::float(NAME, t.cos)?, Operand::float(NAME, t.sin)?]))
        }
        None => (0, None),
    };
    let params = [
        tokens as u32,
        split as u32,
        heads as u32,
        size as u32,
        u32::from(gains[0].is_some()),
        u32::from(gains[1].is_some()),
        turn,
        epsilon.to_bits(),
    ];
    // An absent operand is bound to the first stream, which the shader then does not read under that name.
    let operands = [
        &first,
        second.as_ref().unwrap_or(&first),
        gains[0].as_ref().unwrap_or(&first),
        gains[1].as_ref().unwrap_or(&first),
        table.as_ref().map_or(&first, |t| &t[0]),
        table.as_ref().map_or(&first, |t| &t[1]),
    ];
    let groups = fold((tokens * heads).div_ceil(rows));
    launch(NAME, &source, &operands, [tokens, heads * size], &params, groups)
}

fn on_host(
    segments: &[HeadSegment],
    [heads, size]: [usize; 2],
    epsilon: f32,
    rotary: Option<RotaryTable>,
) -> Result<Tensor<2>, KernelError> {
    let width = heads * size;
    let tokens: usize = segments.iter().map(|s| s.x.dims()[0]).sum();
    let table = match rotary {
        Some(t) => Some((t.layout, host::HostTensor::new(NAME, t.cos)?, host::HostTensor::new(NAME, t.sin)?)),
        None => None,
    };
    let table = table.as_ref().map(|(layout, cos, sin)| (*layout, cos.values(), sin.values()));
    let mut values = vec![0.0; tokens * width];
    let mut first = 0;
    for segment in segments {
        let x = host::HostTensor::new(NAME, segment.x)?;
        let gain = segment.gain.map(|g| host::HostTensor::new(NAME, g)).transpose()?;
        let gain = gain.as_ref().map(host::HostTensor::values);
        let rows = segment.x.dims()[0];
        map_rows(x.values(), &mut values[first * width..][..rows * width], width, |row, heads| {
            let angles = (first + row) * size / 2..(first + row + 1) * size / 2;
            let table = table.map(|(layout, cos, sin)| (layout, &cos[angles.clone()], &sin[angles.clone()]));
            heads.chunks_exact_mut(size).for_each(|head| norm_and_turn(head, gain, epsilon, table));
        });
        first += rows;
    }
    Ok(host::from_values(values, [tokens, width], &segments[0].x.device()))
}

#[inline(always)]
fn norm_and_turn(
    head: &mut [f32],
    gain: Option<&[f32]>,
    epsilon: f32,
    table: Option<(RotaryLayout, &[f32], &[f32])>,
) {
    if let Some(gain) = gain {
        let square = sum(head, |x| x * x) / head.len() as f32;
        let inverse = 1.0 / (square + epsilon).sqrt();
        head.iter_mut().zip(gain).for_each(|(x, g)| *x = *x * inverse * g);
    }
    let turn = |[a, b]: [f32; 2], c: f32, s: f32| [a * c - b * s, b * c + a * s];
    match table {
        Some((RotaryLayout::Interleaved, cos, sin)) => {
            let (pairs, _) = head.as_chunks_mut::<2>();
            pairs.iter_mut().zip(cos.iter().zip(sin)).for_each(|(pair, (c, s))| *pair = turn(*pair, *c, *s));
        }
        Some((RotaryLayout::HalfSplit, cos, sin)) => {
            let (low, high) = head.split_at_mut(head.len() / 2);
            let pairs = low.iter_mut().zip(high).zip(cos.iter().zip(sin));
            pairs.for_each(|((a, b), (c, s))| [*a, *b] = turn([*a, *b], *c, *s));
        }
        None => {}
    }
}
