//! A small affine movement, and a picture moved by it.

use rayon::prelude::*;

use super::plane::{cubic_weights, split};
use crate::picture::{Raster, Rgb8};

/// Where a pixel of the source is found in the edited picture: with `u`, `v` the pixel's offset from the
/// picture's centre, it lies at `u + xx·u + xy·v + dx`, `v + yx·u + yy·v + dy` from the centre. All zero =
/// identity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Affine {
    pub xx: f32,
    pub xy: f32,
    pub yx: f32,
    pub yy: f32,
    /// Pixels to the right and down.
    pub dx: f32,
    pub dy: f32,
}

impl Affine {
    pub fn shift(dx: f32, dy: f32) -> Self {
        Self { dx, dy, ..Self::default() }
    }

    /// The offset at which the pixel at offset `u`, `v` from the centre is found.
    pub fn apply(&self, u: f32, v: f32) -> (f32, f32) {
        (u + self.xx * u + self.xy * v + self.dx, v + self.yx * u + self.yy * v + self.dy)
    }

    /// Change of size, 0.01 = the edited picture is 1 % larger.
    pub fn scale(&self) -> f32 {
        (self.xx + self.yy) / 2.0
    }

    /// Turn in degrees.
    pub fn degrees(&self) -> f32 {
        ((self.yx - self.xy) / 2.0).atan().to_degrees()
    }

    /// What is left beside scale and turn: unequal scale and shear.
    pub fn shear(&self) -> f32 {
        ((self.xx - self.yy) / 2.0).hypot((self.xy + self.yx) / 2.0)
    }

    /// Longest way that any pixel of a picture of `width` × `height` moves, in pixels.
    pub fn longest_move(&self, width: usize, height: usize) -> f32 {
        let (u, v) = (width as f32 / 2.0, height as f32 / 2.0);
        let corners = [(-u, -v), (u, -v), (-u, v), (u, v)];
        let moves = corners.map(|(u, v)| {
            let (x, y) = self.apply(u, v);
            (x - u).hypot(y - v)
        });
        moves.into_iter().fold(0.0, f32::max)
    }

    /// The same movement on a grid of other pixels, `factor` times as fine.
    pub(super) fn on_finer(&self, factor: f32) -> Self {
        Self { dx: self.dx * factor, dy: self.dy * factor, ..*self }
    }
}

/// `edited` as it would lie exactly on the source: pixel by pixel from where `movement` finds it (Keys'
/// cubic, the edge extended).
pub(super) fn warp(edited: &Rgb8, movement: &Affine) -> Rgb8 {
    let (width, height) = edited.size();
    let (centre_x, centre_y) = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
    let mut warped = edited.clone();
    warped.pixels_mut().par_chunks_exact_mut(width * 3).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (u, v) = movement.apply(x as f32 - centre_x, y as f32 - centre_y);
            *pixel = sample(edited, u + centre_x, v + centre_y);
        }
    });
    warped
}

fn sample(picture: &Raster<3>, x: f32, y: f32) -> [u8; 3] {
    let (column, across) = split(x);
    let (row, down) = split(y);
    let across = cubic_weights(across);
    let mut sums = [0.0f32; 3];
    for (dy, down) in cubic_weights(down).into_iter().enumerate() {
        let y = (row + dy as isize - 1).max(0) as usize;
        for (dx, across) in across.into_iter().enumerate() {
            let pixel = picture.pixel((column + dx as isize - 1).max(0) as usize, y);
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += f32::from(value) * across * down;
            }
        }
    }
    sums.map(|sum| sum.round_ties_even().clamp(0.0, 255.0) as u8)
}
