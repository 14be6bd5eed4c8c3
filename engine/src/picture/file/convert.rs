//! Whatever a decoder hands over, as 8-bit RGB with straight alpha.

use image::ColorType;
use rayon::prelude::*;

/// Pixels of `colour` in native byte order as RGBA bytes; nothing for a colour type not known here.
pub(super) fn to_rgba(colour: ColorType, pixels: Vec<u8>) -> Option<Vec<u8>> {
    let rgba = match colour {
        ColorType::Rgba8 => pixels,
        ColorType::Rgb8 => each(&pixels, |&[r, g, b]| [r, g, b, 255]),
        ColorType::L8 => each(&pixels, |&[l]| [l, l, l, 255]),
        ColorType::La8 => each(&pixels, |&[l, a]| [l, l, l, a]),
        ColorType::Rgba16 => return to_rgba(ColorType::Rgba8, each(&pixels, upper_byte)),
        ColorType::Rgb16 => return to_rgba(ColorType::Rgb8, each(&pixels, upper_byte)),
        ColorType::L16 => return to_rgba(ColorType::L8, each(&pixels, upper_byte)),
        ColorType::La16 => return to_rgba(ColorType::La8, each(&pixels, upper_byte)),
        ColorType::Rgb32F => return to_rgba(ColorType::Rgb8, each(&pixels, from_float)),
        ColorType::Rgba32F => return to_rgba(ColorType::Rgba8, each(&pixels, from_float)),
        _ => return None,
    };
    Some(rgba)
}

/// What the user should know about the depth.
pub(super) fn depth_note(colour: ColorType) -> Option<&'static str> {
    match colour {
        ColorType::Rgba16 | ColorType::Rgb16 | ColorType::L16 | ColorType::La16 => {
            Some("16 bits per channel: the upper 8 are used")
        }
        ColorType::Rgb32F | ColorType::Rgba32F => {
            Some("floating point: values from 0 to 1 are used, as sRGB")
        }
        _ => None,
    }
}

/// True if an ICC profile describes RGB (bytes 16–19 of its header); one for CMYK or grey would be wrong
/// beside RGB pixels.
pub(super) fn is_rgb_profile(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ")
}

fn each<const FROM: usize, const TO: usize>(
    samples: &[u8],
    change: impl Fn(&[u8; FROM]) -> [u8; TO] + Sync,
) -> Vec<u8> {
    const PART: usize = 1 << 16;
    let mut changed = vec![0; samples.len() / FROM * TO];
    changed.par_chunks_mut(PART * TO).zip(samples.par_chunks(PART * FROM)).for_each(|(to, from)| {
        let to = to.as_chunks_mut::<TO>().0;
        to.iter_mut().zip(from.as_chunks::<FROM>().0).for_each(|(to, from)| *to = change(from));
    });
    changed
}

/// Of a 16-bit sample, as Pillow does it: 8-bit values stored as `v · 257` come back unchanged.
fn upper_byte(sample: &[u8; 2]) -> [u8; 1] {
    [(u16::from_ne_bytes(*sample) >> 8) as u8]
}

/// Of a 32-bit sample, 0 … 1; not-a-number becomes 0.
fn from_float(sample: &[u8; 4]) -> [u8; 1] {
    [(f32::from_ne_bytes(*sample).clamp(0.0, 1.0) * 255.0).round_ties_even() as u8]
}
