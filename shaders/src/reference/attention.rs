//! CPU twin of `attention.wgsl`.

/// Heads and their arrangement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    pub heads: usize,
    pub kv_heads: usize,
    /// Channels of a head.
    pub size: usize,
    /// Factor on the scores.
    pub scale: f32,
}

/// `q [queries, heads × size]`, `k`, `v` `[keys, kv_heads × size]` and the keys that each query sees (first, one
/// past the last) → `[queries, heads × size]`, all in f64.
pub fn attention(q: &[f32], k: &[f32], v: &[f32], layout: &Layout, reach: &[[usize; 2]]) -> Vec<f32> {
    let Layout { heads, kv_heads, size, scale } = *layout;
    let mut y = vec![0.0; q.len()];
    for (query, [first, end]) in reach.iter().enumerate() {
        for head in 0..heads {
            let at = (query * heads + head) * size;
            let of_key = |key: usize| (key * kv_heads + head / (heads / kv_heads)) * size;
            let dot = |key: usize| -> f64 {
                let pairs = q[at..at + size].iter().zip(&k[of_key(key)..]);
                pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() * f64::from(scale)
            };
            let scores: Vec<f64> = (*first..*end).map(dot).collect();
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = scores.iter().map(|s| (s - highest).exp()).collect();
            let total: f64 = weights.iter().sum();
            for channel in 0..size {
                let values = (*first..*end).map(|key| f64::from(v[of_key(key) + channel]));
                let sum: f64 = weights.iter().zip(values).map(|(w, v)| w * v).sum();
                y[at + channel] = if scores.is_empty() { 0.0 } else { (sum / total) as f32 };
            }
        }
    }
    y
}
