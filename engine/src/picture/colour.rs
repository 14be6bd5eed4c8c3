//! Between 8 bits and what the models see: white behind transparency, luminance, −1 … 1.

use super::error::PictureError;
use super::raster::{Gray8, Rgb8, Rgba8};

/// Weights of red, green and blue in luminance, in 65536ths (ITU-R BT.601, as Pillow's mode `L`).
pub const fn luma_weights() -> [u32; 3] {
    [19595, 38470, 7471]
}

impl Rgba8 {
    /// The picture over white, as the models see it: `(c·a + 255·(255 − a)) / 255`, rounded to nearest.
    pub fn over_white(&self) -> Rgb8 {
        let mix = |colour: u8, alpha: u8| {
            divide_by_255(u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha)))
        };
        self.map(|&[r, g, b, a]| [mix(r, a), mix(g, a), mix(b, a)])
    }

    /// The colours with the alpha dropped, as Pillow's `convert("RGB")`.
    pub fn without_alpha(&self) -> Rgb8 {
        self.map(|&[r, g, b, _]| [r, g, b])
    }

    pub fn is_opaque(&self) -> bool {
        self.iter().all(|&[.., alpha]| alpha == 255)
    }

    pub fn alpha(&self) -> Gray8 {
        self.map(|&[.., alpha]| [alpha])
    }
}

impl Rgb8 {
    /// The same colours, opaque.
    pub fn opaque(&self) -> Rgba8 {
        self.map(|&[r, g, b]| [r, g, b, 255])
    }

    /// Luminance, equal to Pillow's `convert("L")`.
    pub fn luma(&self) -> Gray8 {
        let [red, green, blue] = luma_weights();
        let weigh = |[r, g, b]: [u8; 3]| u32::from(r) * red + u32::from(g) * green + u32::from(b) * blue;
        self.map(|&pixel| [((weigh(pixel) + 0x8000) >> 16) as u8])
    }

    /// The codec's input: `2·(c / 255) − 1` in f32, channels last, `[row, column, 3]` (as diffusers'
    /// `VaeImageProcessor.preprocess`, which stores channels first).
    pub fn to_signed(&self) -> Vec<f32> {
        self.pixels().iter().map(|&byte| 2.0 * (f32::from(byte) / 255.0) - 1.0).collect()
    }
}

/// The codec's output `[row, column, 3]` in −1 … 1 as 8 bits: `clamp(v / 2 + 0.5, 0, 1) · 255`, half to even,
/// as diffusers' `VaeImageProcessor.postprocess`. Fails if a value is NaN or infinite.
pub fn from_signed(width: usize, height: usize, values: &[f32]) -> Result<Rgb8, PictureError> {
    let count = values.iter().filter(|value| !value.is_finite()).count();
    if count > 0 {
        return Err(PictureError::NotFinite { count, of: values.len() });
    }
    let byte = |&value: &f32| ((value * 0.5 + 0.5).clamp(0.0, 1.0) * 255.0).round_ties_even() as u8;
    Rgb8::new(width, height, values.iter().map(byte).collect())
}

/// Rounded to nearest, exact for sums up to 255 · 255.
pub(super) fn divide_by_255(sum: u32) -> u8 {
    let sum = sum + 128;
    (((sum >> 8) + sum) >> 8) as u8
}
