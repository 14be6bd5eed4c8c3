//! What can go wrong with pictures, in the user's words.

use std::io;
use std::path::PathBuf;

/// A picture could not be read, written or worked on.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The file is missing, is not readable, or is a folder.
    #[error("{} cannot be opened: {}", path.display(), reason(source))]
    Open { path: PathBuf, source: io::Error },
    #[error("{} is a folder, not a picture", path.display())]
    Folder { path: PathBuf },
    #[error("{} is empty", path.display())]
    EmptyFile { path: PathBuf },
    #[error("{} is {bytes} bytes long; picture files up to {limit} bytes can be opened", path.display())]
    FileTooLarge { path: PathBuf, bytes: u64, limit: u64 },
    /// None of the known file signatures.
    #[error(
        "{} is not a picture that can be opened (PNG, JPEG, WebP, TIFF, BMP and GIF can)",
        path.display()
    )]
    UnknownFormat { path: PathBuf },
    /// The signature is right and the rest is not.
    #[error("{}: the {format} data is damaged or cut short ({detail})", path.display())]
    Damaged { path: PathBuf, format: &'static str, detail: String },
    /// An intact file, of a kind that the decoder does not know.
    #[error(
        "{}: this kind of {format} cannot be read ({detail}); save it as an ordinary 8-bit PNG",
        path.display()
    )]
    Unsupported { path: PathBuf, format: &'static str, detail: String },
    #[error(
        "{} is {width} × {height}; the largest picture that can be opened is 16384 × 16384",
        path.display()
    )]
    TooLarge { path: PathBuf, width: u64, height: u64 },
    #[error("{} is {width} × {height}: there is nothing in it", path.display())]
    NoPixels { path: PathBuf, width: u64, height: u64 },

    #[error("{}: the folder {} does not exist", path.display(), folder.display())]
    FolderMissing { path: PathBuf, folder: PathBuf },
    #[error("{}: pictures are written as .png, .jpg, .jpeg or .webp", path.display())]
    UnknownExtension { path: PathBuf },
    #[error("{} cannot be written: {}", path.display(), reason(source))]
    Write { path: PathBuf, source: io::Error },
    #[error("{} cannot be encoded as {format}: {detail}", path.display())]
    Encode { path: PathBuf, format: &'static str, detail: String },

    /// A size is zero, beyond the limit, or does not go with the pixels.
    #[error("a picture of {width} × {height} with {got} bytes: {problem}")]
    Size { width: usize, height: usize, got: usize, problem: &'static str },
    #[error("not enough memory for a picture of {width} × {height}")]
    OutOfMemory { width: usize, height: usize },
    /// A region reaches outside its picture.
    #[error(
        "the region {width} × {height} at {x}, {y} \
        does not lie inside the picture of {of_width} × {of_height}"
    )]
    Outside { x: usize, y: usize, width: usize, height: usize, of_width: usize, of_height: usize },
    #[error("{what} is {got_width} × {got_height}, expected {width} × {height}")]
    Mismatch { what: &'static str, width: usize, height: usize, got_width: usize, got_height: usize },
    #[error(
        "the picture is {width} × {height}: \
        more than {limit} times as long as wide cannot be shown to the model"
    )]
    TooElongated { width: usize, height: usize, limit: usize },
    /// Nothing is painted.
    #[error("the mask is empty: nothing would change")]
    EmptyMask,
    /// The model's output holds NaN or infinity.
    #[error("{count} of {of} values of the finished picture are not numbers")]
    NotFinite { count: usize, of: usize },
}

impl PictureError {
    /// Whether the message begins with a file's name.
    pub fn names_a_file(&self) -> bool {
        !matches!(
            self,
            Self::Size { .. }
                | Self::OutOfMemory { .. }
                | Self::Outside { .. }
                | Self::Mismatch { .. }
                | Self::TooElongated { .. }
                | Self::EmptyMask
                | Self::NotFinite { .. }
        )
    }
}

/// An operating system's error without its number: "no space left on device".
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
