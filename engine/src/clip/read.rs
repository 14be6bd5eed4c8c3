//! Clip files on the way in: frames of the beginning or the end, how fast they go, and how they were made.

use super::frame::LONGEST_SIDE;
use super::{ClipError, Frame, apng, foreign, gif, mp4, sequence, webp};
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frames, ImageDecoder, ImageError, Limits};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::Path;

/// Most bytes that the frames of one clip may take.
const MOST_BYTES: usize = 8 << 30;
const GIB: usize = 1 << 30;
/// Largest GIF, PNG or WebP; these are read whole.
const MOST_FILE: u64 = 2 << 30;
/// Longest recipe.
const MOST_RECIPE: u64 = 4 << 20;
/// Frame rate of a sequence that does not tell.
const USUAL_RATE: f64 = 16.0;

/// Which frames of a clip are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    First(usize),
    Last(usize),
}

/// Frames of a clip, all of one size.
#[derive(Debug, Clone)]
pub struct Clip {
    pub frames: Vec<Frame>,
    /// Frames per second.
    pub frame_rate: f64,
}

/// Reads a clip: MP4 with H.264, GIF, animated PNG and WebP (told apart by content), or a folder of numbered PNG files.
///
/// # Errors
/// [`ClipError`], naming the file: what it is not, what it is stored as, where it is damaged.
pub fn read_clip(path: &Path, span: Span) -> Result<Clip, ClipError> {
    let mut wanted = Wanted { path, span, frames: VecDeque::new(), seen: 0 };
    let frame_rate = match read_own(path, &mut wanted) {
        Err(error @ (ClipError::Codec { .. } | ClipError::UnknownFormat { .. })) => {
            let mut opened = foreign::open(path).ok_or(error)?;
            let [width, height] = opened.size();
            check_size(path, width, height)?;
            while let Some(frame) = opened.frame() {
                if !wanted.take(frame)? {
                    break;
                }
            }
            opened.frame_rate
        }
        frame_rate => frame_rate?,
    };
    if wanted.frames.is_empty() {
        return Err(ClipError::damaged(path, "there is no frame in it"));
    }
    Ok(Clip { frames: wanted.frames.into(), frame_rate })
}

/// The frames of the kinds that are read here, and how fast they go.
fn read_own<'a>(path: &'a Path, wanted: &mut Wanted<'a>) -> Result<f64, ClipError> {
    match format(path)? {
        Format::Mp4 => read_mp4(path, wanted),
        Format::Sequence => read_sequence(path, wanted),
        Format::Gif => read_animation(path, wanted, |bytes| Ok(GifDecoder::new(bytes)?.into_frames())),
        Format::Apng => {
            read_animation(path, wanted, |bytes| Ok(PngDecoder::new(bytes)?.apng()?.into_frames()))
        }
        Format::WebP => read_animation(path, wanted, |bytes| Ok(WebPDecoder::new(bytes)?.into_frames())),
    }
}

/// The JSON that [`super::ClipWriter::finish`] put into a clip; `None` if it has none.
///
/// # Errors
/// [`ClipError::Open`], [`ClipError::UnknownFormat`], [`ClipError::Still`].
pub fn read_recipe(path: &Path) -> Result<Option<String>, ClipError> {
    let recipe = match format(path) {
        Err(error @ ClipError::UnknownFormat { .. }) => {
            foreign::open(path).map(|mut opened| opened.recipe.take()).ok_or(error)?
        }
        format => own_recipe(path, format?)?,
    };
    Ok(recipe.filter(|text| text.len() as u64 <= MOST_RECIPE))
}

fn own_recipe(path: &Path, format: Format) -> Result<Option<String>, ClipError> {
    Ok(match format {
        // ProRes lies in the same kind of file, with FFmpeg's own way of naming texts.
        Format::Mp4 => mp4::recipe(path)?.or_else(|| foreign::open(path)?.recipe.take()),
        Format::Sequence => {
            let refuse = |source| ClipError::Open { path: path.into(), source };
            match File::open(sequence::about(path)) {
                Ok(file) => {
                    let mut text = String::new();
                    file.take(MOST_RECIPE).read_to_string(&mut text).map_err(refuse)?;
                    Some(text)
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(refuse(error)),
            }
        }
        Format::Gif => gif::recipe(&read_file(path)?),
        Format::Apng => apng::recipe(&read_file(path)?),
        Format::WebP => webp::recipe(&read_file(path)?),
    })
}

/// The kinds of clip that can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Mp4,
    Gif,
    Apng,
    WebP,
    Sequence,
}

/// What a file is, by its first bytes.
fn format(path: &Path) -> Result<Format, ClipError> {
    let refuse = |source| ClipError::Open { path: path.into(), source };
    let about = fs::metadata(path).map_err(refuse)?;
    if about.is_dir() {
        return Ok(Format::Sequence);
    }
    if !about.is_file() {
        return Err(refuse(io::Error::other("it is not an ordinary file")));
    }
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(16).read_to_end(&mut start)).map_err(refuse)?;
    let is_at = |at: usize, word: &[u8]| start.get(at..).is_some_and(|rest| rest.starts_with(word));
    match () {
        () if start.is_empty() => Err(ClipError::damaged(path, "it is empty")),
        () if is_at(4, b"ftyp") => Ok(Format::Mp4),
        () if is_at(0, b"GIF8") => Ok(Format::Gif),
        () if is_at(0, b"\x89PNG") => match apng::is_animated(&read_file(path)?) {
            true => Ok(Format::Apng),
            false => Err(ClipError::Still { path: path.into() }),
        },
        () if is_at(0, b"RIFF") && is_at(8, b"WEBP") => match webp::is_animated(&read_file(path)?) {
            true => Ok(Format::WebP),
            false => Err(ClipError::Still { path: path.into() }),
        },
        () if is_at(0, b"\xff\xd8") || is_at(0, b"BM") => Err(ClipError::Still { path: path.into() }),
        () => Err(ClipError::UnknownFormat { path: path.into() }),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, ClipError> {
    let refuse = |source| ClipError::Open { path: path.into(), source };
    let file = File::open(path).map_err(refuse)?;
    if file.metadata().map_err(refuse)?.len() > MOST_FILE {
        return Err(ClipError::damaged(path, "it is longer than 2 GiB"));
    }
    let mut bytes = Vec::new();
    file.take(MOST_FILE).read_to_end(&mut bytes).map_err(refuse)?;
    Ok(bytes)
}

/// The frames that are kept of those that come.
struct Wanted<'a> {
    path: &'a Path,
    span: Span,
    frames: VecDeque<Frame>,
    seen: usize,
}

impl Wanted<'_> {
    /// Takes the next frame; false when no more are wanted.
    fn take(&mut self, frame: Frame) -> Result<bool, ClipError> {
        let Frame { width, height, .. } = frame;
        check_size(self.path, u64::from(width), u64::from(height))?;
        if let Some(first) = self.frames.front()
            && (first.width, first.height) != (width, height)
        {
            let (path, index) = (self.path.into(), self.seen);
            let (got_width, got_height, width, height) = (width, height, first.width, first.height);
            return Err(ClipError::Sizes { path, index, width, height, got_width, got_height });
        }
        self.seen += 1;
        let bytes = frame.rgba.len();
        self.frames.push_back(frame);
        if let Span::Last(count) = self.span
            && self.frames.len() > count
        {
            self.frames.pop_front();
        }
        if bytes.saturating_mul(self.frames.len()) > MOST_BYTES {
            return Err(ClipError::TooMany { path: self.path.into(), gib: MOST_BYTES / GIB });
        }
        Ok(match self.span {
            Span::First(count) => self.frames.len() < count,
            Span::Last(_) => true,
        })
    }
}

fn check_size(path: &Path, width: u64, height: u64) -> Result<(), ClipError> {
    if width.max(height) > u64::from(LONGEST_SIDE) {
        return Err(ClipError::TooLarge { path: path.into(), width, height });
    }
    Ok(())
}

fn read_mp4(path: &Path, wanted: &mut Wanted<'_>) -> Result<f64, ClipError> {
    let mut opened = mp4::open(path)?;
    check_size(path, u64::from(opened.width), u64::from(opened.height))?;
    let mut decoder = opened.decoder()?;
    let damaged = |_: String| ClipError::damaged(path, "a frame cannot be decoded");
    for index in 0..opened.count() {
        let packet = opened.packet(index)?;
        if let Some(frame) = decoder.packet(&packet).map_err(damaged)?
            && !wanted.take(frame)?
        {
            return Ok(opened.frame_rate);
        }
    }
    for frame in decoder.rest().map_err(damaged)? {
        if !wanted.take(frame)? {
            break;
        }
    }
    Ok(opened.frame_rate)
}

fn read_sequence(folder: &Path, wanted: &mut Wanted<'_>) -> Result<f64, ClipError> {
    let refuse = |source| ClipError::Open { path: folder.into(), source };
    let mut files = sequence::files(folder).map_err(refuse)?;
    if let Span::Last(count) = wanted.span {
        files.drain(..files.len().saturating_sub(count));
    }
    for file in files {
        let bytes = read_file(&file)?;
        let decoder = PngDecoder::with_limits(Cursor::new(&bytes), limits());
        let decoder = decoder.map_err(|error| damaged(&file, &error))?;
        let (width, height) = decoder.dimensions();
        check_size(&file, u64::from(width), u64::from(height))?;
        let picture = image::DynamicImage::from_decoder(decoder).map_err(|error| damaged(&file, &error))?;
        if !wanted.take(Frame { width, height, rgba: picture.into_rgba8().into_raw() })? {
            break;
        }
    }
    let recipe = fs::read_to_string(sequence::about(folder)).ok();
    let told = recipe.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    let rate = told.and_then(|recipe| recipe.get("frame_rate")?.as_f64());
    Ok(rate.filter(|rate| *rate > 0.0).unwrap_or(USUAL_RATE))
}

/// What a decoder may take for one frame and what belongs to it.
fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(2 << 30);
    limits
}

fn read_animation<'a>(
    path: &'a Path,
    wanted: &mut Wanted<'a>,
    frames: impl FnOnce(Cursor<Vec<u8>>) -> Result<Frames<'static>, ImageError>,
) -> Result<f64, ClipError> {
    let mut bytes = read_file(path)?;
    if bytes.starts_with(b"GIF") {
        // The end of a file that a crash left without one; behind an end it is passed over.
        bytes.push(gif::TRAILER);
    } else if bytes.starts_with(b"\x89PNG") {
        bytes.extend(apng::END);
    }
    if let Some([width, height]) = canvas(&bytes) {
        check_size(path, width, height)?;
    }
    let frames = frames(Cursor::new(bytes)).map_err(|error| damaged(path, &error))?;
    let mut milliseconds = 0.0;
    let mut wants_more = true;
    for frame in frames {
        if !wants_more {
            break;
        }
        let frame = frame.map_err(|error| damaged(path, &error))?;
        let (top, bottom) = frame.delay().numer_denom_ms();
        milliseconds += f64::from(top) / f64::from(bottom.max(1));
        let pixels = frame.into_buffer();
        let (width, height) = pixels.dimensions();
        wants_more = wanted.take(Frame { width, height, rgba: pixels.into_raw() })?;
    }
    let rate = wanted.seen as f64 * 1000.0 / milliseconds;
    Ok(if rate.is_finite() && rate > 0.0 { rate } else { USUAL_RATE })
}

/// Width and height as the file's first bytes state them: before a decoder takes memory for them.
fn canvas(bytes: &[u8]) -> Option<[u64; 2]> {
    let number = |at: usize, length: usize, is_big: bool| {
        let digits = bytes.get(at..at + length)?;
        let sum = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if is_big { digits.iter().fold(0, sum) } else { digits.iter().rev().fold(0, sum) })
    };
    match bytes.first()? {
        b'G' => Some([number(6, 2, false)?, number(8, 2, false)?]),
        b'R' => Some([number(24, 3, false)? + 1, number(27, 3, false)? + 1]),
        _ => Some([number(16, 4, true)?, number(20, 4, true)?]),
    }
}

fn damaged(path: &Path, error: &ImageError) -> ClipError {
    match error {
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            ClipError::damaged(path, "the file ends early")
        }
        ImageError::Limits(_) => ClipError::damaged(path, "it asks for more memory than its frames need"),
        ImageError::Unsupported(_) => ClipError::damaged(path, "it is of a kind that is not known"),
        _ => ClipError::damaged(path, "its data contradict themselves"),
    }
}
