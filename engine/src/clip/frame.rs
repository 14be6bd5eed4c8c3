//! Frames and the shape of a clip.

use super::ClipError;

/// Longest side of a frame.
pub(super) const LONGEST_SIDE: u32 = 8192;
/// Most bytes of one frame: 8192 × 8192 pixels of four bytes.
pub const MOST_FRAME_BYTES: usize = 8192 * 8192 * 4;

/// What all frames of a clip have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub width: u32,
    pub height: u32,
    /// Frames that are expected; fewer may come.
    pub frames: u32,
    /// Frames per second.
    pub frame_rate: u32,
}

/// One frame: rows from the top, four bytes per pixel in the order red, green, blue, alpha.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

impl Shape {
    /// Bytes of one frame.
    pub(super) fn frame_bytes(&self) -> usize {
        self.width as usize * self.height as usize * 4
    }

    /// Refuses frames that are not of this shape.
    pub(super) fn check(&self, rgba: &[u8]) -> Result<(), ClipError> {
        if rgba.len() == self.frame_bytes() {
            return Ok(());
        }
        Err(ClipError::Frame { width: self.width, height: self.height, got: rgba.len() })
    }
}

/// Shows the size, not millions of bytes.
impl std::fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Frame({} × {})", self.width, self.height)
    }
}

/// The colours of straight RGBA without the alpha; the frames of a clip are opaque.
pub(super) fn without_alpha(rgba: &[u8]) -> Vec<u8> {
    rgba.as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, _]| [red, green, blue]).collect()
}
