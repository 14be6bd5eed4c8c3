//! Chosen variants on disk: one small JSON file in the platform's cache folder.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

/// Longest file that is read; a real one has a few kilobytes.
const MOST_BYTES: u64 = 1 << 20;

/// What was found out about one class of problems on one adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Choice {
    /// Fingerprint of the shaders that were compared.
    pub shaders: String,
    pub variant: String,
    /// Of each right variant on a typical problem.
    pub milliseconds: BTreeMap<String, f64>,
    /// Variants that failed their self-test.
    pub wrong: Vec<String>,
}

/// Adapter → problem → choice.
type Choices = BTreeMap<String, BTreeMap<String, Choice>>;

/// The file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Store {
    path: PathBuf,
}

impl Store {
    /// In the user's cache folder; none where the system names no such folder.
    pub(super) fn of_user() -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        Some(Self::at(folder(variable)?.join("rostrum").join("variants.json")))
    }

    /// At a path of its own.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The choice for a problem on an adapter; a file that cannot be read counts as empty.
    pub(super) fn get(&self, adapter: &str, problem: &str) -> Option<Choice> {
        self.read().get(adapter)?.get(problem).cloned()
    }

    /// Adds a choice. The file is replaced as a whole, so that no reader ever meets half of one.
    ///
    /// # Errors
    /// Of the file system.
    pub(super) fn put(&self, adapter: &str, problem: &str, choice: Choice) -> io::Result<()> {
        let mut choices = self.read();
        choices.entry(adapter.into()).or_default().insert(problem.into(), choice);
        let folder = self.path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(serde_json::to_string_pretty(&choices)?.as_bytes())?;
        file.persist(&self.path).map(|_| ()).map_err(|error| error.error)
    }

    fn read(&self) -> Choices {
        let short = std::fs::metadata(&self.path).is_ok_and(|facts| facts.len() <= MOST_BYTES);
        let text = short.then(|| std::fs::read_to_string(&self.path).ok()).flatten();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }
}

/// The platform's folder for things that can be made again.
fn folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if cfg!(target_os = "windows") {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(variant: &str) -> Choice {
        let milliseconds = BTreeMap::from([(variant.to_string(), 1.5)]);
        Choice { shaders: "00ff".into(), variant: variant.into(), milliseconds, wrong: vec!["bad".into()] }
    }

    #[test]
    fn choices_come_back_and_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("deep").join("variants.json"));
        assert_eq!(store.get("a", "p"), None);
        store.put("a", "p", choice("tile")).unwrap();
        store.put("a", "q", choice("wide")).unwrap();
        store.put("b", "p", choice("thin")).unwrap();
        store.put("a", "p", choice("coop")).unwrap();
        assert_eq!(store.get("a", "p"), Some(choice("coop")));
        assert_eq!(store.get("a", "q"), Some(choice("wide")));
        assert_eq!(store.get("b", "p"), Some(choice("thin")));
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
    }

    #[test]
    fn a_broken_file_counts_as_empty_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("variants.json"));
        for broken in ["", "{", "[]", "{\"a\": {\"p\": {\"variant\": 3}}}"] {
            std::fs::write(&store.path, broken).unwrap();
            assert_eq!(store.get("a", "p"), None, "{broken}");
            store.put("a", "p", choice("tile")).unwrap();
            assert_eq!(store.get("a", "p"), Some(choice("tile")));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_folder_follows_the_environment() {
        let of = |pairs: &[(&str, &str)]| {
            folder(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| PathBuf::from(v)))
        };
        assert_eq!(of(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]), Some("/x".into()));
        assert_eq!(of(&[("HOME", "/h")]), Some("/h/.cache".into()));
        assert_eq!(of(&[]), None);
    }
}
