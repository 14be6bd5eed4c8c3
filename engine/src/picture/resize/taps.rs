//! Which source pixels make a target pixel, with what weights; and the two passes that apply them.

use rayon::prelude::*;

use super::filter::Filter;
use crate::picture::error::PictureError;
use crate::picture::raster::Raster;

/// The weights of one axis in exact arithmetic: target pixel i is the sum of `weights[i][k]` · source pixel
/// `starts[i] + k`; each row of weights sums to 1.
pub(super) struct Taps {
    pub starts: Vec<usize>,
    pub weights: Vec<Vec<f64>>,
}

impl Taps {
    /// Pillow's `precompute_coeffs`, which torch repeats: when shrinking, the curve is widened by the scale.
    pub fn new(source: usize, target: usize, filter: Filter) -> Self {
        let scale = source as f64 / target as f64;
        let stretch = scale.max(1.0);
        let reach = filter.reach() * stretch;
        let squeeze = 1.0 / stretch;
        let tap = |index: usize| {
            let centre = (index as f64 + 0.5) * scale;
            let start = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(source);
            let at = |position: usize| (position as f64 - centre + 0.5) * squeeze;
            let weights: Vec<f64> = (start..end).map(|position| filter.weight(at(position))).collect();
            let total: f64 = weights.iter().sum();
            let weights = weights.iter().map(|weight| if total == 0.0 { 0.0 } else { weight / total });
            (start, weights.collect())
        };
        let (starts, weights) = (0..target).map(tap).unzip();
        Self { starts, weights }
    }

    /// The weights times 2^`bits`, rounded half away from zero.
    pub fn fixed(self, bits: u32) -> FixedTaps {
        let unit = f64::from(1u32 << bits);
        let round = |weight: &f64| (weight * unit + 0.5f64.copysign(*weight)) as i32;
        let weights = self.weights.iter().map(|row| row.iter().map(round).collect()).collect();
        FixedTaps { starts: self.starts, weights, bits }
    }
}

/// Weights of one axis as integers.
pub(super) struct FixedTaps {
    starts: Vec<usize>,
    weights: Vec<Vec<i32>>,
    bits: u32,
}

impl FixedTaps {
    /// Rows become as wide as there are targets.
    pub fn horizontal<const CHANNELS: usize>(
        &self,
        source: &Raster<CHANNELS>,
    ) -> Result<Raster<CHANNELS>, PictureError> {
        let width = self.starts.len();
        let mut target = Raster::filled(width, source.height(), [0; CHANNELS])?;
        target.pixels_mut().par_chunks_exact_mut(width * CHANNELS).enumerate().for_each(|(y, pixels)| {
            let row = source.row(y).as_chunks::<CHANNELS>().0;
            let taps = self.starts.iter().zip(&self.weights);
            for (pixel, (&start, weights)) in pixels.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(taps) {
                let mut sums = [self.half(); CHANNELS];
                for (source, &weight) in row[start..].iter().zip(weights) {
                    for channel in 0..CHANNELS {
                        sums[channel] = sums[channel].wrapping_add(i32::from(source[channel]) * weight);
                    }
                }
                *pixel = sums.map(|sum| self.byte(sum));
            }
        });
        Ok(target)
    }

    /// There are as many rows as there are targets.
    pub fn vertical<const CHANNELS: usize>(
        &self,
        source: &Raster<CHANNELS>,
    ) -> Result<Raster<CHANNELS>, PictureError> {
        let mut target = Raster::filled(source.width(), self.starts.len(), [0; CHANNELS])?;
        let stride = source.width() * CHANNELS;
        target.pixels_mut().par_chunks_exact_mut(stride).enumerate().for_each_init(
            || vec![0i32; stride],
            |sums, (y, pixels)| {
                sums.fill(self.half());
                for (offset, &weight) in self.weights[y].iter().enumerate() {
                    let row = source.row(self.starts[y] + offset);
                    for (sum, &byte) in sums.iter_mut().zip(row) {
                        *sum = sum.wrapping_add(i32::from(byte) * weight);
                    }
                }
                for (pixel, &sum) in pixels.iter_mut().zip(sums.iter()) {
                    *pixel = self.byte(sum);
                }
            },
        );
        Ok(target)
    }

    fn half(&self) -> i32 {
        1 << (self.bits - 1)
    }

    fn byte(&self, sum: i32) -> u8 {
        (sum >> self.bits).clamp(0, 255) as u8
    }
}
