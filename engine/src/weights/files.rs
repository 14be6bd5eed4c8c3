//! Which files make up a component, and small JSON files read with a size cap.

use super::{WeightError, wording};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read,
    path::{Component, Path, PathBuf},
};

/// The largest JSON file that is read, in bytes.
pub const JSON_LIMIT: u64 = 64 << 20;

const SAFETENSORS: &str = ".safetensors";

/// Names that diffusers and transformers give to a component's single file, in order of preference.
const SINGLE: [&str; 2] = ["diffusion_pytorch_model.safetensors", "model.safetensors"];

/// Reads a JSON file (`config.json`, an index) into a value.
///
/// # Errors
/// [`WeightError::Read`], [`WeightError::TooLarge`] above [`JSON_LIMIT`] bytes, [`WeightError::Json`] when it
/// is not JSON or lacks what `T` needs.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, WeightError> {
    let bytes = read_small(path)?;
    // Some Windows editors put a byte order mark in front, which JSON does not know.
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let refuse = |reason| WeightError::Json { path: path.into(), reason };
    // A list would pass for settings in the order of their fields.
    if text.trim_ascii_start().first() == Some(&b'[') {
        return Err(refuse("a list stands where settings in braces should be (line 1)".into()));
    }
    serde_json::from_slice(text).map_err(|error| refuse(wording::json(text, &error)))
}

/// The bytes of a file of at most [`JSON_LIMIT`].
fn read_small(path: &Path) -> Result<Vec<u8>, WeightError> {
    let mut bytes = Vec::new();
    let file = open_regular(path)?;
    let mut limited = file.take(JSON_LIMIT + 1);
    limited.read_to_end(&mut bytes).map_err(|source| WeightError::Read { path: path.into(), source })?;
    if bytes.len() as u64 > JSON_LIMIT {
        let bytes = fs::metadata(path).map_or(bytes.len() as u64, |data| data.len());
        return Err(WeightError::TooLarge { path: path.into(), bytes, limit: JSON_LIMIT });
    }
    Ok(bytes)
}

/// Reads a text file of at most [`JSON_LIMIT`] bytes.
///
/// # Errors
/// [`WeightError::Read`], also for bytes that are no text, and [`WeightError::TooLarge`].
pub fn read_text(path: &Path) -> Result<String, WeightError> {
    String::from_utf8(read_small(path)?)
        .map_err(|_| WeightError::Read { path: path.into(), source: std::io::ErrorKind::InvalidData.into() })
}

/// Opens a file that is one; a pipe or a device in its place would block or never end.
pub(super) fn open_regular(path: &Path) -> Result<File, WeightError> {
    let failed = |source| WeightError::Read { path: path.into(), source };
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(std::io::Error::other("it is not a file")));
    }
    File::open(path).map_err(failed)
}

/// The weight files of a component.
pub(super) struct Shards {
    pub files: Vec<PathBuf>,
    /// Where the index puts each tensor, when there is an index.
    pub index: Option<Index>,
}

/// A read and checked `*.safetensors.index.json`.
pub(super) struct Index {
    pub path: PathBuf,
    /// Tensor → position in [`Shards::files`].
    pub places: BTreeMap<String, usize>,
}

/// Finds the weight files of a component folder: those an index names, one single file, or a complete series
/// `…-00001-of-0000n.safetensors`.
///
/// # Errors
/// [`WeightError::NoWeights`], [`WeightError::Ambiguous`], [`WeightError::Index`],
/// [`WeightError::MissingShard`].
pub(super) fn shards(folder: &Path) -> Result<Shards, WeightError> {
    let names = list(folder)?;
    if let Some(index) = choose(folder, &names, is_index, |single| format!("{single}.index.json"))? {
        return from_index(folder, &folder.join(index));
    }
    let series: Vec<(&str, Numbered)> =
        names.iter().filter_map(|name| Some((name.as_str(), Numbered::parse(name)?))).collect();
    let single =
        choose(folder, &names, |name| is_weights(name) && Numbered::parse(name).is_none(), str::to_owned);
    match (single?, series.first()) {
        (Some(single), _) => Ok(Shards { files: vec![folder.join(single)], index: None }),
        (None, Some((_, first))) => from_series(folder, &series, first),
        (None, None) => Err(WeightError::NoWeights { path: folder.into(), found: what_is_there(&names) }),
    }
}

/// Names of the files in a folder, sorted; hidden ones (macOS leaves `._model.safetensors` about) do not
/// count.
pub(super) fn list(folder: &Path) -> Result<Vec<String>, WeightError> {
    let failed = |source| WeightError::Read { path: folder.into(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn is_weights(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(SAFETENSORS)
}

/// An index, also of a variant (`model.safetensors.index.fp16.json`).
fn is_index(name: &str) -> bool {
    name.contains(".safetensors.index.") && name.ends_with(".json")
}

/// Takes the file under one of the well-known names, else the only one of its kind.
fn choose(
    folder: &Path,
    names: &[String],
    kind: impl Fn(&str) -> bool,
    known: impl Fn(&str) -> String,
) -> Result<Option<String>, WeightError> {
    for single in SINGLE {
        let name = known(single);
        if names.contains(&name) {
            return Ok(Some(name));
        }
    }
    let found: Vec<&str> = names.iter().map(String::as_str).filter(|name| kind(name)).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).to_owned())),
        several => {
            let files = several.iter().take(3).copied().collect::<Vec<_>>().join(", ");
            Err(WeightError::Ambiguous { path: folder.into(), files })
        }
    }
}

/// What a folder without weights holds instead, as the end of a sentence.
fn what_is_there(names: &[String]) -> String {
    const PICKLES: [&str; 5] = [".bin", ".pt", ".pth", ".ckpt", ".pkl"];
    if let Some(pickle) = names.iter().find(|name| PICKLES.iter().any(|end| name.ends_with(end))) {
        return format!(
            ", and {pickle} is a PyTorch pickle, which could run code: only safetensors files are read, \
             so get the model in that form"
        );
    }
    match names.iter().find(|name| name.ends_with(".gguf")) {
        Some(gguf) => format!(", and {gguf} is in the GGUF format, which is not supported yet"),
        None if names.is_empty() => "; the folder is empty".to_owned(),
        None => String::new(),
    }
}

#[derive(Deserialize)]
struct IndexFile {
    weight_map: BTreeMap<String, String>,
}

fn from_index(folder: &Path, path: &Path) -> Result<Shards, WeightError> {
    let index: IndexFile = read_json(path)?;
    let refused = |reason| WeightError::Index { path: path.into(), reason };
    let names: BTreeSet<&str> = index.weight_map.values().map(String::as_str).collect();
    if names.is_empty() {
        return Err(refused("it lists no tensors".to_owned()));
    }
    let mut files = Vec::with_capacity(names.len());
    let mut position = BTreeMap::new();
    for name in names {
        if !stays_inside(name) {
            return Err(refused(format!("it names `{name}`, which lies outside of the folder")));
        }
        let file = folder.join(name);
        if !file.exists() {
            return Err(WeightError::MissingShard { path: file, named_by: path.display().to_string() });
        }
        position.insert(name, files.len());
        files.push(file);
    }
    let places =
        index.weight_map.iter().filter_map(|(t, name)| Some((t.clone(), *position.get(name.as_str())?)));
    let places = places.collect();
    Ok(Shards { files, index: Some(Index { path: path.into(), places }) })
}

/// Whether a relative path names something below its folder. Links inside the folder may lead elsewhere: the
/// Hugging Face cache is made of them.
fn stays_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && !name.contains('\\') && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// The parts of `stem-00002-of-00004.safetensors`.
struct Numbered {
    stem: String,
    number: usize,
    count: usize,
    digits: usize,
}

impl Numbered {
    fn parse(name: &str) -> Option<Self> {
        let base = name.strip_suffix(SAFETENSORS)?;
        let (front, count) = base.rsplit_once("-of-")?;
        let (stem, number) = front.rsplit_once('-')?;
        let digits = number.len();
        if digits != count.len() || ![number, count].iter().all(|s| s.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        Some(Self { stem: stem.to_owned(), number: number.parse().ok()?, count: count.parse().ok()?, digits })
    }

    fn name(&self, number: usize) -> String {
        let Self { stem, count, digits, .. } = self;
        format!("{stem}-{number:0digits$}-of-{count:0digits$}{SAFETENSORS}", digits = *digits)
    }
}

/// Takes shards whose index was not downloaded: the numbering says whether they are complete.
fn from_series(folder: &Path, series: &[(&str, Numbered)], first: &Numbered) -> Result<Shards, WeightError> {
    if let Some((other, _)) = series.iter().find(|(_, n)| n.stem != first.stem || n.count != first.count) {
        let files = format!("{}, {other}", first.name(first.number));
        return Err(WeightError::Ambiguous { path: folder.into(), files });
    }
    let present: BTreeSet<usize> = series.iter().map(|(_, n)| n.number).collect();
    if let Some(absent) = (1..=first.count).find(|n| !present.contains(n)) {
        let named_by = format!("the numbering of {}", first.name(first.number));
        return Err(WeightError::MissingShard { path: folder.join(first.name(absent)), named_by });
    }
    Ok(Shards { files: series.iter().map(|(name, _)| folder.join(name)).collect(), index: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_below_the_folder_pass() {
        for inside in ["model.safetensors", "part/one.safetensors"] {
            assert!(stays_inside(inside), "{inside}");
        }
        for outside in ["", "../model.safetensors", "/etc/passwd", "a/../../b", "..\\b", "./../a"] {
            assert!(!stays_inside(outside), "{outside}");
        }
    }

    #[test]
    fn numbering_is_read_and_written() {
        let parsed =
            Numbered::parse("model-00002-of-00004.safetensors").map(|n| (n.number, n.count, n.name(3)));
        assert_eq!(parsed, Some((2, 4, "model-00003-of-00004.safetensors".to_owned())));
        for other in
            ["model.safetensors", "model-a-of-b.safetensors", "m-1-of-00004.safetensors", "1-of-2.bin"]
        {
            assert!(Numbered::parse(other).is_none(), "{other}");
        }
    }
}
