//! Large pictures in overlapping tiles, blended into each other as the reference does.

use super::config::MODEL;
use crate::nn::ModelError;
use burn::tensor::{Tensor, TensorData};

/// Size of a tile and distance between tiles, in pixels; both multiples of the codec's scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tiling {
    pub tile: usize,
    pub stride: usize,
}

impl Default for Tiling {
    /// The reference's sizes.
    fn default() -> Self {
        Self { tile: 256, stride: 192 }
    }
}

impl Tiling {
    /// Whether a picture of this many pixels is cut at all.
    pub fn cuts(self, rows: usize, columns: usize) -> bool {
        rows > self.tile || columns > self.tile
    }

    /// Refuses sizes that do not fall on latents or leave gaps.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] with the reason.
    pub fn check(self, scale: usize) -> Result<(), ModelError> {
        let Self { tile, stride } = self;
        if stride == 0 || stride > tile || tile % scale != 0 || stride % scale != 0 {
            let reason = format!("tiles of {tile} pixels every {stride} do not cover a grid of {scale}");
            return Err(ModelError::Configuration { model: MODEL, reason });
        }
        Ok(())
    }

    /// The same tiling counted in latents.
    pub(super) fn in_latents(self, scale: usize) -> Self {
        Self { tile: self.tile / scale, stride: self.stride / scale }
    }

    fn overlap(self) -> usize {
        self.tile - self.stride
    }
}

/// A run of rows or columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    pub start: usize,
    pub length: usize,
}

/// Where the tiles of a picture lie; all in the unit of the side that is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TilePlan {
    pub rows: Vec<Span>,
    pub columns: Vec<Span>,
}

impl TilePlan {
    /// Tiles begin at every multiple of the stride inside the picture; those at its end are smaller.
    pub fn new(rows: usize, columns: usize, tiling: Tiling) -> Self {
        let spans = |extent: usize| {
            let span = |start: usize| Span { start, length: tiling.tile.min(extent - start) };
            (0..extent).step_by(tiling.stride.max(1)).map(span).collect()
        };
        Self { rows: spans(rows), columns: spans(columns) }
    }

    /// Number of tiles.
    pub fn len(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// Whether there is nothing to cut.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Cuts `input [frame, row, column, channel]`, maps every tile and joins the results; `output` is the tiling in the
/// unit of the mapped tiles, `extent` the joined size.
pub(super) fn map_tiles(
    input: &Tensor<4>,
    tilings: [Tiling; 2],
    extent: [usize; 2],
    mut map: impl FnMut(&Tensor<4>) -> Result<Tensor<4>, ModelError>,
) -> Result<Tensor<4>, ModelError> {
    let [_, rows, columns, _] = input.dims();
    let [cut, output] = tilings;
    join_tiles(&TilePlan::new(rows, columns, cut), output, extent, |row, column| {
        map(&part(input, row, column))
    })
}

/// One tile of `input [frame, row, column, channel]`.
pub(super) fn part(input: &Tensor<4>, row: Span, column: Span) -> Tensor<4> {
    let [frames, _, _, channels] = input.dims();
    input.clone().slice([
        0..frames,
        row.start..row.start + row.length,
        column.start..column.start + column.length,
        0..channels,
    ])
}

/// Joins the tiles that `make` gives for every place of the plan.
///
/// `output` is the tiling in the unit of the tiles made, `extent` the joined size. Every tile is blended with
/// the blended tile above, then with the blended one to its left, over the overlap, and cut to the stride.
/// Source: diffusers `AutoencoderKLQwenImage.tiled_encode` and `tiled_decode`.
pub(super) fn join_tiles(
    plan: &TilePlan,
    output: Tiling,
    extent: [usize; 2],
    mut make: impl FnMut(Span, Span) -> Result<Tensor<4>, ModelError>,
) -> Result<Tensor<4>, ModelError> {
    let mut above: Vec<Tensor<4>> = Vec::new();
    let mut joined_rows = Vec::with_capacity(plan.rows.len());
    for row in &plan.rows {
        let mut blended: Vec<Tensor<4>> = Vec::with_capacity(plan.columns.len());
        for (index, column) in plan.columns.iter().enumerate() {
            let mut tile = make(*row, *column)?;
            if let Some(upper) = above.get(index) {
                tile = blend(upper, tile, 1, output.overlap());
            }
            if let Some(left) = blended.last() {
                tile = blend(left, tile, 2, output.overlap());
            }
            blended.push(tile);
        }
        let cropped = blended.iter().map(|tile| {
            let [_, rows, columns, _] = tile.dims();
            tile.clone().narrow(1, 0, output.stride.min(rows)).narrow(2, 0, output.stride.min(columns))
        });
        joined_rows.push(Tensor::cat(cropped.collect(), 2));
        above = blended;
    }
    Ok(Tensor::cat(joined_rows, 1).narrow(1, 0, extent[0]).narrow(2, 0, extent[1]))
}

/// Fades from the end of `before` into the beginning of `tile` along `axis`.
fn blend(before: &Tensor<4>, tile: Tensor<4>, axis: usize, overlap: usize) -> Tensor<4> {
    let (length, extent) = (before.dims()[axis], tile.dims()[axis]);
    let overlap = overlap.min(length).min(extent);
    if overlap == 0 {
        return tile;
    }
    let ramp = |weight: fn(f64) -> f64| {
        let values: Vec<f32> = (0..overlap).map(|i| weight(i as f64 / overlap as f64) as f32).collect();
        let mut shape = [1; 4];
        shape[axis] = overlap;
        Tensor::<4>::from_data(TensorData::new(values, shape), &tile.device())
    };
    let (rising, falling) = (ramp(|w| w), ramp(|w| 1.0 - w));
    let end = before.clone().narrow(axis, length - overlap, overlap);
    let mixed = end * falling + tile.clone().narrow(axis, 0, overlap) * rising;
    if overlap == extent {
        return mixed;
    }
    Tensor::cat(vec![mixed, tile.narrow(axis, overlap, extent - overlap)], axis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;
    use burn::tensor::Device;

    #[test]
    fn tiles_begin_at_every_stride_and_shrink_at_the_end() {
        let plan = TilePlan::new(80, 48, Tiling { tile: 48, stride: 32 });
        let span = |start, length| Span { start, length };
        assert_eq!(plan.rows, [span(0, 48), span(32, 48), span(64, 16)]);
        assert_eq!(plan.columns, [span(0, 48), span(32, 16)]);
        assert_eq!(plan.len(), 6);
        assert!(TilePlan::new(0, 5, Tiling::default()).is_empty());
    }

    #[test]
    fn tiles_that_miss_the_latents_are_refused() {
        assert!(Tiling::default().check(8).is_ok());
        for (tile, stride) in [(256, 0), (256, 257), (250, 192), (256, 190)] {
            assert!(Tiling { tile, stride }.check(8).is_err(), "{tile}, {stride}");
        }
        assert!(!Tiling::default().cuts(256, 256) && Tiling::default().cuts(256, 264));
    }

    #[test]
    fn an_unchanged_picture_is_joined_without_a_trace() {
        let device = Device::flex();
        let picture = Tensor::<1, burn::tensor::Int>::arange(0..7 * 11 * 2, &device).float();
        let picture = picture.reshape([1, 7, 11, 2]);
        let tiling = Tiling { tile: 4, stride: 3 };
        let mut tiles = 0;
        let joined = map_tiles(&picture, [tiling; 2], [7, 11], |tile| {
            tiles += 1;
            Ok(tile.clone())
        });
        assert_eq!(tiles, 12);
        for (got, expected) in read(&joined.unwrap()).unwrap().iter().zip(read(&picture).unwrap()) {
            assert!((got - expected).abs() < 1e-4, "{got} is not {expected}");
        }
    }

    #[test]
    fn a_blend_starts_at_the_tile_before() {
        let device = Device::flex();
        let before = Tensor::<4>::ones([1, 1, 3, 1], &device);
        let mixed = blend(&before, Tensor::zeros([1, 1, 4, 1], &device), 2, 2);
        assert_eq!(read(&mixed).unwrap(), [1.0, 0.5, 0.0, 0.0]);
    }
}
