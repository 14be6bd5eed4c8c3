//! Pixels of one layer in square tiles that are shared until somebody writes.

use super::region::{Region, TILE, TileIndex};
use super::{Document, DocumentError};
use engine_api::{Mask, Size};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The pixels of one tile: [`TILE`] rows of [`TILE`] pixels, also where the tile reaches past the picture's edge.
pub type Tile = Arc<[u8]>;

/// A picture of one or four bytes per pixel (mask, or straight RGBA) in tiles. A tile of nothing but zeros takes no
/// memory; a clone shares all tiles with the original, and each is copied when it is first written.
#[derive(Debug, Clone)]
pub struct Tiles {
    size: Size,
    channels: usize,
    columns: u32,
    grid: Vec<Option<Tile>>,
    stamp: u64,
}

impl PartialEq for Tiles {
    /// Equal pixels; the stamp says where they came from and does not count.
    fn eq(&self, other: &Self) -> bool {
        (self.size, self.channels) == (other.size, other.channels) && self.grid == other.grid
    }
}

/// A number that was never given out before.
fn fresh_stamp() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl Tiles {
    /// An empty picture.
    ///
    /// # Errors
    /// [`DocumentError::Size`] when the size is none that a document can have.
    pub fn empty(size: Size, channels: usize) -> Result<Self, DocumentError> {
        Document::check_size(size)?;
        let (columns, rows) = (size.width.div_ceil(TILE), size.height.div_ceil(TILE));
        let grid = vec![None; columns as usize * rows as usize];
        Ok(Self { size, channels, columns, grid, stamp: fresh_stamp() })
    }

    /// The values of a mask.
    ///
    /// # Errors
    /// [`DocumentError::Size`] when it is larger than a document can be.
    pub fn from_mask(mask: &Mask) -> Result<Self, DocumentError> {
        let size = Size { width: mask.width(), height: mask.height() };
        let mut tiles = Self::empty(size, 1)?;
        tiles.write(Region::whole(size), mask.gray())?;
        Ok(tiles)
    }

    /// The same back: tiles of one byte per pixel as a mask. `None` for those of a picture.
    pub fn to_mask(&self) -> Option<Mask> {
        let values = self.read(Region::whole(self.size)).ok()?;
        Mask::new(self.size.width, self.size.height, values).ok()
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// Bytes per pixel: 1 or 4.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// A number that changes whenever the pixels may have changed. Equal stamps mean equal pixels; the opposite is
    /// not promised. For whoever keeps something that was made from them.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The pixels of a tile; `None` when all are zero.
    pub fn tile(&self, index: TileIndex) -> Option<&Tile> {
        self.grid.get(self.slot(index)?)?.as_ref()
    }

    /// Tiles that hold pixels.
    pub fn filled(&self) -> impl Iterator<Item = (TileIndex, &Tile)> {
        let index = |at: usize| TileIndex { column: at as u32 % self.columns, row: at as u32 / self.columns };
        self.grid.iter().enumerate().filter_map(move |(at, tile)| Some((index(at), tile.as_ref()?)))
    }

    /// Bytes of all tiles, shared ones included.
    pub fn bytes(&self) -> usize {
        self.grid.iter().flatten().map(|tile| tile.len()).sum()
    }

    /// The pixels of a rectangle, row by row.
    ///
    /// # Errors
    /// [`DocumentError::Outside`] when it does not lie inside.
    pub fn read(&self, region: Region) -> Result<Vec<u8>, DocumentError> {
        if !region.fits(self.size) {
            return Err(DocumentError::Outside { region, size: self.size });
        }
        let mut out = vec![0; region.pixels() * self.channels];
        for (index, part) in parts(region) {
            let Some(tile) = self.tile(index) else { continue };
            for y in part.y..part.bottom() {
                let from = self.offset(part.x, y);
                let to = ((y - region.y) * region.width + (part.x - region.x)) as usize * self.channels;
                let length = part.width as usize * self.channels;
                out[to..to + length].copy_from_slice(&tile[from..from + length]);
            }
        }
        Ok(out)
    }

    /// The smallest rectangle around all pixels that are not zero; `None` when there are none.
    pub fn bounds(&self) -> Option<Region> {
        let mut found = Region::default();
        for (index, tile) in self.filled() {
            let part = index.region(self.size);
            if found.intersection(part) == part {
                continue;
            }
            for y in part.y..part.bottom() {
                let start = self.offset(part.x, y);
                let row = &tile[start..start + part.width as usize * self.channels];
                let Some(first) = row.iter().position(|byte| *byte != 0) else { continue };
                let last = row.iter().rposition(|byte| *byte != 0).unwrap_or(first);
                let (first, last) = ((first / self.channels) as u32, (last / self.channels) as u32);
                found = found.union(Region::new(part.x + first, y, last - first + 1, 1));
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// The picture at another, smaller size, row by row: each pixel is the mean of a few points in its square, those
    /// that let more through counting less.
    pub fn reduced(&self, to: Size) -> Vec<u8> {
        const POINTS: [[u64; 2]; 4] = [[1, 3], [5, 1], [3, 7], [7, 5]];
        let mut out = Vec::with_capacity(to.pixels() as usize * self.channels);
        let at = |step: u32, eighth: u64, steps: u32, length: u32| {
            ((u64::from(step) * 8 + eighth) * u64::from(length) / (u64::from(steps) * 8)) as u32
        };
        for y in 0..to.height {
            for x in 0..to.width {
                let points = POINTS.map(|[dx, dy]| {
                    self.pixel(at(x, dx, to.width, self.size.width), at(y, dy, to.height, self.size.height))
                });
                let weights = points.map(|point| if self.channels == 4 { u32::from(point[3]) } else { 1 });
                let total: u32 = weights.iter().sum();
                for channel in 0..self.channels {
                    let values = points.map(|point| u32::from(point[channel])); // proof: one or four channels
                    let sum: u32 = values.iter().sum();
                    let weighted: u32 =
                        values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
                    let is_alpha = self.channels == 4 && channel == 3;
                    let mean = if is_alpha { sum / 4 } else { weighted.checked_div(total).unwrap_or(0) };
                    out.push(mean as u8);
                }
            }
        }
        out
    }

    /// One pixel; what the picture has no channel for is 0.
    fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        let mut pixel = [0; 4];
        let index = TileIndex { column: x / TILE, row: y / TILE };
        let start = self.offset(x, y);
        let bytes = self.tile(index).and_then(|tile| tile.get(start..start + self.channels));
        pixel.iter_mut().zip(bytes.unwrap_or_default()).for_each(|(to, from)| *to = *from);
        pixel
    }

    /// Puts a tile in place and hands back what was there. The caller makes sure that its length fits.
    pub(super) fn swap(&mut self, index: TileIndex, tile: Option<Tile>) -> Option<Tile> {
        self.stamp = fresh_stamp();
        let slot = self.slot(index).and_then(|slot| self.grid.get_mut(slot));
        slot.and_then(|slot| std::mem::replace(slot, tile))
    }

    /// The tile for writing: made when empty, copied when shared. `None` outside the grid.
    pub(super) fn tile_mut(&mut self, index: TileIndex) -> Option<&mut [u8]> {
        let length = (TILE * TILE) as usize * self.channels;
        let slot = self.slot(index)?;
        self.stamp = fresh_stamp();
        let tile = self.grid.get_mut(slot)?.get_or_insert_with(|| Arc::from(vec![0; length]));
        Some(Arc::make_mut(tile))
    }

    /// Gives the memory of a tile back when all of it is zero.
    pub(super) fn tidy(&mut self, index: TileIndex) {
        if let Some(slot) = self.slot(index).and_then(|slot| self.grid.get_mut(slot))
            && slot.as_ref().is_some_and(|tile| tile.iter().all(|byte| *byte == 0))
        {
            *slot = None;
        }
    }

    /// Overwrites a rectangle.
    ///
    /// # Errors
    /// [`DocumentError::Outside`], [`DocumentError::Length`].
    pub(super) fn write(&mut self, region: Region, pixels: &[u8]) -> Result<(), DocumentError> {
        if !region.fits(self.size) {
            return Err(DocumentError::Outside { region, size: self.size });
        }
        let expected = region.pixels() * self.channels;
        if pixels.len() != expected {
            return Err(DocumentError::Length { region, expected, got: pixels.len() });
        }
        let channels = self.channels;
        for (index, part) in parts(region) {
            let length = part.width as usize * channels;
            let row = |y: u32| {
                let from = ((y - region.y) * region.width + (part.x - region.x)) as usize * channels;
                &pixels[from..from + length]
            };
            let blank = (part.y..part.bottom()).all(|y| row(y).iter().all(|byte| *byte == 0));
            if blank && self.tile(index).is_none() {
                continue;
            }
            let start = self.offset(part.x, part.y);
            let Some(tile) = self.tile_mut(index) else { continue };
            for (line, y) in (part.y..part.bottom()).enumerate() {
                let to = start + line * TILE as usize * channels;
                tile[to..to + length].copy_from_slice(row(y));
            }
            if blank {
                self.tidy(index);
            }
        }
        Ok(())
    }

    /// Offset of a pixel in its tile.
    pub(super) fn offset(&self, x: u32, y: u32) -> usize {
        (y % TILE * TILE + x % TILE) as usize * self.channels
    }

    fn slot(&self, index: TileIndex) -> Option<usize> {
        (index.column < self.columns)
            .then(|| index.row as usize * self.columns as usize + index.column as usize)
    }
}

/// The parts of a rectangle that lie in one tile each.
pub(super) fn parts(region: Region) -> impl Iterator<Item = (TileIndex, Region)> {
    let part = move |index: TileIndex| {
        Region::new(index.column * TILE, index.row * TILE, TILE, TILE).intersection(region)
    };
    region.tiles().map(move |index| (index, part(index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 600, height: 300 };

    #[test]
    fn what_is_written_is_read_across_tiles() {
        let mut tiles = Tiles::empty(SIZE, 4).unwrap();
        let region = Region::new(250, 251, 20, 11);
        let pixels: Vec<u8> = (0..region.pixels() * 4).map(|i| (i % 251) as u8 + 1).collect();
        tiles.write(region, &pixels).unwrap();
        assert_eq!(tiles.read(region).unwrap(), pixels);
        assert_eq!(tiles.bounds(), Some(region));
        assert_eq!(tiles.filled().count(), 4);
        assert_eq!(tiles.read(Region::new(0, 0, 250, 300)).unwrap(), vec![0; 250 * 300 * 4]);
        assert!(tiles.read(Region::new(590, 0, 11, 1)).is_err());
        assert!(tiles.write(region, &pixels[1..]).is_err());
    }

    #[test]
    fn zeros_take_no_memory_and_clones_share() {
        let mut tiles = Tiles::empty(SIZE, 1).unwrap();
        tiles.write(Region::whole(SIZE), &vec![0; 600 * 300]).unwrap();
        assert_eq!(tiles.bytes(), 0);
        tiles.write(Region::whole(SIZE), &vec![9; 600 * 300]).unwrap();
        let copy = tiles.clone();
        let (first, second) = (TileIndex { column: 0, row: 0 }, TileIndex { column: 1, row: 0 });
        tiles.write(Region::new(3, 3, 1, 1), &[7]).unwrap();
        let shared = |index| Arc::ptr_eq(tiles.tile(index).unwrap(), copy.tile(index).unwrap());
        assert!(!shared(first) && shared(second));
        assert_eq!(copy.read(Region::new(3, 3, 1, 1)).unwrap(), [9]);
        tiles.write(Region::new(0, 0, 256, 256), &vec![0; 256 * 256]).unwrap();
        assert!(tiles.tile(first).is_none());
    }

    #[test]
    fn a_mask_comes_back_as_it_was() {
        let values: Vec<u8> = (0..600 * 300u32).map(|at| if at % 600 < 256 { 0 } else { at as u8 }).collect();
        let mask = Mask::new(600, 300, values).unwrap();
        let tiles = Tiles::from_mask(&mask).unwrap();
        assert_eq!((tiles.to_mask(), tiles.filled().count()), (Some(mask), 4));
        assert_eq!(Tiles::empty(SIZE, 4).unwrap().to_mask(), None);
    }

    #[test]
    fn the_stamp_changes_with_the_pixels_and_clones_keep_it() {
        let mut tiles = Tiles::empty(SIZE, 1).unwrap();
        let (copy, before) = (tiles.clone(), tiles.stamp());
        assert_eq!((copy.stamp(), tiles.read(Region::new(0, 0, 9, 9)).unwrap().len()), (before, 81));
        tiles.write(Region::new(3, 3, 1, 1), &[7]).unwrap();
        assert_ne!(tiles.stamp(), before);
        let after = tiles.stamp();
        tiles.swap(TileIndex { column: 0, row: 0 }, None);
        assert_ne!(tiles.stamp(), after);
        assert_eq!(tiles, copy, "equal pixels, whatever the stamps");
    }

    #[test]
    fn a_smaller_picture_has_the_mean_colour_and_clear_points_do_not_darken_it() {
        let mut tiles = Tiles::empty(SIZE, 4).unwrap();
        tiles.write(Region::new(0, 0, 300, 300), &[200, 100, 50, 255].repeat(300 * 300)).unwrap();
        let small = tiles.reduced(Size { width: 3, height: 1 });
        assert_eq!(small[..4], [200, 100, 50, 255]);
        assert_eq!(small[8..], [0; 4]);
        assert_eq!(small[4..7], [200, 100, 50], "half of the square is clear");
        assert!((64..192).contains(&small[7]));
        let mut mask = Tiles::empty(SIZE, 1).unwrap();
        mask.write(Region::whole(SIZE), &vec![90; 600 * 300]).unwrap();
        assert_eq!(mask.reduced(Size { width: 2, height: 2 }), [90; 4]);
    }
}
