//! A larger canvas for outpainting.

use super::error::PictureError;
use super::raster::{Gray8, Rgba8};
use super::region::Region;

/// How many pixels to add on each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Expansion {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What the model finds in the new area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Middle grey, for models that paint from nothing.
    Neutral,
    /// The picture's edge drawn outwards and softened the further it goes, so that the colours lead on.
    Edge,
}

/// A picture on its larger canvas.
#[derive(Clone, Debug)]
pub struct Expanded {
    pub picture: Rgba8,
    /// 255 where the canvas is new, 0 where the source is.
    pub mask: Gray8,
    /// Where the source lies; its pixels are unchanged.
    pub inner: Region,
}

/// Puts `source` on a canvas that is larger by `by`. Fails if the canvas would be too large.
pub fn expand(source: &Rgba8, by: Expansion, fill: Fill) -> Result<Expanded, PictureError> {
    let side =
        |before: usize, length: usize, after: usize| before.saturating_add(length).saturating_add(after);
    let width = side(by.left, source.width(), by.right);
    let height = side(by.top, source.height(), by.bottom);
    let mut picture = Rgba8::filled(width, height, [128, 128, 128, 255])?;
    if fill == Fill::Edge {
        let surround = Surround::new(source);
        for (y, row) in picture.pixels_mut().chunks_exact_mut(width * 4).enumerate() {
            for (x, pixel) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let place = |at: usize, before: usize| at as isize - before as isize;
                *pixel = surround.colour(place(x, by.left), place(y, by.top));
            }
        }
    }
    picture.paste(source, by.left, by.top)?;
    let mut mask = Gray8::filled(width, height, [255])?;
    mask.paste(&Gray8::filled(source.width(), source.height(), [0])?, by.left, by.top)?;
    let inner = Region { x: by.left, y: by.top, width: source.width(), height: source.height() };
    Ok(Expanded { picture, mask, inner })
}

/// The four edges of a picture as running sums, so that the mean of any stretch of edge costs two look-ups.
struct Surround {
    width: isize,
    height: isize,
    top: Edge,
    bottom: Edge,
    left: Edge,
    right: Edge,
}

impl Surround {
    fn new(source: &Rgba8) -> Self {
        let (width, height) = source.size();
        let row = |y| Edge::new((0..width).map(|x| source.pixel(x, y)));
        let column = |x| Edge::new((0..height).map(|y| source.pixel(x, y)));
        Self {
            width: width as isize,
            height: height as isize,
            top: row(0),
            bottom: row(height - 1),
            left: column(0),
            right: column(width - 1),
        }
    }

    /// The colour `distance` away from the nearest edge is that edge's mean over ± half the distance. Beyond
    /// a corner both edges count, by how far the point is from each.
    fn colour(&self, x: isize, y: isize) -> [u8; 4] {
        let beside = (-x).max(x - self.width + 1).max(0);
        let above = (-y).max(y - self.height + 1).max(0);
        if beside + above == 0 {
            return [0; 4];
        }
        let half = ((beside + above) / 2).max(1);
        let vertical = if x < 0 { &self.left } else { &self.right };
        let horizontal = if y < 0 { &self.top } else { &self.bottom };
        let from_side = vertical.mean(y, half);
        let from_row = horizontal.mean(x, half);
        let share = beside as f32 / (beside + above) as f32;
        let mix = |channel: usize| from_side[channel] * share + from_row[channel] * (1.0 - share);
        [mix(0).round() as u8, mix(1).round() as u8, mix(2).round() as u8, 255]
    }
}

/// Running sums of an edge's colours, weighed by alpha.
struct Edge {
    /// `sums[i]` holds red, green, blue and alpha of the first i pixels.
    sums: Vec<[u64; 4]>,
}

impl Edge {
    fn new(pixels: impl Iterator<Item = [u8; 4]>) -> Self {
        let mut sums = vec![[0; 4]];
        let mut total = [0u64; 4];
        for [r, g, b, a] in pixels {
            let alpha = u64::from(a);
            for (sum, part) in total.iter_mut().zip([
                u64::from(r) * alpha,
                u64::from(g) * alpha,
                u64::from(b) * alpha,
                alpha,
            ]) {
                *sum += part;
            }
            sums.push(total);
        }
        Self { sums }
    }

    /// Mean colour of the pixels within `half` of `centre`, or of the nearest ones; white where all are
    /// transparent.
    fn mean(&self, centre: isize, half: isize) -> [f32; 3] {
        let last = self.sums.len() as isize - 1;
        let centre = centre.clamp(0, last - 1);
        let from = self.sums[(centre - half).max(0) as usize];
        let to = self.sums[(centre + half + 1).min(last) as usize];
        let weight = (to[3] - from[3]) as f32;
        let mean = |channel: usize| {
            if weight == 0.0 { 255.0 } else { (to[channel] - from[channel]) as f32 / weight }
        };
        [mean(0), mean(1), mean(2)]
    }
}
