//! Problems for `norm_modulate`.

use super::{Numbers, tolerance};
use crate::reference::norm_modulate::{Operands, norm_modulate};

/// Added to variances and mean squares.
pub const EPSILON: f32 = 1e-6;

/// One problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    pub name: &'static str,
    pub tokens: usize,
    pub channels: usize,
    /// LayerNorm instead of RMS.
    pub layer: bool,
    pub gain: bool,
    pub modulation: bool,
    /// First token of the second modulation row; `tokens` for a single row.
    pub split: usize,
    /// Multiplies every seventh token: outliers beside tiny values.
    pub outlier: f32,
}

/// Operands and the result that is right for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub x: Vec<f32>,
    pub gain: Vec<f32>,
    /// Rows of the modulation, one or two.
    pub rows: usize,
    pub shift: Vec<f32>,
    pub scale: Vec<f32>,
    pub expected: Vec<f32>,
    /// How far a result may be off, relative to the larger of itself and 1.
    pub tolerance: f32,
}

impl Case {
    /// The operands of this problem, its result and its tolerance.
    pub fn problem(&self) -> Problem {
        let mut numbers = Numbers::new(7);
        let mut x = numbers.take(self.tokens * self.channels, 1.0);
        let tokens = x.chunks_exact_mut(self.channels).step_by(7);
        tokens.for_each(|row| row.iter_mut().for_each(|v| *v *= self.outlier));
        let rows = if self.split < self.tokens { 2 } else { 1 };
        let gain = numbers.take(self.channels, 1.0);
        let shift = numbers.take(rows * self.channels, 1.0);
        let scale = numbers.take(rows * self.channels, 1.0);
        let operands = Operands {
            gain: self.gain.then_some(gain.as_slice()),
            modulation: self.modulation.then_some((shift.as_slice(), scale.as_slice())),
            split: self.split,
            epsilon: EPSILON,
            layer: self.layer,
        };
        let expected = norm_modulate(&x, self.channels, &operands);
        Problem { x, gain, rows, shift, scale, expected, tolerance: 4.0 * tolerance(self.channels) }
    }
}

/// Tiny, ragged, usual and outlying problems.
pub const CASES: &[Case] = &[
    Case {
        name: "one number",
        tokens: 1,
        channels: 1,
        layer: false,
        gain: true,
        modulation: false,
        split: 1,
        outlier: 1.0,
    },
    Case {
        name: "ragged layer",
        tokens: 7,
        channels: 63,
        layer: true,
        gain: false,
        modulation: true,
        split: 3,
        outlier: 1.0,
    },
    Case {
        name: "ragged rms",
        tokens: 5,
        channels: 65,
        layer: false,
        gain: true,
        modulation: false,
        split: 5,
        outlier: 1.0,
    },
    Case {
        name: "two rows",
        tokens: 33,
        channels: 192,
        layer: true,
        gain: false,
        modulation: true,
        split: 17,
        outlier: 1.0,
    },
    Case {
        name: "outliers",
        tokens: 16,
        channels: 128,
        layer: true,
        gain: true,
        modulation: true,
        split: 16,
        outlier: 1e5,
    },
    Case {
        name: "tiny beside huge",
        tokens: 16,
        channels: 96,
        layer: false,
        gain: true,
        modulation: false,
        split: 16,
        outlier: 1e-5,
    },
];
