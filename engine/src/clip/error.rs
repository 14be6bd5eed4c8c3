//! What can go wrong with clip files, in the user's words.

use std::io;
use std::path::{Path, PathBuf};

/// A clip could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// The name does not say what the file shall be.
    #[error("{} does not say which kind of clip it shall be", path.display())]
    UnknownEnding { path: PathBuf },
    #[error("{} cannot be written: {}", path.display(), reason(source))]
    Write { path: PathBuf, source: io::Error },
    #[error("{} already holds a frame {}", folder.display(), name)]
    Taken { folder: PathBuf, name: String },
    /// The kind of file does not take clips of this shape.
    #[error("{} cannot be made: {reason}", path.display())]
    Shape { path: PathBuf, reason: String },
    #[error("{}: a frame could not be encoded ({detail})", path.display())]
    Encode { path: PathBuf, detail: String },
    /// The user called it off; the frames are there.
    #[error("cancelled; {frames} frames are in {}", path.display())]
    Stopped { path: PathBuf, frames: usize },
    /// A frame's bytes do not fit the clip.
    #[error("a frame of {got} bytes does not fit a clip of {width} × {height} pixels")]
    Frame { width: u32, height: u32, got: usize },

    #[error("{} cannot be opened: {}", path.display(), reason(source))]
    Open { path: PathBuf, source: io::Error },
    #[error(
        "{} is not a clip that can be opened (MP4 with H.264, GIF, animated PNG and WebP, and folders of PNG files can)",
        path.display()
    )]
    UnknownFormat { path: PathBuf },
    #[error("{} is a single picture, not a clip", path.display())]
    Still { path: PathBuf },
    #[error("{} is stored as {codec}, which cannot be read", path.display())]
    Codec { path: PathBuf, codec: String },
    #[error("{} is damaged or cut short ({detail})", path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("{}: frame {index} is {got_width} × {got_height} pixels, the first one {width} × {height}", path.display())]
    Sizes { path: PathBuf, index: usize, width: u32, height: u32, got_width: u32, got_height: u32 },
    #[error("{} has frames of {width} × {height} pixels; up to 8192 × 8192 can be opened", path.display())]
    TooLarge { path: PathBuf, width: u64, height: u64 },
    #[error("the frames of {} take more than {gib} GiB", path.display())]
    TooMany { path: PathBuf, gib: usize },
}

impl ClipError {
    pub(super) fn damaged(path: &Path, detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        let detail: String = detail.chars().filter(|letter| !letter.is_control()).take(200).collect();
        Self::Damaged { path: path.into(), detail }
    }
}

/// The system's words without its error number.
fn reason(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        _ => {
            let text = source.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}
