//! Where every token stands in the clip, and the rotary angles that follow from it.

use super::TransformerConfig;
use crate::kernels::{RotaryLayout, RotaryTable};
use burn::tensor::{Device, Tensor, TensorData};

/// Base of the rotary frequencies.
const THETA: f64 = 10_000.0;

/// Size of a clip in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClipGrid {
    pub frames: usize,
    pub rows: usize,
    pub columns: usize,
}

impl ClipGrid {
    /// Tokens of the clip, frame by frame, row by row.
    pub fn tokens(self) -> usize {
        self.frames * self.frame_tokens()
    }

    /// Tokens of one frame.
    pub fn frame_tokens(self) -> usize {
        self.rows * self.columns
    }
}

/// Cosines and sines of every token, on the device.
///
/// Source: diffusers `WanRotaryPosEmbed`: angles in f64, tables in f32.
#[derive(Debug, Clone)]
pub(super) struct Rotation {
    /// `[tokens, head size / 2]`.
    cos: Tensor<2>,
    /// `[tokens, head size / 2]`.
    sin: Tensor<2>,
}

impl Rotation {
    pub(super) fn new(config: &TransformerConfig, grid: ClipGrid, device: &Device) -> Self {
        let half = config.head_size / 2;
        let [by_frame, by_row, by_column] = config.rotary_axes();
        let frames = angles(by_frame, grid.frames);
        let rows = angles(by_row, grid.rows);
        let columns = angles(by_column, grid.columns);
        let table = |turn: fn(f64) -> f64| {
            let turned = |axis: &[Vec<f64>]| -> Vec<Vec<f32>> {
                axis.iter().map(|angles| angles.iter().map(|a| turn(*a) as f32).collect()).collect()
            };
            let (frames, rows, columns) = (turned(&frames), turned(&rows), turned(&columns));
            let mut values = Vec::with_capacity(grid.tokens() * half);
            for frame in &frames {
                for row in &rows {
                    for column in &columns {
                        values.extend_from_slice(frame);
                        values.extend_from_slice(row);
                        values.extend_from_slice(column);
                    }
                }
            }
            Tensor::from_data(TensorData::new(values, [grid.tokens(), half]), device)
        };
        Self { cos: table(f64::cos), sin: table(f64::sin) }
    }

    /// Those of `count` tokens from `start` on.
    pub(super) fn run(&self, start: usize, count: usize) -> Self {
        if start == 0 && count == self.cos.dims()[0] {
            return self.clone();
        }
        let part = |table: &Tensor<2>| table.clone().narrow(0, start, count);
        Self { cos: part(&self.cos), sin: part(&self.sin) }
    }

    /// The table as the kernel takes it: neighbouring channels turn together.
    pub(super) fn table(&self) -> RotaryTable<'_> {
        RotaryTable { layout: RotaryLayout::Interleaved, cos: &self.cos, sin: &self.sin }
    }
}

/// Angles of the first `count` positions on an axis of `channels` channels: position · 10000^(−2k/channels).
fn angles(channels: usize, count: usize) -> Vec<Vec<f64>> {
    let frequency = |k: usize| 1.0 / THETA.powf((2 * k) as f64 / channels as f64);
    let frequencies: Vec<f64> = (0..channels / 2).map(frequency).collect();
    (0..count).map(|position| frequencies.iter().map(|f| position as f64 * f).collect()).collect()
}
