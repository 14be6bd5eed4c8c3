//! Picture files: in with checks before memory is taken, out whole or not at all.

mod convert;
mod metadata;
mod read;
mod survey;
mod write;

pub use metadata::read_metadata;
pub use read::{Opened, OpenedMask, read_mask, read_picture};
pub use write::{Embedded, keeps_every_pixel, write_picture};

use image::{ImageError, ImageFormat};
use std::error::Error;
use std::io;
use std::path::Path;

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
            PictureError::Damaged { path, format, detail: one_line(&detail) }
        }
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
