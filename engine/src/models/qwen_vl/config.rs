//! The sizes of a text encoder and of its picture processor, as the rest of the folder uses them.
//!
//! They come from json files in several spellings (see `config_json`) and are checked there, once, so that
//! the code behind may divide and multiply without fear.

use super::config_json::{RawConfig, RawPicture, RawProcessor};
use crate::{nn::ModelError, weights::read_json};
use std::path::Path;

/// Sizes of the language model (`Qwen2_5_VLTextModel`).
#[derive(Debug, Clone, PartialEq)]
pub struct LanguageConfig {
    /// Rows of the embedding table; at least as many as the tokenizer has tokens.
    pub vocabulary: usize,
    /// Channels of a token.
    pub width: usize,
    /// Channels inside the gated MLP.
    pub hidden: usize,
    pub blocks: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads, a divisor of `heads`.
    pub kv_heads: usize,
    pub epsilon: f32,
    /// Base of the rotary frequencies.
    pub theta: f32,
    /// Frequencies that follow the temporal, vertical and horizontal position; together half a head.
    pub sections: [usize; 3],
}

impl LanguageConfig {
    /// Channels of one head.
    pub fn head_size(&self) -> usize {
        self.width / self.heads
    }
}

/// Sizes of the vision tower (`Qwen2_5_VisionTransformer`).
#[derive(Debug, Clone, PartialEq)]
pub struct VisionConfig {
    pub width: usize,
    pub hidden: usize,
    pub blocks: usize,
    pub heads: usize,
    /// Side of a patch in pixels.
    pub patch: usize,
    /// Frames of a patch; a still picture repeats itself in all of them.
    pub frames: usize,
    /// Patches per side that become one token.
    pub merge: usize,
    /// Side of an attention window in merged tokens.
    pub window: usize,
    /// Blocks whose attention covers the whole picture.
    pub full_blocks: Vec<usize>,
    pub theta: f32,
}

impl VisionConfig {
    /// Channels of one head.
    pub fn head_size(&self) -> usize {
        self.width / self.heads
    }

    /// Side of one merged token in pixels; picture sides are multiples of it.
    pub fn factor(&self) -> usize {
        self.patch * self.merge
    }
}

/// How pictures are brought to the vision tower (`Qwen2VLImageProcessor`).
#[derive(Debug, Clone, PartialEq)]
pub struct PictureConfig {
    /// Area below which a picture is enlarged, in pixels.
    pub smallest_area: usize,
    /// Area above which a picture is reduced, in pixels.
    pub largest_area: usize,
    /// Mean of red, green and blue on a scale of 0 to 1.
    pub mean: [f32; 3],
    /// Standard deviation of red, green and blue on a scale of 0 to 1.
    pub deviation: [f32; 3],
}

impl Default for PictureConfig {
    /// What the processors of all Qwen-Image-Edit releases hold.
    fn default() -> Self {
        Self {
            smallest_area: 56 * 56,
            largest_area: 12_845_056,
            mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
            deviation: [0.268_629_54, 0.261_302_6, 0.275_777_1],
        }
    }
}

/// Everything about one text encoder that is not a weight.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderConfig {
    pub language: LanguageConfig,
    /// Absent when the file describes no vision tower; such an encoder reads text only.
    pub vision: Option<VisionConfig>,
    /// Token that stands for one picture token, where the file names it.
    pub image_token: Option<u32>,
}

impl EncoderConfig {
    /// Reads `config.json` of a text encoder.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when the file is missing or no json, [`ModelError::Configuration`] when it
    /// describes another model or sizes that cannot be.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        read_json::<RawConfig>(path)?.check().map_err(|error| error.in_file(path))
    }
}

impl PictureConfig {
    /// Reads the processor's file in `folder` (`preprocessor_config.json`, or `processor_config.json` with an
    /// `image_processor` inside); without either the published sizes hold.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when a file is no json, [`ModelError::Configuration`] when its sizes cannot be
    /// or contradict the vision tower.
    pub fn read(folder: &Path, vision: &VisionConfig) -> Result<Self, ModelError> {
        let plain = folder.join("preprocessor_config.json");
        if plain.is_file() {
            return read_json::<RawPicture>(&plain)?.check(vision).map_err(|error| error.in_file(&plain));
        }
        let whole = folder.join("processor_config.json");
        if whole.is_file()
            && let Some(picture) = read_json::<RawProcessor>(&whole)?.image_processor
        {
            return picture.check(vision).map_err(|error| error.in_file(&whole));
        }
        Ok(Self::default())
    }
}
