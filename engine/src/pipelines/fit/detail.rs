//! Fine detail for what was drawn small: an edit that keeps a picture's structure gets that structure back.
//!
//! Where the small result follows the small source (a tone, a colour cast, an untouched corner), it does so by a slope,
//! and what the source has beyond the small size is added by the same slope. Where it shows something else (a thing
//! removed or added), the slope counts for nothing there. The idea is He and Sun's fast guided filter (2015); here only
//! the detail passes through it, so that new edges stay as sharp as they were drawn.

use super::small::{around, between, place};
use crate::picture::{Filter, PictureError, Rgb8, resize};
use rayon::prelude::*;

/// Half the window in which a slope is measured, in pixels of the small size.
const REACH: usize = 2;
/// Variance, in squared levels, below which a window is flat and has no slope.
const FLAT: f32 = 16.0;
/// Steepest slope, either way.
const STEEPEST: f32 = 2.0;
/// Shares of the result's variance that the source must explain: from where detail begins to count, and fully counts.
const EXPLAINED: [f32; 2] = [0.4, 0.85];

/// `picture` with the detail of `source` that a picture of `small` pixels (width, height) cannot hold. Both have one size.
///
/// # Errors
/// Two sizes that differ.
pub fn with_detail(picture: &Rgb8, source: &Rgb8, small: (usize, usize)) -> Result<Rgb8, PictureError> {
    source.require_size("the source", picture.size())?;
    let (width, height) = picture.size();
    let (columns, rows) = small;
    if columns >= width && rows >= height {
        return Ok(picture.clone());
    }
    let source_small = resize(source, columns, rows, Filter::Lanczos)?;
    let slopes = slopes(&source_small, &resize(picture, columns, rows, Filter::Lanczos)?);
    let coarse = resize(&source_small, width, height, Filter::Lanczos)?;
    let mut done = picture.clone();
    done.pixels_mut().par_chunks_mut(3 * width).enumerate().for_each(|(y, row)| {
        let (source, coarse, down) = (source.row(y), coarse.row(y), place(y, height, rows));
        for x in 0..width {
            let at = 3 * x..3 * x + 3;
            let detail = luminance(&source[at.clone()]) - luminance(&coarse[at.clone()]);
            let slope = between(&slopes, columns, place(x, width, columns), down);
            for (value, slope) in row[at].iter_mut().zip(slope) {
                *value = (f32::from(*value) + slope * detail).round_ties_even().clamp(0.0, 255.0) as u8;
            }
        }
    });
    Ok(done)
}

fn luminance(pixel: &[u8]) -> f32 {
    0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2])
}

/// How each channel of `result` follows the luminance of `source` around every pixel; 0 where it does not.
fn slopes(source: &Rgb8, result: &Rgb8) -> Vec<[f32; 3]> {
    let (width, height) = source.size();
    let guide: Vec<f32> = source.iter().map(|pixel| luminance(pixel)).collect();
    let pixels = result.pixels();
    let slope = |pixel: usize, channel: usize| {
        let mut sums = [0.0f32; 6];
        for at in around(pixel, width, height, REACH) {
            let (s, r) = (guide[at], f32::from(pixels[3 * at + channel]));
            for (sum, value) in sums.iter_mut().zip([1.0, s, r, s * s, s * r, r * r]) {
                *sum += value;
            }
        }
        let [count, s, r, ss, sr, rr] = sums;
        let of_source = (ss - s * s / count).max(0.0) / count;
        let of_result = (rr - r * r / count).max(0.0) / count;
        let shared = (sr - s * r / count) / count;
        let slope = shared / (of_source + FLAT);
        let left = (of_result - 2.0 * slope * shared + slope * slope * of_source).max(0.0);
        let explained = 1.0 - left / (of_result + FLAT);
        let [from, to] = EXPLAINED;
        let counts = ((explained - from) / (to - from)).clamp(0.0, 1.0);
        counts * slope.clamp(-STEEPEST, STEEPEST)
    };
    let of_all = |pixel: usize| [0, 1, 2].map(|channel| slope(pixel, channel));
    (0..width * height).into_par_iter().map(of_all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Soft hills with a fine grain that 64 pixels cannot hold.
    fn grainy() -> Rgb8 {
        let mut picture = Rgb8::filled(256, 256, [0; 3]).unwrap();
        for (at, pixel) in picture.iter_mut().enumerate() {
            let (x, y) = ((at % 256) as f32, (at / 256) as f32);
            let value =
                128.0 + 60.0 * (x / 40.0).sin() * (y / 50.0).cos() + 20.0 * (x * 2.1).sin() * (y * 1.9).cos();
            *pixel = [value as u8, (value * 0.8) as u8, (value * 0.6) as u8];
        }
        picture
    }

    fn small_and_back(picture: &Rgb8) -> Rgb8 {
        resize(&resize(picture, 64, 64, Filter::Lanczos).unwrap(), 256, 256, Filter::Lanczos).unwrap()
    }

    fn error(a: &Rgb8, b: &Rgb8) -> f64 {
        let square = |(a, b): (&u8, &u8)| (f64::from(*a) - f64::from(*b)).powi(2);
        a.pixels().iter().zip(b.pixels()).map(square).sum::<f64>() / a.pixels().len() as f64
    }

    #[test]
    fn a_tone_keeps_the_grain_of_the_picture() {
        let source = grainy();
        let darker = source.map(|pixel| pixel.map(|value| (f32::from(value) * 0.6) as u8));
        let plain = small_and_back(&darker);
        let detailed = with_detail(&plain, &source, (64, 64)).unwrap();
        assert!(error(&detailed, &darker) < 0.3 * error(&plain, &darker));
    }

    #[test]
    fn a_grey_result_stays_grey() {
        let source = grainy();
        let grey = small_and_back(&source.map(|&[r, _, _]| [r; 3]));
        let detailed = with_detail(&grey, &source, (64, 64)).unwrap();
        assert!(detailed.iter().all(|[r, g, b]| r == g && g == b));
    }

    #[test]
    fn what_replaces_the_picture_gets_none_of_it() {
        let source = grainy();
        let mut other = Rgb8::filled(256, 256, [0; 3]).unwrap();
        for (at, pixel) in other.iter_mut().enumerate() {
            *pixel = if (at % 256 / 32 + at / 256 / 32) % 2 == 0 { [220, 40, 40] } else { [30, 60, 200] };
        }
        let plain = small_and_back(&other);
        let detailed = with_detail(&plain, &source, (64, 64)).unwrap();
        let changed = error(&detailed, &plain);
        assert!(changed < 6.0, "{changed}");
    }

    #[test]
    fn a_picture_that_was_not_small_is_left_alone() {
        let source = grainy();
        assert_eq!(with_detail(&source, &source, (256, 256)).unwrap().pixels(), source.pixels());
        assert!(
            with_detail(&source, &source.crop(crate::picture::Region::whole(9, 9)).unwrap(), (4, 4)).is_err()
        );
        let strip = Rgb8::filled(1, 40, [9; 3]).unwrap();
        assert_eq!(with_detail(&strip, &strip, (1, 2)).unwrap().pixels(), strip.pixels());
    }
}
