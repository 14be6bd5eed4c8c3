//! The codec's sizes, as `vae/config.json` states them.

use crate::nn::ModelError;
use crate::weights::read_json;
use serde::Deserialize;
use std::path::Path;

pub(super) const MODEL: &str = "codec";

/// Classes with this layout of weights.
const CLASSES: [&str; 2] = ["AutoencoderKLQwenImage", "AutoencoderKLWan"];

/// No released codec comes near; larger numbers in a file are a mistake or an attack.
const MOST_CHANNELS: usize = 1 << 14;
const MOST_STAGES: usize = 8;
const MOST_BLOCKS: usize = 64;

/// `AutoencoderKLQwenImage`'s configuration; absent fields take the reference's defaults.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct CodecConfig {
    #[serde(rename = "_class_name")]
    pub class_name: Option<String>,
    /// Channels at full size.
    pub base_dim: usize,
    /// Latent channels.
    pub z_dim: usize,
    /// Channels of every stage, as multiples of `base_dim`; the size halves between stages.
    pub dim_mult: Vec<usize>,
    /// Residual blocks per stage of the encoder; the decoder has one more.
    pub num_res_blocks: usize,
    /// Scales (1, ½, ¼ …) at which the encoder attends after every residual block.
    pub attn_scales: Vec<f64>,
    /// Stages that halve time too; no matter for pictures.
    pub temperal_downsample: Vec<bool>,
    /// 3, or 4 with transparency.
    pub input_channels: usize,
    pub latents_mean: Vec<f32>,
    pub latents_std: Vec<f32>,
}

impl Default for CodecConfig {
    fn default() -> Self {
        Self {
            class_name: None,
            base_dim: 96,
            z_dim: 16,
            dim_mult: vec![1, 2, 4, 4],
            num_res_blocks: 2,
            attn_scales: Vec::new(),
            temperal_downsample: vec![false, true, true],
            input_channels: 3,
            latents_mean: vec![
                -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517,
                -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
            ],
            latents_std: vec![
                2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652,
                1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
            ],
        }
    }
}

impl CodecConfig {
    /// Reads and checks `config.json` in a codec's folder.
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

    /// Refuses configurations that this code cannot run.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] with the reason.
    pub fn check(&self) -> Result<(), ModelError> {
        let refuse = |reason: String| Err(ModelError::Configuration { model: MODEL, reason });
        if let Some(class) = self.class_name.as_deref().filter(|class| !CLASSES.contains(class)) {
            return refuse(format!("it describes the class {class}, which is another kind of codec"));
        }
        if !(1..=MOST_STAGES).contains(&self.dim_mult.len()) {
            return refuse(format!("dim_mult has {} stages", self.dim_mult.len()));
        }
        let widest = self.dim_mult.iter().try_fold(0, |widest: usize, multiple| {
            self.base_dim.checked_mul(*multiple).filter(|channels| *channels > 0).map(|c| widest.max(c))
        });
        let sizes = [
            ("base_dim × dim_mult", widest.unwrap_or(0), MOST_CHANNELS),
            ("z_dim", self.z_dim, MOST_CHANNELS),
            ("num_res_blocks", self.num_res_blocks, MOST_BLOCKS),
        ];
        if let Some((name, value, _)) = sizes.iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
            return refuse(format!("{name} is {value}"));
        }
        if !(3..=4).contains(&self.input_channels) {
            return refuse(format!("input_channels is {}, expected 3 or 4", self.input_channels));
        }
        let moments = [("latents_mean", &self.latents_mean), ("latents_std", &self.latents_std)];
        if let Some((name, values)) = moments.iter().find(|(_, values)| values.len() != self.z_dim) {
            return refuse(format!("{name} has {} numbers for {} latent channels", values.len(), self.z_dim));
        }
        let usable = |std: &f32| std.is_finite() && *std > 0.0;
        if !self.latents_mean.iter().all(|mean| mean.is_finite()) || !self.latents_std.iter().all(usable) {
            return refuse("latents_mean or latents_std holds numbers that cannot be used".into());
        }
        Ok(())
    }

    /// Pixels per latent in each direction.
    pub fn scale(&self) -> usize {
        1 << (self.dim_mult.len() - 1)
    }

    /// Channels of every stage, finest first.
    pub(super) fn stages(&self) -> Vec<usize> {
        self.dim_mult.iter().map(|multiple| self.base_dim * multiple).collect()
    }

    /// Memory for activations while a tile of `rows × columns` pixels passes, in bytes.
    ///
    /// At full size four tensors of the finest stage are alive at once: a block's input, its normalised
    /// input or first convolution, and two around the second convolution.
    pub fn peak_bytes(&self, rows: usize, columns: usize) -> usize {
        4 * 4 * self.stages()[0] * rows * columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_released_codec_is_the_default() {
        let config: CodecConfig =
            serde_json::from_str(r#"{"_class_name": "AutoencoderKLQwenImage", "dropout": 0.0}"#).unwrap();
        config.check().unwrap();
        assert_eq!(config.stages(), [96, 192, 384, 384]);
        assert_eq!(config.scale(), 8);
    }

    #[test]
    fn impossible_configurations_are_refused_in_words() {
        let refused = |change: fn(&mut CodecConfig)| {
            let mut config = CodecConfig::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|c| c.dim_mult.clear()).contains("stages"));
        assert!(refused(|c| c.dim_mult = vec![1, 0]).contains("base_dim"));
        assert!(refused(|c| c.base_dim = usize::MAX).contains("base_dim"));
        assert!(refused(|c| c.latents_std = vec![1.0]).contains("latents_std"));
        assert!(refused(|c| c.latents_std[3] = 0.0).contains("cannot be used"));
        assert!(refused(|c| c.input_channels = 12).contains("input_channels"));
        assert!(refused(|c| c.class_name = Some("AutoencoderKL".into())).contains("another kind"));
    }
}
