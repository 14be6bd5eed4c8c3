//! What a picture file holds beside its first picture, found by walking its outline without decoding.

use image::ImageFormat;

/// More frames or pages than this are not counted.
const MOST: usize = 100_000;

/// What the walk found; zeros and `false` where the format has no such thing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Frames of an animation.
    pub frames: usize,
    /// Pages of a document.
    pub pages: usize,
    /// A JPEG with four components.
    pub is_cmyk: bool,
    /// A JPEG without its end: decoders show grey for what is missing, which must not pass for a picture.
    pub is_cut_short: bool,
}

pub(super) fn survey(format: ImageFormat, bytes: &[u8]) -> Survey {
    match format {
        ImageFormat::Gif => Survey { frames: gif_frames(bytes).1, ..Survey::default() },
        ImageFormat::Png => Survey { frames: png_frames(bytes).unwrap_or(0), ..Survey::default() },
        ImageFormat::WebP => Survey { frames: webp_frames(bytes), ..Survey::default() },
        ImageFormat::Tiff => Survey { pages: tiff_pages(bytes), ..Survey::default() },
        ImageFormat::Jpeg => jpeg(bytes),
        _ => Survey::default(),
    }
}

/// Whether the file came to a regular end, and the number of image blocks.
fn gif_frames(bytes: &[u8]) -> (Option<()>, usize) {
    let mut frames = 0;
    (count_gif_frames(bytes, &mut frames), frames)
}

fn count_gif_frames(bytes: &[u8], frames: &mut usize) -> Option<()> {
    let colours = |flags: u8| {
        if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
    };
    let mut at = 13 + colours(*bytes.get(10)?);
    while *frames < MOST {
        match *bytes.get(at)? {
            // Extension: introducer, label, sub-blocks.
            0x21 => at += 2,
            // Picture: ten bytes, perhaps colours, code size, sub-blocks.
            0x2c => {
                at += 10 + colours(*bytes.get(at + 9)?) + 1;
                *frames += 1;
            }
            _ => return Some(()),
        }
        loop {
            let length = usize::from(*bytes.get(at)?);
            at += 1 + length;
            if length == 0 {
                break;
            }
        }
    }
    Some(())
}

/// The animation chunk comes before the pixels.
fn png_frames(bytes: &[u8]) -> Option<usize> {
    let mut at = 8;
    loop {
        let length = big_endian(bytes, at)?;
        match bytes.get(at + 4..at + 8)? {
            b"acTL" => return big_endian(bytes, at + 8),
            b"IDAT" => return None,
            _ => at = at.checked_add(length)?.checked_add(12)?,
        }
    }
}

fn webp_frames(bytes: &[u8]) -> usize {
    let (mut at, mut frames) = (12, 0);
    while let Some(length) = little_endian(bytes, at + 4) {
        frames += usize::from(bytes.get(at..at + 4) == Some(b"ANMF"));
        at = at.saturating_add(8 + length + length % 2);
    }
    frames
}

/// Classic TIFF only: a chain of directories.
fn tiff_pages(bytes: &[u8]) -> usize {
    let is_little = bytes.starts_with(b"II");
    let word = |at: usize| -> Option<usize> {
        let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(usize::from(if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }))
    };
    let long = |at: usize| {
        if is_little { little_endian(bytes, at) } else { big_endian(bytes, at) }
    };
    if word(2) != Some(42) {
        return 0;
    }
    let (mut pages, mut directory) = (0, long(4));
    while let Some(at) = directory.filter(|&at| at > 0 && pages < MOST) {
        let Some(entries) = word(at) else {
            break;
        };
        pages += 1;
        // Directories may come in any order, but one that leads back would never end.
        directory = long(at + 2 + entries * 12).filter(|&next| next != at);
    }
    pages
}

fn jpeg(bytes: &[u8]) -> Survey {
    let mut found = Survey { is_cut_short: true, ..Survey::default() };
    let mut at = 2;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        // Between segments, and in the entropy-coded data after a scan header, everything up to the next
        // marker.
        if byte != 0xff {
            continue;
        }
        let Some(&marker) = bytes.get(at) else {
            return found;
        };
        match marker {
            0xff => continue,
            // Stuffed byte, restart, stand-alone markers.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 1,
            0xd9 => {
                found.is_cut_short = false;
                return found;
            }
            _ => {
                let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
                if is_frame {
                    found.is_cmyk = bytes.get(at + 8) == Some(&4);
                }
                let length =
                    bytes.get(at + 1..at + 3).map(|pair| usize::from(pair[0]) << 8 | usize::from(pair[1]));
                at += 1 + length.unwrap_or(2).max(2);
            }
        }
    }
    found
}

fn big_endian(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_be_bytes(four) as usize)
}

fn little_endian(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_le_bytes(four) as usize)
}
