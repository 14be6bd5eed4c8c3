//! Problems for `pixel_norm`.

use super::{Numbers, tolerance};
use crate::reference::pixel_norm::pixel_norm;

/// Lengths below this are taken as this.
pub const SMALLEST_LENGTH: f32 = 1e-12;

/// One problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    pub name: &'static str,
    /// Frames, rows, columns, channels.
    pub shape: [usize; 4],
    pub silu: bool,
    /// Multiplies every fifth pixel: outliers beside usual values; 0 makes black pixels.
    pub outlier: f32,
}

/// Operands and the result that is right for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub x: Vec<f32>,
    pub gain: Vec<f32>,
    pub expected: Vec<f32>,
    /// How far a result may be off, relative to the larger of itself and 1.
    pub tolerance: f32,
}

impl Case {
    /// The operands of this problem, its result and its tolerance.
    pub fn problem(&self) -> Problem {
        let channels = self.shape[3];
        let mut numbers = Numbers::new(11);
        let mut x = numbers.take(self.shape.iter().product(), 1.0);
        let pixels = x.chunks_exact_mut(channels).step_by(5);
        pixels.for_each(|pixel| pixel.iter_mut().for_each(|v| *v *= self.outlier));
        let gain = numbers.take(channels, 1.0);
        let expected = pixel_norm(&x, &gain, SMALLEST_LENGTH, self.silu);
        Problem { x, gain, expected, tolerance: 4.0 * tolerance(channels) }
    }
}

/// Tiny, ragged, usual and outlying problems.
pub const CASES: &[Case] = &[
    Case { name: "one number", shape: [1, 1, 1, 1], silu: false, outlier: 1.0 },
    Case { name: "ragged", shape: [1, 3, 5, 7], silu: true, outlier: 1.0 },
    Case { name: "frames", shape: [3, 4, 9, 12], silu: true, outlier: 1.0 },
    Case { name: "usual", shape: [1, 17, 5, 96], silu: true, outlier: 1.0 },
    Case { name: "deep", shape: [1, 5, 3, 384], silu: false, outlier: 1.0 },
    Case { name: "outliers", shape: [1, 8, 8, 33], silu: true, outlier: 1e5 },
    Case { name: "tiny beside usual", shape: [1, 8, 8, 32], silu: false, outlier: 1e-5 },
    Case { name: "black pixels", shape: [1, 6, 6, 16], silu: true, outlier: 0.0 },
];
