//! What an edit without a mask left alone. A small model draws everything anew, a little blurred; where that is all that
//! happened, the picture itself stays.

use super::small::{around, between, place};
use crate::picture::{Filter, PictureError, Rgb8, resize};
use rayon::prelude::*;

/// Half the window in which two pictures are compared, in pixels of the small size.
const REACH: usize = 2;
/// Difference in levels up to which a window counts as unchanged, and from which as changed: root of the mean square …
const APART: [f32; 2] = [14.0, 28.0];
/// … and the mean of any channel, which tells a tone from a blur.
const SHIFTED: [f32; 2] = [7.0, 14.0];
/// Least part of a picture that must be unchanged; with less, the edit was about all of it, and patches of the old
/// picture would be seen in the new one.
const LEAST: f32 = 0.4;

/// `picture` with the pixels of `source` where the edit, drawn with `small` pixels (width, height), changed nothing; and
/// the part of the picture that this is, 0 to 1. Both have one size.
///
/// # Errors
/// Two sizes that differ.
pub fn keep_unchanged(
    picture: &Rgb8,
    source: &Rgb8,
    small: (usize, usize),
) -> Result<(Rgb8, f32), PictureError> {
    source.require_size("the source", picture.size())?;
    let (width, height) = picture.size();
    let (columns, rows) = (small.0.min(width), small.1.min(height));
    let shrunk = |picture| resize(picture, columns, rows, Filter::Lanczos);
    let alike = alike(&shrunk(source)?, &shrunk(picture)?);
    let part = alike.iter().flatten().sum::<f32>() / alike.len().max(1) as f32;
    if part < LEAST {
        return Ok((picture.clone(), 0.0));
    }
    let mut done = picture.clone();
    done.pixels_mut().par_chunks_mut(3 * width).enumerate().for_each(|(y, row)| {
        let down = place(y, height, rows);
        for (x, (pixel, source)) in row.chunks_exact_mut(3).zip(source.row(y).chunks_exact(3)).enumerate() {
            let [kept] = between(&alike, columns, place(x, width, columns), down);
            for (value, &source) in pixel.iter_mut().zip(source) {
                let (drawn, source) = (f32::from(*value), f32::from(source));
                *value = (drawn + kept * (source - drawn)).round_ties_even() as u8;
            }
        }
    });
    Ok((done, part))
}

/// How much each pixel's surroundings are alike, from 0 to 1; less near everything that is not.
fn alike(source: &Rgb8, result: &Rgb8) -> Vec<[f32; 1]> {
    let (width, height) = source.size();
    let (a, b) = (source.pixels(), result.pixels());
    let difference = |at: usize| f32::from(b[at]) - f32::from(a[at]);
    let compared = |at: usize| {
        let (mut sums, mut square, mut count) = ([0.0f32; 3], 0.0, 0.0);
        for near in around(at, width, height, REACH) {
            for (channel, sum) in sums.iter_mut().enumerate() {
                let value = difference(3 * near + channel);
                *sum += value;
                square += value * value;
            }
            count += 1.0;
        }
        let shift = sums.iter().map(|sum| (sum / count).abs()).fold(0.0, f32::max);
        falling((square / (3.0 * count)).sqrt(), APART).min(falling(shift, SHIFTED))
    };
    let own: Vec<f32> = (0..width * height).into_par_iter().map(compared).collect();
    let near = |at: usize| around(at, width, height, 1);
    let least: Vec<f32> =
        (0..own.len()).map(|at| near(at).map(|near| own[near]).fold(1.0, f32::min)).collect();
    let mean = |at: usize| [near(at).map(|near| least[near]).sum::<f32>() / near(at).count() as f32];
    (0..own.len()).map(mean).collect()
}

/// 1 up to the first bound, 0 from the second.
fn falling(value: f32, [from, to]: [f32; 2]) -> f32 {
    1.0 - ((value - from) / (to - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 256;

    /// Waves with an edge in the middle and a grain that 64 pixels cannot hold.
    fn source() -> Rgb8 {
        let mut picture = Rgb8::filled(SIDE, SIDE, [0; 3]).unwrap();
        for (at, pixel) in picture.iter_mut().enumerate() {
            let (x, y) = ((at % SIDE) as f32, (at / SIDE) as f32);
            let value = 100.0 + 40.0 * (x / 30.0).sin() + 20.0 * (y / 17.0).cos() + 8.0 * (x * 2.3).sin();
            *pixel = [value as u8, if x < 128.0 { 60 } else { 180 }, 200 - value as u8 / 2];
        }
        picture
    }

    fn drawn_small(picture: &Rgb8) -> Rgb8 {
        resize(&resize(picture, 64, 64, Filter::Lanczos).unwrap(), SIDE, SIDE, Filter::Lanczos).unwrap()
    }

    fn is_inside(at: usize) -> bool {
        (96..160).contains(&(at % SIDE)) && (96..160).contains(&(at / SIDE))
    }

    #[test]
    fn what_a_local_edit_left_alone_is_the_picture_itself() {
        let source = source();
        let mut edited = source.clone();
        for (at, pixel) in edited.iter_mut().enumerate().filter(|(at, _)| is_inside(*at)) {
            *pixel = [230, 30 + (at % 7) as u8, 40];
        }
        let drawn = drawn_small(&edited);
        let (kept, part) = keep_unchanged(&drawn, &source, (64, 64)).unwrap();
        assert!((0.7..0.95).contains(&part), "{part}");
        let far = |at: usize| {
            let off = |v: usize| v.abs_diff(128);
            off(at % SIDE).max(off(at / SIDE)) > 32 + 5 * SIDE / 64
        };
        for (at, (kept, source)) in kept.iter().zip(source.iter()).enumerate() {
            assert!(!far(at) || kept == source, "pixel {at}");
        }
        let middle = 128 * SIDE + 128;
        assert_eq!(kept.iter().nth(middle), drawn.iter().nth(middle));
    }

    #[test]
    fn a_tone_over_all_of_it_is_left_as_it_was_drawn() {
        let source = source();
        let tones: [fn(u8) -> u8; 2] = [|v| v / 2, |v| v.saturating_add(18)];
        for tone in tones {
            let drawn = drawn_small(&source.map(|pixel| pixel.map(tone)));
            let (kept, part) = keep_unchanged(&drawn, &source, (64, 64)).unwrap();
            assert_eq!((kept.pixels(), part), (drawn.pixels(), 0.0));
        }
    }

    #[test]
    fn strange_shapes_are_taken_and_two_sizes_refused() {
        let strip = Rgb8::filled(1, 40, [9; 3]).unwrap();
        let (kept, part) = keep_unchanged(&strip, &strip, (1, 2)).unwrap();
        assert_eq!((kept.pixels(), part), (strip.pixels(), 1.0));
        assert!(keep_unchanged(&strip, &source(), (1, 2)).is_err());
    }
}
