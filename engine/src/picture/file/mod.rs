//! Picture files: in with checks before memory is taken, out whole or not at all.

mod convert;
mod metadata;
mod read;
mod survey;
mod write;

pub use metadata::read_metadata;
pub use read::{Opened, OpenedMask, read_mask, read_picture};
pub use write::{Embedded, keeps_every_pixel, write_new_picture, write_picture};

use image::{ImageError, ImageFormat};
use std::error::Error;
use std::path::Path;
use std::{fs, io};

use super::error::PictureError;

/// Keyword of the text chunk that holds the settings as JSON.
const SETTINGS_KEY: &str = "rostrum";

/// The formats that can be read, with the names that people know.
fn format_name(format: ImageFormat) -> Option<&'static str> {
    match format {
        ImageFormat::Png => Some("PNG"),
        ImageFormat::Jpeg => Some("JPEG"),
        ImageFormat::WebP => Some("WebP"),
        ImageFormat::Tiff => Some("TIFF"),
        ImageFormat::Bmp => Some("BMP"),
        ImageFormat::Gif => Some("GIF"),
        _ => None,
    }
}

/// What the system knows of a file that may be read: a folder is none, and a pipe in its place would block for
/// ever.
fn ordinary_file(path: &Path) -> Result<fs::Metadata, PictureError> {
    let refuse = |source| PictureError::Open { path: path.into(), source };
    let about = fs::metadata(path).map_err(refuse)?;
    if about.is_dir() {
        return Err(PictureError::Folder { path: path.into() });
    }
    if !about.is_file() {
        return Err(refuse(io::Error::other("it is not an ordinary file")));
    }
    Ok(about)
}

/// A decoder's error as the user should read it.
fn decoding_error(path: &Path, format: &'static str, error: ImageError) -> PictureError {
    let path = path.to_owned();
    match error {
        ImageError::Unsupported(error) => {
            PictureError::Unsupported { path, format, detail: one_line(&error.to_string()) }
        }
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            PictureError::Damaged { path, format, detail: "the file ends early".into() }
        }
        ImageError::Limits(_) => PictureError::Damaged {
            path,
            format,
            detail: "it asks for more memory than a picture needs".into(),
        },
        error => {
            // The decoder's own words, without the wrapper's "format error decoding …".
            let detail = error.source().map_or_else(|| error.to_string(), |inner| inner.to_string());
            PictureError::Damaged { path, format, detail: plain(&detail) }
        }
    }
}

/// A decoder's reason where people can use it, and a general one where it speaks of its own parts.
fn plain(detail: &str) -> String {
    const EARLY_ENDS: [&str; 5] =
        ["not enough bytes", "enough data", "unexpected end", "insufficientinput", "eof"];
    let small = detail.to_lowercase();
    if EARLY_ENDS.iter().any(|words| small.contains(words)) {
        "the file ends early".into()
    } else if small.contains("crc error") {
        "a checksum is wrong".into()
    } else if detail.contains(['{', '(']) {
        "it contradicts itself".into()
    } else {
        one_line(detail.trim_end_matches('.'))
    }
}

/// At most 200 characters, without line breaks: messages may quote what a damaged file contains.
fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|letter| !letter.is_control())
        .take(200)
        .collect()
}
