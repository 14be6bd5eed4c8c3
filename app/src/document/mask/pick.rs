//! Selections by colour, on the picture as it is seen: magic wand and colour range.

use super::{MaskPixels, Wand};
use crate::document::bands::{Stop, each_piece};
use crate::document::region::{Region, TILE, TileIndex};
use crate::document::{Document, DocumentError};

/// What has nearly the colour seen at a pixel.
///
/// # Errors
/// [`DocumentError::Outside`] when the pixel lies outside, [`DocumentError::GivenUp`].
pub fn similar(
    document: &Document,
    at: [u32; 2],
    wand: Wand,
    stop: &Stop,
) -> Result<MaskPixels, DocumentError> {
    let wanted = document.colour_at(at[0], at[1])?;
    let near = |pixel: &[u8]| {
        let far = |(a, b): (&u8, &u8)| a.abs_diff(*b) > wand.tolerance;
        !pixel.iter().zip(&wanted).any(far)
    };
    if wand.contiguous {
        connected(document, at, near, stop)
    } else {
        everywhere(document, stop, |pixel| u8::from(near(pixel)) * 255)
    }
}

/// Where a colour is seen: 255 up to half the tolerance in the channel that differs most, then falling to 0 just beyond
/// the tolerance; times the alpha that is seen.
///
/// # Errors
/// [`DocumentError::GivenUp`], and none that the size of a document would not have had before.
pub fn colour_range(
    document: &Document,
    colour: [u8; 3],
    tolerance: u8,
    stop: &Stop,
) -> Result<MaskPixels, DocumentError> {
    let (half, end) = (f32::from(tolerance) / 2.0, f32::from(tolerance) + 1.0);
    everywhere(document, stop, |pixel| {
        let far = pixel.iter().zip(&colour).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or_default();
        let part = ((end - f32::from(far)) / (end - half)).clamp(0.0, 1.0);
        (part * f32::from(pixel[3]) + 0.5) as u8
    })
}

fn everywhere(
    document: &Document,
    stop: &Stop,
    value: impl Fn(&[u8]) -> u8 + Sync,
) -> Result<MaskPixels, DocumentError> {
    let region = Region::whole(document.size());
    let mut values = vec![0; region.pixels()];
    // In strips of tile height, so that only a part of the composite is held.
    each_piece(&mut values, region.width as usize * TILE as usize, stop, |at, values| {
        let y = at as u32 * TILE;
        let strip = Region::new(0, y, region.width, TILE.min(region.height - y));
        // A strip of the document lies inside it.
        let pixels = document.composite(strip).unwrap_or_default();
        values.iter_mut().zip(pixels.chunks_exact(4)).for_each(|(to, pixel)| *to = value(pixel));
    });
    stop.check()?;
    Ok(MaskPixels { region, values })
}

/// The picture as it is seen, tile by tile as it is asked for: yes or no for every pixel.
struct Seen<'a, N> {
    document: &'a Document,
    near: N,
    /// Row by row; each with its pixels once they were asked for.
    tiles: Vec<Option<(Region, Vec<bool>)>>,
}

impl<N: Fn(&[u8]) -> bool> Seen<'_, N> {
    fn near(&mut self, x: u32, y: u32) -> Result<bool, DocumentError> {
        let index = TileIndex { column: x / TILE, row: y / TILE };
        let slot = (index.row * self.document.grid().0 + index.column) as usize;
        let Some(tile) = self.tiles.get_mut(slot) else { return Ok(false) };
        if tile.is_none() {
            let region = index.region(self.document.size());
            let pixels = self.document.composite(region)?;
            *tile = Some((region, pixels.chunks_exact(4).map(&self.near).collect()));
        }
        let near = |(region, near): &(Region, Vec<bool>)| {
            near.get((y - region.y) as usize * region.width as usize + (x - region.x) as usize).copied()
        };
        Ok(tile.as_ref().and_then(near).unwrap_or_default())
    }
}

/// Everything that hangs together with a pixel by its four sides: spans of a row are filled at once.
fn connected(
    document: &Document,
    [x, y]: [u32; 2],
    near: impl Fn(&[u8]) -> bool,
    stop: &Stop,
) -> Result<MaskPixels, DocumentError> {
    let region = Region::whole(document.size());
    let (columns, rows) = document.grid();
    let tiles = (0..columns * rows).map(|_| None).collect();
    let mut seen = Seen { document, near, tiles };
    let mut values = vec![0u8; region.pixels()];
    let slot = |x: u32, y: u32| y as usize * region.width as usize + x as usize;
    let mut waiting = vec![(x, y)];
    while let Some((x, y)) = waiting.pop() {
        stop.check()?;
        if values[slot(x, y)] != 0 || !seen.near(x, y)? {
            continue;
        }
        let mut left = x;
        while left > 0 && values[slot(left - 1, y)] == 0 && seen.near(left - 1, y)? {
            left -= 1;
        }
        let mut right = x + 1;
        while right < region.width && values[slot(right, y)] == 0 && seen.near(right, y)? {
            right += 1;
        }
        values[slot(left, y)..slot(left, y) + (right - left) as usize].fill(255);
        for next in [y.checked_sub(1), Some(y + 1).filter(|next| *next < region.height)].into_iter().flatten()
        {
            let mut inside = false;
            for x in left..right {
                let open = values[slot(x, next)] == 0 && seen.near(x, next)?;
                if open && !inside {
                    waiting.push((x, next));
                }
                inside = open;
            }
        }
    }
    Ok(MaskPixels { region, values })
}
