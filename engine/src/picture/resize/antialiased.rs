//! torchvision's antialiased bicubic on bytes, to the last bit.

use super::filter::Filter;
use super::taps::{FixedTaps, Taps};
use crate::picture::error::PictureError;
use crate::picture::raster::Raster;

/// Largest weight plus one in torch's 16-bit weights.
const LIMIT: f64 = 32_768.0;
/// Most bits that torch gives the weights.
const MOST_BITS: u32 = 22;

/// `source` at `width` × `height`, equal to `torchvision.transforms.v2.functional.resize(image, (height,
/// width), BICUBIC, antialias=True)` on a uint8 tensor on an x86-64 processor (torch 2.15,
/// `_upsample_bicubic2d_aa`). This is what transformers 5 does before Qwen2.5-VL's vision tower.
pub fn resize_antialiased_bicubic<const CHANNELS: usize>(
    source: &Raster<CHANNELS>,
    width: usize,
    height: usize,
) -> Result<Raster<CHANNELS>, PictureError> {
    Raster::<CHANNELS>::require_possible(width, height)?;
    let wide = match source.width() == width {
        true => source.clone(),
        false => taps(source.width(), width).horizontal(source)?,
    };
    match source.height() == height {
        true => Ok(wide),
        false => taps(source.height(), height).vertical(&wide),
    }
}

/// As many bits behind the point as let the largest weight of the axis fit into 16 bits.
fn taps(source: usize, target: usize) -> FixedTaps {
    let taps = Taps::new(source, target, Filter::Bicubic);
    let largest = taps.weights.iter().flatten().copied().fold(0.0, f64::max);
    let fits = |&bits: &u32| (0.5 + largest * f64::from(1u32 << (bits + 1))).floor() < LIMIT;
    let bits = (0..MOST_BITS).take_while(fits).count() as u32;
    taps.fixed(bits)
}
