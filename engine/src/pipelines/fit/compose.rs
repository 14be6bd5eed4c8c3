//! Back into the picture: colour match and a composite that keeps everything outside the mask bit-exact.

use rayon::prelude::*;

use crate::picture::{Gray8, PictureError, Region, Rgb8, Rgba8, mask};

/// Fewest pixels of a ring that say anything about colour.
const LEAST_RING: usize = 256;
/// Largest difference of a channel's mean, in levels, that is a change of tone and not another picture.
const MOST_OFFSET: f32 = 40.0;
/// Contrast may be corrected by this factor either way; a ring that asks for twice as much is another
/// picture.
const MOST_GAIN: f32 = 1.25;
const WILD_GAIN: f32 = 1.6;
/// A channel whose ring varies less than this many levels says nothing about contrast.
const LEAST_DEVIATION: f32 = 3.0;

/// How to match the colours of an edit to its surroundings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColourMatch {
    /// Width of the ring around the mask that is compared, in pixels.
    pub ring: f32,
    /// 0 = leave as is, 1 = match in full.
    pub strength: f32,
}

/// What the colour match did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ColourMatched {
    /// Every channel became `value · gain + offset`.
    Applied { gain: [f32; 3], offset: [f32; 3] },
    /// Too few pixels around the mask to compare.
    NoRing,
    /// The two pictures differ by more than a change of tone there.
    TooDifferent,
}

/// Gives `edited` the mean and the contrast that `source` has in a ring around the mask, channel by channel.
/// Both are the same part of the picture, as is `mask` (the blend mask; the ring lies where it is 0).
/// `edited` stays as it is where the ring is too small or the difference is wild, as with a model that
/// painted something else altogether.
pub fn match_colour(
    edited: &Rgb8,
    source: &Rgb8,
    mask: &Gray8,
    options: ColourMatch,
) -> Result<(Rgb8, ColourMatched), PictureError> {
    source.require_size("the source", edited.size())?;
    mask.require_size("the mask", edited.size())?;
    let painted = mask.map(|&[value]| [if value > 0 { 255 } else { 0 }]);
    let near = mask::grow(&painted, options.ring);
    let ring: Vec<(&[u8; 3], &[u8; 3])> = near
        .pixels()
        .iter()
        .zip(painted.pixels())
        .zip(edited.iter().zip(source.iter()))
        .filter(|((near, painted), _)| **near > 0 && **painted == 0)
        .map(|(_, pixels)| pixels)
        .collect();
    if ring.len() < LEAST_RING {
        return Ok((edited.clone(), ColourMatched::NoRing));
    }
    let mut gain = [1.0; 3];
    let mut offset = [0.0; 3];
    for channel in 0..3 {
        let of_edited = Tone::new(ring.iter().map(|(edited, _)| edited[channel]));
        let of_source = Tone::new(ring.iter().map(|(_, source)| source[channel]));
        let Some((channel_gain, channel_offset)) = of_edited.correction_to(&of_source, options.strength)
        else {
            return Ok((edited.clone(), ColourMatched::TooDifferent));
        };
        (gain[channel], offset[channel]) = (channel_gain, channel_offset);
    }
    let tables: [[u8; 256]; 3] = std::array::from_fn(|channel| {
        std::array::from_fn(|value| (value as f32 * gain[channel] + offset[channel]).round_ties_even() as u8)
    });
    let matched = edited
        .map(|&[r, g, b]| [tables[0][usize::from(r)], tables[1][usize::from(g)], tables[2][usize::from(b)]]);
    Ok((matched, ColourMatched::Applied { gain, offset }))
}

/// A finished picture and the proof that the rest of it was left alone.
#[derive(Clone, Debug)]
pub struct Composite {
    pub picture: Rgba8,
    /// Pixels that differ from the source in any of the four channels although the blend mask is 0 there,
    /// counted on the finished picture. Anything but 0 is an error in this program.
    pub changed_outside_mask: usize,
    /// Pixels that differ from the source at all.
    pub changed: usize,
}

/// Lays `edited` over `source` at `region`, as strongly as `blend` says (255 = the edit, 0 = the source's own
/// bytes, alpha included). `blend` measures what `source` measures; `edited` what `region` measures.
///
/// The edit is opaque: models see the picture over white. Where it only partly covers a transparent place the
/// two are mixed by their alphas, so hidden colours do not show.
pub fn composite(
    source: &Rgba8,
    edited: &Rgb8,
    region: Region,
    blend: &Gray8,
) -> Result<Composite, PictureError> {
    blend.require_size("the blend mask", source.size())?;
    edited.require_size("the edited part", (region.width, region.height))?;
    let under = source.crop(region)?;
    let over = blend.crop(region)?;
    let mut mixed = under.clone();
    let rows = mixed.pixels_mut().par_chunks_exact_mut(region.width * 4).enumerate();
    rows.for_each(|(y, row)| {
        let edited = edited.row(y).as_chunks::<3>().0;
        for ((pixel, edited), &share) in row.as_chunks_mut::<4>().0.iter_mut().zip(edited).zip(over.row(y)) {
            *pixel = mix(*pixel, *edited, share);
        }
    });
    let mut picture = source.clone();
    picture.paste(&mixed, region.x, region.y)?;
    let differs = || picture.iter().zip(source.iter()).map(|(after, before)| after != before);
    let changed = differs().filter(|&differs| differs).count();
    let outside = differs().zip(blend.pixels()).filter(|&(differs, &share)| differs && share == 0);
    let changed_outside_mask = outside.count();
    Ok(Composite { picture, changed_outside_mask, changed })
}

/// One pixel: `share` of 255 of the opaque `over`, the rest of `under`.
fn mix(under: [u8; 4], over: [u8; 3], share: u8) -> [u8; 4] {
    let [r, g, b] = over;
    match share {
        0 => return under,
        255 => return [r, g, b, 255],
        _ => {}
    }
    // In units of 1/255 · 1/255: how much of each colour there is.
    let of_over = u32::from(share) * 255;
    let of_under = (255 - u32::from(share)) * u32::from(under[3]);
    let total = of_over + of_under;
    let colour = |under: u8, over: u8| {
        ((u32::from(under) * of_under + u32::from(over) * of_over + total / 2) / total) as u8
    };
    let alpha = ((total + 127) / 255) as u8;
    [colour(under[0], r), colour(under[1], g), colour(under[2], b), alpha]
}

/// Mean and standard deviation of one channel of the ring.
struct Tone {
    mean: f32,
    deviation: f32,
}

impl Tone {
    fn new(values: impl Iterator<Item = u8>) -> Self {
        let (mut count, mut sum, mut squares) = (0u64, 0u64, 0u64);
        for value in values {
            count += 1;
            sum += u64::from(value);
            squares += u64::from(value) * u64::from(value);
        }
        let mean = sum as f64 / count as f64;
        let variance = (squares as f64 / count as f64 - mean * mean).max(0.0);
        Self { mean: mean as f32, deviation: variance.sqrt() as f32 }
    }

    /// Gain and offset that bring this tone to `wanted`; nothing if that would be more than a correction.
    fn correction_to(&self, wanted: &Tone, strength: f32) -> Option<(f32, f32)> {
        let strength = strength.clamp(0.0, 1.0);
        let plain = self.deviation < LEAST_DEVIATION || wanted.deviation < LEAST_DEVIATION;
        let gain = if plain { 1.0 } else { wanted.deviation / self.deviation };
        if (wanted.mean - self.mean).abs() > MOST_OFFSET || !(1.0 / WILD_GAIN..=WILD_GAIN).contains(&gain) {
            return None;
        }
        let gain = 1.0 + (gain.clamp(1.0 / MOST_GAIN, MOST_GAIN) - 1.0) * strength;
        let mean = self.mean + (wanted.mean - self.mean) * strength;
        Some((gain, mean - self.mean * gain))
    }
}
