//! Problems for `pixel_norm`.

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
