//! Saving pictures: whole or not at all.

use image::codecs::{jpeg::JpegEncoder, webp::WebPEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageError};
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

use super::super::error::PictureError;
use super::super::raster::Rgba8;
use super::SETTINGS_KEY;

/// JPEG's quality of 100; colours are not subsampled.
const JPEG_QUALITY: u8 = 95;

/// What goes into the file beside the pixels. Texts are written to PNG only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Embedded<'a> {
    /// Settings as JSON, from which the picture can be made again.
    pub settings: Option<&'a str>,
    /// The same for people: goes into `Description`, which picture viewers show.
    pub description: Option<&'a str>,
    /// One line in the manner of other programs, under `parameters`.
    pub parameters: Option<&'a str>,
    /// The source's ICC profile.
    pub profile: Option<&'a [u8]>,
}

/// The kinds of file that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
    WebP,
}

/// False for JPEG: its pixels come back a few levels off, outside a mask too.
pub fn keeps_every_pixel(path: &Path) -> bool {
    kind_of(path).is_ok_and(|kind| kind != Kind::Jpeg)
}

/// Writes `picture` as the extension of `path` says: PNG (without alpha where opaque, with texts), WebP
/// (lossless) or JPEG (over white). The file is made under another name in the same folder, forced to disk
/// and then renamed, so an existing file stays whole until the new one is.
///
/// A link is followed, and its target replaced.
pub fn write_picture(path: &Path, picture: &Rgba8, embedded: &Embedded) -> Result<(), PictureError> {
    let target = target_of(path);
    let file = finished_file(&target, kind_of(path)?, picture, embedded)?;
    file.persist(&target).map_err(|error| PictureError::Write { path: path.into(), source: error.error })?;
    settle(&target);
    Ok(())
}

/// As [`write_picture`], but never over a file that is there: false when the name is taken, however late.
pub fn write_new_picture(path: &Path, picture: &Rgba8, embedded: &Embedded) -> Result<bool, PictureError> {
    let refuse = |source| PictureError::Write { path: path.into(), source };
    let file = finished_file(path, kind_of(path)?, picture, embedded)?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        // Some memory cards' file systems cannot rename in this way; there, looking first has to do.
        Err(_) if path.symlink_metadata().is_ok() => return Ok(false),
        Err(error) => {
            error.file.persist(path).map_err(|error| refuse(error.error))?;
        }
    }
    settle(path);
    Ok(true)
}

/// The picture under a temporary name beside `path`, complete and on disk.
fn finished_file(
    path: &Path,
    kind: Kind,
    picture: &Rgba8,
    embedded: &Embedded,
) -> Result<NamedTempFile, PictureError> {
    let folder = folder_of(path)?;
    let refuse = |source| PictureError::Write { path: path.into(), source };
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => return Err(refuse(io::ErrorKind::IsADirectory.into())),
        Ok(about) if !about.is_file() => return Err(refuse(io::Error::other("it is not an ordinary file"))),
        _ => {}
    }
    let file = temporary_file(&folder).map_err(refuse)?;
    let mut writer = BufWriter::new(file);
    encode(&mut writer, kind, picture, embedded).map_err(|error| match error {
        EncodingError::Io(source) => refuse(source),
        EncodingError::Refused(detail) => {
            PictureError::Encode { path: path.into(), format: kind.name(), detail: super::one_line(&detail) }
        }
    })?;
    let file = writer.into_inner().map_err(|error| refuse(error.into_error()))?;
    file.as_file().sync_all().map_err(refuse)?;
    Ok(file)
}

/// Forces a new name to disk: it is there once its folder is. Not every system can do that, and the picture is
/// there either way.
fn settle(path: &Path) {
    let _ = folder_of(path).map(|folder| File::open(folder).and_then(|folder| folder.sync_all()));
}

/// Where a path leads: through links that lead to a file, else itself.
fn target_of(path: &Path) -> PathBuf {
    let is_link = path.symlink_metadata().is_ok_and(|about| about.is_symlink());
    let target = if is_link { path.canonicalize().ok() } else { None };
    target.unwrap_or_else(|| path.into())
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Png => "PNG",
            Kind::Jpeg => "JPEG",
            Kind::WebP => "WebP",
        }
    }
}

fn kind_of(path: &Path) -> Result<Kind, PictureError> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("png") => Ok(Kind::Png),
        Some("jpg" | "jpeg") => Ok(Kind::Jpeg),
        Some("webp") => Ok(Kind::WebP),
        _ => Err(PictureError::UnknownExtension { path: path.into() }),
    }
}

fn folder_of(path: &Path) -> Result<PathBuf, PictureError> {
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("/"),
    };
    match fs::metadata(folder) {
        Ok(about) if about.is_dir() => Ok(folder.into()),
        _ => Err(PictureError::FolderMissing { path: path.into(), folder: folder.into() }),
    }
}

/// Temporary files are private by default; a picture gets the rights that any new file gets.
fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rostrum-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// An encoder's two kinds of failure.
enum EncodingError {
    Io(io::Error),
    Refused(String),
}

impl From<io::Error> for EncodingError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ImageError> for EncodingError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) => Self::Io(error),
            error => Self::Refused(error.to_string()),
        }
    }
}

impl From<png::EncodingError> for EncodingError {
    fn from(error: png::EncodingError) -> Self {
        match error {
            png::EncodingError::IoError(error) => Self::Io(error),
            error => Self::Refused(error.to_string()),
        }
    }
}

fn encode(writer: impl Write, kind: Kind, picture: &Rgba8, embedded: &Embedded) -> Result<(), EncodingError> {
    if kind == Kind::Png {
        return encode_png(writer, picture, embedded);
    }
    let (width, height) = (picture.width() as u32, picture.height() as u32);
    let is_flat = kind == Kind::Jpeg || picture.is_opaque();
    let rgb = is_flat.then(|| picture.over_white());
    let (pixels, colour) = match &rgb {
        Some(rgb) => (rgb.pixels(), ExtendedColorType::Rgb8),
        None => (picture.pixels(), ExtendedColorType::Rgba8),
    };
    if kind == Kind::Jpeg {
        let mut encoder = JpegEncoder::new_with_quality(writer, JPEG_QUALITY);
        set_profile(&mut encoder, embedded);
        encoder.write_image(pixels, width, height, colour)?;
    } else {
        let mut encoder = WebPEncoder::new_lossless(writer);
        set_profile(&mut encoder, embedded);
        encoder.write_image(pixels, width, height, colour)?;
    }
    Ok(())
}

fn set_profile(encoder: &mut impl ImageEncoder, embedded: &Embedded) {
    if let Some(profile) = embedded.profile {
        // Both encoders take profiles; one that did not would only lose the note on colour.
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
}

fn encode_png(writer: impl Write, picture: &Rgba8, embedded: &Embedded) -> Result<(), EncodingError> {
    let mut info = png::Info::with_size(picture.width() as u32, picture.height() as u32);
    info.bit_depth = png::BitDepth::Eight;
    info.icc_profile = embedded.profile.map(Cow::Borrowed);
    let rgb = picture.is_opaque().then(|| picture.without_alpha());
    info.color_type = if rgb.is_some() { png::ColorType::Rgb } else { png::ColorType::Rgba };
    let mut encoder = png::Encoder::with_info(writer, info)?;
    let texts = [
        ("Software", Some("Rostrum")),
        ("Description", embedded.description),
        ("parameters", embedded.parameters),
        (SETTINGS_KEY, embedded.settings),
    ];
    for (keyword, text) in texts {
        match text {
            Some(text) if text.is_ascii() => encoder.add_text_chunk(keyword.into(), text.into())?,
            // The international kind, as it alone holds every script.
            Some(text) => encoder.add_itxt_chunk(keyword.into(), text.into())?,
            None => {}
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb.as_ref().map_or(picture.pixels(), |rgb| rgb.pixels()))?;
    writer.finish()?;
    Ok(())
}
