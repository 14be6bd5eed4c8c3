//! Problems for `convolution`.

/// One problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    pub name: &'static str,
    /// Frames, rows, columns, channels.
    pub input: [usize; 4],
    pub outputs: usize,
    /// Frames, rows, columns.
    pub kernel: [usize; 3],
    pub stride: [usize; 3],
    /// Zeros before and after: frames (after is always 0), rows, columns.
    pub padding: [[usize; 2]; 3],
    pub upsample: bool,
    pub bias: bool,
    pub residual: bool,
    /// Multiplies every fifth pixel by this and the next one by its inverse.
    pub outlier: f32,
}

const PLAIN: Case = Case {
    name: "",
    input: [1, 1, 1, 1],
    outputs: 1,
    kernel: [1, 1, 1],
    stride: [1, 1, 1],
    padding: [[0, 0], [0, 0], [0, 0]],
    upsample: false,
    bias: true,
    residual: false,
    outlier: 1.0,
};

const AROUND: [[usize; 2]; 3] = [[0, 0], [1, 1], [1, 1]];

/// Tiny, ragged, the codecs' own shapes in small, strided, upsampled, causal and outlying problems.
pub const CASES: &[Case] = &[
    Case { name: "one number", bias: false, ..PLAIN },
    Case { name: "one pixel, padded", kernel: [1, 3, 3], padding: AROUND, ..PLAIN },
    Case {
        name: "colours in",
        input: [1, 9, 11, 3],
        outputs: 96,
        kernel: [1, 3, 3],
        padding: AROUND,
        ..PLAIN
    },
    Case {
        name: "colours out",
        input: [1, 8, 7, 96],
        outputs: 3,
        kernel: [1, 3, 3],
        padding: AROUND,
        ..PLAIN
    },
    Case {
        name: "usual",
        input: [1, 9, 15, 96],
        outputs: 100,
        kernel: [1, 3, 3],
        padding: AROUND,
        residual: true,
        ..PLAIN
    },
    Case { name: "no taps around", input: [1, 13, 5, 20], outputs: 33, residual: true, ..PLAIN },
    Case {
        name: "odd channels",
        input: [1, 5, 6, 7],
        outputs: 13,
        kernel: [1, 3, 3],
        padding: AROUND,
        ..PLAIN
    },
    Case { name: "two channels more", input: [1, 4, 5, 6], outputs: 4, kernel: [1, 2, 3], ..PLAIN },
    Case {
        name: "downsampled",
        input: [1, 10, 13, 16],
        outputs: 16,
        kernel: [1, 3, 3],
        stride: [1, 2, 2],
        padding: [[0, 0], [0, 1], [0, 1]],
        ..PLAIN
    },
    Case {
        name: "upsampled",
        input: [1, 5, 7, 12],
        outputs: 6,
        kernel: [1, 3, 3],
        padding: AROUND,
        upsample: true,
        ..PLAIN
    },
    Case {
        name: "causal",
        input: [3, 5, 4, 16],
        outputs: 8,
        kernel: [3, 3, 3],
        padding: [[2, 0], [1, 1], [1, 1]],
        residual: true,
        ..PLAIN
    },
    Case {
        name: "causal, every second frame",
        input: [5, 3, 4, 10],
        outputs: 9,
        kernel: [3, 1, 1],
        stride: [2, 1, 1],
        padding: [[1, 0], [0, 0], [0, 0]],
        ..PLAIN
    },
    Case { name: "frames without padding", input: [4, 3, 3, 8], outputs: 5, kernel: [2, 1, 1], ..PLAIN },
    Case {
        name: "many tiles",
        input: [2, 17, 23, 8],
        outputs: 70,
        kernel: [1, 3, 3],
        padding: [[0, 0], [1, 1], [1, 1]],
        ..PLAIN
    },
    Case {
        name: "wide padding",
        input: [1, 2, 3, 4],
        outputs: 2,
        kernel: [1, 5, 5],
        padding: [[0, 0], [4, 3], [2, 5]],
        stride: [1, 3, 1],
        ..PLAIN
    },
    Case {
        name: "outliers",
        input: [1, 6, 9, 32],
        outputs: 12,
        kernel: [1, 3, 3],
        padding: AROUND,
        outlier: 1e5,
        ..PLAIN
    },
];
