//! GIF: at most 256 colours in a frame, chosen for each frame by itself.

use super::frame::without_alpha;
use super::{About, Encoder, Growth, RECIPE_KEY, Shape, rounded_delay};
use gif::{AnyExtension, Frame as GifFrame, Repeat};
use std::collections::BTreeMap;

/// Speed of the search for colours, 1 to 30: finer below, and slower.
const SEARCH_SPEED: i32 = 8;
/// The last byte of a file.
pub(super) const TRAILER: u8 = 0x3b;
const COMMENT: u8 = 0xfe;

/// A GIF while it grows.
pub(super) struct Gif {
    encoder: gif::Encoder<Vec<u8>>,
    shape: Shape,
    frames: usize,
}

impl Gif {
    pub(super) fn new(shape: Shape) -> Result<Self, String> {
        let [width, height] = sides(&shape)?;
        let mut encoder =
            gif::Encoder::new(Vec::new(), width, height, &[]).map_err(|error| error.to_string())?;
        encoder.set_repeat(Repeat::Infinite).map_err(|error| error.to_string())?;
        Ok(Self { encoder, shape, frames: 0 })
    }
}

impl Encoder for Gif {
    fn frame(&mut self, rgba: &[u8]) -> Result<Growth, String> {
        let mut frame = picture(rgba, sides(&self.shape)?);
        frame.delay =
            u16::try_from(rounded_delay(self.frames, self.shape.frame_rate, 100)).unwrap_or(u16::MAX);
        self.encoder.write_frame(&frame).map_err(|error| error.to_string())?;
        self.frames += 1;
        Ok(Growth::append(std::mem::take(self.encoder.get_mut())))
    }

    fn end(&mut self, _: usize, _: u64, about: &About) -> Growth {
        let mut append = Vec::new();
        if let Some(recipe) = about.recipe {
            append.extend([0x21, COMMENT]);
            for part in format!("{RECIPE_KEY}:{recipe}").as_bytes().chunks(255) {
                append.push(part.len() as u8);
                append.extend(part);
            }
            append.push(0);
        }
        append.push(TRAILER);
        Growth::append(append)
    }
}

/// GIF counts pixels in 16 bits.
fn sides(shape: &Shape) -> Result<[u16; 2], String> {
    let side = |side: u32| u16::try_from(side).map_err(|_| "a side is longer than 65535 pixels".to_owned());
    Ok([side(shape.width)?, side(shape.height)?])
}

/// A frame with its own colours: exactly the picture's where there are few enough.
fn picture(rgba: &[u8], [width, height]: [u16; 2]) -> GifFrame<'static> {
    let mut palette: BTreeMap<[u8; 3], u8> = BTreeMap::new();
    let pixels = rgba.as_chunks::<4>().0.iter().map(|&[red, green, blue, _]| [red, green, blue]);
    for pixel in pixels.clone() {
        if !palette.contains_key(&pixel) {
            let Ok(number) = u8::try_from(palette.len()) else {
                return GifFrame::from_rgb_speed(width, height, &without_alpha(rgba), SEARCH_SPEED);
            };
            palette.insert(pixel, number);
        }
    }
    let indices: Vec<u8> = pixels.map(|pixel| palette.get(&pixel).copied().unwrap_or_default()).collect();
    let mut colours: Vec<([u8; 3], u8)> = palette.into_iter().collect();
    colours.sort_by_key(|(_, number)| *number);
    let colours: Vec<u8> = colours.into_iter().flat_map(|(colour, _)| colour).collect();
    GifFrame::from_palette_pixels(width, height, indices, colours, None)
}

/// The recipe in a comment, if there is one.
pub(super) fn recipe(bytes: &[u8]) -> Option<String> {
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + colours(*bytes.get(10)?);
    loop {
        let comment = match *bytes.get(at)? {
            0x21 => {
                at += 2;
                AnyExtension(*bytes.get(at - 1)?) == AnyExtension(COMMENT)
            }
            0x2c => {
                at += 10 + colours(*bytes.get(at + 9)?) + 1;
                false
            }
            _ => return None,
        };
        let mut text = Vec::new();
        loop {
            let length = usize::from(*bytes.get(at)?);
            let part = bytes.get(at + 1..at + 1 + length)?;
            if comment {
                text.extend(part);
            }
            at += 1 + length;
            if length == 0 {
                break;
            }
        }
        let text = String::from_utf8(text).unwrap_or_default();
        if let Some(recipe) = text.strip_prefix(RECIPE_KEY).and_then(|rest| rest.strip_prefix(':')) {
            return Some(recipe.to_owned());
        }
    }
}
