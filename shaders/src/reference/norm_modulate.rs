//! CPU twin of `norm_modulate.wgsl`.

/// Operands beside `x`, as in the shader's bindings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operands<'a> {
    pub gain: Option<&'a [f32]>,
    /// Shift and scale, one or two rows each.
    pub modulation: Option<(&'a [f32], &'a [f32])>,
    /// First token of the second row.
    pub split: usize,
    pub epsilon: f32,
    pub layer: bool,
}

/// `x [tokens, channels]` → normalised, gained and modulated; sums in f64.
pub fn norm_modulate(x: &[f32], channels: usize, operands: &Operands) -> Vec<f32> {
    let mut y = Vec::with_capacity(x.len());
    for (token, row) in x.chunks_exact(channels).enumerate() {
        let count = channels as f64;
        let mean = if operands.layer { row.iter().map(|v| f64::from(*v)).sum::<f64>() / count } else { 0.0 };
        let variance = row.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
        let inverse = 1.0 / (variance + f64::from(operands.epsilon)).sqrt();
        let offset = if token >= operands.split { channels } else { 0 };
        for (c, value) in row.iter().enumerate() {
            let mut value = ((f64::from(*value) - mean) * inverse) as f32;
            if let Some(gain) = operands.gain {
                value *= gain[c];
            }
            if let Some((shift, scale)) = operands.modulation {
                value = value * (1.0 + scale[offset + c]) + shift[offset + c];
            }
            y.push(value);
        }
    }
    y
}
