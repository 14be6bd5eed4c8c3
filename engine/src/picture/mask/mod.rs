//! What was painted: 255 = change this pixel, 0 = leave it, between = partly.
//!
//! A request's mask goes this way: [`fit`] to the picture's size, [`grow`], then two copies: [`feather`]ed
//! for the blend in the picture, and [`on_latents`] for the sampler. [`bounds`] and [`Context`] say which
//! part of the picture the model works on.

mod context;
mod distance;

pub use context::Context;

use rayon::prelude::*;

use super::error::PictureError;
use super::raster::Gray8;
use super::region::Region;
use super::resize::{Filter, resize, resize_nearest};

/// From this value on a pixel counts as painted where only yes and no exist (0.5 of 255, as diffusers
/// binarises).
pub const PAINTED: u8 = 128;

/// Grows the mask by `pixels`, or shrinks it where `pixels` is negative.
///
/// The distance is Euclidean and exact, between pixel centres: growing by 1 adds the four neighbours of a
/// single pixel, by 1.5 its eight. A soft mask counts as painted from [`PAINTED`] on. Growing keeps softness
/// that reaches beyond the new edge; shrinking keeps the values inside the new edge and clears everything
/// else. Outside the picture nothing is known, so a mask does not shrink away from the picture's edge.
pub fn grow(mask: &Gray8, pixels: f32) -> Gray8 {
    if pixels == 0.0 || !pixels.is_finite() {
        return mask.clone();
    }
    let growing = pixels > 0.0;
    let reach = f64::from(pixels.abs());
    within(mask, reach, growing, |value, squared| match f64::from(squared) <= reach * reach {
        true if growing => 255,
        true => 0,
        false => value,
    })
}

/// Softens the mask's edge outwards over `pixels`: what is painted stays 255, and at distance d outside the
/// mask falls off as `3t² − 2t³` of the linear ramp `t = 1 − d / (pixels + 1)`, to exactly 0 from `pixels +
/// 1` on. Softness that the mask has already is kept where it is higher.
pub fn feather(mask: &Gray8, pixels: f32) -> Gray8 {
    if pixels <= 0.0 || !pixels.is_finite() {
        return mask.clone();
    }
    let end = f64::from(pixels) + 1.0;
    within(mask, end, true, |value, squared| {
        let ramp = (1.0 - f64::from(squared).sqrt() / end).max(0.0);
        value.max((ramp * ramp * (3.0 - 2.0 * ramp) * 255.0).round() as u8)
    })
}

/// Softens the mask's edge inwards over `pixels`, so that nothing outside it is touched. What is too thin to have an
/// inside of this depth keeps its values: a painted hair stays a hair.
pub fn soften(mask: &Gray8, pixels: f32) -> Gray8 {
    let inside = grow(mask, -pixels);
    let ramp = feather(&inside, pixels);
    // A corner of the mask lies √2 times as far from the inside as its sides do.
    let thick = grow(&inside, (pixels * 1.5).ceil() + 1.0);
    let mut soft = mask.clone();
    for ((value, &ramp), &thick) in soft.pixels_mut().iter_mut().zip(ramp.pixels()).zip(thick.pixels()) {
        if thick > 0 {
            *value = (*value).min(ramp);
        }
    }
    soft
}

/// 255 − mask.
pub fn invert(mask: &Gray8) -> Gray8 {
    mask.map(|&[value]| [255 - value])
}

/// 255 where the mask is at least [`PAINTED`], 0 elsewhere.
pub fn binarise(mask: &Gray8) -> Gray8 {
    mask.map(|&[value]| [if value >= PAINTED { 255 } else { 0 }])
}

/// The tight box around everything above 0; fails with [`PictureError::EmptyMask`] if there is nothing.
pub fn bounds(mask: &Gray8) -> Result<Region, PictureError> {
    let width = mask.width();
    let rows = mask.pixels().par_chunks_exact(width).enumerate();
    let spans = rows.filter_map(|(y, row)| {
        let first = row.iter().position(|&value| value > 0)?;
        let last = row.iter().rposition(|&value| value > 0)?;
        Some((first, last, y, y))
    });
    let join = |a: (usize, usize, usize, usize), b: (usize, usize, usize, usize)| {
        (a.0.min(b.0), a.1.max(b.1), a.2.min(b.2), a.3.max(b.3))
    };
    let (left, right, top, bottom) = spans.reduce_with(join).ok_or(PictureError::EmptyMask)?;
    Ok(Region { x: left, y: top, width: right - left + 1, height: bottom - top + 1 })
}

/// The mask at the size of the picture, and a note where it had to be resampled (triangle filter).
pub fn fit(mask: &Gray8, width: usize, height: usize) -> Result<(Gray8, Option<String>), PictureError> {
    if mask.size() == (width, height) {
        return Ok((mask.clone(), None));
    }
    let (from_width, from_height) = mask.size();
    let fitted = resize(mask, width, height, Filter::Bilinear)?;
    let aspect_change = (from_width * height) as f64 / (from_height * width) as f64;
    let how = if (aspect_change.ln()).abs() > 0.01 { "stretched" } else { "resampled" };
    let note =
        format!("the mask is {from_width} × {from_height} and was {how} to the picture's {width} × {height}");
    Ok((fitted, Some(note)))
}

/// The mask for latents of `width` × `height`: 1 where the sampler repaints, 0 where it keeps; row-major. As
/// diffusers' inpaint pipelines: binarised at one half, then `interpolate(mode="nearest")`. `mask` has the
/// model's pixel size (get it there with [`Filter::Lanczos`]).
pub fn on_latents(mask: &Gray8, width: usize, height: usize) -> Result<Vec<f32>, PictureError> {
    let nearest = resize_nearest(mask, width, height)?;
    Ok(nearest.pixels().iter().map(|&value| if value >= PAINTED { 1.0 } else { 0.0 }).collect())
}

/// Changes every pixel, given its value and its squared distance to the painted ones (`outwards`) or to the
/// others. Outwards, pixels beyond `reach` keep their value; inwards, those outside the painted box become 0.
/// So only the box in between is measured.
fn within(mask: &Gray8, reach: f64, outwards: bool, change: impl Fn(u8, u32) -> u8 + Sync) -> Gray8 {
    let is_seed = |value: u8| (value >= PAINTED) == outwards;
    let mut changed = if outwards { mask.clone() } else { mask.map(|_| [0]) };
    let Some(region) = box_to_change(mask, reach, outwards) else {
        return changed;
    };
    let Ok(part) = mask.crop(region) else {
        return changed;
    };
    let squared = distance::squared(region.width, region.height, |index| is_seed(part.pixels()[index]));
    for y in 0..region.height {
        let start = (region.y + y) * mask.width() + region.x;
        let values = &mut changed.pixels_mut()[start..start + region.width];
        let squared = &squared[y * region.width..][..region.width];
        for ((value, &[before]), &squared) in values.iter_mut().zip(part.row(y).as_chunks().0).zip(squared) {
            *value = change(before, squared);
        }
    }
    changed
}

/// The box of the painted pixels, grown by the reach when going outwards (inwards only they can change, but
/// the box needs a rim of unpainted pixels to measure from). Nothing if nothing is painted.
fn box_to_change(mask: &Gray8, reach: f64, outwards: bool) -> Option<Region> {
    let painted = bounds(&binarise(mask)).ok()?;
    let margin = if outwards { reach.ceil().min(65_536.0) as usize } else { 1 };
    let side = |start: usize, length: usize, limit: usize| {
        let from = start.saturating_sub(margin);
        (from, (start + length + margin).min(limit) - from)
    };
    let (x, width) = side(painted.x, painted.width, mask.width());
    let (y, height) = side(painted.y, painted.height, mask.height());
    Some(Region { x, y, width, height })
}
