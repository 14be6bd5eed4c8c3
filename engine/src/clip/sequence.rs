//! A folder of PNG files, `00000.png` and so on, with the recipe beside them.

use super::write::write_whole;
use super::{About, ClipError, Shape, apng};
use std::fs;
use std::path::{Path, PathBuf};

/// File with the recipe and the frame rate.
const ABOUT: &str = "rostrum.json";

/// Name of frame `index`.
pub(super) fn name(index: usize) -> String {
    format!("{index:05}.png")
}

/// Makes the folder where it is missing.
pub(super) fn begin(folder: &Path) -> Result<(), ClipError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder).map_err(|source| ClipError::Write { path: folder.into(), source })
}

/// Refuses a folder that holds frames already.
pub(super) fn is_free(folder: &Path) -> Result<(), ClipError> {
    match folder.join(name(0)).symlink_metadata() {
        Ok(_) => Err(ClipError::Taken { folder: folder.into(), name: name(0) }),
        Err(_) => Ok(()),
    }
}

/// Writes frame `index`, whole or not at all.
pub(super) fn frame(folder: &Path, shape: &Shape, index: usize, rgba: &[u8]) -> Result<(), ClipError> {
    let path = folder.join(name(index));
    let bytes = apng::still(rgba, [shape.width, shape.height])
        .map_err(|detail| ClipError::Encode { path: path.clone(), detail })?;
    write_whole(&path, &bytes)
}

/// Writes the recipe beside the frames.
pub(super) fn end(folder: &Path, about: &About) -> Result<(), ClipError> {
    match about.recipe {
        Some(recipe) => write_whole(&folder.join(ABOUT), recipe.as_bytes()),
        None => Ok(()),
    }
}

/// The frames of a folder in the order of their names: every PNG whose name is a number, or ends with one.
pub(super) fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let numbered = |path: &PathBuf| {
        let is_png = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        is_png && stem.ends_with(|letter: char| letter.is_ascii_digit())
    };
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).filter(numbered).collect();
    // Numbers without leading zeros count as numbers: the shorter name comes first.
    files.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    Ok(files)
}

/// Where the recipe lies.
pub(super) fn about(folder: &Path) -> PathBuf {
    folder.join(ABOUT)
}
