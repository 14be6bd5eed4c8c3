//! Sizes in pixels, how they are typed, and how large a picture may become.

use crate::EngineError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest side of a picture, in pixels.
pub const LARGEST_SIDE: u32 = 16_384;
/// Largest picture that a model may draw, in pixels: 64 Mi, as 8192 x 8192. An edit may return a larger one, up
/// to [`LARGEST_SIDE`] on each side, because the model draws only a part of it or a smaller version.
pub const MOST_DRAWN_PIXELS: u64 = 1 << 26;

/// A width and a height in pixels; typed as `1024x768`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// How far a canvas is enlarged on each side, in pixels; typed as `left,top,right,bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Expansion {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

impl Size {
    /// Checks that a model can draw a picture of this size; `what` names it in the error.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Request`] when a side is zero or the picture would be too large.
    pub fn check_drawn(self, what: &str) -> Result<(), EngineError> {
        self.check_sides(what)?;
        if self.pixels() > MOST_DRAWN_PIXELS {
            let most = MOST_DRAWN_PIXELS / 1_000_000;
            return Err(EngineError::request(
                format!("The {what} would be {self} pixels"),
                format!("Up to {most} megapixels can be drawn; choose a smaller size"),
            ));
        }
        Ok(())
    }

    /// Checks that a picture of this size can be held; `what` names it in the error.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Request`] when a side is zero or too long.
    pub fn check_sides(self, what: &str) -> Result<(), EngineError> {
        let hint = if self.pixels() == 0 {
            "Choose a width and a height of at least 1".to_owned()
        } else if self.width.max(self.height) > LARGEST_SIDE {
            format!("A side may have up to {LARGEST_SIDE} pixels")
        } else {
            return Ok(());
        };
        Err(EngineError::request(format!("The {what} would be {self} pixels"), hint))
    }

    /// Number of pixels.
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl Expansion {
    /// Whether the canvas keeps its size.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.trim().parse::<u32>().ok().filter(|&side| side > 0);
        let sides = text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some((side(w)?, side(h)?)));
        let (width, height) =
            sides.ok_or_else(|| format!("`{text}` is not a size; write for example 1024x768"))?;
        Ok(Self { width, height })
    }
}

impl FromStr for Expansion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides: Option<Vec<u32>> = text.split(',').map(|side| side.trim().parse().ok()).collect();
        match sides.as_deref() {
            Some(&[left, top, right, bottom]) => Ok(Self { left, top, right, bottom }),
            _ => Err(format!("`{text}` is not left,top,right,bottom; write for example 0,0,256,0")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_expansions_are_typed_as_words() {
        assert_eq!("1024x768".parse(), Ok(Size { width: 1024, height: 768 }));
        assert_eq!("1,2,3,4".parse(), Ok(Expansion { left: 1, top: 2, right: 3, bottom: 4 }));
        for text in ["", "1024", "x", "0x5", "-1x5", "5x5x5", "99999999999x1"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
        for text in ["", "1,2,3", "1,2,3,4,5", "1,2,3,-4", "a,b,c,d"] {
            assert!(text.parse::<Expansion>().is_err(), "{text}");
        }
    }
}
