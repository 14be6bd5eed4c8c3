//! Where tokens stand: rotary angles of the language model (M-RoPE) and of the vision tower, and the tower's
//! order of windows.
//!
//! Sources: transformers `Qwen2_5_VLModel.get_rope_index`, `Qwen2_5_VLRotaryEmbedding` and
//! `Qwen2_5_VisionTransformerPretrainedModel.get_window_index`.

use super::config::{LanguageConfig, VisionConfig};
use crate::kernels::{RotaryLayout, RotaryTable};
use burn::tensor::{Device, Tensor, TensorData};
use std::ops::Range;

/// Rows and columns of a picture, in patches or in merged tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    pub rows: usize,
    pub columns: usize,
}

impl Grid {
    /// Number of cells.
    pub fn area(self) -> usize {
        self.rows * self.columns
    }

    /// The grid of merged tokens over this grid of patches.
    pub fn merged(self, merge: usize) -> Self {
        Self { rows: self.rows / merge, columns: self.columns / merge }
    }
}

/// A picture's place in a prompt: its tokens, and their grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePlace {
    pub tokens: Range<usize>,
    /// In merged tokens.
    pub grid: Grid,
}

/// Temporal, vertical and horizontal position of every token of a prompt.
///
/// Text goes one step on along all three axes; a picture stands still in time, spreads over rows and columns
/// and then counts as long as its longer side. `places` in ascending order.
pub fn token_positions(tokens: usize, places: &[ImagePlace]) -> Vec<[u32; 3]> {
    let mut positions = Vec::with_capacity(tokens);
    let mut current = 0;
    for place in places {
        while positions.len() < place.tokens.start {
            positions.push([current; 3]);
            current += 1;
        }
        for cell in 0..place.grid.area() {
            let (row, column) = (cell / place.grid.columns, cell % place.grid.columns);
            positions.push([current, current + row as u32, current + column as u32]);
        }
        current += place.grid.rows.max(place.grid.columns) as u32;
    }
    while positions.len() < tokens {
        positions.push([current; 3]);
        current += 1;
    }
    positions
}

/// Cosine and sine of every token's angles, `[tokens, head size / 2]` each.
#[derive(Debug, Clone)]
pub struct Rotary {
    cos: Tensor<2>,
    sin: Tensor<2>,
}

impl Rotary {
    /// Angles of the language model: the first section of frequencies turns with the temporal position, the
    /// next with the row, the last with the column.
    pub fn of_language(positions: &[[u32; 3]], config: &LanguageConfig, device: &Device) -> Self {
        let frequencies = frequencies(config.theta, config.head_size());
        let mut axes = Vec::with_capacity(frequencies.len());
        for (axis, section) in config.sections.iter().enumerate() {
            axes.extend(std::iter::repeat_n(axis, *section));
        }
        let angles = positions.iter().flat_map(|position| {
            axes.iter().zip(&frequencies).map(|(axis, frequency)| position[*axis] as f32 * frequency)
        });
        Self::from_angles(angles, positions.len(), device)
    }

    /// Angles of the vision tower: the first half of the frequencies turns with the row, the second with the
    /// column of a patch.
    pub fn of_vision(cells: &[[u32; 2]], config: &VisionConfig, device: &Device) -> Self {
        let frequencies = frequencies(config.theta, config.head_size() / 2);
        let angles = cells.iter().flat_map(|cell| {
            cell.iter().flat_map(|position| frequencies.iter().map(|frequency| *position as f32 * frequency))
        });
        Self::from_angles(angles, cells.len(), device)
    }

    fn from_angles(angles: impl Iterator<Item = f32>, tokens: usize, device: &Device) -> Self {
        let (cos, sin): (Vec<f32>, Vec<f32>) = angles
            .map(|angle| {
                let (sin, cos) = f64::from(angle).sin_cos();
                (cos as f32, sin as f32)
            })
            .unzip();
        let shape = [tokens, cos.len() / tokens.max(1)];
        Self {
            cos: Tensor::from_data(TensorData::new(cos, shape), device),
            sin: Tensor::from_data(TensorData::new(sin, shape), device),
        }
    }

    /// The table as kernels take it.
    pub fn table(&self) -> RotaryTable<'_> {
        RotaryTable { layout: RotaryLayout::HalfSplit, cos: &self.cos, sin: &self.sin }
    }
}

/// θ^(−2k/size) for k = 0 … size/2 − 1, rounded as PyTorch rounds them.
fn frequencies(theta: f32, size: usize) -> Vec<f32> {
    (0..size / 2)
        .map(|k| {
            let exponent = (2 * k) as f32 / size as f32;
            1.0 / f64::from(theta).powf(f64::from(exponent)) as f32
        })
        .collect()
}

/// A picture's patches in the order in which the vision tower works: window by window, so that a window's
/// patches are neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowOrder {
    /// Merged token in reading order that stands at each place of the working order.
    pub tokens: Vec<usize>,
    /// End of each window, in patches.
    pub window_ends: Vec<usize>,
    /// Row and column of every patch, in the working order.
    pub cells: Vec<[u32; 2]>,
}

impl WindowOrder {
    /// Order of a picture of `grid` patches; the sides are multiples of `config.merge`.
    ///
    /// Windows at the right and lower edge are smaller. Patches of one merged token stay together, row by
    /// row.
    pub fn new(grid: Grid, config: &VisionConfig) -> Self {
        let (merge, window) = (config.merge, config.window);
        let merged = grid.merged(merge);
        let mut order = Self { tokens: Vec::new(), window_ends: Vec::new(), cells: Vec::new() };
        for top in (0..merged.rows).step_by(window) {
            for left in (0..merged.columns).step_by(window) {
                for row in top..(top + window).min(merged.rows) {
                    for column in left..(left + window).min(merged.columns) {
                        order.tokens.push(row * merged.columns + column);
                        for i in 0..merge * merge {
                            let cell = [row * merge + i / merge, column * merge + i % merge];
                            order.cells.push(cell.map(|c| c as u32));
                        }
                    }
                }
                order.window_ends.push(order.cells.len());
            }
        }
        order
    }

    /// Place of every merged token in the working order: the way back to reading order.
    pub fn inverse(&self) -> Vec<usize> {
        let mut inverse = vec![0; self.tokens.len()];
        for (place, token) in self.tokens.iter().enumerate() {
            inverse[*token] = place;
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_counts_as_long_as_its_longer_side() {
        let places = [ImagePlace { tokens: 2..8, grid: Grid { rows: 2, columns: 3 } }];
        let positions = token_positions(10, &places);
        assert_eq!(positions[1], [1, 1, 1]);
        assert_eq!(positions[2..8], [[2, 2, 2], [2, 2, 3], [2, 2, 4], [2, 3, 2], [2, 3, 3], [2, 3, 4]]);
        assert_eq!(positions[8..], [[5, 5, 5], [6, 6, 6]]);
    }

    #[test]
    fn windows_keep_merged_tokens_together_and_edges_small() {
        let config = VisionConfig {
            width: 32,
            hidden: 52,
            blocks: 1,
            heads: 2,
            patch: 14,
            frames: 2,
            merge: 2,
            window: 2,
            full_blocks: vec![],
            theta: 10_000.0,
        };
        let order = WindowOrder::new(Grid { rows: 4, columns: 6 }, &config);
        assert_eq!(order.tokens, [0, 1, 3, 4, 2, 5]);
        assert_eq!(order.window_ends, [16, 24]);
        assert_eq!(order.cells[..5], [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2]]);
        assert_eq!(order.inverse(), [0, 1, 4, 2, 3, 5]);
    }
}
