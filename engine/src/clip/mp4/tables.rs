//! What an MP4 says about its frames: how long, how large, in which colours, and where they lie.

use super::super::{About, RECIPE_KEY, Shape};
use super::boxes::{boxed, nested, versioned, words};

/// Units of time to a frame; a second is this many times the frame rate, so that every time is exact.
const FRAME_TIME: u32 = 512;
/// No rotation, no scale.
const UPRIGHT: [u32; 9] = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];
/// A frame that needs no other, and one that does (ISO/IEC 14496-12, 8.8.3.1).
const KEY_FLAGS: u32 = 0x0200_0000;
const OTHER_FLAGS: u32 = 0x0101_0000;

/// Where a frame lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub at: u64,
    pub size: u32,
    /// Whether it can be shown without those before it.
    pub is_key: bool,
}

/// The one track of a file.
pub(super) struct Track {
    pub shape: Shape,
    /// Sequence and picture parameters of H.264.
    pub parameters: [Vec<u8>; 2],
    pub samples: Vec<Sample>,
}

/// The file's first box.
pub(super) fn file_type() -> Vec<u8> {
    boxed(b"ftyp", b"isom\0\0\x02\0isomiso2iso6avc1mp41")
}

/// The head of a fragment with frame `number`, from 0; `mdat` with `size` bytes follows.
pub(super) fn fragment(number: u32, size: u32, is_key: bool) -> Vec<u8> {
    let flags = if is_key { KEY_FLAGS } else { OTHER_FLAGS };
    let time = u64::from(number) * u64::from(FRAME_TIME);
    let build = |data_at: u32| {
        nested(
            b"moof",
            &[
                versioned(b"mfhd", 0, 0, &words(&[number + 1])),
                nested(
                    b"traf",
                    &[
                        // Places count from the fragment's own beginning.
                        versioned(b"tfhd", 0, 0x02_0000, &words(&[1])),
                        versioned(b"tfdt", 1, 0, &time.to_be_bytes()),
                        // One frame: its place, then duration, size and flags.
                        versioned(b"trun", 0, 0x701, &words(&[1, data_at, FRAME_TIME, size, flags])),
                    ],
                ),
            ],
        )
    };
    let length = build(0).len() as u32;
    build(length + 8)
}

impl Track {
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, parameters: [Vec::new(), Vec::new()], samples: Vec::new() }
    }

    /// `moov` for these frames; `grows` when fragments follow.
    pub(super) fn movie(&self, samples: &[Sample], about: &About, grows: bool) -> Vec<u8> {
        let (scale, duration) = (self.shape.frame_rate * FRAME_TIME, samples.len() as u32 * FRAME_TIME);
        let mut header = words(&[0, 0, scale, duration, 0x10000, 0x0100_0000, 0, 0]);
        header.extend(words(&UPRIGHT));
        header.extend(words(&[0, 0, 0, 0, 0, 0, 2]));
        let mut boxes = vec![versioned(b"mvhd", 0, 0, &header), self.track(samples, [scale, duration])];
        if grows {
            let defaults = versioned(b"trex", 0, 0, &words(&[1, 1, FRAME_TIME, 0, OTHER_FLAGS]));
            boxes.push(nested(b"mvex", &[defaults]));
        } else {
            boxes.push(words_for_people(about));
        }
        nested(b"moov", &boxes)
    }

    fn track(&self, samples: &[Sample], [scale, duration]: [u32; 2]) -> Vec<u8> {
        let Shape { width, height, .. } = self.shape;
        let mut header = words(&[0, 0, 1, 0, duration, 0, 0, 0, 0]);
        header.extend(words(&UPRIGHT));
        header.extend(words(&[width << 16, height << 16]));
        // The language is "und": three letters of five bits.
        let media = words(&[0, 0, scale, duration, 0x55c4_0000]);
        let handler = [&[0; 4][..], b"vide", &[0; 12], b"Rostrum\0"].concat();
        let reference = versioned(b"dref", 0, 0, &[words(&[1]), versioned(b"url ", 0, 1, &[])].concat());
        let information = nested(
            b"minf",
            &[
                versioned(b"vmhd", 0, 1, &[0; 8]),
                nested(b"dinf", &[reference]),
                nested(b"stbl", &self.sample_tables(samples)),
            ],
        );
        let media = [versioned(b"mdhd", 0, 0, &media), versioned(b"hdlr", 0, 0, &handler), information];
        // Enabled, in the movie.
        nested(b"trak", &[versioned(b"tkhd", 0, 3, &header), nested(b"mdia", &media)])
    }

    fn sample_tables(&self, samples: &[Sample]) -> Vec<Vec<u8>> {
        let count = samples.len() as u32;
        let table = |numbers: Vec<u32>| [words(&[numbers.len() as u32]), words(&numbers)].concat();
        let runs = |run: &[u32]| if count == 0 { words(&[0]) } else { [words(&[1]), words(run)].concat() };
        let keys = samples.iter().enumerate().filter(|(_, sample)| sample.is_key);
        let keys = keys.map(|(index, _)| index as u32 + 1).collect();
        let sizes: Vec<u32> = samples.iter().map(|sample| sample.size).collect();
        let places: Vec<u8> = samples.iter().flat_map(|sample| sample.at.to_be_bytes()).collect();
        vec![
            self.description(),
            versioned(b"stts", 0, 0, &runs(&[count, FRAME_TIME])),
            versioned(b"stss", 0, 0, &table(keys)),
            // Every frame is a chunk of its own.
            versioned(b"stsc", 0, 0, &runs(&[1, 1, 1])),
            versioned(b"stsz", 0, 0, &[words(&[0, count]), words(&sizes)].concat()),
            versioned(b"co64", 0, 0, &[words(&[count]), places].concat()),
        ]
    }

    /// `stsd`: H.264 in BT.709 with square pixels.
    fn description(&self) -> Vec<u8> {
        let [sequence, picture] = &self.parameters;
        let mut configuration = vec![1];
        configuration.extend(sequence.iter().skip(1).take(3));
        // Lengths of four bytes, one sequence parameter set.
        configuration.extend([0xff, 0xe1]);
        configuration.extend((sequence.len() as u16).to_be_bytes());
        configuration.extend(sequence);
        configuration.push(1);
        configuration.extend((picture.len() as u16).to_be_bytes());
        configuration.extend(picture);
        if sequence.get(1).is_some_and(|profile| matches!(profile, 100 | 110 | 122 | 144)) {
            // 4:2:0 in 8 bits, no further parameter sets.
            configuration.extend([0xfd, 0xf8, 0xf8, 0]);
        }
        let mut entry = vec![0; 6];
        entry.extend([0, 1]);
        entry.extend([0; 16]);
        entry.extend((self.shape.width as u16).to_be_bytes());
        entry.extend((self.shape.height as u16).to_be_bytes());
        entry.extend(words(&[0x48_0000, 0x48_0000, 0]));
        entry.extend([0, 1]);
        entry.extend([0; 32]);
        entry.extend([0, 0x18, 0xff, 0xff]);
        entry.extend(boxed(b"avcC", &configuration));
        // Primaries, transfer, matrix: BT.709; the last bit would say full range.
        entry.extend(boxed(b"colr", b"nclx\0\x01\0\x01\0\x01\0"));
        entry.extend(boxed(b"pasp", &words(&[1, 1])));
        versioned(b"stsd", 0, 0, &[words(&[1]), boxed(b"avc1", &entry)].concat())
    }
}

/// Texts as players and taggers read them (iTunes' list): the program, the prompt, and the recipe under its own name.
fn words_for_people(about: &About) -> Vec<u8> {
    let text = |text: &str| boxed(b"data", &[&words(&[1, 0])[..], text.as_bytes()].concat());
    let mut list = vec![nested(b"\xa9too", &[text("Rostrum")])];
    if let Some(description) = about.description {
        list.push(nested(b"desc", &[text(description)]));
    }
    if let Some(recipe) = about.recipe {
        let mean = versioned(b"mean", 0, 0, b"com.apple.iTunes");
        let name = versioned(b"name", 0, 0, RECIPE_KEY.as_bytes());
        list.push(nested(b"----", &[mean, name, text(recipe)]));
    }
    let handler = [&[0; 4][..], b"mdirappl", &[0; 9]].concat();
    let meta = [versioned(b"hdlr", 0, 0, &handler), nested(b"ilst", &list)].concat();
    nested(b"udta", &[versioned(b"meta", 0, 0, &meta)])
}
