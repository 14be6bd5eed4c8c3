//! The transformer's sizes and switches, as `transformer/config.json` states them.

use super::keys::Keys;
use crate::nn::ModelError;
use crate::weights::{Scope, read_json};
use serde::Deserialize;
use std::path::Path;

pub(super) const MODEL: &str = "Wan transformer";
const CLASS: &str = "WanTransformer3DModel";

/// Latents per token: frames, rows, columns. All released models have these.
pub(super) const PATCH: [usize; 3] = [1, 2, 2];

/// Most numbers of the MLP's hidden layer at once: 128 MiB. Longer clips pass a block in runs of tokens.
const HIDDEN: usize = 32 << 20;

/// Tokens of a prompt, padding included.
const TEXT_TOKENS: usize = 512;

/// The norm of queries and keys that all released models have: over all heads together.
const HEAD_NORM: &str = "rms_norm_across_heads";

/// No released model comes near; larger numbers in a file are a mistake or an attack.
const LARGEST: usize = 1 << 18;

/// `WanTransformer3DModel`'s configuration; absent fields take the values of Wan 2.2 T2V A14B.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct TransformerConfig {
    #[serde(rename = "_class_name")]
    pub class_name: Option<String>,
    pub patch_size: [usize; 3],
    #[serde(rename = "num_attention_heads")]
    pub heads: usize,
    #[serde(rename = "attention_head_dim")]
    pub head_size: usize,
    /// Latent channels in: 16 or 48, or 36 = 16 noisy, 4 of mask, 16 of known frames.
    pub in_channels: usize,
    /// Latent channels predicted; the same as `in_channels` when absent.
    pub out_channels: Option<usize>,
    /// Channels of the text encoder's output.
    #[serde(rename = "text_dim")]
    pub text_channels: usize,
    /// Channels of the timestep's sinusoid.
    #[serde(rename = "freq_dim")]
    pub timestep_channels: usize,
    /// Channels inside the MLP.
    #[serde(rename = "ffn_dim")]
    pub hidden: usize,
    #[serde(rename = "num_layers")]
    pub blocks: usize,
    pub cross_attn_norm: bool,
    pub qk_norm: Option<String>,
    #[serde(rename = "eps")]
    pub epsilon: f32,
    /// Channels of a picture encoder's tokens (Wan 2.1 I2V); none in Wan 2.2.
    pub image_dim: Option<usize>,
}

impl Default for TransformerConfig {
    fn default() -> Self {
        Self {
            class_name: None,
            patch_size: PATCH,
            heads: 40,
            head_size: 128,
            in_channels: 16,
            out_channels: Some(16),
            text_channels: 4096,
            timestep_channels: 256,
            hidden: 13_824,
            blocks: 40,
            cross_attn_norm: true,
            qk_norm: Some(HEAD_NORM.into()),
            epsilon: 1e-6,
            image_dim: None,
        }
    }
}

impl TransformerConfig {
    /// Reads and checks `config.json` in a transformer's folder.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when the file cannot be read, [`ModelError::Settings`] when it describes
    /// something that this code cannot run.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join("config.json");
        let config: Self = read_json(&path)?;
        config.check().map_err(|error| error.in_file(&path))?;
        Ok(config)
    }

    /// Refuses weights that this configuration does not describe, from their header alone.
    ///
    /// # Errors
    /// [`ModelError::Weight`] for a missing or misshapen tensor, [`ModelError::Configuration`] for another number
    /// of blocks.
    pub fn check_against(&self, scope: &Scope) -> Result<(), ModelError> {
        let keys = Keys::of(scope);
        let has = |index: usize| keys.has_block(index);
        let (blocks, there) = (self.blocks, if has(self.blocks) { "more" } else { "fewer" });
        if has(blocks) || !has(blocks - 1) {
            let reason = format!("num_layers is {blocks}, and the weights hold {there} blocks");
            return Err(ModelError::Configuration { model: MODEL, reason });
        }
        let [frames, rows, columns] = PATCH;
        let (names, width) = (keys.names, self.width());
        let patch = [width, self.in_channels, frames, rows, columns];
        keys.root.at(names.patch_in).require("weight", &patch)?;
        keys.root.at(names.text_first).require("weight", &[width, self.text_channels])?;
        keys.root.at(names.head).require("weight", &[self.predicted(), width])?;
        Ok(())
    }

    /// Refuses configurations that this code cannot run.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] with the reason.
    pub fn check(&self) -> Result<(), ModelError> {
        let refuse = |reason: String| Err(ModelError::Configuration { model: MODEL, reason });
        if let Some(class) = self.class_name.as_deref().filter(|class| *class != CLASS) {
            return refuse(format!("it describes the class {class}, not {CLASS}"));
        }
        if self.patch_size != PATCH {
            return refuse(format!("patch_size is {:?}, expected {PATCH:?}", self.patch_size));
        }
        if self.qk_norm.as_deref() != Some(HEAD_NORM) || !self.cross_attn_norm {
            let reason = "it norms queries, keys or text in another way than Wan 2.1 and 2.2 do";
            return refuse(reason.into());
        }
        if self.image_dim.is_some() {
            return refuse("it sees pictures through CLIP (Wan 2.1 I2V), which is not built yet".into());
        }
        let sizes = [
            ("num_attention_heads", self.heads),
            ("attention_head_dim", self.head_size),
            ("in_channels", self.in_channels),
            ("out_channels", self.out_channels()),
            ("text_dim", self.text_channels),
            ("freq_dim", self.timestep_channels),
            ("ffn_dim", self.hidden),
            ("num_layers", self.blocks),
        ];
        if let Some((name, value)) = sizes.iter().find(|(_, value)| !(1..=LARGEST).contains(value)) {
            return refuse(format!("{name} is {value}"));
        }
        if self.heads * self.head_size > LARGEST {
            return refuse(format!("{} heads of {} channels are too wide", self.heads, self.head_size));
        }
        if !self.head_size.is_multiple_of(2)
            || self.head_size < 6
            || !self.timestep_channels.is_multiple_of(2)
        {
            return refuse(format!(
                "heads of {} and sinusoids of {} channels cannot be turned in pairs",
                self.head_size, self.timestep_channels
            ));
        }
        if !(self.epsilon.is_finite() && self.epsilon > 0.0) {
            return refuse(format!("eps is {}", self.epsilon));
        }
        if self.in_channels < self.out_channels() {
            let reason = format!("it predicts {} channels of {}", self.out_channels(), self.in_channels);
            return refuse(reason);
        }
        Ok(())
    }

    /// Channels of a token inside the transformer.
    pub fn width(&self) -> usize {
        self.heads * self.head_size
    }

    /// Latent channels that are predicted.
    pub fn out_channels(&self) -> usize {
        self.out_channels.unwrap_or(self.in_channels)
    }

    /// Channels of a predicted token.
    pub(super) fn predicted(&self) -> usize {
        self.out_channels() * PATCH.iter().product::<usize>()
    }

    /// Channels of a head that turn with the frame, the row and the column.
    pub(super) fn rotary_axes(&self) -> [usize; 3] {
        let side = 2 * (self.head_size / 6);
        [self.head_size - 2 * side, side, side]
    }

    /// Tokens that pass a block at once.
    pub fn run(&self) -> usize {
        (HIDDEN / self.hidden.max(1)).max(1)
    }

    /// Memory while a clip of so many tokens passes, in bytes, without the weights: what stays the same through a step, and
    /// the most that a block holds. At most `run` tokens pass a block at once.
    pub fn pass_bytes(&self, tokens: usize, run: usize) -> usize {
        let (width, run) = (self.width(), run.min(tokens).max(1));
        // The clip, its keys and its values; then a run before and after a layer, and the MLP's hidden layer.
        let block = 3 * tokens * width + run * (2 * width + self.hidden);
        let text = TEXT_TOKENS * width * 4;
        let angles = tokens * self.head_size;
        // Noisy and known latents, joined and folded into tokens; velocities with and without the prompt, and steps before.
        let latents =
            tokens * PATCH.iter().product::<usize>() * (2 * self.in_channels + 6 * self.out_channels());
        4 * (block + text + angles + latents)
    }

    /// Numbers in the weights of one block.
    pub fn block_parameters(&self) -> usize {
        let width = self.width();
        let attention = 4 * width * (width + 1) + 2 * width;
        2 * attention + 2 * width + 6 * width + self.hidden * (width + 1) + width * (self.hidden + 1)
    }

    /// Numbers in the weights outside of the blocks that stay while a clip passes.
    pub fn resident_end_parameters(&self) -> usize {
        let (width, patch) = (self.width(), PATCH.iter().product::<usize>());
        let linear = |outputs: usize, inputs: usize| outputs * (inputs + 1);
        linear(width, self.in_channels * patch)
            + linear(width, self.text_channels)
            + linear(width, width)
            + linear(self.predicted(), width)
            + 2 * width
    }

    /// Numbers in the weights outside of the blocks, those that only make the modulation included.
    pub fn end_parameters(&self) -> usize {
        let width = self.width();
        let linear = |outputs: usize, inputs: usize| outputs * (inputs + 1);
        self.resident_end_parameters()
            + linear(width, self.timestep_channels)
            + linear(width, width)
            + linear(6 * width, width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_released_models_have_their_published_numbers_of_parameters() {
        let total = |config: TransformerConfig| {
            config.check().unwrap();
            config.end_parameters() + config.blocks * config.block_parameters()
        };
        assert_eq!(total(TransformerConfig::default()), 14_288_491_584);
        let pictures = TransformerConfig { in_channels: 36, ..TransformerConfig::default() };
        assert_eq!(total(pictures), 14_288_901_184);
        let small = TransformerConfig {
            heads: 24,
            in_channels: 48,
            out_channels: Some(48),
            hidden: 14_336,
            blocks: 30,
            ..TransformerConfig::default()
        };
        assert_eq!(total(small), 4_999_787_712);
    }

    #[test]
    fn heads_are_divided_among_frame_row_and_column() {
        assert_eq!(TransformerConfig::default().rotary_axes(), [44, 42, 42]);
        let small = TransformerConfig { head_size: 32, ..TransformerConfig::default() };
        assert_eq!(small.rotary_axes(), [12, 10, 10]);
    }

    #[test]
    fn impossible_configurations_are_refused_in_words() {
        let refused = |change: fn(&mut TransformerConfig)| {
            let mut config = TransformerConfig::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|c| c.heads = 0).contains("num_attention_heads"));
        assert!(refused(|c| c.blocks = usize::MAX).contains("num_layers"));
        assert!(refused(|c| c.patch_size = [2, 2, 2]).contains("patch_size"));
        assert!(refused(|c| c.qk_norm = None).contains("norms"));
        assert!(refused(|c| c.image_dim = Some(1280)).contains("CLIP"));
        assert!(refused(|c| c.head_size = 7).contains("pairs"));
        assert!(refused(|c| c.out_channels = Some(17)).contains("predicts"));
        assert!(refused(|c| c.class_name = Some("WanVACETransformer3DModel".into())).contains("VACE"));
    }
}
