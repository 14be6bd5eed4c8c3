//! Pictures to patches, as transformers' `Qwen2VLImageProcessor` prepares them.

use super::config::{PictureConfig, VisionConfig};
use super::position::Grid;
use crate::nn::ModelError;
use crate::picture::dimension::{VisionArea, vision_size};
use crate::picture::{Rgb8, resize_antialiased_bicubic};

/// A picture as the vision tower takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedImage {
    /// Normalised numbers, patch by patch, `[patches, 3 × patch × patch]` with the channel outermost. The patches
    /// of one merged token follow each other row by row; merged tokens are in reading order.
    pub pixels: Vec<f32>,
    /// In patches.
    pub grid: Grid,
}

/// Resizes a picture to sides that are multiples of [`VisionConfig::factor`] and an area that the tower takes,
/// normalises it and cuts it into patches.
///
/// # Errors
/// [`ModelError::Picture`] when the picture is more than 200 times as long as wide or memory is short.
pub fn prepare(
    picture: &Rgb8,
    config: &PictureConfig,
    vision: &VisionConfig,
) -> Result<PreparedImage, ModelError> {
    let area = VisionArea {
        factor: vision.factor(),
        least: config.smallest_area,
        most: config.largest_area,
    };
    let (width, height) = vision_size(picture.width(), picture.height(), area)?;
    Ok(patchify(
        &resize_antialiased_bicubic(picture, width, height)?,
        config,
        vision,
    ))
}

/// Normalises and cuts a picture whose sides are multiples of [`VisionConfig::factor`].
fn patchify(picture: &Rgb8, config: &PictureConfig, vision: &VisionConfig) -> PreparedImage {
    let (patch, width) = (vision.patch, picture.width());
    let grid = Grid {
        rows: picture.height() / patch,
        columns: width / patch,
    };
    let levels = levels(config);
    let mut values = Vec::with_capacity(picture.pixels().len());
    for [row, column] in merged_cells(grid, vision.merge) {
        for (channel, levels) in levels.iter().enumerate() {
            for y in row * patch..(row + 1) * patch {
                let start = (y * width + column * patch) * 3;
                let line = &picture.pixels()[start..start + patch * 3];
                values.extend(
                    line.iter()
                        .skip(channel)
                        .step_by(3)
                        .map(|level| levels[usize::from(*level)]),
                );
            }
        }
    }
    PreparedImage { pixels: values, grid }
}

/// Row and column of every patch: merged tokens in reading order, and within each row by row.
fn merged_cells(grid: Grid, merge: usize) -> impl Iterator<Item = [usize; 2]> {
    let merged = grid.merged(merge);
    (0..merged.area()).flat_map(move |token| {
        let (top, left) = (token / merged.columns * merge, token % merged.columns * merge);
        (0..merge * merge).map(move |i| [top + i / merge, left + i % merge])
    })
}

/// The number that each of a channel's 256 levels becomes; scaled by 255 first, as the processor does, so that
/// rounding is the same.
fn levels(config: &PictureConfig) -> [[f32; 256]; 3] {
    std::array::from_fn(|channel| {
        let (mean, deviation) = (config.mean[channel] * 255.0, config.deviation[channel] * 255.0);
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

    fn plain() -> PictureConfig {
        PictureConfig {
            mean: [0.0; 3],
            deviation: [1.0 / 255.0; 3],
            smallest_area: 4,
            largest_area: 64,
        }
    }

    #[test]
    fn patches_of_a_token_follow_each_other() {
        // Red counts pixels in reading order, green is 100, blue 200.
        let pixels = (0..8).flat_map(|i| [i, 100, 200]).collect();
        let picture = Rgb8::new(4, 2, pixels).expect("a picture");
        let image = prepare(&picture, &plain(), &vision()).expect("prepares");
        assert_eq!(image.grid, Grid { rows: 2, columns: 4 });
        let reds: Vec<f32> = image.pixels.iter().copied().step_by(3).collect();
        assert_eq!(reds, [0.0, 1.0, 4.0, 5.0, 2.0, 3.0, 6.0, 7.0]);
        assert_eq!(image.pixels[1..3], [100.0, 200.0]);
    }

    #[test]
    fn sides_come_to_whole_tokens_within_the_area() {
        for (size, grid) in [((1, 1), [2, 2]), ((5, 3), [4, 4]), ((100, 10), [2, 24])] {
            let picture = Rgb8::filled(size.0, size.1, [9; 3]).expect("a picture");
            let image = prepare(&picture, &plain(), &vision()).expect("prepares");
            assert_eq!([image.grid.rows, image.grid.columns], grid, "{size:?}");
            assert_eq!(image.pixels, vec![9.0; image.grid.area() * 3], "{size:?}");
        }
        let strip = Rgb8::filled(1000, 2, [9; 3]).expect("a picture");
        assert!(matches!(
            prepare(&strip, &plain(), &vision()),
            Err(ModelError::Picture(_))
        ));
    }
}
