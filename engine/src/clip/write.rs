//! Writing a clip as its frames come: what is there is on disk, readable, and under a name that says that it is not done.

use super::{About, ClipError, Encoder, Growth, Kind, Shape, foreign, sequence};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Most names that are tried for a file that is not done.
const MOST_NAMES: u32 = 1000;

/// A clip on its way to disk.
///
/// While frames come, the file lies beside its target as [`unfinished_name`] says, and each frame is handed to the
/// system at once. [`Self::finish`] gives it its name; [`Self::abandon`], and dropping, leave what there is as a whole,
/// shorter clip. A sequence is its own folder from the start.
pub struct ClipWriter {
    target: PathBuf,
    shape: Shape,
    frames: usize,
    growing: Growing,
    kind: Kind,
    is_over: bool,
}

/// What a writer that came to no end left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub path: PathBuf,
    pub frames: usize,
}

/// Where the frames go.
enum Growing {
    /// One file, with the length up to which it is whole.
    File {
        encoder: Box<dyn Encoder>,
        file: File,
        path: PathBuf,
        length: u64,
    },
    Folder,
}

impl ClipWriter {
    /// Begins a clip that shall become `target`, which stays as it is until then.
    ///
    /// # Errors
    /// [`ClipError::UnknownEnding`], [`ClipError::Shape`] for what the kind cannot hold, [`ClipError::Write`],
    /// [`ClipError::Taken`] for a folder with frames in it.
    pub fn create(target: &Path, shape: Shape) -> Result<Self, ClipError> {
        let kind = Kind::of(target)?;
        let refuse = |reason| ClipError::Shape { path: target.into(), reason };
        kind.check(target, &shape)?;
        let target = real_target(target);
        let growing = match kind.encoder(shape).map_err(refuse)? {
            Some(encoder) => {
                let name = if kind == Kind::Foreign { target.with_extension("apng") } else { target.clone() };
                let (file, path) =
                    unfinished(&name).map_err(|source| ClipError::Write { path: target.clone(), source })?;
                Growing::File { encoder, file, path, length: 0 }
            }
            None => {
                sequence::begin(&target)?;
                Growing::Folder
            }
        };
        Ok(Self { target, shape, frames: 0, growing, kind, is_over: false })
    }

    /// Frames that are on disk.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Adds a frame: `width × height` pixels of red, green, blue and an alpha that is passed over.
    ///
    /// # Errors
    /// [`ClipError::Frame`], [`ClipError::Encode`], [`ClipError::Write`]; the frames before it are still whole.
    pub fn frame(&mut self, rgba: &[u8]) -> Result<(), ClipError> {
        self.shape.check(rgba)?;
        match &mut self.growing {
            Growing::Folder => sequence::frame(&self.target, &self.shape, self.frames, rgba)?,
            Growing::File { encoder, file, length, .. } => {
                let growth = encoder
                    .frame(rgba)
                    .map_err(|detail| ClipError::Encode { path: self.target.clone(), detail })?;
                grow(file, length, &growth)
                    .map_err(|source| ClipError::Write { path: self.target.clone(), source })?;
            }
        }
        self.frames += 1;
        Ok(())
    }

    /// Completes the clip, forces it to disk and gives it its name; what was there under that name is replaced.
    ///
    /// # Errors
    /// [`ClipError::Write`]; then the clip stays under its unfinished name. [`ClipError::Encode`] without any frame.
    pub fn finish(self, about: &About) -> Result<(), ClipError> {
        self.finish_unless(about, &|| false)
    }

    /// As [`Self::finish`]; `stop` is asked while FFmpeg is at work.
    ///
    /// # Errors
    /// As [`Self::finish`], and [`ClipError::Stopped`], which names what stays.
    pub fn finish_unless(mut self, about: &About, stop: &dyn Fn() -> bool) -> Result<(), ClipError> {
        if self.frames == 0 {
            let detail = "there is no frame".into();
            return Err(ClipError::Encode { path: self.target.clone(), detail });
        }
        let refuse = |source| ClipError::Write { path: self.target.clone(), source };
        match &mut self.growing {
            Growing::Folder => sequence::end(&self.target, about)?,
            Growing::File { encoder, file, path, length } => {
                let growth = encoder.end(self.frames, *length, about);
                grow(file, length, &growth).map_err(refuse)?;
                file.sync_all().map_err(refuse)?;
                // Whole from here on, under whichever name.
                self.is_over = true;
                if self.kind == Kind::Foreign {
                    let part = unfinished_name(&self.target, 1);
                    let converted = foreign::convert(path, &part, self.shape.frame_rate, about, stop);
                    let converted = converted.inspect_err(|_| drop(fs::remove_file(&part)))?;
                    if !converted {
                        return Err(ClipError::Stopped { path: path.clone(), frames: self.frames });
                    }
                    fs::rename(&part, &self.target).map_err(refuse)?;
                    let _ = fs::remove_file(&*path);
                } else {
                    fs::rename(&*path, &self.target).map_err(refuse)?;
                }
            }
        }
        self.is_over = true;
        Ok(())
    }

    /// Ends the clip where it is. Returns what stays; `None` when there was no frame, and then nothing is left behind.
    pub fn abandon(mut self) -> Option<Kept> {
        self.cut()
    }

    fn cut(&mut self) -> Option<Kept> {
        if std::mem::replace(&mut self.is_over, true) {
            return None;
        }
        let frames = self.frames;
        match &mut self.growing {
            Growing::Folder if frames == 0 => {
                // Only an empty folder goes, and a folder that was there before may be one.
                let _ = fs::remove_dir(&self.target);
                None
            }
            Growing::Folder => Some(Kept { path: self.target.clone(), frames }),
            Growing::File { path, .. } if frames == 0 => {
                let _ = fs::remove_file(path);
                None
            }
            Growing::File { encoder, file, path, length } => {
                // On a full disk this may fail; up to the last frame the file can be read all the same.
                let growth = encoder.end(frames, *length, &About::default());
                let _ = grow(file, length, &growth);
                Some(Kept { path: path.clone(), frames })
            }
        }
    }
}

impl Drop for ClipWriter {
    fn drop(&mut self) {
        self.cut();
    }
}

/// Lets a file of `length` whole bytes grow; where the disk refuses, it is cut back to them.
fn grow(file: &mut File, length: &mut u64, growth: &Growth) -> io::Result<()> {
    let appended = file.seek(SeekFrom::Start(*length)).and_then(|_| file.write_all(&growth.append));
    if let Err(error) = appended {
        let _ = file.set_len(*length);
        return Err(error);
    }
    *length += growth.append.len() as u64;
    for (at, bytes) in &growth.patches {
        file.seek(SeekFrom::Start(*at))?;
        file.write_all(bytes)?;
    }
    Ok(())
}

/// The name of a clip that is not done: `sea.mp4` → `sea.unfinished.mp4`, and with a number from the second on.
pub fn unfinished_name(target: &Path, number: u32) -> PathBuf {
    let mut name: OsString = target.file_stem().unwrap_or_default().to_owned();
    name.push(if number < 2 { ".unfinished".to_owned() } else { format!(".unfinished-{number}") });
    if let Some(ending) = target.extension() {
        name.push(".");
        name.push(ending);
    }
    target.with_file_name(name)
}

/// A new file under the first such name that is free: those of earlier runs may be all that is left of them.
fn unfinished(target: &Path) -> io::Result<(File, PathBuf)> {
    for number in 1..=MOST_NAMES {
        let path = unfinished_name(target, number);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many unfinished clips of that name lie there"))
}

/// Where a path leads: through links that lead to a file, else itself.
fn real_target(path: &Path) -> PathBuf {
    let is_link = path.symlink_metadata().is_ok_and(|about| about.is_symlink());
    let target = if is_link { path.canonicalize().ok() } else { None };
    target.unwrap_or_else(|| path.into())
}

/// A small file, whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ClipError> {
    let refuse = |source| ClipError::Write { path: path.into(), source };
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&part);
        refuse(source)
    })
}
