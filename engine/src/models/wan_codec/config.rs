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
const MOST_PATCH: usize = 16;

/// `AutoencoderKLQwenImage`'s or `AutoencoderKLWan`'s configuration; absent fields take the reference's defaults.
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
    /// Stages that halve time too; no matter for pictures. Misspelt like this in the files.
    pub temperal_downsample: Vec<bool>,
    /// Wan 2.2: every stage has a way around it.
    pub is_residual: bool,
    /// Wan 2.2: channels at full size in the decoder, where those differ from the encoder's.
    pub decoder_base_dim: Option<usize>,
    /// Wan 2.2: pixels along each side that are laid into channels before the network.
    pub patch_size: Option<usize>,
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
            is_residual: false,
            decoder_base_dim: None,
            patch_size: None,
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
        let widest = |base: usize| {
            let widest = self.dim_mult.iter().try_fold(0, |widest: usize, multiple| {
                base.checked_mul(*multiple).filter(|channels| *channels > 0).map(|c| widest.max(c))
            });
            widest.unwrap_or(0)
        };
        let sizes = [
            ("base_dim × dim_mult", widest(self.base_dim), MOST_CHANNELS),
            ("decoder_base_dim × dim_mult", widest(self.decoder_base()), MOST_CHANNELS),
            ("patch_size", self.patch(), MOST_PATCH),
            ("z_dim", self.z_dim, MOST_CHANNELS),
            ("num_res_blocks", self.num_res_blocks, MOST_BLOCKS),
        ];
        if let Some((name, value, _)) = sizes.iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
            return refuse(format!("{name} is {value}"));
        }
        if !(3..=4).contains(&self.input_channels) {
            return refuse(format!("input_channels is {}, expected 3 or 4", self.input_channels));
        }
        self.check_kind().or_else(refuse)?;
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

    /// What only one of the two kinds of codec can have.
    fn check_kind(&self) -> Result<(), String> {
        if self.is_residual && !self.attn_scales.is_empty() {
            return Err("it has both ways around its stages and attention inside of them".into());
        }
        if !self.is_residual {
            let odd = self.stages().into_iter().skip(1).find(|channels| channels % 2 != 0);
            return match odd {
                _ if self.patch() != 1 => Err("it lays pixels into channels, and is not residual".into()),
                Some(channels) => Err(format!("{channels} channels cannot be halved where the size doubles")),
                None => Ok(()),
            };
        }
        // Averaging and repeating around a stage need whole groups of channels.
        let (halvings, down) = (self.dim_mult.len() - 1, self.stages());
        let up: Vec<usize> = self.decoder_stages().into_iter().rev().collect();
        for stage in 0..=halvings {
            let pixels = match stage {
                _ if stage == halvings => 1,
                _ if self.halves_time(stage) => 8,
                _ => 4,
            };
            let inputs = if stage == 0 { self.base_dim } else { down[stage - 1] };
            if inputs * pixels % down[stage] != 0 {
                return Err(format!("the way around stage {stage} cannot make {} channels", down[stage]));
            }
            if stage < halvings {
                let pixels = if self.halves_time(halvings - 1 - stage) { 8 } else { 4 };
                let inputs = if stage == 0 { up[0] } else { up[stage - 1] };
                if !(up[stage] * pixels).is_multiple_of(inputs) {
                    return Err(format!("the way around stage {stage} cannot make {} channels", up[stage]));
                }
            }
        }
        Ok(())
    }

    /// Pixels per latent in each direction.
    pub fn scale(&self) -> usize {
        self.patch() << (self.dim_mult.len() - 1)
    }

    /// Pixels along each side that are laid into channels before the network.
    pub(super) fn patch(&self) -> usize {
        self.patch_size.unwrap_or(1)
    }

    /// Channels that the network takes and gives.
    pub(super) fn network_channels(&self) -> usize {
        self.input_channels * self.patch() * self.patch()
    }

    /// Frames of the clip, after the first, that become one latent frame.
    pub fn time_scale(&self) -> usize {
        let halvings = self.dim_mult.len() - 1;
        1 << (0..halvings).filter(|stage| self.halves_time(*stage)).count()
    }

    /// Whether the halving after a stage of the encoder halves time, too.
    pub(super) fn halves_time(&self, stage: usize) -> bool {
        stage + 1 < self.dim_mult.len() && self.temperal_downsample.get(stage) == Some(&true)
    }

    fn decoder_base(&self) -> usize {
        self.decoder_base_dim.unwrap_or(self.base_dim)
    }

    /// Channels of every stage of the decoder, finest first.
    pub(super) fn decoder_stages(&self) -> Vec<usize> {
        self.dim_mult.iter().map(|multiple| self.decoder_base() * multiple).collect()
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

    /// The largest tensor among those, in bytes: a chunk at the finest stage, behind two frames that are remembered.
    pub fn largest_bytes(&self, rows: usize, columns: usize, chunk: usize) -> usize {
        let widths = self.decoder_stages();
        let finest = widths.first().copied().unwrap_or(0);
        let before = widths.get(1).copied().unwrap_or(finest);
        let arriving = if self.is_residual { before } else { before / 2 };
        let pixels = rows.div_ceil(self.patch()) * columns.div_ceil(self.patch());
        4 * (chunk * self.time_scale() + 2) * pixels * finest.max(arriving)
    }

    /// Memory while a clip of `rows × columns` pixels is decoded, `chunk` latent frames at a time, in bytes: what the
    /// convolutions remember, and the activations of the largest step.
    pub fn clip_bytes(&self, rows: usize, columns: usize, chunk: usize) -> usize {
        let widths: Vec<usize> = self.decoder_stages().into_iter().rev().collect();
        let (halvings, blocks) = (widths.len() - 1, self.num_res_blocks + 1);
        let mut pixels = (rows / self.scale()).max(1) * (columns / self.scale()).max(1);
        let (mut frames, mut channels) = (chunk, widths[0]);
        // Two frames before every convolution: the first one, the four of the middle, those of the stages, the last one.
        let mut remembered = 2 * pixels * (self.z_dim + 4 * channels);
        let mut most = 0;
        for (index, &outputs) in widths.iter().enumerate() {
            remembered += 2 * pixels * (channels + (2 * blocks - 1) * outputs);
            let time = self.halves_time((halvings - 1).wrapping_sub(index)) && index < halvings;
            let grown = if time { 2 * frames } else { frames };
            // The way around is made before the stage and waits for its end.
            let around = if self.is_residual && index < halvings { 4 * pixels * grown * outputs } else { 0 };
            // A block's input, its norm, that behind two frames, the result: in its first convolution, and in its second,
            // where the input waits if channels change.
            let waiting = if channels == outputs { 0 } else { frames * channels };
            let first = (3 * frames + 2) * channels + frames * outputs;
            let second = (4 * frames + 2) * outputs + waiting;
            most = most.max(pixels * first.max(second) + around);
            channels = outputs;
            if index == halvings {
                break;
            }
            let after = if self.is_residual { channels } else { channels / 2 };
            remembered += if time { 2 * pixels * channels } else { 0 };
            // The stage's result, its frames doubled, and the doubled picture; then the way around is added.
            let doubled = if time { grown } else { 0 };
            let result = 4 * pixels * grown * after;
            most = most.max(pixels * channels * (frames + doubled) + result + around);
            (pixels, frames, channels) = (4 * pixels, grown, after);
        }
        remembered += 2 * pixels * channels;
        4 * (remembered + most)
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
        assert_eq!((config.scale(), config.time_scale()), (8, 4));
    }

    #[test]
    fn the_codec_of_the_small_video_model_has_patches_and_ways_around() {
        let config = CodecConfig {
            base_dim: 160,
            decoder_base_dim: Some(256),
            z_dim: 48,
            is_residual: true,
            patch_size: Some(2),
            latents_mean: vec![0.0; 48],
            latents_std: vec![1.0; 48],
            ..CodecConfig::default()
        };
        config.check().unwrap();
        assert_eq!((config.scale(), config.time_scale(), config.network_channels()), (16, 4, 12));
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
        assert!(refused(|c| c.patch_size = Some(2)).contains("not residual"));
        assert!(refused(|c| c.patch_size = Some(0)).contains("patch_size"));
        assert!(refused(|c| (c.is_residual, c.attn_scales) = (true, vec![1.0])).contains("attention"));
        assert!(refused(|c| (c.is_residual, c.dim_mult) = (true, vec![1, 5])).contains("way around"));
        assert!(refused(|c| c.decoder_base_dim = Some(usize::MAX)).contains("decoder_base_dim"));
    }
}
