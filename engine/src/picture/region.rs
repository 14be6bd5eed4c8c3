//! A box of whole pixels.

/// A box inside a picture, in pixels; `x + width` and `y + height` are the first column and row outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Region {
    /// The whole of a picture of `width` × `height`.
    pub fn whole(width: usize, height: usize) -> Self {
        Self { x: 0, y: 0, width, height }
    }

    /// True if the region is not empty and lies inside a picture of `width` × `height`.
    pub fn fits(&self, width: usize, height: usize) -> bool {
        let ends_inside = |start: usize, length: usize, limit: usize| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= limit)
        };
        ends_inside(self.x, self.width, width) && ends_inside(self.y, self.height, height)
    }

    /// True if every pixel of `other` is in this region.
    pub fn contains(&self, other: &Region) -> bool {
        other.x >= self.x
            && other.y >= self.y
            && other.x + other.width <= self.x + self.width
            && other.y + other.height <= self.y + self.height
    }
}
