//! Animated PNG: every pixel as it is, shown by every browser.
//!
//! Source: PNG specification, third edition, sections 11.3.6 (animation) and 5.5 (checksums).

use super::frame::without_alpha;
use super::{About, Encoder, Growth, RECIPE_KEY, Shape};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The last chunk.
pub(super) const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";
/// Where the chunk with the number of frames begins: after the signature and the header.
const COUNT_AT: u64 = 33;

/// An animated PNG while it grows.
pub(super) struct Apng {
    shape: Shape,
    frames: usize,
    /// Number of the next chunk of animation.
    sequence: u32,
}

impl Apng {
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, frames: 0, sequence: 0 }
    }

    /// A chunk whose content begins with its number in the animation.
    fn numbered(&mut self, kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let number = self.sequence.to_be_bytes();
        self.sequence += 1;
        chunk(kind, &[&number, content].concat())
    }
}

impl Encoder for Apng {
    fn frame(&mut self, rgba: &[u8]) -> Result<Growth, String> {
        let Shape { width, height, frame_rate, .. } = self.shape;
        let still = still(rgba, [width, height])?;
        let mut append = Vec::new();
        if self.frames == 0 {
            append.extend(SIGNATURE);
            for (kind, content) in chunks(&still).take_while(|(kind, _)| *kind != b"IDAT") {
                append.extend(chunk(kind, content));
                if kind == b"IHDR" {
                    append.extend(counted(1));
                }
            }
        }
        let mut control = Vec::new();
        for number in [width, height, 0, 0] {
            control.extend(number.to_be_bytes());
        }
        // One part of so many to the second; neither disposal nor blending.
        control.extend([0, 1]);
        control.extend((frame_rate as u16).to_be_bytes());
        control.extend([0, 0]);
        append.extend(self.numbered(b"fcTL", &control));
        for (_, content) in chunks(&still).filter(|(kind, _)| *kind == b"IDAT") {
            let data =
                if self.frames == 0 { chunk(b"IDAT", content) } else { self.numbered(b"fdAT", content) };
            append.extend(data);
        }
        self.frames += 1;
        // After a crash the file holds as many frames as it says.
        let patches =
            if self.frames == 1 { Vec::new() } else { vec![(COUNT_AT, counted(self.frames as u32))] };
        Ok(Growth { append, patches })
    }

    fn end(&mut self, frames: usize, _: u64, about: &About) -> Growth {
        let mut append = Vec::new();
        let texts =
            [("Software", Some("Rostrum")), ("Description", about.description), (RECIPE_KEY, about.recipe)];
        for (keyword, text) in texts {
            if let Some(text) = text {
                // Keyword, not compressed, no language, no translated keyword.
                let content = [keyword.as_bytes(), &[0, 0, 0, 0, 0], text.as_bytes()].concat();
                append.extend(chunk(b"iTXt", &content));
            }
        }
        append.extend(END);
        Growth { append, patches: vec![(COUNT_AT, counted(frames as u32))] }
    }
}

/// The chunk with the number of frames, endlessly repeated.
fn counted(frames: u32) -> Vec<u8> {
    chunk(b"acTL", &[frames.to_be_bytes(), [0; 4]].concat())
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut sum = crc32fast::Hasher::new();
    sum.update(kind);
    sum.update(content);
    let mut bytes = (content.len() as u32).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(content);
    bytes.extend(sum.finalize().to_be_bytes());
    bytes
}

/// An opaque PNG of one frame.
pub(super) fn still(rgba: &[u8], [width, height]: [u32; 2]) -> Result<Vec<u8>, String> {
    still_with(rgba, [width, height], &About::default())
}

/// The same with texts.
pub(super) fn still_with(rgba: &[u8], [width, height]: [u32; 2], about: &About) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    for (keyword, text) in [("Description", about.description), (RECIPE_KEY, about.recipe)] {
        if let Some(text) = text {
            let added = encoder.add_itxt_chunk(keyword.into(), text.into());
            added.map_err(|error| error.to_string())?;
        }
    }
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(&without_alpha(rgba)).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Kind and content of every chunk, as far as they are whole.
fn chunks(file: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = file.strip_prefix(SIGNATURE).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let (content, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        rest = after.get(4..)?;
        Some((kind, content))
    })
}

/// Whether a PNG moves.
pub(super) fn is_animated(file: &[u8]) -> bool {
    chunks(file).take_while(|(kind, _)| *kind != b"IDAT").any(|(kind, _)| kind == b"acTL")
}

/// The recipe in a text that is not compressed, as [`Apng`] and [`still_with`] write it.
pub(super) fn recipe(file: &[u8]) -> Option<String> {
    let texts = chunks(file).filter(|(kind, _)| *kind == b"iTXt");
    let own = texts.filter_map(|(_, content)| content.strip_prefix(RECIPE_KEY.as_bytes()));
    let text = own.filter_map(|rest| rest.strip_prefix(&[0, 0, 0, 0, 0])).next()?;
    String::from_utf8(text.to_vec()).ok()
}
