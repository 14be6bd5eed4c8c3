//! The models on this computer: where they lie, how they are named, what their cards say.
//!
//! Only names and sizes of files are looked at here; what a model *is* is told by the engine.

pub mod card;
pub mod notes;
pub mod places;

use engine_api::{EngineError, ErrorKind};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// A model folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// What `--model` takes: the folder's name.
    pub name: String,
    pub path: PathBuf,
}

/// The file that makes a folder a model.
const MARK: &str = "model_index.json";
/// Folders below a place of models in which models are looked for.
const DEPTH: usize = 2;
/// The same in folders of other programs: `hub/models--X--Y/snapshots/<revision>`.
const SEARCH_DEPTH: usize = 6;
/// Folders that one search opens at most.
const MOST_FOLDERS: usize = 20_000;

/// The installed models, sorted by name; of two with one name the first place wins.
pub fn installed() -> Vec<Installed> {
    let mut models = Walk::default().through(&places::installed(), DEPTH);
    let mut names = BTreeSet::new();
    models.retain(|model| names.insert(model.name.to_lowercase()));
    models.sort_by_key(|model| model.name.to_lowercase());
    models
}

/// Every model below these folders, sorted by path.
pub fn search(folders: &[PathBuf]) -> Vec<Installed> {
    let mut models = Walk::default().through(folders, SEARCH_DEPTH);
    models.sort_by(|one, other| one.path.cmp(&other.path));
    models
}

/// The folder or file that `--model` means: a path that exists, else an installed model's name.
///
/// # Errors
/// [`ErrorKind::Model`] when there is neither.
pub fn find(model: &OsStr) -> Result<PathBuf, EngineError> {
    let path = Path::new(model);
    if path.exists() {
        return Ok(path.into());
    }
    let model = model.to_string_lossy();
    let wanted = model.to_lowercase();
    if let Some(found) = installed().into_iter().find(|installed| installed.name.to_lowercase() == wanted) {
        return Ok(found.path);
    }
    let hint = "`rostrum models list` shows the installed ones";
    let message = if model.is_empty() {
        "No model is named".to_owned()
    } else {
        format!("There is no model {model}: no folder or file of this path, and no installed model")
    };
    Err(EngineError::new(ErrorKind::Model, message).with_hint(hint))
}

/// A search that opens no folder twice and does not go on for ever.
#[derive(Default)]
struct Walk {
    found: Vec<Installed>,
    seen: BTreeSet<PathBuf>,
}

impl Walk {
    fn through(mut self, folders: &[PathBuf], depth: usize) -> Vec<Installed> {
        folders.iter().for_each(|folder| self.visit(folder, depth));
        self.found
    }

    fn visit(&mut self, folder: &Path, depth: usize) {
        // Links are followed, because model caches are made of them; the real path ends their circles.
        let Ok(real) = folder.canonicalize() else { return };
        if self.seen.len() >= MOST_FOLDERS || !self.seen.insert(real.clone()) {
            return;
        }
        if folder.join(MARK).is_file() {
            let name = name_of(folder).unwrap_or_else(|| name_of(&real).unwrap_or_else(|| "model".into()));
            self.found.push(Installed { name, path: folder.into() });
            return;
        }
        if depth == 0 {
            return;
        }
        let Ok(entries) = fs::read_dir(folder) else { return };
        let mut inside: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        inside.sort();
        inside.iter().for_each(|path| self.visit(path, depth - 1));
    }
}

/// The folder's name; in a Hugging Face cache, where it is a revision, the repository's.
fn name_of(folder: &Path) -> Option<String> {
    let cached = folder.ancestors().filter_map(|path| path.file_name()?.to_str()?.strip_prefix("models--"));
    let cached = cached.last().map(|name| name.rsplit("--").next().unwrap_or(name).to_owned());
    cached.or_else(|| Some(folder.file_name()?.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_revision_is_named_after_its_repository() {
        let cached = Path::new("/c/hub/models--Qwen--Qwen-Image-Edit-2511/snapshots/0a1b2c");
        assert_eq!(name_of(cached).as_deref(), Some("Qwen-Image-Edit-2511"));
        assert_eq!(name_of(Path::new("/models/starter")).as_deref(), Some("starter"));
    }

    #[test]
    fn an_unknown_model_is_named_in_the_error() {
        let error = find("no such model".as_ref()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Model);
        assert!(error.message.contains("no such model"));
    }
}
