//! Luminance in single precision, with what registration does to it: halve, level out, sample between pixels.

use crate::picture::{Gray8, Rgb8, luma_weights};

/// A grid of values, rows from top to bottom.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
    /// The pixel coordinates of the whole picture's centre on this grid; halving an odd side shifts it.
    pub centre: [f32; 2],
}

impl Plane {
    fn new(width: usize, height: usize, values: Vec<f32>) -> Self {
        Self { width, height, values, centre: [(width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0] }
    }

    /// Luminance, 0 … 255.
    pub fn luma(picture: &Rgb8) -> Self {
        let weights = luma_weights().map(|weight| weight as f32 / 65536.0);
        let luma = |&[r, g, b]: &[u8; 3]| {
            f32::from(r) * weights[0] + f32::from(g) * weights[1] + f32::from(b) * weights[2]
        };
        Self::new(picture.width(), picture.height(), picture.iter().map(luma).collect())
    }

    /// 1 where the mask is 0, and 0 where anything may have been repainted.
    pub fn trust(mask: &Gray8) -> Self {
        let values = mask.pixels().iter().map(|&value| if value == 0 { 1.0 } else { 0.0 }).collect();
        Self::new(mask.width(), mask.height(), values)
    }

    pub fn longest(&self) -> usize {
        self.width.max(self.height)
    }

    /// Half the size; each value is `join` of two by two. An odd last row or column is left out.
    pub fn halved(&self, join: impl Fn([f32; 4]) -> f32) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            let upper = &self.values[2 * y * self.width..];
            let lower = &self.values[(2 * y + 1) * self.width..];
            values.extend(
                (0..width).map(|x| join([upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]])),
            );
        }
        let centre = self.centre.map(|middle| (middle - 0.5) / 2.0);
        Self { width, height, values, centre }
    }

    /// What is left after taking away the mean of the trusted surroundings (a square of `radius` to each
    /// side); 0 where nothing is trusted. This is also how a masked place is filled with its local mean.
    pub fn levelled(&self, trust: &Plane, radius: usize) -> Self {
        let weighted: Vec<f32> =
            self.values.iter().zip(&trust.values).map(|(value, weight)| value * weight).collect();
        let sums = RunningSums::new(self.width, self.height, &weighted);
        let weights = RunningSums::new(self.width, self.height, &trust.values);
        let mut values = vec![0.0; self.values.len()];
        for y in 0..self.height {
            for x in 0..self.width {
                let index = y * self.width + x;
                let total = weights.around(x, y, radius);
                if trust.values[index] > 0.0 && total > 0.0 {
                    values[index] = self.values[index] - (sums.around(x, y, radius) / total) as f32;
                }
            }
        }
        Self { values, ..*self }
    }

    /// The value at pixel `x`, `y`, of the nearest pixel if outside.
    pub fn at(&self, x: isize, y: isize) -> f32 {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.values[y * self.width + x]
    }

    /// The value between pixels (Keys' cubic, a = −0.5).
    pub fn sample(&self, x: f32, y: f32) -> f32 {
        let (column, across) = split(x);
        let (row, down) = split(y);
        let across = cubic_weights(across);
        let mut sum = 0.0;
        for (dy, weight) in cubic_weights(down).into_iter().enumerate() {
            let y = row + dy as isize - 1;
            let line = (0..4).map(|dx| self.at(column + dx as isize - 1, y) * across[dx]);
            sum += line.sum::<f32>() * weight;
        }
        sum
    }

    /// The slope along x and y between pixels: central differences, interpolated linearly.
    pub fn slope(&self, x: f32, y: f32) -> [f32; 2] {
        let (column, across) = split(x);
        let (row, down) = split(y);
        let corner = |x: isize, y: isize| {
            [(self.at(x + 1, y) - self.at(x - 1, y)) / 2.0, (self.at(x, y + 1) - self.at(x, y - 1)) / 2.0]
        };
        let mix = |a: [f32; 2], b: [f32; 2], t: f32| [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
        let upper = mix(corner(column, row), corner(column + 1, row), across);
        let lower = mix(corner(column, row + 1), corner(column + 1, row + 1), across);
        mix(upper, lower, down)
    }

    /// True if `x`, `y` lies inside by at least `margin` pixels.
    pub fn holds(&self, x: f32, y: f32, margin: f32) -> bool {
        x >= margin
            && y >= margin
            && x <= self.width as f32 - 1.0 - margin
            && y <= self.height as f32 - 1.0 - margin
    }
}

/// Whole pixel and the fraction behind it.
pub(super) fn split(position: f32) -> (isize, f32) {
    let whole = position.floor();
    (whole as isize, position - whole)
}

/// Weights of the pixels −1, 0, 1, 2 for a point `t` of the way from 0 to 1.
pub(super) fn cubic_weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

/// A summed-area table.
struct RunningSums {
    width: usize,
    height: usize,
    sums: Vec<f64>,
}

impl RunningSums {
    fn new(width: usize, height: usize, values: &[f32]) -> Self {
        let stride = width + 1;
        let mut sums = vec![0.0; stride * (height + 1)];
        for y in 0..height {
            let mut line = 0.0;
            for x in 0..width {
                line += f64::from(values[y * width + x]);
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + line;
            }
        }
        Self { width, height, sums }
    }

    /// Sum over the square of `radius` to each side, as far as the grid goes.
    fn around(&self, x: usize, y: usize, radius: usize) -> f64 {
        let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(self.width));
        let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(self.height));
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top)
    }
}
