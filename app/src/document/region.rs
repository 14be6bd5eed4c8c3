//! Rectangles of document pixels and the square tiles that they touch.

use engine_api::Size;

/// Side of a tile, in pixels.
pub const TILE: u32 = 256;

/// A rectangle of pixels: left, top, width, height. May be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Region {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// The place of a tile in the grid of tiles, from the upper left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileIndex {
    pub column: u32,
    pub row: u32,
}

impl Region {
    /// A rectangle from its left upper corner and its extent.
    pub fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self { x, y, width, height }
    }

    /// All of a picture.
    pub fn whole(size: Size) -> Self {
        Self::new(0, 0, size.width, size.height)
    }

    /// The smallest rectangle of whole pixels around the given edges that lies inside `size`; empty when they lie
    /// outside, or are no numbers.
    pub fn around(left: f64, top: f64, right: f64, bottom: f64, size: Size) -> Self {
        // Casting saturates, and turns what is no number into 0.
        let inside = |value: f64, most: u32| value.clamp(0.0, f64::from(most)) as u32;
        let (x, y) = (inside(left.floor(), size.width), inside(top.floor(), size.height));
        let (right, bottom) = (inside(right.ceil(), size.width), inside(bottom.ceil(), size.height));
        Self::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y))
    }

    pub fn right(self) -> u32 {
        self.x.saturating_add(self.width)
    }

    pub fn bottom(self) -> u32 {
        self.y.saturating_add(self.height)
    }

    pub fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }

    pub fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Number of pixels.
    pub fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    pub fn contains(self, x: u32, y: u32) -> bool {
        (self.x..self.right()).contains(&x) && (self.y..self.bottom()).contains(&y)
    }

    /// Whether the rectangle has pixels and all of them lie in a picture of this size.
    pub fn fits(self, size: Size) -> bool {
        let end = |start: u32, length: u32| start.checked_add(length);
        !self.is_empty()
            && end(self.x, self.width).is_some_and(|right| right <= size.width)
            && end(self.y, self.height).is_some_and(|bottom| bottom <= size.height)
    }

    /// What both share; empty when nothing.
    pub fn intersection(self, other: Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let width = self.right().min(other.right()).saturating_sub(x);
        let height = self.bottom().min(other.bottom()).saturating_sub(y);
        if width == 0 || height == 0 { Self::default() } else { Self::new(x, y, width, height) }
    }

    /// The smallest rectangle around both.
    pub fn union(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self::new(x, y, self.right().max(other.right()) - x, self.bottom().max(other.bottom()) - y)
    }

    /// The rectangle widened by `by` pixels on each side, as far as `size` allows.
    pub fn widened(self, by: u32, size: Size) -> Self {
        if self.is_empty() {
            return self;
        }
        let (x, y) = (self.x.saturating_sub(by), self.y.saturating_sub(by));
        let right = self.right().saturating_add(by).min(size.width);
        let bottom = self.bottom().saturating_add(by).min(size.height);
        Self::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y))
    }

    /// The tiles that the rectangle touches, row by row.
    pub fn tiles(self) -> impl Iterator<Item = TileIndex> {
        let columns = if self.is_empty() { 0..0 } else { self.x / TILE..(self.right() - 1) / TILE + 1 };
        let rows = if self.is_empty() { 0..0 } else { self.y / TILE..(self.bottom() - 1) / TILE + 1 };
        rows.flat_map(move |row| columns.clone().map(move |column| TileIndex { column, row }))
    }
}

impl TileIndex {
    /// The pixels of the tile that lie in a picture of this size; at the right and lower edge fewer than
    /// [`TILE`] squared.
    pub fn region(self, size: Size) -> Region {
        let (x, y) = (self.column.saturating_mul(TILE), self.row.saturating_mul(TILE));
        Region::new(x, y, TILE, TILE).intersection(Region::whole(size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 300, height: 200 };

    #[test]
    fn rectangles_meet_join_and_stay_inside() {
        let a = Region::new(10, 20, 30, 40);
        assert_eq!(a.intersection(Region::new(30, 50, 100, 100)), Region::new(30, 50, 10, 10));
        assert!(a.intersection(Region::new(40, 20, 5, 5)).is_empty());
        assert_eq!(a.union(Region::new(0, 50, 5, 30)), Region::new(0, 20, 40, 60));
        assert_eq!(a.union(Region::default()), a);
        assert_eq!(a.widened(15, SIZE), Region::new(0, 5, 55, 70));
        assert_eq!(Region::around(-3.5, 1.5, 400.0, 2.5, SIZE), Region::new(0, 1, 300, 2));
        assert!(Region::around(f64::NAN, 0.0, f64::NAN, 5.0, SIZE).is_empty());
        assert!(Region::whole(SIZE).fits(SIZE));
        assert!(!Region::new(u32::MAX, 0, 2, 1).fits(SIZE));
        assert!(!Region::new(1, 0, 300, 1).fits(SIZE));
    }

    #[test]
    fn tiles_cover_what_is_touched_and_end_at_the_edge() {
        let tiles: Vec<_> = Region::new(255, 10, 2, 1).tiles().collect();
        assert_eq!(tiles, [TileIndex { column: 0, row: 0 }, TileIndex { column: 1, row: 0 }]);
        assert_eq!(tiles[1].region(SIZE), Region::new(256, 0, 44, 200));
        assert_eq!(Region::default().tiles().count(), 0);
    }
}
