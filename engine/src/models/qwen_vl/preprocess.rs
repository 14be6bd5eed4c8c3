//! Pictures to patches: what transformers' `Qwen2VLImageProcessor` does after resizing.

use super::config::{PictureConfig, VisionConfig};
use super::position::Grid;
use crate::nn::ModelError;

/// A picture as the vision tower takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedImage {
    /// Normalised numbers, patch by patch, `[patches, 3 × patch × patch]` with the channel outermost. The
    /// patches of one merged token follow each other row by row; merged tokens are in reading order.
    pub pixels: Vec<f32>,
    /// In patches.
    pub grid: Grid,
}

/// Normalises and cuts a picture whose sides are multiples of [`VisionConfig::factor`].
///
/// `pixels` holds red, green and blue of `height` rows of `width` pixels.
///
/// # Errors
/// [`ModelError::Shape`] when the sides are no such multiples or `pixels` has another length.
pub fn prepare(
    pixels: &[u8],
    [width, height]: [usize; 2],
    picture: &PictureConfig,
    vision: &VisionConfig,
) -> Result<PreparedImage, ModelError> {
    let factor = vision.factor();
    let length = width.checked_mul(height).and_then(|n| n.checked_mul(3));
    let divides = width.is_multiple_of(factor) && height.is_multiple_of(factor);
    if !divides || length != Some(pixels.len()) || pixels.is_empty() {
        let expected = format!("sides in multiples of {factor} and three bytes for each pixel");
        return Err(ModelError::Shape { what: "picture", expected, got: vec![width, height, pixels.len()] });
    }
    let patch = vision.patch;
    let grid = Grid { rows: height / patch, columns: width / patch };
    let levels = levels(picture);
    let mut values = Vec::with_capacity(pixels.len());
    for [row, column] in merged_cells(grid, vision.merge) {
        for (channel, levels) in levels.iter().enumerate() {
            for y in row * patch..(row + 1) * patch {
                let start = (y * width + column * patch) * 3;
                let line = &pixels[start..start + patch * 3];
                values.extend(line.iter().skip(channel).step_by(3).map(|level| levels[usize::from(*level)]));
            }
        }
    }
    Ok(PreparedImage { pixels: values, grid })
}

/// Row and column of every patch: merged tokens in reading order, and within each row by row.
fn merged_cells(grid: Grid, merge: usize) -> impl Iterator<Item = [usize; 2]> {
    let merged = grid.merged(merge);
    (0..merged.area()).flat_map(move |token| {
        let (top, left) = (token / merged.columns * merge, token % merged.columns * merge);
        (0..merge * merge).map(move |i| [top + i / merge, left + i % merge])
    })
}

/// The number that each of a channel's 256 levels becomes; scaled by 255 first, as the processor does, so
/// that rounding is the same.
fn levels(picture: &PictureConfig) -> [[f32; 256]; 3] {
    std::array::from_fn(|channel| {
        let (mean, deviation) = (picture.mean[channel] * 255.0, picture.deviation[channel] * 255.0);
        std::array::from_fn(|level| (level as f32 - mean) / deviation)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vision() -> VisionConfig {
        VisionConfig {
            width: 32,
            hidden: 52,
            blocks: 1,
            heads: 2,
            patch: 1,
            frames: 2,
            merge: 2,
            window: 4,
            full_blocks: vec![],
            theta: 10_000.0,
        }
    }

    #[test]
    fn patches_of_a_token_follow_each_other() {
        let picture =
            PictureConfig { mean: [0.0; 3], deviation: [1.0 / 255.0; 3], ..PictureConfig::default() };
        // Red counts pixels in reading order, green is 100, blue 200.
        let pixels: Vec<u8> = (0..8).flat_map(|i| [i, 100, 200]).collect();
        let image = prepare(&pixels, [4, 2], &picture, &vision()).expect("prepares");
        assert_eq!(image.grid, Grid { rows: 2, columns: 4 });
        let reds: Vec<f32> = image.pixels.iter().copied().step_by(3).collect();
        assert_eq!(reds, [0.0, 1.0, 4.0, 5.0, 2.0, 3.0, 6.0, 7.0]);
        assert_eq!(image.pixels[1..3], [100.0, 200.0]);
    }

    #[test]
    fn sides_that_do_not_divide_are_refused() {
        let picture = PictureConfig::default();
        assert!(prepare(&[0; 9], [3, 1], &picture, &vision()).is_err());
        assert!(prepare(&[0; 9], [2, 2], &picture, &vision()).is_err());
        assert!(prepare(&[], [0, 0], &picture, &vision()).is_err());
        assert!(prepare(&[], [usize::MAX - 1, 2], &picture, &vision()).is_err());
    }
}
