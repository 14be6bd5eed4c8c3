//! Problems for `head_norm_rope`.

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
