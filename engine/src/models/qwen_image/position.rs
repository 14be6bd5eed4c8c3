//! Where every token stands: frame, row and column for pictures, one running number for text, and the rotary
//! angles that follow from it.

use super::TransformerConfig;
use crate::kernels::{RotaryLayout, RotaryTable};
use burn::tensor::{Device, Tensor, TensorData};

/// Base of the rotary frequencies.
const THETA: f64 = 10_000.0;

/// Size of one picture in tokens (an eighth of its pixels, halved by the patch).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PictureGrid {
    pub rows: usize,
    pub columns: usize,
}

impl PictureGrid {
    /// Tokens of the picture, row by row.
    pub fn tokens(self) -> usize {
        self.rows * self.columns
    }
}

/// `[frame, row, column]` of every token: the text first, then the pictures in order, row by row.
///
/// A picture's frame is its place in the list (0 = target; with `layered` the last one is −1). Rows and columns
/// are centred; the odd one is on the negative side. Text goes on diagonally from the largest half side.
///
/// Source: diffusers `QwenEmbedRope`, `QwenEmbedLayer3DRope`.
pub fn token_positions(text_tokens: usize, pictures: &[PictureGrid], layered: bool) -> Vec<[i64; 3]> {
    let half = |grid: &PictureGrid| (grid.rows / 2).max(grid.columns / 2);
    let mut start = pictures.iter().map(half).max().unwrap_or(0);
    if layered {
        start = start.max(pictures.len().saturating_sub(1));
    }
    let mut positions: Vec<[i64; 3]> = (start..start + text_tokens).map(|p| [p as i64; 3]).collect();
    for (index, grid) in pictures.iter().enumerate() {
        let frame = if layered && index + 1 == pictures.len() { -1 } else { index as i64 };
        for row in centred(grid.rows) {
            positions.extend(centred(grid.columns).map(|column| [frame, row, column]));
        }
    }
    positions
}

fn centred(count: usize) -> std::ops::Range<i64> {
    let positive = (count / 2) as i64;
    positive - count as i64..positive
}

/// Cosines and sines for a joined sequence, on the device.
#[derive(Debug, Clone)]
pub(super) struct Rotation {
    /// `[tokens, head size / 2]`.
    cos: Tensor<2>,
    /// `[tokens, head size / 2]`.
    sin: Tensor<2>,
}

impl Rotation {
    /// The angles of `text_tokens` and then `pictures`.
    pub(super) fn new(
        config: &TransformerConfig,
        text_tokens: usize,
        pictures: &[PictureGrid],
        device: &Device,
    ) -> Self {
        let positions = token_positions(text_tokens, pictures, config.layer_positions);
        let half = config.head_size / 2;
        let axes = config.rotary_axes.map(AxisAngles::new);
        let mut cos = Vec::with_capacity(positions.len() * half);
        let mut sin = Vec::with_capacity(positions.len() * half);
        let mut axes = axes;
        for position in &positions {
            for (axis, at) in axes.iter_mut().zip(position) {
                let (c, s) = axis.at(*at);
                cos.extend_from_slice(c);
                sin.extend_from_slice(s);
            }
        }
        let shape = [positions.len(), half];
        Self {
            cos: Tensor::from_data(TensorData::new(cos, shape), device),
            sin: Tensor::from_data(TensorData::new(sin, shape), device),
        }
    }

    /// The table as the kernel takes it: neighbouring channels turn together.
    pub(super) fn table(&self) -> RotaryTable<'_> {
        RotaryTable { layout: RotaryLayout::Interleaved, cos: &self.cos, sin: &self.sin }
    }
}

/// One axis' cosines and sines, each position computed once.
struct AxisAngles {
    frequencies: Vec<f32>,
    known: std::collections::HashMap<i64, (Vec<f32>, Vec<f32>)>,
}

impl AxisAngles {
    /// Frequencies 10000^(−2k/channels), rounded to f32 where the reference does.
    fn new(channels: usize) -> Self {
        let frequency = |k: usize| {
            let exponent = (2 * k) as f32 / channels as f32;
            1.0 / THETA.powf(f64::from(exponent)) as f32
        };
        Self { frequencies: (0..channels / 2).map(frequency).collect(), known: Default::default() }
    }

    fn at(&mut self, position: i64) -> (&[f32], &[f32]) {
        let (cos, sin) = self.known.entry(position).or_insert_with(|| {
            let angles = self.frequencies.iter().map(|f| f64::from(position as f32 * f));
            (angles.clone().map(|a| a.cos() as f32).collect(), angles.map(|a| a.sin() as f32).collect())
        });
        (cos, sin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odd_row_is_negative_and_text_starts_at_the_largest_half_side() {
        let pictures = [PictureGrid { rows: 3, columns: 2 }, PictureGrid { rows: 1, columns: 9 }];
        let positions = token_positions(2, &pictures, false);
        assert_eq!(positions.len(), 2 + 6 + 9);
        assert_eq!(positions[..2], [[4, 4, 4], [5, 5, 5]]);
        assert_eq!(positions[2], [0, -2, -1]);
        assert_eq!(positions[7], [0, 0, 0]);
        assert_eq!(positions[8], [1, -1, -5]);
        assert_eq!(positions[16], [1, -1, 3]);
    }

    #[test]
    fn in_layered_pictures_the_last_stands_before_the_first() {
        let positions = token_positions(1, &[PictureGrid { rows: 1, columns: 1 }; 4], true);
        assert_eq!(positions[0], [3, 3, 3]);
        assert_eq!(positions[1..].iter().map(|p| p[0]).collect::<Vec<_>>(), [0, 1, 2, -1]);
    }
}
