//! Pictures and numbers by chance, the same in every run.

use app::document::{Document, History, LayerId, Place, Region};
use engine_api::{Picture, Quality, Recipe, Size};

/// xorshift64*: small, and good enough to find mistakes.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() >> 33) as usize % end.max(1)
    }

    /// From 0 to 1.
    pub fn part(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / 16_777_215.0
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// A rectangle inside a picture.
    pub fn region(&mut self, size: Size) -> Region {
        let (x, y) = (self.below(size.width as usize) as u32, self.below(size.height as usize) as u32);
        let width = 1 + self.below((size.width - x) as usize) as u32;
        Region::new(x, y, width, 1 + self.below((size.height - y) as usize) as u32)
    }

    /// Noise; some pixels clear, some opaque.
    pub fn picture(&mut self, width: u32, height: u32) -> Picture {
        let mut rgba = Vec::new();
        for _ in 0..width * height {
            let bits = self.bits().to_le_bytes();
            let alpha = match bits[7] % 4 {
                0 => 0,
                1 => 255,
                _ => bits[3],
            };
            rgba.extend([bits[0], bits[1], bits[2], alpha]);
        }
        Picture::new(width, height, rgba).unwrap()
    }
}

pub fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

pub fn plain(width: u32, height: u32, pixel: [u8; 4]) -> Picture {
    Picture::new(width, height, pixel.repeat((width * height) as usize)).unwrap()
}

pub fn top(history: &History) -> Place {
    history.document().top()
}

/// A white document with one layer.
pub fn with_paint(width: u32, height: u32) -> (History, LayerId) {
    let mut history = History::new(Document::new(size(width, height), [255; 4]).unwrap());
    let id = history.add_paint("Paint", top(&history)).unwrap();
    (history, id)
}

pub fn with_mask(width: u32, height: u32) -> (History, LayerId) {
    let mut history = History::new(Document::new(size(width, height), [255; 4]).unwrap());
    let id = history.add_mask("Mask", top(&history)).unwrap();
    (history, id)
}

pub fn recipe(prompt: &str) -> Recipe {
    Recipe {
        version: "0.1.0".into(),
        model: "model".into(),
        family: "Family".into(),
        prompt: prompt.into(),
        negative: None,
        seed: 7,
        steps: 4,
        guidance: 1.0,
        quality: Quality::Draft,
        size: size(8, 8),
        noise: None,
        edit: None,
    }
}
