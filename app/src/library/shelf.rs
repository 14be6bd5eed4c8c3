//! What the program keeps for its user between runs: presets that the user wrote, and how long runs took. Small files
//! in the user's folder for settings, read and written on threads of their own.

use super::places;
use crate::link::Waker;
use crate::presets::PresetFile;
use crate::window::{Shelf, Shelved};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Longest file of either kind, in bytes, and most presets.
const LONGEST: u64 = 256 << 10;
const MOST_FILES: usize = 200;
/// Answers that wait to be read; there is one question.
const ROOM: usize = 2;

/// The window's door to them.
pub struct SettingsFolder {
    folder: Option<PathBuf>,
    wake: Waker,
    answers: Receiver<Shelved>,
    sender: SyncSender<Shelved>,
}

impl SettingsFolder {
    /// The folder of this user; `wake` is called when an answer is there.
    pub fn of_user(wake: Waker) -> Self {
        Self::at(places::settings(), wake)
    }

    /// Another folder, or none: then there is nothing to read and nothing is kept.
    pub fn at(folder: Option<PathBuf>, wake: Waker) -> Self {
        let (sender, answers) = sync_channel(ROOM);
        Self { folder, wake, answers, sender }
    }

    /// Does something on a thread of its own; where the system has no room for one, these small things are left out.
    fn spawn(work: impl FnOnce() + Send + 'static) {
        let _ = thread::Builder::new().name("settings".into()).spawn(work);
    }
}

impl Shelf for SettingsFolder {
    fn load(&mut self) {
        let Some(folder) = self.folder.clone() else { return };
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        Self::spawn(move || {
            let shelved = Shelved { presets: presets(&folder.join("presets")), times: times(&folder) };
            if sender.send(shelved).is_ok() {
                wake();
            }
        });
    }

    fn keep_times(&mut self, text: String) {
        let Some(folder) = self.folder.clone() else { return };
        // Losing them costs an estimate; it is not worth a message.
        Self::spawn(move || drop(write(&folder, &text)));
    }

    fn try_answer(&mut self) -> Option<Shelved> {
        self.answers.try_recv().ok()
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
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A folder that is gone after the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("rostrum-shelf-{name}-{}", std::process::id()));
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
        write(&folder.0, "times").unwrap();
        let woken = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&woken);
        let wake: Waker = Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let mut shelf = SettingsFolder::at(Some(folder.0.clone()), wake);
        shelf.load();
        let shelved = shelf.answers.recv().unwrap();
        while woken.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        let names: Vec<(&str, bool)> =
            shelved.presets.iter().map(|(name, text)| (name.as_str(), text.is_ok())).collect();
        assert_eq!(names, [("a.JSON", false), ("b.json", true), ("long.json", false)]);
        assert_eq!(shelved.times.as_deref(), Some("times"));
        assert!(fs::read_dir(&folder.0).unwrap().flatten().all(|entry| !entry.path().ends_with(".part")));
    }

    #[test]
    fn without_a_folder_nothing_happens() {
        let mut shelf = SettingsFolder::at(None, Arc::new(|| {}));
        shelf.load();
        shelf.keep_times("x".into());
        assert!(shelf.try_answer().is_none());
    }
}
