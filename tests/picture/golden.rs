//! The golden file, and what both sides of it share.

use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
pub struct Golden {
    pub noise: Vec<Draws>,
    pub resampling: Vec<Resampling>,
    pub dimensions: Vec<Dimensions>,
    pub colour: Colour,
    pub files: Vec<PictureFile>,
}

#[derive(Deserialize)]
pub struct Draws {
    pub seed: u64,
    pub counts: Vec<usize>,
    pub fnv: Vec<String>,
    pub first: Vec<u32>,
}

#[derive(Deserialize)]
pub struct Resampling {
    pub seed: u32,
    pub channels: usize,
    pub from: (usize, usize),
    pub to: (usize, usize),
    pub filter: String,
    pub fnv: String,
    pub bytes: Option<String>,
}

#[derive(Deserialize)]
pub struct Dimensions {
    pub size: (usize, usize),
    pub area_1024: (usize, usize),
    pub area_384: (usize, usize),
    pub area_96: (usize, usize),
    pub vision: Option<(usize, usize)>,
    pub vision_small: Option<(usize, usize)>,
}

#[derive(Deserialize)]
pub struct Colour {
    pub signed: String,
    pub ramp: Vec<u32>,
    pub values: String,
    pub levels: String,
    pub half_levels: String,
    pub luma: String,
    pub over_white: String,
    pub latent_mask: Vec<LatentMask>,
}

#[derive(Deserialize)]
pub struct LatentMask {
    pub to: (usize, usize),
    pub fnv: String,
}

#[derive(Deserialize)]
pub struct PictureFile {
    pub file: String,
    pub size: (usize, usize),
    pub tolerance: u8,
    pub rgba: String,
    pub note: Option<String>,
}

pub fn golden() -> Golden {
    let text =
        std::fs::read_to_string(folder().join("golden.json")).expect("tests/golden/picture.py has been run");
    serde_json::from_str(&text).expect("golden.json is as picture.py writes it")
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/picture")
}

pub fn file(name: &str) -> PathBuf {
    folder().join("files").join(name)
}

/// FNV-1a, 64 bits, in hexadecimal.
pub fn fnv(bytes: impl IntoIterator<Item = u8>) -> String {
    let step = |value: u64, byte: u8| (value ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, step))
}

pub fn fnv_of_floats(values: &[f32]) -> String {
    fnv(values.iter().flat_map(|value| value.to_le_bytes()))
}

pub fn from_hex(text: &str) -> Vec<u8> {
    text.as_bytes().as_chunks::<2>().0.iter().map(|&[a, b]| digit(a) << 4 | digit(b)).collect()
}

fn digit(letter: u8) -> u8 {
    char::from(letter).to_digit(16).expect("a hexadecimal digit") as u8
}

/// The upper bytes of the generator that picture.py uses for its sources.
pub fn bytes_from(seed: u32, count: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}
