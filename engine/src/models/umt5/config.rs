//! The encoder's sizes, as `text_encoder/config.json` states them.

use super::unusable;
use crate::nn::ModelError;
use crate::weights::read_json;
use serde::Deserialize;
use std::path::Path;

/// Classes whose encoder this is.
const CLASSES: [&str; 2] = ["UMT5EncoderModel", "UMT5ForConditionalGeneration"];

/// The feed-forward layer that all released models have.
const FEED_FORWARD: &str = "gated-gelu";

/// No released model comes near; larger numbers in a file are a mistake or an attack.
const LARGEST: usize = 1 << 20;

/// `UMT5Config`; absent fields take umT5-XXL's values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct EncoderConfig {
    pub architectures: Vec<String>,
    #[serde(rename = "vocab_size")]
    pub vocabulary: usize,
    #[serde(rename = "d_model")]
    pub width: usize,
    #[serde(rename = "d_kv")]
    pub head_size: usize,
    #[serde(rename = "num_heads")]
    pub heads: usize,
    /// Channels inside the feed-forward layer.
    #[serde(rename = "d_ff")]
    pub hidden: usize,
    #[serde(rename = "num_layers")]
    pub blocks: usize,
    #[serde(rename = "relative_attention_num_buckets")]
    pub buckets: usize,
    /// Distances from here on share a bucket.
    #[serde(rename = "relative_attention_max_distance")]
    pub farthest: usize,
    #[serde(rename = "layer_norm_epsilon")]
    pub epsilon: f32,
    pub feed_forward_proj: String,
}

impl Default for EncoderConfig {
    fn default() -> Self {
        Self {
            architectures: Vec::new(),
            vocabulary: 256_384,
            width: 4096,
            head_size: 64,
            heads: 64,
            hidden: 10_240,
            blocks: 24,
            buckets: 32,
            farthest: 128,
            epsilon: 1e-6,
            feed_forward_proj: FEED_FORWARD.into(),
        }
    }
}

impl EncoderConfig {
    /// Reads and checks `config.json`.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when the file cannot be read, [`ModelError::Settings`] when it describes
    /// something that this code cannot run.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let config: Self = read_json(path)?;
        config.check().map_err(|error| error.in_file(path))?;
        Ok(config)
    }

    /// Refuses configurations that this code cannot run.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] with the reason.
    pub fn check(&self) -> Result<(), ModelError> {
        if let Some(class) = self.architectures.iter().find(|class| !CLASSES.contains(&class.as_str())) {
            return Err(unusable(format!("it describes the class {class}, not {}", CLASSES[0])));
        }
        if self.feed_forward_proj != FEED_FORWARD {
            let reason = format!("feed_forward_proj is {}, expected {FEED_FORWARD}", self.feed_forward_proj);
            return Err(unusable(reason));
        }
        let sizes = [
            ("vocab_size", self.vocabulary),
            ("d_model", self.width),
            ("d_kv", self.head_size),
            ("num_heads", self.heads),
            ("d_ff", self.hidden),
            ("num_layers", self.blocks),
            ("relative_attention_max_distance", self.farthest),
        ];
        if let Some((name, value)) = sizes.iter().find(|(_, value)| !(1..=LARGEST).contains(value)) {
            return Err(unusable(format!("{name} is {value}")));
        }
        if self.heads * self.head_size > LARGEST {
            let reason = format!("{} heads of {} channels are too wide", self.heads, self.head_size);
            return Err(unusable(reason));
        }
        // Half of the buckets are for each direction, and half of those for near tokens, one each.
        if !(4..=LARGEST).contains(&self.buckets) || self.farthest <= self.buckets / 4 {
            let reason = format!("{} buckets for distances up to {}", self.buckets, self.farthest);
            return Err(unusable(reason));
        }
        if !(self.epsilon.is_finite() && self.epsilon > 0.0) {
            return Err(unusable(format!("layer_norm_epsilon is {}", self.epsilon)));
        }
        Ok(())
    }

    /// Channels of all heads together.
    pub fn attended(&self) -> usize {
        self.heads * self.head_size
    }

    /// Numbers in the weights without the table of embeddings.
    pub fn parameters(&self) -> usize {
        let attention = 4 * self.width * self.attended() + self.buckets * self.heads;
        self.blocks * (attention + 3 * self.width * self.hidden + 2 * self.width) + self.width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_released_encoder_has_its_published_number_of_parameters() {
        let config = EncoderConfig::default();
        config.check().unwrap();
        assert_eq!(config.parameters() + config.vocabulary * config.width, 5_680_910_336);
    }

    #[test]
    fn impossible_configurations_are_refused_in_words() {
        let refused = |change: fn(&mut EncoderConfig)| {
            let mut config = EncoderConfig::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|c| c.heads = 0).contains("num_heads"));
        assert!(refused(|c| c.blocks = usize::MAX).contains("num_layers"));
        assert!(refused(|c| c.buckets = 3).contains("buckets"));
        assert!(refused(|c| c.farthest = 8).contains("distances"));
        assert!(refused(|c| c.epsilon = f32::NAN).contains("layer_norm_epsilon"));
        assert!(refused(|c| c.feed_forward_proj = "relu".into()).contains("relu"));
        assert!(refused(|c| c.architectures = vec!["T5EncoderModel".into()]).contains("T5EncoderModel"));
    }
}
