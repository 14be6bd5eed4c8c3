//! Problems for `norm_modulate`.

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
