//! What the program keeps for its user between runs: presets that the user wrote, and how long runs took. Small files
//! in the user's folder for settings, read and written on threads of their own.

use crate::link::Waker;
use crate::live::{Aside, Errand, Threads};
use crate::presets::PresetFile;
use crate::window::{Noted, Notes};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Longest file of either kind, in bytes, and most presets.
const LONGEST: u64 = 256 << 10;
const MOST_FILES: usize = 200;

/// The window's door to them.
pub struct SettingsFolder {
    folder: Option<PathBuf>,
    threads: Threads,
    loading: Option<Errand<Noted>>,
}

impl SettingsFolder {
    /// A folder, or none: then there is nothing to read and nothing is kept. `wake` is called when an answer is there.
    pub fn at(folder: Option<PathBuf>, wake: Waker) -> Self {
        Self { folder, threads: Threads::new(wake), loading: None }
    }
}

impl Notes for SettingsFolder {
    fn load(&mut self) {
        let Some(folder) = self.folder.clone() else { return };
        let read = move || Noted { presets: presets(&folder.join("presets")), times: times(&folder) };
        // Where the system has no room for a thread, these small things are left out.
        self.loading = Errand::start(&self.threads, read).ok();
    }

    fn keep_times(&mut self, text: String) {
        let Some(folder) = self.folder.clone() else { return };
        // Losing them costs an estimate; it is not worth a message.
        let _ = self.threads.run(Box::new(move || drop(write(&folder, &text))));
    }

    fn try_answer(&mut self) -> Option<Noted> {
        let answer = self.loading.as_ref()?.try_take()?;
        self.loading = None;
        answer.ok()
    }
}

/// The JSON files of a folder, by name.
fn presets(folder: &Path) -> Vec<PresetFile> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_json = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) && path.is_file()
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_json).collect();
    files.sort();
    files.truncate(MOST_FILES);
    let named = |file: PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, read(&file).map_err(|error| error.to_string()))
    };
    files.into_iter().map(named).collect()
}

fn times(folder: &Path) -> Option<String> {
    read(&folder.join(TIMES)).ok()
}

const TIMES: &str = "times.json";

/// A whole file, unless it is longer than such files are.
fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
    }
    Ok(text)
}

/// Writes the file whole or not at all.
fn write(folder: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let part = folder.join(format!("{TIMES}.{}.part", std::process::id()));
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&part, folder.join(TIMES)));
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// A folder that is gone after the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("rostrum-notes-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn presets_and_times_are_read_and_what_cannot_be_is_named() {
        let folder = Folder::new("read");
        let presets = folder.0.join("presets");
        fs::create_dir_all(&presets).unwrap();
        fs::write(presets.join("b.json"), "{}").unwrap();
        fs::write(presets.join("a.JSON"), [0xff, 0xfe]).unwrap();
        fs::write(presets.join("notes.txt"), "no preset").unwrap();
        fs::write(presets.join("long.json"), vec![b' '; LONGEST as usize + 1]).unwrap();
        let mut earlier = SettingsFolder::at(Some(folder.0.clone()), Arc::new(|| {}));
        earlier.keep_times("times".into());
        drop(earlier);
        let mut notes = SettingsFolder::at(Some(folder.0.clone()), Arc::new(|| {}));
        notes.load();
        notes.threads.finish();
        let noted = notes.try_answer().unwrap();
        assert!(notes.try_answer().is_none(), "told once");
        let names: Vec<(&str, bool)> =
            noted.presets.iter().map(|(name, text)| (name.as_str(), text.is_ok())).collect();
        assert_eq!(names, [("a.JSON", false), ("b.json", true), ("long.json", false)]);
        assert_eq!(noted.times.as_deref(), Some("times"));
        assert!(fs::read_dir(&folder.0).unwrap().flatten().all(|entry| !entry.path().ends_with(".part")));
    }

    #[test]
    fn without_a_folder_nothing_happens() {
        let mut notes = SettingsFolder::at(None, Arc::new(|| {}));
        notes.load();
        notes.keep_times("x".into());
        assert!(notes.try_answer().is_none());
    }
}
