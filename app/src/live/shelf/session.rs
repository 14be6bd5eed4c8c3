//! Which folder belongs to whom: every running program has one of its own, with a locked file beside it. The system lets
//! go of the lock when the program ends, however it ends; a folder whose lock is free was left behind.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Most folders that are looked at or tried.
const MOST: u32 = 10_000;

/// A folder that belongs to this program for as long as this lives.
pub struct Session {
    pub folder: PathBuf,
    number: u32,
    lock_file: PathBuf,
    // Held, not read: closing it lets go of the lock.
    _lock: File,
}

impl Session {
    /// A new, empty folder.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(base: &Path) -> io::Result<Self> {
        make_folder(base)?;
        for number in 1..=MOST {
            let lock_file = lock_file(base, number);
            let lock = match OpenOptions::new().write(true).create_new(true).open(&lock_file) {
                Ok(lock) => lock,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            // Before the folder is there, so that nobody finds it unlocked.
            if lock.try_lock().is_err() {
                continue;
            }
            let folder = base.join(number.to_string());
            if !folder.exists() {
                make_folder(&folder)?;
                return Ok(Self { folder, number, lock_file, _lock: lock });
            }
        }
        Err(io::Error::other("too many programs left jobs behind"))
    }

    /// Folders that were left behind, oldest number first; from now on they belong to this program.
    pub fn left_behind(base: &Path) -> Vec<Self> {
        let Ok(entries) = fs::read_dir(base) else { return Vec::new() };
        let mut sessions: Vec<Self> =
            entries.flatten().take(MOST as usize).filter_map(|entry| Self::claim(base, &entry)).collect();
        sessions.sort_by_key(|session| session.number);
        sessions
    }

    fn claim(base: &Path, entry: &fs::DirEntry) -> Option<Self> {
        // A link is not ours: its target may be anything.
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        if !entry.file_type().ok()?.is_dir() {
            return None;
        }
        let lock_file = lock_file(base, number);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&lock_file).ok()?;
        lock.try_lock().ok()?;
        Some(Self { folder: entry.path(), number, lock_file, _lock: lock })
    }

    /// The folder's number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Removes the folder with everything in it that this program writes; other files stay, and the folder with them.
    pub fn remove(self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(is_ours)) {
            let _ = fs::remove_file(entry.path());
        }
        if fs::remove_dir(&self.folder).is_ok() {
            let _ = fs::remove_file(&self.lock_file);
        }
    }
}

/// Whether a file in a session's folder has a name that this program gives.
fn is_ours(name: &str) -> bool {
    // With a dot: what was being written when the program was killed.
    let starts = ["job-", "result-", "picture-", "mask-", "order", ".rostrum-", ".job-", ".order"];
    starts.iter().any(|start| name.starts_with(start))
}

/// Makes a folder that nobody else may look into: a queue holds the user's pictures and words.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn lock_file(base: &Path, number: u32) -> PathBuf {
    base.join(format!("{number}.lock"))
}
