//! The kinds of clip, told by the ending of a name.

use super::frame::LONGEST_SIDE;
use super::{ClipError, Encoder, Shape, apng, foreign, gif, mp4, sequence, webp};
use std::path::Path;

/// What a clip is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// H.264 in MP4: plays everywhere, a little off in every pixel.
    Mp4,
    /// At most 256 colours in a frame.
    Gif,
    /// Every pixel as it is.
    Apng,
    /// Every pixel as it is.
    WebP,
    /// A folder of PNG files.
    Sequence,
    /// WebM (VP9) or ProRes, through an FFmpeg on the path.
    Foreign,
}

impl Kind {
    /// The kind that a name asks for: a folder (there, or with a slash at the end) is a sequence.
    ///
    /// # Errors
    /// [`ClipError::UnknownEnding`].
    pub fn of(path: &Path) -> Result<Self, ClipError> {
        let text = path.to_string_lossy();
        if path.is_dir() || text.ends_with(['/', std::path::MAIN_SEPARATOR]) {
            return Ok(Self::Sequence);
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("mp4" | "m4v") => Ok(Self::Mp4),
            Some("gif") => Ok(Self::Gif),
            Some("apng" | "png") => Ok(Self::Apng),
            Some("webp") => Ok(Self::WebP),
            Some("webm" | "mov") => Ok(Self::Foreign),
            _ => Err(ClipError::UnknownEnding { path: path.into() }),
        }
    }

    /// Whether every pixel comes back as it was.
    pub fn is_lossless(self) -> bool {
        matches!(self, Self::Apng | Self::WebP | Self::Sequence)
    }

    /// Refuses what the kind cannot hold, before any frame is there.
    ///
    /// # Errors
    /// [`ClipError::Shape`], [`ClipError::Taken`] for a folder with frames in it.
    pub fn check(self, path: &Path, shape: &Shape) -> Result<(), ClipError> {
        self.refuse(shape).map_err(|reason| ClipError::Shape { path: path.into(), reason })?;
        if self == Self::Sequence { sequence::is_free(path) } else { Ok(()) }
    }

    fn refuse(self, shape: &Shape) -> Result<(), String> {
        let Shape { width, height, frame_rate, .. } = *shape;
        let longest = width.max(height);
        if width == 0 || height == 0 || longest > LONGEST_SIDE {
            return Err(format!("clips have sides of 1 to {LONGEST_SIDE} pixels, not {width} x {height}"));
        }
        if !(1..=1000).contains(&frame_rate) {
            return Err(format!("clips have 1 to 1000 frames per second, not {frame_rate}"));
        }
        match self {
            Self::Mp4 => mp4::check(shape),
            Self::Foreign => foreign::check(shape),
            Self::Gif if frame_rate > 50 => {
                Err(format!("GIF shows at most 50 frames per second, not {frame_rate}"))
            }
            _ => Ok(()),
        }
    }

    /// The producer of bytes; `None` for a sequence, which is no single file.
    pub(super) fn encoder(self, shape: Shape) -> Result<Option<Box<dyn Encoder>>, String> {
        Ok(match self {
            Self::Mp4 => Some(Box::new(mp4::Mp4::new(shape)?)),
            Self::Gif => Some(Box::new(gif::Gif::new(shape)?)),
            Self::Apng | Self::Foreign => Some(Box::new(apng::Apng::new(shape))),
            Self::WebP => Some(Box::new(webp::WebP::new(shape))),
            Self::Sequence => None,
        })
    }
}
