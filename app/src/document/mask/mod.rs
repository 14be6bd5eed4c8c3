//! Masks as selections: where their values come from and how they are combined.

mod pick;
mod shapes;
mod spread;

pub(super) use pick::{colour_range, similar};
pub(super) use spread::changed;

use super::DocumentError;
use super::region::Region;
use super::tiles::Tiles;

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

/// A change of a whole mask. Distances are in pixels, up to [`MaskChange::FARTHEST`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaskChange {
    /// Widens by this many pixels, with round corners. The new edge is sharp, so feather last.
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

impl MaskChange {
    /// Farthest that a mask is grown, shrunk or softened at once, in pixels.
    pub const FARTHEST: f32 = 1024.0;

    /// The change in the user's words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Grow(_) => "Grow mask",
            Self::Shrink(_) => "Shrink mask",
            Self::Feather(_) => "Feather mask",
            Self::Invert => "Invert mask",
            Self::Border(_) => "Border of mask",
            Self::Fill => "Select all",
            Self::Clear => "Select nothing",
        }
    }
}

/// A mask joined with new values. Add is the larger value of each pixel, intersect the smaller, subtract the smaller of
/// the old value and what the new one leaves; so doing the same twice changes nothing more.
///
/// # Errors
/// [`DocumentError::Length`] or [`DocumentError::Outside`] when the values do not fit.
pub(super) fn combined(mask: &Tiles, pixels: &MaskPixels, how: Combine) -> Result<Tiles, DocumentError> {
    let (region, values) = (pixels.region, &pixels.values);
    if values.len() != region.pixels() {
        return Err(DocumentError::Length { region, expected: region.pixels(), got: values.len() });
    }
    let keeps = matches!(how, Combine::Add | Combine::Subtract);
    let mut out = if keeps { mask.clone() } else { Tiles::empty(mask.size(), 1)? };
    if region.is_empty() {
        return Ok(out);
    }
    let mut old = mask.read(region)?;
    for (old, new) in old.iter_mut().zip(values) {
        *old = match how {
            Combine::Replace => *new,
            Combine::Add => (*old).max(*new),
            Combine::Subtract => (*old).min(255 - *new),
            Combine::Intersect => (*old).min(*new),
        };
    }
    out.write(region, &old)?;
    Ok(out)
}
