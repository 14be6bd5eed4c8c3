//! What lies beside the weights for people: size and licence.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// A model's size on disk and its licence as its makers state it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// Bytes of everything in the folder, or of the file.
    pub bytes: u64,
    /// `None` when neither a README's front matter nor a LICENSE file names one.
    pub licence: Option<String>,
}

/// Longest part of a README or LICENSE that is read.
const MOST_TEXT: u64 = 64 << 10;
/// Longest name of a licence that is shown.
const MOST_NAME: usize = 60;
/// Folders inside each other, and files, that are counted at most.
const DEPTH: usize = 4;
const MOST_FILES: usize = 10_000;

/// Reads the card of a model's folder or file. What cannot be read is left out.
pub fn read(model: &Path) -> Card {
    let folder = if model.is_dir() { model } else { model.parent().unwrap_or(model) };
    let mut files = 0;
    let bytes = if model.is_dir() { size(model, DEPTH, &mut files) } else { file_size(model) };
    Card { bytes, licence: licence(folder) }
}

fn licence(folder: &Path) -> Option<String> {
    let front = beginning(&folder.join("README.md")).and_then(|text| front_matter(&text));
    let file =
        || ["LICENSE", "LICENSE.txt", "LICENSE.md"].iter().find_map(|name| beginning(&folder.join(name)));
    front
        .or_else(|| licence_of_text(&file()?))
        .map(|name| engine_api::one_line(&name).chars().take(MOST_NAME).collect())
}

/// `license:` in the YAML between the first two lines of dashes; `license_name:` where that says "other".
fn front_matter(readme: &str) -> Option<String> {
    let mut lines = readme.lines();
    if lines.next()?.trim() != "---" {
        return None;
    }
    let entries: Vec<(&str, &str)> =
        lines.take_while(|line| line.trim() != "---").filter_map(|line| line.split_once(':')).collect();
    let entry = |key: &str| {
        let value = entries.iter().find(|(name, _)| *name == key)?.1;
        let value = value.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    };
    entry("license").filter(|name| name != "other").or_else(|| entry("license_name"))
}

fn licence_of_text(text: &str) -> Option<String> {
    let known = [("Apache License", "apache-2.0"), ("MIT License", "mit"), ("CC0 1.0", "cc0-1.0")];
    let head: String = text.chars().take(400).collect();
    let known = known.iter().find(|(words, _)| head.contains(words)).map(|(_, name)| (*name).to_owned());
    known.or_else(|| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned))
}

fn beginning(file: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(MOST_TEXT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn size(folder: &Path, depth: usize, files: &mut usize) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let mut bytes = 0u64;
    for path in entries.flatten().map(|entry| entry.path()) {
        *files += 1;
        if *files > MOST_FILES {
            break;
        }
        let inside = if !path.is_dir() {
            file_size(&path)
        } else if depth > 0 {
            size(&path, depth - 1, files)
        } else {
            0
        };
        bytes = bytes.saturating_add(inside);
    }
    bytes
}

fn file_size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |about| about.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_matter_names_the_licence() {
        assert_eq!(front_matter("---\nlicense: apache-2.0\n---\ntext").as_deref(), Some("apache-2.0"));
        let other = "---\ntags: [a]\nlicense: other\nlicense_name: \"qwen-research\"\n---\n";
        assert_eq!(front_matter(other).as_deref(), Some("qwen-research"));
        assert_eq!(front_matter("# no front matter\nlicense: mit"), None);
        assert_eq!(front_matter("---\ntitle: x\n---\nlicense: mit"), None);
        assert_eq!(front_matter(""), None);
    }

    #[test]
    fn a_licence_text_is_known_by_its_heading() {
        assert_eq!(licence_of_text("\n   Apache License\n Version 2.0").as_deref(), Some("apache-2.0"));
        assert_eq!(licence_of_text("\nHouse rules\nmore").as_deref(), Some("House rules"));
        assert_eq!(licence_of_text("\n \n"), None);
    }
}
