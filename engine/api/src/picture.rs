//! Pixels by value: a picture and a mask, shared by reference count so that a snapshot costs nothing.

use crate::{EngineError, ErrorKind};
use std::fmt;
use std::sync::Arc;

/// An 8-bit sRGB picture with straight (not premultiplied) alpha.
///
/// Pixels are rows from the top, four bytes per pixel in the order red, green, blue, alpha.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgba: Arc<[u8]>,
}

/// A mask of one byte per pixel, rows from the top: 255 may change, 0 stays.
#[derive(Clone, PartialEq, Eq)]
pub struct Mask {
    width: u32,
    height: u32,
    gray: Arc<[u8]>,
}

impl Picture {
    /// Wraps `rgba`, which must hold `width * height * 4` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] when a side is zero or the number of bytes does not fit the size.
    pub fn new(width: u32, height: u32, rgba: impl Into<Arc<[u8]>>) -> Result<Self, EngineError> {
        let rgba = rgba.into();
        check_length("picture", (width, height), 4, rgba.len())?;
        Ok(Self { width, height, rgba })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, `height` rows of `width` times red, green, blue, alpha.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// FNV-1a (64 bit) of size and pixels: tells whether a file still shows the same picture. Not a
    /// cryptographic sum.
    pub fn fingerprint(&self) -> u64 {
        fingerprint((self.width, self.height), &self.rgba)
    }
}

impl Mask {
    /// Wraps `gray`, which must hold `width * height` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] when a side is zero or the number of bytes does not fit the size.
    pub fn new(width: u32, height: u32, gray: impl Into<Arc<[u8]>>) -> Result<Self, EngineError> {
        let gray = gray.into();
        check_length("mask", (width, height), 1, gray.len())?;
        Ok(Self { width, height, gray })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The values, `height` rows of `width` bytes.
    pub fn gray(&self) -> &[u8] {
        &self.gray
    }

    /// Whether nothing is marked: every value is 0.
    pub fn is_empty(&self) -> bool {
        // In pieces, each without a way out: so it runs at the speed of memory, and ends early all the same.
        const PIECE: usize = 4096;
        self.gray.chunks(PIECE).all(|piece| piece.iter().fold(0, |any, value| any | value) == 0)
    }

    /// FNV-1a (64 bit) of size and values, as [`Picture::fingerprint`].
    pub fn fingerprint(&self) -> u64 {
        fingerprint((self.width, self.height), &self.gray)
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} x {})", self.width, self.height)
    }
}

fn check_length(
    what: &str,
    (width, height): (u32, u32),
    channels: u64,
    got: usize,
) -> Result<(), EngineError> {
    let expected =
        u64::from(width).checked_mul(u64::from(height)).and_then(|pixels| pixels.checked_mul(channels));
    if width > 0 && height > 0 && expected == u64::try_from(got).ok() {
        return Ok(());
    }
    let message = format!("A {what} of {width} x {height} pixels does not fit {got} bytes");
    Err(EngineError::new(ErrorKind::Input, message))
}

fn fingerprint((width, height): (u32, u32), bytes: &[u8]) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let size = width.to_le_bytes().into_iter().chain(height.to_le_bytes());
    let start = size.fold(START, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    bytes.iter().fold(start, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_needs_four_bytes_per_pixel() {
        assert!(Picture::new(2, 3, vec![0; 24]).is_ok());
        assert!(Picture::new(2, 3, vec![0; 23]).is_err());
        assert!(Picture::new(0, 3, vec![]).is_err());
        assert!(Picture::new(u32::MAX, u32::MAX, vec![0; 4]).is_err());
        assert!(Mask::new(2, 3, vec![0; 6]).is_ok());
    }

    #[test]
    fn the_fingerprint_sees_size_and_pixels() {
        let wide = Picture::new(2, 1, vec![7; 8]).unwrap();
        let tall = Picture::new(1, 2, vec![7; 8]).unwrap();
        let other = Picture::new(2, 1, vec![7, 7, 7, 7, 7, 7, 7, 8]).unwrap();
        assert_ne!(wide.fingerprint(), tall.fingerprint());
        assert_ne!(wide.fingerprint(), other.fingerprint());
        assert_eq!(wide.fingerprint(), wide.clone().fingerprint());
    }

    #[test]
    fn a_mask_without_white_is_empty() {
        assert!(Mask::new(2, 2, vec![0; 4]).unwrap().is_empty());
        assert!(!Mask::new(2, 2, vec![0, 0, 1, 0]).unwrap().is_empty());
    }
}
