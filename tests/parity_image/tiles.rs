//! Tiled decoding against a plain restatement of the reference's blending, over tiles that pass on their own.

use crate::golden::{compare, largest_difference, tensors};
use crate::{codec, never};
use burn::tensor::{Device, Tensor};
use engine::kernels::read;
use engine::models::wan_codec::Tiling;

const SCALE: usize = 8;
const TILING: Tiling = Tiling { tile: 48, stride: 32 };

#[test]
fn tiles_are_blended_as_in_the_reference() {
    for device in tests::tensor_devices() {
        blended(&device);
    }
}

fn blended(device: &Device) {
    let codec = codec::load("edit_plus", device);
    let expected = tensors("blocks/codec/edit_plus.safetensors");
    let latents: Tensor<4> = expected.tensor("decode_latents", device);
    // A quarter of the values keeps every pixel inside of the clamp, which only single tiles meet.
    let latents = Tensor::cat(vec![latents; 3], 3).mul_scalar(0.25);
    let latents = Tensor::cat(vec![latents; 2], 2);
    let [_, _, rows, columns] = latents.dims();
    let (tile, step) = (TILING.tile / SCALE, TILING.stride / SCALE);
    let one = |row: usize, column: usize| {
        let part = latents.clone().narrow(2, row, tile.min(rows - row));
        let part = part.narrow(3, column, tile.min(columns - column));
        let plane = Plane::new(&codec.decode(&part, None, &never).unwrap());
        assert!(plane.values.iter().all(|v| v.abs() < 1.0), "the clamp hides differences");
        plane
    };
    let lines: Vec<Vec<Plane>> = (0..rows)
        .step_by(step)
        .map(|row| (0..columns).step_by(step).map(|column| one(row, column)).collect())
        .collect();
    assert!(lines.len() >= 3 && lines[0].len() >= 2, "too few tiles to test");
    let whole = joined([rows * SCALE, columns * SCALE], lines);
    let tiled = codec.decode(&latents, Some(TILING), &never).unwrap();
    assert_eq!(tiled.dims(), [1, whole.rows, whole.columns, 3]);
    compare("tiled decode", &read(&tiled).unwrap(), &whole.values, 1e-5);
    let untiled = read(&codec.decode(&latents, None, &never).unwrap()).unwrap();
    let trace = largest_difference(&untiled, &whole.values);
    assert!(trace > 1e-4, "the tiles left no trace to test: {trace:e}");
}

/// Pixels of three colours, channels last.
#[derive(Clone)]
struct Plane {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Plane {
    fn new(x: &Tensor<4>) -> Self {
        let [_, rows, columns, _] = x.dims();
        let values = read(x).unwrap();
        Self { rows, columns, values }
    }

    fn index(&self, row: usize, column: usize) -> usize {
        (row * self.columns + column) * 3
    }

    /// Fades from the end of `before` into this tile, downwards or to the right.
    fn fade(&mut self, before: &Plane, down: bool) {
        let (length, extent) = if down { (before.rows, self.rows) } else { (before.columns, self.columns) };
        let overlap = (TILING.tile - TILING.stride).min(length).min(extent);
        for row in 0..self.rows {
            for column in 0..self.columns {
                let along = if down { row } else { column };
                if along >= overlap {
                    continue;
                }
                let from = length - overlap + along;
                let (r, c) = if down { (from, column) } else { (row, from) };
                let weight = along as f32 / overlap as f32;
                for colour in 0..3 {
                    let other = before.values[before.index(r, c) + colour];
                    let at = self.index(row, column) + colour;
                    self.values[at] = other * (1.0 - weight) + self.values[at] * weight;
                }
            }
        }
    }
}

/// Blends every tile with the blended ones above and to the left and keeps its first stride.
fn joined([rows, columns]: [usize; 2], lines: Vec<Vec<Plane>>) -> Plane {
    let values = vec![f32::NAN; rows * columns * 3];
    let mut whole = Plane { rows, columns, values };
    let mut above: Vec<Plane> = Vec::new();
    for (down, line) in lines.into_iter().enumerate() {
        let mut blended: Vec<Plane> = Vec::new();
        for (across, mut plane) in line.into_iter().enumerate() {
            if let Some(upper) = above.get(across) {
                plane.fade(upper, true);
            }
            if let Some(left) = blended.last() {
                plane.fade(left, false);
            }
            for row in 0..plane.rows.min(TILING.stride) {
                for column in 0..plane.columns.min(TILING.stride) {
                    let to = whole.index(down * TILING.stride + row, across * TILING.stride + column);
                    let from = plane.index(row, column);
                    whole.values[to..to + 3].copy_from_slice(&plane.values[from..from + 3]);
                }
            }
            blended.push(plane);
        }
        above = blended;
    }
    whole
}
