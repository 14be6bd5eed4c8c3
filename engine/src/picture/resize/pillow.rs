//! `PIL.Image.resize` on 8-bit pictures, to the last bit.

use super::filter::Filter;
use super::taps::Taps;
use crate::picture::colour::divide_by_255;
use crate::picture::error::PictureError;
use crate::picture::raster::Raster;

/// Bits behind the point in Pillow's weights: 32 less 8 for the pixel and 2 for overshoot.
const BITS: u32 = 32 - 8 - 2;

/// `source` at `width` × `height`, equal to Pillow's `Image.resize((width, height), filter)` in modes `L`,
/// `RGB` and `RGBA`. With four channels the colours are weighed by their alpha, so that hidden colours do not
/// bleed.
pub fn resize<const CHANNELS: usize>(
    source: &Raster<CHANNELS>,
    width: usize,
    height: usize,
    filter: Filter,
) -> Result<Raster<CHANNELS>, PictureError> {
    if source.size() == (width, height) {
        return Ok(source.clone());
    }
    if CHANNELS != 4 {
        return resample(source, width, height, filter);
    }
    let resampled = resample(&source.map(premultiply), width, height, filter)?;
    Ok(resampled.map(straighten))
}

fn resample<const CHANNELS: usize>(
    source: &Raster<CHANNELS>,
    width: usize,
    height: usize,
    filter: Filter,
) -> Result<Raster<CHANNELS>, PictureError> {
    let taps = |from, to| Taps::new(from, to, filter).fixed(BITS);
    // A bad size must be refused before tables of that length are made.
    Raster::<CHANNELS>::require_possible(width, height)?;
    let across = |picture: &Raster<CHANNELS>| match picture.width() == width {
        true => Ok(picture.clone()),
        false => taps(picture.width(), width).horizontal(picture),
    };
    let down = |picture: &Raster<CHANNELS>| match picture.height() == height {
        true => Ok(picture.clone()),
        false => taps(picture.height(), height).vertical(picture),
    };
    match is_vertical_first(source.size(), (width, height)) {
        true => across(&down(source)?),
        false => down(&across(source)?),
    }
}

/// Since version 13 Pillow takes the vertical pass first where more than twice as many rows as columns go
/// (its pull request 9549; the exact rule was found by trying thousands of sizes). The order shows, as each
/// pass clips.
fn is_vertical_first((width, height): (usize, usize), (to_width, to_height): (usize, usize)) -> bool {
    let fewer = |from: usize, to: usize| from as i64 - to as i64;
    let fewer_rows = fewer(height, to_height);
    fewer_rows > 0 && fewer_rows > 2 * fewer(width, to_width)
}

/// Straight to premultiplied alpha, as `convert("RGBa")`.
fn premultiply<const CHANNELS: usize>(pixel: &[u8; CHANNELS]) -> [u8; CHANNELS] {
    let alpha = pixel[CHANNELS - 1];
    let mut changed = pixel.map(|byte| divide_by_255(u32::from(byte) * u32::from(alpha)));
    changed[CHANNELS - 1] = alpha;
    changed
}

/// Premultiplied to straight alpha, as `convert("RGBA")`: rounded down.
fn straighten<const CHANNELS: usize>(pixel: &[u8; CHANNELS]) -> [u8; CHANNELS] {
    let alpha = pixel[CHANNELS - 1];
    if alpha == 0 || alpha == 255 {
        return *pixel;
    }
    let mut changed = pixel.map(|byte| (255 * u32::from(byte) / u32::from(alpha)).min(255) as u8);
    changed[CHANNELS - 1] = alpha;
    changed
}
