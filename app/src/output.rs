//! Where the picture goes, decided and checked before any work.

use engine_api::{EngineError, ErrorKind, system_words};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Where to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// This file, over whatever is there.
    File(PathBuf),
    /// The next free number in this folder.
    Numbered(PathBuf),
    /// The next free name beside this picture: `sea.png` → `sea-2.png`.
    Beside(PathBuf),
}

impl Output {
    /// What was typed, or a new name beside the picture that is repeated.
    pub fn choose(typed: Option<&Path>, repeated: Option<&Path>) -> Self {
        match (typed, repeated) {
            (Some(typed), _) if is_folder(typed) => Self::Numbered(typed.into()),
            (Some(typed), _) => Self::File(typed.into()),
            (None, Some(repeated)) => Self::Beside(repeated.into()),
            (None, None) => Self::Numbered(PathBuf::from(".")),
        }
    }

    /// Finds out now what would otherwise be found out after an hour of work.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] when the name's ending is unknown, the folder is missing or closed, or the file is
    /// one of the inputs.
    pub fn check(&self, inputs: &[&Path]) -> Result<(), EngineError> {
        let folder = match self {
            Self::Numbered(folder) => folder.as_path(),
            Self::Beside(picture) => folder_of(picture),
            Self::File(file) => {
                check_ending(file)?;
                check_is_no_input(file, inputs)?;
                folder_of(file)
            }
        };
        check_folder(folder)?;
        if let Self::File(file) = self { check_can_be_there(file) } else { Ok(()) }
    }

    /// Writes the picture and returns where it is now. `replace` writes over a file that is there, `new` never does:
    /// it answers false where the name is taken, perhaps by another run that was faster.
    ///
    /// # Errors
    /// Those of `replace` and `new`.
    pub fn save(
        &self,
        replace: impl FnOnce(&Path) -> Result<(), EngineError>,
        new: impl Fn(&Path) -> Result<bool, EngineError>,
    ) -> Result<PathBuf, EngineError> {
        if let Self::File(file) = self {
            replace(file)?;
            return Ok(file.clone());
        }
        for name in self.names().filter(|name| !name.exists()) {
            if new(&name)? {
                return Ok(name);
            }
        }
        Err(EngineError::new(ErrorKind::Output, "Every number is taken").with_hint("Choose a name with -o"))
    }

    /// A free name beside a clip that is repeated: `sea.mp4` → `sea-2.mp4`, a folder `sea` → `sea-2`.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] when thousands are taken.
    pub fn free_beside(clip: &Path) -> Result<PathBuf, EngineError> {
        let name = |number: u32| {
            let mut name = clip.file_stem().unwrap_or_default().to_owned();
            name.push(format!("-{number}"));
            if let Some(ending) = clip.extension().filter(|_| !clip.is_dir()) {
                name.push(".");
                name.push(ending);
            }
            // A slash at the end says that a folder is meant.
            if clip.is_dir() {
                name.push("/");
            }
            clip.with_file_name(name)
        };
        (2..10_000).map(name).find(|name| name.symlink_metadata().is_err()).ok_or_else(|| {
            EngineError::new(ErrorKind::Output, "Every number is taken").with_hint("Choose a name with -o")
        })
    }

    /// The names that may be taken, in order.
    fn names(&self) -> Box<dyn Iterator<Item = PathBuf> + '_> {
        match self {
            Self::File(file) => Box::new(std::iter::once(file.clone())),
            Self::Numbered(folder) => {
                Box::new((0u32..).map(|number| folder.join(format!("{number:05}.png"))))
            }
            Self::Beside(picture) => {
                let stem = picture.file_stem().unwrap_or_default().to_owned();
                Box::new((2u32..).map(move |number| {
                    let mut name = stem.clone();
                    name.push(format!("-{number}.png"));
                    picture.with_file_name(name)
                }))
            }
        }
    }
}

/// Finds out before the work whether a clip can be written there; its kind is the engine's business.
///
/// # Errors
/// As [`Output::check`].
pub fn check_clip(target: &Path, inputs: &[&Path]) -> Result<(), EngineError> {
    check_is_no_input(target, inputs)?;
    let folder = if target.is_dir() { target } else { folder_of(target) };
    check_folder(folder)?;
    if target.is_dir() || is_folder(target) { Ok(()) } else { check_can_be_there(target) }
}

fn is_folder(path: &Path) -> bool {
    let text = path.to_string_lossy();
    path.is_dir() || text.ends_with(['/', std::path::MAIN_SEPARATOR]) || text.ends_with("/.")
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether a folder is there and takes files.
fn check_folder(folder: &Path) -> Result<(), EngineError> {
    if !folder.is_dir() {
        let message = format!("The folder {} does not exist", folder.display());
        return Err(
            EngineError::new(ErrorKind::Output, message).with_hint("Make it, or choose another with -o")
        );
    }
    try_to_write(folder).map_err(|error| {
        let words = system_words(&error);
        let message = format!("Nothing can be written into {} ({words})", folder.display());
        EngineError::new(ErrorKind::Output, message).with_hint("Choose another folder with -o")
    })
}

fn check_ending(file: &Path) -> Result<(), EngineError> {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if matches!(ending.as_deref(), Some("png" | "jpg" | "jpeg" | "webp")) {
        return Ok(());
    }
    let message = format!("{} does not say which kind of picture it shall be", file.display());
    Err(EngineError::new(ErrorKind::Output, message).with_hint("End the name with .png, .jpg or .webp"))
}

fn check_is_no_input(file: &Path, inputs: &[&Path]) -> Result<(), EngineError> {
    let Ok(real) = file.canonicalize() else {
        return Ok(());
    };
    if !inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == real)) {
        return Ok(());
    }
    let message = format!("{} is one of the files to work from and would be overwritten", file.display());
    Err(EngineError::new(ErrorKind::Output, message).with_hint("Choose another name with -o"))
}

/// Whether the system takes this name (it may be too long), and what lies there may be replaced.
fn check_can_be_there(file: &Path) -> Result<(), EngineError> {
    let refuse = |words: String, hint: &str| {
        let message = format!("{} cannot be written: {words}", file.display());
        Err(EngineError::new(ErrorKind::Output, message).with_hint(hint))
    };
    match file.metadata() {
        Ok(about) if !about.is_file() => {
            refuse("it is not an ordinary file".into(), "Choose another name with -o")
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            refuse(system_words(&error), "Choose another name with -o")
        }
        _ => Ok(()),
    }
}

/// Makes an empty file and removes it.
fn try_to_write(folder: &Path) -> io::Result<()> {
    // In full, as the picture will be written: a path may be short and lead deep.
    let name = std::path::absolute(folder)?.join(format!(".rostrum-{}.part", std::process::id()));
    match OpenOptions::new().write(true).create_new(true).open(&name) {
        Ok(_) => fs::remove_file(&name),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_picture_gets_a_name_of_its_own() {
        let output = Output::choose(None, Some(Path::new("nowhere/sea.png")));
        assert_eq!(output, Output::Beside(PathBuf::from("nowhere/sea.png")));
        assert_eq!(output.names().next(), Some(PathBuf::from("nowhere/sea-2.png")));
    }

    #[test]
    fn a_slash_means_a_folder() {
        assert_eq!(Output::choose(Some(Path::new("new/")), None), Output::Numbered("new/".into()));
        assert_eq!(Output::choose(Some(Path::new("new.png")), None), Output::File("new.png".into()));
    }

    #[test]
    fn a_name_that_was_taken_meanwhile_is_passed_over() {
        let taken = |name: &Path| Ok(!name.ends_with("00000.png"));
        let saved = Output::Numbered("nowhere".into()).save(|_| panic!("nothing is replaced"), taken);
        assert_eq!(saved.unwrap(), Path::new("nowhere/00001.png"));
    }

    #[test]
    fn endings_and_folders_are_checked_first() {
        for name in ["out", "out.tiff", "out.mp4", ""] {
            assert!(Output::File(name.into()).check(&[]).is_err(), "{name}");
        }
        assert!(Output::File("no/such/folder/out.png".into()).check(&[]).is_err());
        assert!(Output::Numbered("no/such/folder/".into()).check(&[]).is_err());
    }
}
