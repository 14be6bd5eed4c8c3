//! Problems for `matmul`.

use crate::reference::matmul::Activation;

/// One problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    pub name: &'static str,
    pub tokens: usize,
    /// Length of the reduction.
    pub columns: usize,
    pub outputs: usize,
    pub bias: bool,
    pub activation: Activation,
    /// Rows of the gate: 0 for none.
    pub gates: usize,
    /// First token of the gate's second row.
    pub split: usize,
    pub residual: bool,
    /// Multiplies every fifth token by this and the next one by its inverse.
    pub outlier: f32,
}

const PLAIN: Case = Case {
    name: "",
    tokens: 1,
    columns: 1,
    outputs: 1,
    bias: false,
    activation: Activation::None,
    gates: 0,
    split: 0,
    residual: false,
    outlier: 1.0,
};

/// Tiny, ragged, one more and one less than a tile, long and outlying problems.
pub const CASES: &[Case] = &[
    Case { name: "one number", ..PLAIN },
    Case { name: "one token", columns: 3072, outputs: 7, bias: true, activation: Activation::Silu, ..PLAIN },
    Case { name: "seven tokens", tokens: 7, columns: 96, outputs: 130, bias: true, ..PLAIN },
    Case { name: "nine tokens", tokens: 9, columns: 100, outputs: 33, gates: 1, residual: true, ..PLAIN },
    Case { name: "odd width", tokens: 5, columns: 37, outputs: 11, bias: true, residual: true, ..PLAIN },
    Case { name: "even width", tokens: 17, columns: 42, outputs: 13, bias: true, ..PLAIN },
    Case { name: "one short of a tile", tokens: 63, columns: 15, outputs: 63, bias: true, ..PLAIN },
    Case { name: "one tile", tokens: 64, columns: 16, outputs: 64, activation: Activation::GeluErf, ..PLAIN },
    Case {
        name: "one past a tile",
        tokens: 65,
        columns: 20,
        outputs: 65,
        activation: Activation::GeluTanh,
        ..PLAIN
    },
    Case {
        name: "past a large tile",
        tokens: 131,
        columns: 68,
        outputs: 137,
        bias: true,
        residual: true,
        ..PLAIN
    },
    Case {
        name: "primes and two gates",
        tokens: 97,
        columns: 101,
        outputs: 103,
        bias: true,
        activation: Activation::GeluErf,
        gates: 2,
        split: 41,
        residual: true,
        ..PLAIN
    },
    Case { name: "many bands", tokens: 600, columns: 8, outputs: 40, gates: 2, split: 333, ..PLAIN },
    Case { name: "long reduction", tokens: 3, columns: 12_288, outputs: 9, bias: true, ..PLAIN },
    Case { name: "long reduction, more tokens", tokens: 21, columns: 4096, outputs: 12, ..PLAIN },
    Case { name: "outliers", tokens: 19, columns: 256, outputs: 24, bias: true, outlier: 1e5, ..PLAIN },
    Case {
        name: "outliers through gelu",
        tokens: 19,
        columns: 64,
        outputs: 24,
        activation: Activation::GeluTanh,
        outlier: 1e5,
        ..PLAIN
    },
    Case {
        name: "outliers through erf",
        tokens: 6,
        columns: 64,
        outputs: 24,
        activation: Activation::GeluErf,
        outlier: 1e5,
        ..PLAIN
    },
    Case {
        name: "outliers through silu",
        tokens: 6,
        columns: 64,
        outputs: 24,
        activation: Activation::Silu,
        outlier: 1e5,
        ..PLAIN
    },
    Case { name: "no tokens", tokens: 0, columns: 8, outputs: 8, ..PLAIN },
    Case { name: "zeros", tokens: 10, columns: 12, outputs: 5, residual: true, outlier: 0.0, ..PLAIN },
];
