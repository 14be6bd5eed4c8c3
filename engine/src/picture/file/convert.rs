//! Whatever a decoder hands over, as 8-bit RGB with straight alpha.

use image::ColorType;
use rayon::prelude::*;

/// Pixels of `colour` in native byte order as RGBA bytes; nothing for a colour type not known here.
pub(super) fn to_rgba(colour: ColorType, pixels: Vec<u8>) -> Option<Vec<u8>> {
    match colour {
        ColorType::Rgba8 => Some(pixels),
        ColorType::Rgb8 => Some(each(&pixels, |&[r, g, b]: &[u8; 3]| [r, g, b, 255])),
        ColorType::L8 => Some(each(&pixels, |&[l]: &[u8; 1]| [l, l, l, 255])),
        ColorType::La8 => Some(each(&pixels, |&[l, a]: &[u8; 2]| [l, l, l, a])),
        ColorType::Rgba16 => Some(each(&pixels, |p: &[u8; 8]| [wide(p, 0), wide(p, 1), wide(p, 2), wide(p, 3)])),
        ColorType::Rgb16 => Some(each(&pixels, |p: &[u8; 6]| [wide(p, 0), wide(p, 1), wide(p, 2), 255])),
        ColorType::L16 => Some(each(&pixels, |p: &[u8; 2]| [wide(p, 0), wide(p, 0), wide(p, 0), 255])),
        ColorType::La16 => Some(each(&pixels, |p: &[u8; 4]| [wide(p, 0), wide(p, 0), wide(p, 0), wide(p, 1)])),
        ColorType::Rgb32F => Some(each(&pixels, |p: &[u8; 12]| [float(p, 0), float(p, 1), float(p, 2), 255])),
        ColorType::Rgba32F => {
            Some(each(&pixels, |p: &[u8; 16]| [float(p, 0), float(p, 1), float(p, 2), float(p, 3)]))
        }
        _ => None,
    }
}

/// What the user should know about the depth.
pub(super) fn depth_note(colour: ColorType) -> Option<&'static str> {
    match colour {
        ColorType::Rgba16 | ColorType::Rgb16 | ColorType::L16 | ColorType::La16 => {
            Some("16 bits per channel: the upper 8 are used")
        }
        ColorType::Rgb32F | ColorType::Rgba32F => Some("floating point: values from 0 to 1 are used, as sRGB"),
        _ => None,
    }
}

/// True if an ICC profile describes RGB (bytes 16–19 of its header); one for CMYK or grey would be wrong beside RGB
/// pixels.
pub(super) fn is_rgb_profile(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ")
}

fn each<const FROM: usize>(pixels: &[u8], change: impl Fn(&[u8; FROM]) -> [u8; 4] + Sync) -> Vec<u8> {
    const PART: usize = 1 << 16;
    let mut rgba = vec![0; pixels.len() / FROM * 4];
    rgba.par_chunks_mut(PART * 4).zip(pixels.par_chunks(PART * FROM)).for_each(|(to, from)| {
        let to = to.as_chunks_mut::<4>().0;
        to.iter_mut().zip(from.as_chunks::<FROM>().0).for_each(|(to, from)| *to = change(from));
    });
    rgba
}

/// The upper byte of 16-bit sample `index`, as Pillow takes it: 8-bit values stored as `v · 257` come back unchanged.
fn wide<const BYTES: usize>(pixel: &[u8; BYTES], index: usize) -> u8 {
    (u16::from_ne_bytes([pixel[2 * index], pixel[2 * index + 1]]) >> 8) as u8
}

/// 32-bit sample `index`, 0 … 1; not-a-number becomes 0.
fn float<const BYTES: usize>(pixel: &[u8; BYTES], index: usize) -> u8 {
    let bytes = [pixel[4 * index], pixel[4 * index + 1], pixel[4 * index + 2], pixel[4 * index + 3]];
    (f32::from_ne_bytes(bytes).clamp(0.0, 1.0) * 255.0).round_ties_even() as u8
}
