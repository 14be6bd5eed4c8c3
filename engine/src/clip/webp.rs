//! Animated WebP, lossless: every pixel as it is.
//!
//! Source: WebP container specification (RFC 9649), extended file format.

use super::frame::without_alpha;
use super::{About, Encoder, Growth, Shape, rounded_delay};
use image::ImageEncoder;
use image::codecs::webp::WebPEncoder;

/// Kind of the chunk with the recipe; readers pass over chunks that they do not know.
const RECIPE: &[u8; 4] = b"RSTM";
const ANIMATED: u8 = 0x02;

/// An animated WebP while it grows.
pub(super) struct WebP {
    shape: Shape,
    frames: usize,
    length: u64,
}

impl WebP {
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, frames: 0, length: 0 }
    }

    /// Bytes at the end, and the length that the file's beginning then has to state.
    fn grown(&mut self, length: u64, append: Vec<u8>) -> Growth {
        self.length = length + append.len() as u64;
        let stated = u32::try_from(self.length.saturating_sub(8)).unwrap_or(u32::MAX);
        Growth { append, patches: vec![(4, stated.to_le_bytes().to_vec())] }
    }
}

impl Encoder for WebP {
    fn frame(&mut self, rgba: &[u8]) -> Result<Growth, String> {
        let Shape { width, height, frame_rate, .. } = self.shape;
        let mut still = Vec::new();
        let encoder = WebPEncoder::new_lossless(&mut still);
        let written =
            encoder.write_image(&without_alpha(rgba), width, height, image::ExtendedColorType::Rgb8);
        written.map_err(|error| error.to_string())?;
        let pixels = chunks(&still).find(|(kind, _)| *kind == b"VP8L");
        let (kind, content) = pixels.ok_or("the encoder made no frame")?;
        let mut append = Vec::new();
        if self.frames == 0 {
            append.extend(b"RIFF\0\0\0\0WEBP");
            let about = [&[ANIMATED, 0, 0, 0][..], &less_one(width), &less_one(height)].concat();
            append.extend(chunk(b"VP8X", &about));
            // Background, endlessly repeated.
            append.extend(chunk(b"ANIM", &[0; 6]));
        }
        let delay = rounded_delay(self.frames, frame_rate, 1000) as u32;
        let [low, middle, high, _] = delay.to_le_bytes();
        // At the corner, for so many milliseconds, in place of what was there (neither blended nor disposed of).
        let place = [&[0; 6][..], &less_one(width), &less_one(height), &[low, middle, high, 0x02]].concat();
        append.extend(chunk(b"ANMF", &[place, chunk(kind, content)].concat()));
        self.frames += 1;
        Ok(self.grown(self.length, append))
    }

    fn end(&mut self, _: usize, length: u64, about: &About) -> Growth {
        let append = about.recipe.map(|recipe| chunk(RECIPE, recipe.as_bytes())).unwrap_or_default();
        self.grown(length, append)
    }
}

/// A side in three bytes, less one.
fn less_one(side: u32) -> [u8; 3] {
    let [low, middle, high, _] = (side - 1).to_le_bytes();
    [low, middle, high]
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_vec();
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
    bytes.resize(bytes.len() + content.len() % 2, 0);
    bytes
}

/// Kind and content of every chunk, as far as they are whole.
fn chunks(file: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = file.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (content, after) = after.split_at_checked(length)?;
        rest = after.get(length % 2..).unwrap_or_default();
        Some((kind, content))
    })
}

/// Whether a WebP moves.
pub(super) fn is_animated(file: &[u8]) -> bool {
    chunks(file).any(|(kind, _)| kind == b"ANMF")
}

/// The recipe, as [`WebP`] writes it.
pub(super) fn recipe(file: &[u8]) -> Option<String> {
    let (_, text) = chunks(file).find(|(kind, _)| *kind == RECIPE)?;
    String::from_utf8(text.to_vec()).ok()
}
