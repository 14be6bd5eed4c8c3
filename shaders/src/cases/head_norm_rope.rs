//! Problems for `head_norm_rope`.

use super::{Numbers, tolerance};
use crate::reference::head_norm_rope::{Rotary, Segment, head_norm_rope};

/// Added to mean squares.
pub const EPSILON: f32 = 1e-6;

/// How pairs turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    None,
    Interleaved,
    HalfSplit,
}

/// One problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    pub name: &'static str,
    /// Tokens of the first and the second stream; no second stream when 0.
    pub tokens: [usize; 2],
    pub heads: usize,
    pub size: usize,
    /// Which streams are normalised.
    pub gain: [bool; 2],
    pub turn: Turn,
    /// Multiplies every third head: outliers beside tiny values.
    pub outlier: f32,
}

/// Operands and the result that is right for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Two streams, the second one empty when the case has one.
    pub x: [Vec<f32>; 2],
    /// Gains of both streams, whether used or not.
    pub gain: [Vec<f32>; 2],
    pub cosine: Vec<f32>,
    pub sine: Vec<f32>,
    pub expected: Vec<f32>,
    /// How far a result may be off, relative to the larger of itself and 1.
    pub tolerance: f32,
}

impl Case {
    /// The operands of this problem, its result and its tolerance.
    pub fn problem(&self) -> Problem {
        let mut numbers = Numbers::new(5);
        let x = self.tokens.map(|tokens| {
            let mut x = numbers.take(tokens * self.heads * self.size, 1.0);
            let heads = x.chunks_exact_mut(self.size).step_by(3);
            heads.for_each(|head| head.iter_mut().for_each(|v| *v *= self.outlier));
            x
        });
        let gain = [numbers.take(self.size, 1.0), numbers.take(self.size, 1.0)];
        let angles = numbers.take((self.tokens[0] + self.tokens[1]) * self.size / 2, 40.0);
        let cosine: Vec<f32> = angles.iter().map(|a| a.cos()).collect();
        let sine: Vec<f32> = angles.iter().map(|a| a.sin()).collect();
        let segments = [0, 1].map(|i| Segment { x: &x[i], gain: self.gain[i].then_some(gain[i].as_slice()) });
        let rotary = Rotary { half_split: self.turn == Turn::HalfSplit, cosine: &cosine, sine: &sine };
        let rotary = (self.turn != Turn::None).then_some(rotary);
        let expected = head_norm_rope(&segments, self.heads, self.size, EPSILON, rotary);
        Problem { x, gain, cosine, sine, expected, tolerance: 4.0 * tolerance(self.size) }
    }
}

use Turn::{HalfSplit, Interleaved};

/// Tiny, ragged, usual and outlying problems.
pub const CASES: &[Case] = &[
    Case {
        name: "one pair",
        tokens: [1, 0],
        heads: 1,
        size: 2,
        gain: [true, true],
        turn: Interleaved,
        outlier: 1.0,
    },
    Case {
        name: "join only",
        tokens: [3, 4],
        heads: 2,
        size: 6,
        gain: [false, false],
        turn: Turn::None,
        outlier: 1.0,
    },
    Case {
        name: "norm only",
        tokens: [9, 0],
        heads: 3,
        size: 40,
        gain: [true, true],
        turn: Turn::None,
        outlier: 1.0,
    },
    Case {
        name: "turn only",
        tokens: [7, 0],
        heads: 3,
        size: 80,
        gain: [false, false],
        turn: HalfSplit,
        outlier: 1.0,
    },
    Case {
        name: "joint",
        tokens: [5, 13],
        heads: 4,
        size: 32,
        gain: [true, true],
        turn: Interleaved,
        outlier: 1.0,
    },
    Case {
        name: "one gain",
        tokens: [11, 6],
        heads: 5,
        size: 24,
        gain: [false, true],
        turn: HalfSplit,
        outlier: 1.0,
    },
    Case {
        name: "wide heads",
        tokens: [17, 2],
        heads: 3,
        size: 128,
        gain: [true, true],
        turn: Interleaved,
        outlier: 1.0,
    },
    Case {
        name: "outliers",
        tokens: [8, 8],
        heads: 2,
        size: 64,
        gain: [true, true],
        turn: Interleaved,
        outlier: 1e5,
    },
    Case {
        name: "tiny values",
        tokens: [8, 1],
        heads: 2,
        size: 72,
        gain: [true, true],
        turn: HalfSplit,
        outlier: 1e-5,
    },
];
