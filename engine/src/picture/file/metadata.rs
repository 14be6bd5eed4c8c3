//! The settings that a picture was made with, back out of the file.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::super::error::PictureError;
use super::SETTINGS_KEY;

/// Longest settings text, in bytes.
const LONGEST: usize = 4 << 20;
/// What the decoder may take for chunks before the pixels.
const MOST_MEMORY: usize = 64 << 20;
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The JSON that [`super::write_picture`] put into a PNG file (text chunk `rostrum`, of any of PNG's three
/// kinds); `None` if the file has none or is not a PNG. Reads only what comes before the pixels.
pub fn read_metadata(path: &Path) -> Result<Option<String>, PictureError> {
    let refuse = |source| PictureError::Open { path: path.into(), source };
    super::ordinary_file(path)?;
    let mut file = BufReader::new(File::open(path).map_err(refuse)?);
    if !file.fill_buf().map_err(refuse)?.starts_with(PNG_SIGNATURE) {
        return Ok(None);
    }
    let damaged = |error: png::DecodingError| PictureError::Damaged {
        path: path.into(),
        format: "PNG",
        detail: super::plain(&error.to_string()),
    };
    let limits = png::Limits { bytes: MOST_MEMORY };
    let reader = png::Decoder::new_with_limits(file, limits).read_info().map_err(damaged)?;
    let info = reader.info();
    if let Some(chunk) = info.utf8_text.iter().find(|chunk| chunk.keyword == SETTINGS_KEY) {
        let mut chunk = chunk.clone();
        chunk.decompress_text_with_limit(LONGEST).map_err(damaged)?;
        return within_limit(path, chunk.get_text().map_err(damaged)?);
    }
    if let Some(chunk) = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == SETTINGS_KEY) {
        return within_limit(path, chunk.text.clone());
    }
    if let Some(chunk) = info.compressed_latin1_text.iter().find(|chunk| chunk.keyword == SETTINGS_KEY) {
        let mut chunk = chunk.clone();
        chunk.decompress_text_with_limit(LONGEST).map_err(damaged)?;
        return within_limit(path, chunk.get_text().map_err(damaged)?);
    }
    Ok(None)
}

fn within_limit(path: &Path, text: String) -> Result<Option<String>, PictureError> {
    if text.len() <= LONGEST {
        return Ok(Some(text));
    }
    let detail = format!("its settings are {} bytes long", text.len());
    Err(PictureError::Damaged { path: path.into(), format: "PNG", detail })
}
