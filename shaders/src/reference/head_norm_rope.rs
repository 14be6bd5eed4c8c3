//! CPU twin of `head_norm_rope.wgsl`.

/// One token stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment<'a> {
    /// `[tokens, heads × size]`.
    pub x: &'a [f32],
    /// `[size]`; without it the stream is not normalised.
    pub gain: Option<&'a [f32]>,
}

/// Angles for all tokens of the joined sequence, `[tokens, size / 2]` each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotary<'a> {
    /// Pairs (k, k + half) instead of (2k, 2k + 1).
    pub half_split: bool,
    pub cosine: &'a [f32],
    pub sine: &'a [f32],
}

/// Segments in order → `[Σ tokens, heads × size]`; mean squares in f64.
pub fn head_norm_rope(
    segments: &[Segment],
    heads: usize,
    size: usize,
    epsilon: f32,
    rotary: Option<Rotary>,
) -> Vec<f32> {
    let mut y = Vec::new();
    for segment in segments {
        for head in segment.x.chunks_exact(size) {
            let token = y.len() / (heads * size);
            let start = y.len();
            y.extend_from_slice(head);
            let head = &mut y[start..];
            if let Some(gain) = segment.gain {
                let square = head.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / size as f64;
                let inverse = 1.0 / (square + f64::from(epsilon)).sqrt();
                head.iter_mut().zip(gain).for_each(|(x, g)| *x = (f64::from(*x) * inverse) as f32 * g);
            }
            let Some(rotary) = rotary else { continue };
            for pair in 0..size / 2 {
                let (i, j) =
                    if rotary.half_split { (pair, pair + size / 2) } else { (2 * pair, 2 * pair + 1) };
                let (a, b) = (head[i], head[j]);
                let (c, s) = (rotary.cosine[token * size / 2 + pair], rotary.sine[token * size / 2 + pair]);
                head[i] = a * c - b * s;
                head[j] = b * c + a * s;
            }
        }
    }
    y
}
