//! MP4 with H.264: written in pieces that play up to where they reach, and made an ordinary file at the end.
//!
//! `boxes` are the file's building blocks, `h264` the encoder and decoder, `tables` what a file says about its frames;
//! this file lets a clip grow. `open` is the way back.
//!
//! While it grows a file is `ftyp moov free (moof mdat)…`, a fragmented MP4, one fragment per frame. In the end its
//! beginning is written over, within the room that `free` kept: `ftyp moov free mdat`, where the one `mdat` spans all
//! fragments and `moov` knows where the frames lie among them. So nothing is copied, a full disk cannot spoil the end, and
//! players find `moov` first. Source: ISO/IEC 14496-12 (boxes), 14496-15 (H.264 in them).

mod boxes;
mod h264;
mod open;
mod tables;

pub(super) use open::{open, recipe};

use super::{About, Encoder, Growth, Shape};
use h264::Encoder as H264;
use tables::{Sample, Track};

/// Room for the recipe at the file's beginning; one that is longer sends `moov` to the end.
const ROOM_FOR_WORDS: usize = 24 << 10;
/// Bytes that `moov` needs for each frame: its size and its place (8), and its number where it is a key frame.
const ROOM_PER_FRAME: usize = 16;
/// Header of `mdat` with a length of eight bytes.
const LONG_HEADER: usize = 16;

/// An MP4 while it grows.
pub(super) struct Mp4 {
    h264: H264,
    track: Track,
    /// Bytes of `ftyp`, and of all that comes before the first fragment.
    ends: [usize; 2],
    length: u64,
}

/// Refuses what the encoder cannot take.
pub(super) fn check(shape: &Shape) -> Result<(), String> {
    let Shape { width, height, .. } = *shape;
    if width % 2 == 1 || height % 2 == 1 {
        return Err(format!(
            "MP4 has even sides, not {width} x {height}; choose another size, or GIF, PNG or WebP"
        ));
    }
    if width.min(height) < 16 || width.max(height) > 3840 || width.min(height) > 2160 {
        return Err(format!(
            "H.264 takes sides of 16 up to 3840 x 2160 pixels, not {width} x {height}; choose PNG or WebP"
        ));
    }
    Ok(())
}

impl Mp4 {
    pub(super) fn new(shape: Shape) -> Result<Self, String> {
        Ok(Self { h264: H264::new(shape)?, track: Track::new(shape), ends: [0; 2], length: 0 })
    }

    /// `ftyp`, `moov` without frames, and room.
    fn beginning(&mut self) -> Vec<u8> {
        let mut bytes = tables::file_type();
        self.ends[0] = bytes.len();
        bytes.extend(self.track.movie(&[], &About::default(), true));
        let room = ROOM_FOR_WORDS + ROOM_PER_FRAME * self.track.shape.frames as usize;
        bytes.extend(boxes::boxed(b"free", &vec![0; room]));
        self.ends[1] = bytes.len();
        bytes
    }
}

impl Encoder for Mp4 {
    fn frame(&mut self, rgba: &[u8]) -> Result<Growth, String> {
        let picture = self.h264.frame(rgba)?;
        let mut append = Vec::new();
        if self.track.samples.is_empty() {
            self.track.parameters = self.h264.parameters()?;
            append = self.beginning();
        }
        let number = self.track.samples.len() as u32;
        let head = tables::fragment(number, picture.bytes.len() as u32, picture.is_key);
        let at = self.length + (append.len() + head.len() + 8) as u64;
        append.extend(head);
        append.extend(boxes::boxed(b"mdat", &picture.bytes));
        self.track.samples.push(Sample { at, size: picture.bytes.len() as u32, is_key: picture.is_key });
        self.length += append.len() as u64;
        Ok(Growth::append(append))
    }

    fn end(&mut self, frames: usize, length: u64, about: &About) -> Growth {
        let samples = self.track.samples.get(..frames).unwrap_or(&self.track.samples);
        let movie = self.track.movie(samples, about, false);
        let [start, end] = self.ends;
        let data = boxes::long_header(b"mdat", length - end as u64 + LONG_HEADER as u64);
        let mut free = (end - start).saturating_sub(movie.len() + LONG_HEADER);
        let mut growth = Growth::default();
        let mut head = Vec::new();
        if free >= 8 {
            head = movie;
        } else {
            free = end - start - LONG_HEADER;
            growth.append = movie;
        }
        head.extend(boxes::boxed(b"free", &vec![0; free - 8]));
        head.extend(data);
        growth.patches.push((start as u64, head));
        growth
    }
}
