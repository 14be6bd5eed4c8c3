//! Opening pictures and masks.

use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::super::colour::divide_by_255;
use super::super::error::PictureError;
use super::super::raster::{Gray8, Rgba8, is_allowed};
use super::convert::{self, to_rgba};
use super::survey::{Survey, survey};
use super::{decoding_error, format_name};

/// Largest picture file: 16384 × 16384 pixels of four 16-bit channels, uncompressed, and some room.
const MOST_BYTES: u64 = (16384 * 16384 * 8) + (1 << 20);
/// What a PNG decoder may take beside the pixels (profiles and texts are compressed, and may be bombs).
const MOST_SIDE_MEMORY: u64 = 256 << 20;

/// A picture from a file.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Turned upright, 8 bits, straight alpha.
    pub picture: Rgba8,
    /// The file's ICC profile, if it has one for RGB; to be written with the result so that its colours look
    /// the same.
    pub profile: Option<Vec<u8>>,
    /// What the user should know: "animated: the first of 12 frames is used".
    pub notes: Vec<String>,
}

/// A mask from a file.
#[derive(Clone, Debug)]
pub struct OpenedMask {
    pub mask: Gray8,
    pub notes: Vec<String>,
}

/// Opens a PNG, JPEG, WebP, TIFF, BMP or GIF file, told apart by content and not by name. The size is checked
/// before memory is taken for the pixels. Every failure is a [`PictureError`] that names the file.
pub fn read_picture(path: &Path) -> Result<Opened, PictureError> {
    let bytes = read_file(path)?;
    let reader = ImageReader::new(Cursor::new(bytes.as_slice())).with_guessed_format();
    let mut reader = reader.map_err(|source| PictureError::Open { path: path.into(), source })?;
    let format = reader.format();
    let (Some(format), Some(name)) = (format, format.and_then(format_name)) else {
        return Err(PictureError::UnknownFormat { path: path.into() });
    };
    if let Some([width, height]) = png_size(&bytes) {
        // Before the decoder, which calls a picture without pixels, and one that is too large, damaged.
        require_size(path, width, height)?;
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(if format == ImageFormat::Png { MOST_SIDE_MEMORY } else { 2 * MOST_BYTES });
    reader.limits(limits);

    let refuse = |error| decoding_error(path, name, error);
    let mut decoder = reader.into_decoder().map_err(refuse)?;
    let (width, height) = decoder.dimensions();
    require_size(path, width, height)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| convert::is_rgb_profile(profile));
    let colour = decoder.color_type();
    let found = survey(format, &bytes);
    if found.is_cut_short {
        let detail = "the file ends early".into();
        return Err(PictureError::Damaged { path: path.into(), format: name, detail });
    }
    let out_of_memory = || PictureError::OutOfMemory { width: width as usize, height: height as usize };
    let mut pixels = Vec::new();
    let count = usize::try_from(decoder.total_bytes()).map_err(|_| out_of_memory())?;
    pixels.try_reserve_exact(count).map_err(|_| out_of_memory())?;
    pixels.resize(count, 0);
    decoder.read_image(&mut pixels).map_err(refuse)?;

    let unsupported =
        || PictureError::Unsupported { path: path.into(), format: name, detail: format!("{colour:?}") };
    let rgba = to_rgba(colour, pixels).ok_or_else(unsupported)?;
    let picture = upright(Rgba8::new(width as usize, height as usize, rgba)?, orientation)?;
    Ok(Opened { picture, profile, notes: notes(&found, colour, orientation) })
}

/// Opens a mask: any picture, its luminance where it is opaque, nothing where it is transparent. A picture
/// that is black throughout and transparent in places says what it means by its alpha alone, and is read so,
/// with a note.
pub fn read_mask(path: &Path) -> Result<OpenedMask, PictureError> {
    let Opened { picture, mut notes, .. } = read_picture(path)?;
    let luma = picture.without_alpha().luma();
    let is_black = luma.pixels().iter().all(|&value| value == 0);
    if is_black && !picture.is_opaque() {
        notes.push("the mask is black throughout: its transparency is used, opaque = change".into());
        return Ok(OpenedMask { mask: picture.alpha(), notes });
    }
    let mut mask = luma;
    for (value, &[.., alpha]) in mask.pixels_mut().iter_mut().zip(picture.iter()) {
        *value = divide_by_255(u32::from(*value) * u32::from(alpha));
    }
    Ok(OpenedMask { mask, notes })
}

/// Width and height as a PNG file's first chunk states them.
fn png_size(bytes: &[u8]) -> Option<[u32; 2]> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(4..)?.strip_prefix(b"IHDR")?;
    let (width, rest) = header.split_first_chunk::<4>()?;
    let (height, _) = rest.split_first_chunk::<4>()?;
    Some([u32::from_be_bytes(*width), u32::from_be_bytes(*height)])
}

/// The bytes of a file that may be a picture.
fn read_file(path: &Path) -> Result<Vec<u8>, PictureError> {
    let refuse = |source| PictureError::Open { path: path.into(), source };
    let bytes = super::ordinary_file(path)?.len();
    match bytes {
        0 => return Err(PictureError::EmptyFile { path: path.into() }),
        bytes if bytes > MOST_BYTES => {
            return Err(PictureError::FileTooLarge { path: path.into(), bytes, limit: MOST_BYTES });
        }
        _ => {}
    }
    let mut content = Vec::new();
    let reserved = content.try_reserve_exact(bytes as usize);
    reserved.map_err(|_| refuse(io::ErrorKind::OutOfMemory.into()))?;
    // A file that grows while it is read must not fill the memory.
    File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut content)).map_err(refuse)?;
    Ok(content)
}

fn require_size(path: &Path, width: u32, height: u32) -> Result<(), PictureError> {
    let (path, width, height) = (path.to_owned(), u64::from(width), u64::from(height));
    if width == 0 || height == 0 {
        return Err(PictureError::NoPixels { path, width, height });
    }
    if !is_allowed(width, height) {
        return Err(PictureError::TooLarge { path, width, height });
    }
    Ok(())
}

/// Applies the camera's orientation.
fn upright(picture: Rgba8, orientation: Orientation) -> Result<Rgba8, PictureError> {
    if orientation == Orientation::NoTransforms {
        return Ok(picture);
    }
    let (width, height) = picture.size();
    let buffer = ImageBuffer::from_raw(width as u32, height as u32, picture.into_pixels());
    let mut image = DynamicImage::ImageRgba8(buffer.ok_or(PictureError::OutOfMemory { width, height })?);
    image.apply_orientation(orientation);
    let (width, height) = (image.width() as usize, image.height() as usize);
    Rgba8::new(width, height, image.into_rgba8().into_raw())
}

fn notes(found: &Survey, colour: image::ColorType, orientation: Orientation) -> Vec<String> {
    let mut notes = Vec::new();
    if found.frames > 1 {
        notes.push(format!("animated: the first of {} frames is used", found.frames));
    }
    if found.pages > 1 {
        notes.push(format!("the first of {} pages is used", found.pages));
    }
    if found.is_cmyk {
        notes.push("CMYK: converted to RGB without a colour profile".into());
    }
    if let Some(note) = convert::depth_note(colour) {
        notes.push(note.into());
    }
    if orientation != Orientation::NoTransforms {
        notes.push("turned upright as the camera noted".into());
    }
    notes
}
