//! The transformer's sizes and switches, as `transformer/config.json` states them.

use super::keys;
use crate::nn::ModelError;
use crate::weights::{Scope, read_json};
use serde::Deserialize;
use std::path::Path;

pub(super) const MODEL: &str = "Qwen-Image transformer";
const CLASS: &str = "QwenImageTransformer2DModel";

/// Channels of the timestep's sinusoid; a constant of the reference class.
pub(super) const TIMESTEP_CHANNELS: usize = 256;

/// No released model comes near; larger numbers in a file are a mistake or an attack.
const LARGEST: usize = 1 << 16;

/// `QwenImageTransformer2DModel`'s configuration; absent fields take the reference's defaults.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct TransformerConfig {
    #[serde(rename = "_class_name")]
    pub class_name: Option<String>,
    /// Latents per token side.
    pub patch_size: usize,
    /// Channels of a token: latent channels × patch area.
    pub in_channels: usize,
    /// Latent channels predicted; the same as `in_channels` when absent.
    pub out_channels: Option<usize>,
    #[serde(rename = "num_layers")]
    pub blocks: usize,
    #[serde(rename = "attention_head_dim")]
    pub head_size: usize,
    #[serde(rename = "num_attention_heads")]
    pub heads: usize,
    /// Channels of the text encoder's output.
    #[serde(rename = "joint_attention_dim")]
    pub text_channels: usize,
    /// Channels of a head that turn with the frame, the row and the column.
    #[serde(rename = "axes_dims_rope")]
    pub rotary_axes: [usize; 3],
    /// References are modulated as free of noise (Qwen-Image-Edit-2511).
    #[serde(rename = "zero_cond_t")]
    pub noise_free_references: bool,
    /// A learned row is added to the timestep's embedding (Qwen-Image-Layered).
    #[serde(rename = "use_additional_t_cond")]
    pub layer_embedding: bool,
    /// The last picture stands at frame −1 (Qwen-Image-Layered).
    #[serde(rename = "use_layer3d_rope")]
    pub layer_positions: bool,
}

impl Default for TransformerConfig {
    fn default() -> Self {
        Self {
            class_name: None,
            patch_size: 2,
            in_channels: 64,
            out_channels: Some(16),
            blocks: 60,
            head_size: 128,
            heads: 24,
            text_channels: 3584,
            rotary_axes: [16, 56, 56],
            noise_free_references: false,
            layer_embedding: false,
            layer_positions: false,
        }
    }
}

impl TransformerConfig {
    /// Reads and checks `config.json` in a transformer's folder.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when the file cannot be read, [`ModelError::Configuration`] when it describes
    /// something that this code cannot run.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join("config.json");
        let config: Self = read_json(&path)?;
        config.check().map_err(|error| error.in_file(&path))?;
        Ok(config)
    }

    /// Turns on the switches that single-file checkpoints state by tensors instead of a `config.json`.
    pub fn with_markers(mut self, scope: &Scope) -> Self {
        let scope = keys::root(scope);
        self.noise_free_references |= scope.has(keys::NOISE_FREE_MARKER);
        self.layer_embedding |= scope.has(keys::LAYER_EMBEDDING);
        self
    }

    /// Refuses weights that this configuration does not describe, from their header alone: found out here and not
    /// when the last block is read, or never.
    ///
    /// # Errors
    /// [`ModelError::Weight`] for a missing or misshapen tensor, [`ModelError::Configuration`] for another number
    /// of blocks.
    pub fn check_against(&self, scope: &Scope) -> Result<(), ModelError> {
        let scope = keys::root(scope);
        let has = |index: usize| keys::block(&scope, index).at(keys::PICTURE.query).has("weight");
        let (blocks, there) = (self.blocks, if has(self.blocks) { "more" } else { "fewer" });
        if has(blocks) || !has(blocks - 1) {
            let reason = format!("num_layers is {blocks}, and the weights hold {there} blocks");
            return Err(ModelError::Configuration { model: MODEL, reason });
        }
        scope.at(keys::PICTURE_IN).require("weight", &[self.width(), self.in_channels])?;
        scope.at(keys::TEXT_IN).require("weight", &[self.width(), self.text_channels])?;
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
        let sizes = [
            ("patch_size", self.patch_size),
            ("in_channels", self.in_channels),
            ("num_layers", self.blocks),
            ("attention_head_dim", self.head_size),
            ("num_attention_heads", self.heads),
            ("joint_attention_dim", self.text_channels),
        ];
        if let Some((name, value)) = sizes.iter().find(|(_, value)| !(1..=LARGEST).contains(value)) {
            return refuse(format!("{name} is {value}"));
        }
        if self.heads * self.head_size > LARGEST {
            return refuse(format!("{} heads of {} channels are too wide", self.heads, self.head_size));
        }
        let axes = self.rotary_axes;
        let rotary = axes.iter().try_fold(0usize, |sum, axis| sum.checked_add(*axis));
        if rotary != Some(self.head_size) || axes.iter().any(|axis| axis % 2 != 0) {
            let reason = format!("axes_dims_rope {axes:?} do not divide a head of {}", self.head_size);
            return refuse(reason);
        }
        let latent = self.out_channels.unwrap_or(self.in_channels);
        let predicted = latent.checked_mul(self.patch_size * self.patch_size);
        if predicted != Some(self.in_channels) {
            let reason = format!("{latent} latent channels do not make tokens of {}", self.in_channels);
            return refuse(reason);
        }
        Ok(())
    }

    /// Channels of a token inside the transformer.
    pub fn width(&self) -> usize {
        self.heads * self.head_size
    }

    /// Numbers in the weights that [`Transformer`](super::Transformer) keeps on the device.
    pub fn resident_parameters(&self) -> usize {
        let width = self.width();
        let linear = |outputs: usize, inputs: usize| outputs * (inputs + 1);
        let stream = 4 * linear(width, width)
            + 2 * self.head_size
            + linear(4 * width, width)
            + linear(width, 4 * width);
        let ends = linear(width, self.in_channels) + linear(width, self.text_channels) + self.text_channels;
        self.blocks * 2 * stream + ends + linear(self.in_channels, width)
    }

    /// Numbers in the weights that are only streamed through once per schedule.
    pub fn modulation_parameters(&self) -> usize {
        let width = self.width();
        let embedder = width * (TIMESTEP_CHANNELS + 1) + width * (width + 1);
        let layers = if self.layer_embedding { 2 * width } else { 0 };
        (self.blocks * 2 * 6 + 2) * width * (width + 1) + embedder + layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_released_model_has_its_published_number_of_parameters() {
        let config = TransformerConfig::default();
        config.check().unwrap();
        assert_eq!(config.resident_parameters() + config.modulation_parameters(), 20_430_401_088);
    }

    #[test]
    fn impossible_configurations_are_refused_in_words() {
        let refused = |change: fn(&mut TransformerConfig)| {
            let mut config = TransformerConfig::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|c| c.heads = 0).contains("num_attention_heads"));
        assert!(refused(|c| c.rotary_axes = [16, 56, 58]).contains("axes_dims_rope"));
        assert!(refused(|c| c.rotary_axes = [15, 57, 56]).contains("axes_dims_rope"));
        assert!(refused(|c| c.out_channels = None).contains("latent channels"));
        assert!(refused(|c| c.class_name = Some("FluxTransformer2DModel".into())).contains("Flux"));
        assert!(refused(|c| c.blocks = usize::MAX).contains("num_layers"));
    }
}
