//! Masks as selections: where their values come from and how they are combined.

use super::region::Region;

/// A rectangle of mask values; outside it everything is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskPixels {
    pub region: Region,
    /// Row by row, 255 is selected.
    pub values: Vec<u8>,
}

/// An area drawn by hand, in document pixels. Parts outside the document are left out.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// From one corner to the opposite one.
    Rectangle { from: [f32; 2], to: [f32; 2] },
    /// The ellipse that fills that rectangle.
    Ellipse { from: [f32; 2], to: [f32; 2] },
    /// A closed line (polygon or lasso), filled by the even-odd rule.
    Polygon(Vec<[f32; 2]>),
}

/// How new values meet those of the mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Combine {
    #[default]
    Replace,
    Add,
    Subtract,
    Intersect,
}

/// A change of a whole mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaskChange {
    /// Widens by this many pixels, with round corners.
    Grow(f32),
    /// Narrows by this many pixels; the edge of the document counts as selected beyond.
    Shrink(f32),
    /// Softens the edge over about this many pixels.
    Feather(f32),
    Invert,
    /// Leaves a band of this many pixels on each side of the edge.
    Border(f32),
    /// Selects everything.
    Fill,
    /// Selects nothing.
    Clear,
}

/// How the magic wand selects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wand {
    /// Largest difference of a channel from the colour that was clicked, 0 to 255.
    pub tolerance: u8,
    /// Only what hangs together with the clicked pixel.
    pub contiguous: bool,
}
