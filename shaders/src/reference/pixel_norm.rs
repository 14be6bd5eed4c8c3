//! CPU twin of `pixel_norm.wgsl`.

/// `x [pixels, channels]` → divided by its length (at least `smallest`), times √channels and gain; sums in f64.
pub fn pixel_norm(x: &[f32], gain: &[f32], smallest: f32, silu: bool) -> Vec<f32> {
    let channels = gain.len();
    let mut y = Vec::with_capacity(x.len());
    for pixel in x.chunks_exact(channels) {
        let length = pixel.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt().max(f64::from(smallest));
        let factor = (channels as f64).sqrt() / length;
        for (value, gain) in pixel.iter().zip(gain) {
            let value = (f64::from(*value) * factor) as f32 * gain;
            y.push(if silu { super::silu(value) } else { value });
        }
    }
    y
}
