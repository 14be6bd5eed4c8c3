//! The sizes that the models ask for. Python rounds halves to even, and so do we.

use super::error::PictureError;

/// Sizes for the codec are multiples of this many pixels.
const CODEC_STEP: usize = 32;
/// Longest side over shortest that the vision tower takes.
pub const MOST_ELONGATED: usize = 200;

/// Width and height of about `area` pixels with the aspect of `width` × `height`, both multiples of 32:
/// diffusers' `calculate_dimensions(area, width / height)`. Neither is ever 0: a strip keeps at least 32
/// pixels across, where the reference would come to nothing.
pub fn fit_area(area: usize, width: usize, height: usize) -> (usize, usize) {
    let ratio = width.max(1) as f64 / height.max(1) as f64;
    let ideal_width = (area as f64 * ratio).sqrt();
    let ideal_height = ideal_width / ratio;
    let step = CODEC_STEP as f64;
    let snap = |length: f64| ((length / step).round_ties_even() as usize * CODEC_STEP).max(CODEC_STEP);
    (snap(ideal_width), snap(ideal_height))
}

/// Bounds of a vision tower's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisionArea {
    /// Both sides are multiples of this: patch size times merge size.
    pub factor: usize,
    /// Fewest and most pixels.
    pub least: usize,
    pub most: usize,
}

impl VisionArea {
    /// Qwen2.5-VL as the Qwen-Image-Edit checkpoints set it: patches of 14 pixels merged two by two.
    pub const QWEN_2_5_VL: Self = Self { factor: 28, least: 56 * 56, most: 12_845_056 };
}

/// Width and height at which Qwen2.5-VL sees a picture of `width` × `height`: `smart_resize` of transformers'
/// `Qwen2VLImageProcessor`. Fails where the reference does, above an aspect of 200.
pub fn vision_size(width: usize, height: usize, area: VisionArea) -> Result<(usize, usize), PictureError> {
    let (long, short) = (width.max(height), width.min(height));
    if short == 0 || long as f64 / short as f64 > MOST_ELONGATED as f64 {
        return Err(PictureError::TooElongated { width, height, limit: MOST_ELONGATED });
    }
    let factor = area.factor as f64;
    let nearest = |length: usize| (length as f64 / factor).round_ties_even() as usize * area.factor;
    let (wide, high) = (nearest(width), nearest(height));
    let pixels = width as f64 * height as f64;
    if wide * high > area.most {
        let shrink = (pixels / area.most as f64).sqrt();
        let below = |length: usize| (length as f64 / shrink / factor).floor() as usize * area.factor;
        Ok((below(width).max(area.factor), below(height).max(area.factor)))
    } else if wide * high < area.least {
        let grow = (area.least as f64 / pixels).sqrt();
        let above = |length: usize| (length as f64 * grow / factor).ceil() as usize * area.factor;
        Ok((above(width), above(height)))
    } else {
        Ok((wide, high))
    }
}
