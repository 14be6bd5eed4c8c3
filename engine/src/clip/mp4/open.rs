//! MP4 files on the way in: our own, and others with H.264, fragmented or not.
//!
//! Every number from the file is checked against the bytes that are there before memory is taken for it.

use super::super::colour::{BT709, Matrix};
use super::super::{ClipError, RECIPE_KEY};
use super::boxes::{Found, at_path, first, header, inside, long, short, word};
use super::h264::{Decoder, Packet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Longest `moov` or `moof`.
const MOST_TABLES: u64 = 64 << 20;
/// Most frames, and most bytes of one.
const MOST_SAMPLES: usize = 1 << 20;
const MOST_SAMPLE: u32 = 64 << 20;
/// Content of `avc1` before its own boxes.
const VISUAL_ENTRY: usize = 78;

/// An MP4 whose tables have been read.
pub(in crate::clip) struct Opened {
    path: PathBuf,
    file: File,
    pub width: u32,
    pub height: u32,
    pub frame_rate: f64,
    matrix: Matrix,
    /// Bytes of the lengths before NAL units.
    length_bytes: usize,
    /// Parameter sets, each after a start code.
    parameters: Vec<u8>,
    /// Place and size of every frame, in the order of decoding.
    samples: Vec<(u64, u32)>,
}

impl Opened {
    /// Number of frames.
    pub(in crate::clip) fn count(&self) -> usize {
        self.samples.len()
    }

    pub(in crate::clip) fn decoder(&self) -> Result<Decoder, ClipError> {
        Decoder::new(self.matrix).map_err(|detail| ClipError::damaged(&self.path, detail))
    }

    /// Frame `index` as the decoder takes it.
    pub(in crate::clip) fn packet(&mut self, index: usize) -> Result<Packet, ClipError> {
        let Some(&(at, size)) = self.samples.get(index) else { return Ok(Packet(Vec::new())) };
        let mut bytes = vec![0; size as usize];
        let read = self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|_| ClipError::damaged(&self.path, "the file ends early"))?;
        let mut packet = if index == 0 { self.parameters.clone() } else { Vec::new() };
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_at_checked(self.length_bytes) {
            let length = length.iter().fold(0usize, |number, byte| number << 8 | usize::from(*byte));
            let Some((unit, after)) = after.split_at_checked(length) else {
                return Err(ClipError::damaged(&self.path, "a frame is longer than it says"));
            };
            packet.extend([0, 0, 0, 1]);
            packet.extend(unit);
            rest = after;
        }
        Ok(Packet(packet))
    }
}

/// Opens an MP4 and reads what it says about its frames.
///
/// # Errors
/// [`ClipError::Open`], [`ClipError::Codec`] for anything but H.264, [`ClipError::Damaged`].
pub(in crate::clip) fn open(path: &Path) -> Result<Opened, ClipError> {
    let damaged = |detail: &str| ClipError::damaged(path, detail);
    let Tables { file, length, movie, fragments } = tables(path)?;
    let movie = movie.ok_or_else(|| damaged("it says nothing about its frames"))?;
    let is_video = |found: &Found| {
        found.0 == *b"trak"
            && at_path(found.1, &[b"mdia", b"hdlr"]).and_then(|box_| box_.get(8..12)) == Some(b"vide")
    };
    let (_, track) = inside(&movie).find(is_video).ok_or_else(|| damaged("there is no video in it"))?;
    let number = track_number(track).ok_or_else(|| damaged("its video has no number"))?;
    let media = at_path(track, &[b"mdia"]).unwrap_or_default();
    let scale = media_scale(media).filter(|scale| *scale > 0).ok_or_else(|| damaged("it has no clock"))?;
    let table = at_path(media, &[b"minf", b"stbl"]).ok_or_else(|| damaged("it has no table of frames"))?;
    let entry = Entry::read(path, table)?;
    let mut found = Samples::default();
    found.whole(table).ok_or_else(|| damaged("its table of frames contradicts itself"))?;
    let defaults = defaults(&movie, number);
    for (at, fragment) in &fragments {
        found
            .fragment(fragment, *at, number, defaults)
            .ok_or_else(|| damaged("a part of it contradicts itself"))?;
    }
    let is_outside =
        |&(at, size): &(u64, u32)| size > MOST_SAMPLE || at.saturating_add(u64::from(size)) > length;
    if found.samples.iter().any(is_outside) {
        return Err(damaged("the file ends early"));
    }
    if found.samples.is_empty() {
        return Err(damaged("there is no frame in it"));
    }
    let seconds = found.duration as f64 / f64::from(scale);
    let frame_rate = if seconds > 0.0 { found.samples.len() as f64 / seconds } else { 0.0 };
    let Entry { width, height, matrix, length_bytes, parameters } = entry;
    let (path, samples) = (path.into(), found.samples);
    Ok(Opened { path, file, width, height, frame_rate, matrix, length_bytes, parameters, samples })
}

/// The recipe of one of our files.
pub(in crate::clip) fn recipe(path: &Path) -> Result<Option<String>, ClipError> {
    let Some(movie) = tables(path)?.movie else { return Ok(None) };
    // The box `meta` has a version before its boxes.
    let list = at_path(&movie, &[b"udta", b"meta"]).and_then(|meta| first(meta.get(4..)?, b"ilst"));
    let own = inside(list.unwrap_or_default()).filter(|(kind, _)| kind == b"----").find(|(_, entry)| {
        first(entry, b"name").and_then(|name| name.get(4..)) == Some(RECIPE_KEY.as_bytes())
    });
    let text = own.and_then(|(_, entry)| first(entry, b"data")?.get(8..)).map(<[u8]>::to_vec);
    Ok(text.and_then(|text| String::from_utf8(text).ok()))
}

/// A file's outline.
struct Tables {
    file: File,
    length: u64,
    movie: Option<Vec<u8>>,
    /// Place and content of every `moof`.
    fragments: Vec<(u64, Vec<u8>)>,
}

/// Walks over the outermost boxes and reads those that describe frames.
fn tables(path: &Path) -> Result<Tables, ClipError> {
    let refuse = |source| ClipError::Open { path: path.into(), source };
    let mut file = File::open(path).map_err(refuse)?;
    let length = file.metadata().map_err(refuse)?.len();
    let (mut at, mut movie, mut fragments, mut read) = (0u64, None, Vec::new(), 0u64);
    while at < length {
        file.seek(SeekFrom::Start(at)).map_err(refuse)?;
        let mut start = Vec::new();
        (&mut file).take(16).read_to_end(&mut start).map_err(refuse)?;
        let Some((kind, head, size)) = header(&start) else { break };
        let size = size.unwrap_or(length - at);
        if kind == *b"moov" || kind == *b"moof" {
            read += size;
            if read > MOST_TABLES {
                return Err(ClipError::damaged(path, "its tables are too long"));
            }
            if at.saturating_add(size) > length {
                break;
            }
            let mut content = Vec::new();
            file.seek(SeekFrom::Start(at + head as u64)).map_err(refuse)?;
            (&mut file).take(size - head as u64).read_to_end(&mut content).map_err(refuse)?;
            if kind == *b"moov" {
                movie = Some(content);
            } else {
                fragments.push((at, content));
            }
        }
        at = at.saturating_add(size);
    }
    Ok(Tables { file, length, movie, fragments })
}

/// Number of a track; its place depends on the version.
fn track_number(track: &[u8]) -> Option<u32> {
    let header = first(track, b"tkhd")?;
    word(header, if header.first() == Some(&1) { 20 } else { 12 })
}

/// Units of time in a second.
fn media_scale(media: &[u8]) -> Option<u32> {
    let header = first(media, b"mdhd")?;
    word(header, if header.first() == Some(&1) { 20 } else { 12 })
}

/// Duration and size that fragments of a track take when they say nothing.
fn defaults(movie: &[u8], track: u32) -> [u32; 2] {
    let all = inside(first(movie, b"mvex").unwrap_or_default());
    let own = all.filter(|(kind, _)| kind == b"trex").find(|(_, content)| word(content, 4) == Some(track));
    let number = |at| own.and_then(|(_, content)| word(content, at)).unwrap_or_default();
    [number(12), number(16)]
}

/// How the frames of a track are stored.
struct Entry {
    width: u32,
    height: u32,
    matrix: Matrix,
    length_bytes: usize,
    parameters: Vec<u8>,
}

impl Entry {
    fn read(path: &Path, table: &[u8]) -> Result<Self, ClipError> {
        let damaged = || ClipError::damaged(path, "it does not say how its frames are stored");
        let entries = first(table, b"stsd").and_then(|box_| box_.get(8..)).ok_or_else(damaged)?;
        let (kind, entry) = inside(entries).next().ok_or_else(damaged)?;
        if kind != *b"avc1" && kind != *b"avc3" {
            return Err(ClipError::Codec { path: path.into(), codec: codec_name(kind) });
        }
        let side = |at| short(entry, at).map(u32::from).filter(|side| *side > 0);
        let (width, height) = side(24).zip(side(26)).ok_or_else(damaged)?;
        let boxes = entry.get(VISUAL_ENTRY..).unwrap_or_default();
        let configuration = first(boxes, b"avcC").ok_or_else(damaged)?;
        let (length_bytes, parameters) = parameter_sets(configuration).ok_or_else(damaged)?;
        let matrix = first(boxes, b"colr").and_then(colours).unwrap_or(BT709);
        Ok(Self { width, height, matrix, length_bytes, parameters })
    }
}

/// Bytes of lengths, and all parameter sets after start codes.
fn parameter_sets(configuration: &[u8]) -> Option<(usize, Vec<u8>)> {
    let length_bytes = usize::from(configuration.get(4)? & 3) + 1;
    let (mut at, mut sets) = (5, Vec::new());
    for mask in [0x1f, 0xff] {
        let count = configuration.get(at)? & mask;
        at += 1;
        for _ in 0..count {
            let length = usize::from(short(configuration, at)?);
            sets.extend([0, 0, 0, 1]);
            sets.extend(configuration.get(at + 2..at + 2 + length)?);
            at += 2 + length;
        }
    }
    Some((length_bytes, sets))
}

/// The matrix that `colr` names.
fn colours(content: &[u8]) -> Option<Matrix> {
    let numbers = content.strip_prefix(b"nclx")?;
    Some(Matrix::by_number(short(numbers, 4)?, numbers.get(6)? & 0x80 != 0))
}

/// A codec as people call it.
fn codec_name(kind: [u8; 4]) -> String {
    match &kind {
        b"hvc1" | b"hev1" => "H.265 (HEVC)".into(),
        b"av01" => "AV1".into(),
        b"vp08" | b"vp09" => "VP8 or VP9".into(),
        b"mp4v" => "MPEG-4 Part 2".into(),
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" => "ProRes".into(),
        _ => format!("`{}`", kind.escape_ascii()),
    }
}

/// Frames as the tables and fragments list them.
#[derive(Default)]
struct Samples {
    samples: Vec<(u64, u32)>,
    duration: u64,
}

impl Samples {
    fn push(&mut self, at: u64, size: u32) -> Option<()> {
        self.samples.push((at, size));
        (self.samples.len() <= MOST_SAMPLES).then_some(())
    }

    /// The frames of an ordinary file. Source: ISO/IEC 14496-12, 8.6 and 8.7.
    fn whole(&mut self, table: &[u8]) -> Option<()> {
        let sizes = first(table, b"stsz")?;
        let (same, count) = (word(sizes, 4)?, word(sizes, 8)? as usize);
        if count > MOST_SAMPLES {
            return None;
        }
        let size = |index: usize| if same > 0 { Some(same) } else { word(sizes, 12 + index * 4) };
        let places = first(table, b"co64").map(|box_| (box_, true));
        let (places, wide) = places.or_else(|| Some((first(table, b"stco")?, false)))?;
        let place = |index: usize| {
            if wide { long(places, 8 + index * 8) } else { word(places, 8 + index * 4).map(u64::from) }
        };
        let runs = first(table, b"stsc")?;
        let run_count = word(runs, 4)? as usize;
        let (mut index, mut chunk) = (0, 0);
        for run in 0..run_count {
            let per_chunk = word(runs, 8 + run * 12 + 4)?;
            let next =
                if run + 1 < run_count { word(runs, 8 + (run + 1) * 12)? as usize - 1 } else { usize::MAX };
            while chunk < next && index < count {
                let mut at = place(chunk)?;
                for _ in 0..per_chunk.min((count - index) as u32) {
                    let size = size(index)?;
                    self.push(at, size)?;
                    at = at.checked_add(u64::from(size))?;
                    index += 1;
                }
                chunk += 1;
            }
        }
        let times = first(table, b"stts")?;
        for run in 0..word(times, 4)? as usize {
            let (count, delta) = (word(times, 8 + run * 8)?, word(times, 12 + run * 8)?);
            self.duration = self.duration.checked_add(u64::from(count) * u64::from(delta))?;
        }
        (index == count).then_some(())
    }

    /// The frames of a fragment at `at`. Source: ISO/IEC 14496-12, 8.8.
    fn fragment(&mut self, content: &[u8], at: u64, track: u32, defaults: [u32; 2]) -> Option<()> {
        for (_, part) in inside(content).filter(|(kind, _)| kind == b"traf") {
            let header = first(part, b"tfhd")?;
            if word(header, 4)? != track {
                continue;
            }
            let flags = word(header, 0)? & 0xff_ffff;
            let mut place = 8;
            let base = if flags & 1 == 0 { at } else { long(header, 8)? };
            place += if flags & 1 == 0 { 0 } else { 8 } + if flags & 2 == 0 { 0 } else { 4 };
            let mut own = defaults;
            for (bit, number) in [8, 0x10].into_iter().zip(&mut own) {
                if flags & bit != 0 {
                    *number = word(header, place)?;
                    place += 4;
                }
            }
            let mut next = base;
            for (_, run) in inside(part).filter(|(kind, _)| kind == b"trun") {
                next = self.run(run, [base, next], own)?;
            }
        }
        Some(())
    }

    /// The frames of one run, and where the next one begins.
    fn run(&mut self, run: &[u8], [base, mut at]: [u64; 2], [duration, size]: [u32; 2]) -> Option<u64> {
        let flags = word(run, 0)? & 0xff_ffff;
        let count = word(run, 4)?;
        let mut place = 8;
        let mut take = |bit: u32, otherwise: u32| {
            if flags & bit == 0 {
                return Some(otherwise);
            }
            place += 4;
            word(run, place - 4)
        };
        if flags & 1 != 0 {
            at = base.checked_add_signed(i64::from(take(1, 0)? as i32))?;
        }
        take(4, 0)?;
        for _ in 0..count {
            let duration = take(0x100, duration)?;
            let size = take(0x200, size)?;
            take(0x400, 0)?;
            take(0x800, 0)?;
            self.push(at, size)?;
            self.duration = self.duration.checked_add(u64::from(duration))?;
            at = at.checked_add(u64::from(size))?;
        }
        Some(at)
    }
}
