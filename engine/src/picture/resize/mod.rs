//! Resampling as the reference does it.
//!
//! diffusers shrinks the pictures for the codec with Pillow's Lanczos filter and transformers shrinks those
//! for the vision tower with torchvision's antialiased bicubic on bytes. Both weigh with integers of
//! different widths, and a model sees the difference; so there are two. Each is a horizontal and a vertical
//! pass, rounded to 8 bits in between; a pass whose size does not change is left out.

mod antialiased;
mod filter;
mod pillow;
mod taps;

pub use antialiased::resize_antialiased_bicubic;
pub use filter::Filter;
pub use pillow::resize;

use super::error::PictureError;
use super::raster::Raster;

/// Nearest neighbour as `torch.nn.functional.interpolate(mode="nearest")`: target pixel i takes source pixel
/// `min(⌊i · s⌋, size − 1)`, with `s = source / target` in single precision.
pub fn resize_nearest<const CHANNELS: usize>(
    source: &Raster<CHANNELS>,
    width: usize,
    height: usize,
) -> Result<Raster<CHANNELS>, PictureError> {
    let mut target = Raster::filled(width, height, [0; CHANNELS])?;
    let columns = nearest_indices(source.width(), width);
    let rows = nearest_indices(source.height(), height);
    for (pixels, &y) in target.pixels_mut().chunks_exact_mut(width * CHANNELS).zip(&rows) {
        let row = source.row(y).as_chunks::<CHANNELS>().0;
        for (pixel, &x) in pixels.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(&columns) {
            *pixel = row[x];
        }
    }
    Ok(target)
}

fn nearest_indices(source: usize, target: usize) -> Vec<usize> {
    let scale = source as f32 / target as f32;
    (0..target).map(|index| ((index as f32 * scale).floor() as usize).min(source - 1)).collect()
}
