//! The tensors of Qwen-Image's codec (diffusers `AutoencoderKLQwenImage`, the same network as Wan 2.1's) and of Wan
//! 2.2's (`AutoencoderKLWan` with ways around its stages), from their measures alone.

use super::component::{Headers, Measure, TensorList, within};
use serde::Deserialize;

/// The measures that decide names and shapes, as in `vae/config.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct CodecShape {
    pub base_dim: usize,
    pub z_dim: usize,
    pub dim_mult: Vec<usize>,
    pub num_res_blocks: usize,
    /// Which of the halvings also halve time; misspelt like this in the files.
    pub temperal_downsample: Vec<bool>,
    /// 3 for RGB, 4 for the Layered kind's RGBA, 12 where pixels are laid into channels.
    pub input_channels: usize,
    /// Wan 2.2: ways around the stages, which have no tensors, and another layout of names.
    pub is_residual: bool,
    /// Channels at full size in the decoder, where those differ.
    pub decoder_base_dim: Option<usize>,
    /// Scales with attention; always empty in published files.
    pub attn_scales: Vec<f64>,
}

impl Default for CodecShape {
    /// The published models' measures.
    fn default() -> Self {
        Self {
            base_dim: 96,
            z_dim: 16,
            dim_mult: vec![1, 2, 4, 4],
            num_res_blocks: 2,
            temperal_downsample: vec![false, true, true],
            input_channels: 3,
            is_residual: false,
            decoder_base_dim: None,
            attn_scales: Vec::new(),
        }
    }
}

impl CodecShape {
    /// Reads the measures off the tensors, for files that come without a `config.json`.
    pub(super) fn infer(headers: &Headers) -> Option<Self> {
        Some(Self {
            base_dim: headers.dimension("encoder.conv_in.weight", 0)?,
            z_dim: headers.dimension("post_quant_conv.weight", 0)?,
            input_channels: headers.dimension("encoder.conv_in.weight", 1)?,
            is_residual: headers.contains("decoder.up_blocks.0.upsampler.resample.1.weight"),
            decoder_base_dim: headers.dimension("decoder.norm_out.gamma", 0),
            ..Self::default()
        })
    }

    /// Refuses measures far beyond any model, before lists and products are made of them.
    pub(super) fn check(&self) -> Result<(), String> {
        let halvings = self.dim_mult.len().saturating_sub(1);
        if !self.attn_scales.is_empty() {
            return Err("`attn_scales` is not empty: such a codec is not known".to_owned());
        }
        if self.temperal_downsample.len() != halvings {
            return Err(format!(
                "`temperal_downsample` must have {halvings} entries, one less than `dim_mult`"
            ));
        }
        within(&[
            Measure { name: "base_dim", value: self.base_dim, limit: 1 << 14 },
            Measure { name: "decoder_base_dim", value: self.decoder_base(), limit: 1 << 14 },
            Measure { name: "z_dim", value: self.z_dim, limit: 1 << 14 },
            Measure { name: "num_res_blocks", value: self.num_res_blocks, limit: 64 },
            Measure { name: "input_channels", value: self.input_channels, limit: 1 << 10 },
            Measure { name: "dim_mult (its length)", value: self.dim_mult.len(), limit: 16 },
        ])?;
        self.dim_mult.iter().try_for_each(|m| within(&[Measure { name: "dim_mult", value: *m, limit: 256 }]))
    }

    /// Channels of each stage, finest first.
    fn stages(&self) -> Vec<usize> {
        self.dim_mult.iter().map(|m| m * self.base_dim).collect()
    }

    fn decoder_base(&self) -> usize {
        self.decoder_base_dim.unwrap_or(self.base_dim)
    }
}

/// Every tensor of a codec of these measures, with its PyTorch shape.
pub fn expected_codec(shape: &CodecShape) -> TensorList {
    let mut list = TensorList::new();
    encoder(&mut list, shape);
    convolution(&mut list, "quant_conv", [2 * shape.z_dim, 2 * shape.z_dim], &[1, 1, 1]);
    convolution(&mut list, "post_quant_conv", [shape.z_dim, shape.z_dim], &[1, 1, 1]);
    decoder(&mut list, shape);
    list
}

fn encoder(list: &mut TensorList, shape: &CodecShape) {
    let stages = shape.stages();
    convolution(list, "encoder.conv_in", [shape.base_dim, shape.input_channels], &[3, 3, 3]);
    let mut channels = shape.base_dim;
    let mut number = 0;
    for (stage, outputs) in stages.iter().enumerate() {
        for resnet in 0..shape.num_res_blocks {
            let block = match shape.is_residual {
                true => format!("encoder.down_blocks.{stage}.resnets.{resnet}"),
                false => format!("encoder.down_blocks.{number}"),
            };
            residual_block(list, &block, channels, *outputs);
            channels = *outputs;
            number += 1;
        }
        if let Some(temporal) = shape.temperal_downsample.get(stage) {
            let block = match shape.is_residual {
                true => format!("encoder.down_blocks.{stage}.downsampler"),
                false => format!("encoder.down_blocks.{number}"),
            };
            convolution(list, &format!("{block}.resample.1"), [channels, channels], &[3, 3]);
            if *temporal {
                convolution(list, &format!("{block}.time_conv"), [channels, channels], &[3, 1, 1]);
            }
            number += 1;
        }
    }
    middle(list, "encoder.mid_block", channels);
    gamma(list, "encoder.norm_out", channels);
    convolution(list, "encoder.conv_out", [2 * shape.z_dim, channels], &[3, 3, 3]);
}

fn decoder(list: &mut TensorList, shape: &CodecShape) {
    let stages: Vec<usize> = shape.dim_mult.iter().rev().map(|m| m * shape.decoder_base()).collect();
    let mut channels = stages.first().copied().unwrap_or(shape.base_dim);
    convolution(list, "decoder.conv_in", [channels, shape.z_dim], &[3, 3, 3]);
    middle(list, "decoder.mid_block", channels);
    for (stage, outputs) in stages.iter().enumerate() {
        let block = format!("decoder.up_blocks.{stage}");
        for resnet in 0..=shape.num_res_blocks {
            residual_block(list, &format!("{block}.resnets.{resnet}"), channels, *outputs);
            channels = *outputs;
        }
        // Upsampling runs through the stages in reverse, and halves the channels where nothing goes around it.
        let temporal = shape.temperal_downsample.iter().rev().nth(stage);
        if let Some(temporal) = temporal {
            let (upsampler, after) = match shape.is_residual {
                true => (format!("{block}.upsampler"), channels),
                false => (format!("{block}.upsamplers.0"), channels / 2),
            };
            convolution(list, &format!("{upsampler}.resample.1"), [after, channels], &[3, 3]);
            if *temporal {
                convolution(list, &format!("{upsampler}.time_conv"), [2 * channels, channels], &[3, 1, 1]);
            }
            channels = after;
        }
    }
    gamma(list, "decoder.norm_out", channels);
    convolution(list, "decoder.conv_out", [shape.input_channels, channels], &[3, 3, 3]);
}

fn middle(list: &mut TensorList, block: &str, channels: usize) {
    let attention = format!("{block}.attentions.0");
    list.push((format!("{attention}.norm.gamma"), vec![channels, 1, 1]));
    convolution(list, &format!("{attention}.to_qkv"), [3 * channels, channels], &[1, 1]);
    convolution(list, &format!("{attention}.proj"), [channels, channels], &[1, 1]);
    for resnet in 0..2 {
        residual_block(list, &format!("{block}.resnets.{resnet}"), channels, channels);
    }
}

fn residual_block(list: &mut TensorList, block: &str, inputs: usize, outputs: usize) {
    gamma(list, &format!("{block}.norm1"), inputs);
    convolution(list, &format!("{block}.conv1"), [outputs, inputs], &[3, 3, 3]);
    gamma(list, &format!("{block}.norm2"), outputs);
    convolution(list, &format!("{block}.conv2"), [outputs, outputs], &[3, 3, 3]);
    if inputs != outputs {
        convolution(list, &format!("{block}.conv_shortcut"), [outputs, inputs], &[1, 1, 1]);
    }
}

fn gamma(list: &mut TensorList, name: &str, channels: usize) {
    list.push((format!("{name}.gamma"), vec![channels, 1, 1, 1]));
}

fn convolution(list: &mut TensorList, name: &str, [outputs, inputs]: [usize; 2], kernel: &[usize]) {
    list.push((format!("{name}.weight"), [&[outputs, inputs], kernel].concat()));
    list.push((format!("{name}.bias"), vec![outputs]));
}

/// The diffusers name of a codec's tensor in any of the spellings in use: ComfyUI keeps the names that Wan's
/// authors gave.
pub fn codec_name(name: &str) -> String {
    let (tower, rest) = match name.split_once('.') {
        Some(("conv1", rest)) => return format!("quant_conv.{rest}"),
        Some(("conv2", rest)) => return format!("post_quant_conv.{rest}"),
        Some((tower @ ("encoder" | "decoder"), rest)) => (tower, rest),
        _ => return name.to_owned(),
    };
    match original_part(rest) {
        Some(part) => format!("{tower}.{part}"),
        None => name.to_owned(),
    }
}

/// Translates what stands behind `encoder.` or `decoder.` in the authors' files; none for diffusers names.
fn original_part(rest: &str) -> Option<String> {
    let (first, rest) = rest.split_once('.')?;
    match first {
        "conv1" => Some(format!("conv_in.{rest}")),
        "head" => match rest.split_once('.')? {
            ("0", rest) => Some(format!("norm_out.{rest}")),
            ("2", rest) => Some(format!("conv_out.{rest}")),
            _ => None,
        },
        "middle" => match rest.split_once('.')? {
            ("0", rest) => Some(format!("mid_block.resnets.0.{}", original_residual(rest))),
            ("1", rest) => Some(format!("mid_block.attentions.0.{rest}")),
            ("2", rest) => Some(format!("mid_block.resnets.1.{}", original_residual(rest))),
            _ => None,
        },
        "downsamples" => {
            let (number, rest) = rest.split_once('.')?;
            // Wan 2.2's stages hold two residual blocks and the downsampler.
            let part = match rest.strip_prefix("downsamples.").and_then(|inner| inner.split_once('.')) {
                Some(("2", rest)) => format!("downsampler.{rest}"),
                Some((resnet, rest)) => format!("resnets.{resnet}.{}", original_residual(rest)),
                None => original_residual(rest),
            };
            Some(format!("down_blocks.{number}.{part}"))
        }
        "upsamples" => {
            let (number, rest) = rest.split_once('.')?;
            // Wan 2.2's stages hold three residual blocks and the upsampler.
            match rest.strip_prefix("upsamples.").and_then(|inner| inner.split_once('.')) {
                Some(("3", rest)) => return Some(format!("up_blocks.{number}.upsampler.{rest}")),
                Some((resnet, rest)) => {
                    let rest = original_residual(rest);
                    return Some(format!("up_blocks.{number}.resnets.{resnet}.{rest}"));
                }
                None => {}
            }
            let number: usize = number.parse().ok()?;
            // The authors count three residual blocks and one upsampler per stage in one list.
            Some(match (number / 4, number % 4) {
                (stage, 3) => format!("up_blocks.{stage}.upsamplers.0.{rest}"),
                (stage, resnet) => format!("up_blocks.{stage}.resnets.{resnet}.{}", original_residual(rest)),
            })
        }
        _ => None,
    }
}

fn original_residual(rest: &str) -> String {
    const PARTS: [(&str, &str); 5] = [
        ("residual.0.", "norm1."),
        ("residual.2.", "conv1."),
        ("residual.3.", "norm2."),
        ("residual.6.", "conv2."),
        ("shortcut.", "conv_shortcut."),
    ];
    let found = PARTS.iter().find_map(|(from, to)| Some((to, rest.strip_prefix(from)?)));
    found.map_or_else(|| rest.to_owned(), |(to, end)| format!("{to}{end}"))
}

#[cfg(test)]
mod tests {
    use super::super::component::digest;
    use super::*;

    #[test]
    fn the_published_measures_give_the_published_tensors() {
        let list = expected_codec(&CodecShape::default());
        // From the reference class, built at full size: tensors, parameters, FNV-1a of the sorted list.
        assert_eq!(digest(&list), (194, 126_892_531, 0x2256_e5d4_a3a2_3207));
        let small_video = CodecShape {
            base_dim: 160,
            decoder_base_dim: Some(256),
            z_dim: 48,
            input_channels: 12,
            is_residual: true,
            ..CodecShape::default()
        };
        assert_eq!(digest(&expected_codec(&small_video)), (196, 704_688_668, 0xbd21_9733_cf9e_7354));
    }

    #[test]
    fn the_authors_names_become_those_of_diffusers() {
        for (original, published) in [
            ("conv1.weight", "quant_conv.weight"),
            ("conv2.bias", "post_quant_conv.bias"),
            ("encoder.conv1.weight", "encoder.conv_in.weight"),
            ("encoder.downsamples.3.residual.0.gamma", "encoder.down_blocks.3.norm1.gamma"),
            ("encoder.downsamples.3.shortcut.weight", "encoder.down_blocks.3.conv_shortcut.weight"),
            ("encoder.downsamples.5.resample.1.weight", "encoder.down_blocks.5.resample.1.weight"),
            ("encoder.middle.1.to_qkv.bias", "encoder.mid_block.attentions.0.to_qkv.bias"),
            ("decoder.middle.2.residual.6.weight", "decoder.mid_block.resnets.1.conv2.weight"),
            ("decoder.upsamples.7.time_conv.weight", "decoder.up_blocks.1.upsamplers.0.time_conv.weight"),
            ("decoder.upsamples.14.residual.2.bias", "decoder.up_blocks.3.resnets.2.conv1.bias"),
            (
                "decoder.upsamples.1.upsamples.3.time_conv.bias",
                "decoder.up_blocks.1.upsampler.time_conv.bias",
            ),
            ("decoder.upsamples.0.upsamples.2.residual.3.gamma", "decoder.up_blocks.0.resnets.2.norm2.gamma"),
            (
                "encoder.downsamples.1.downsamples.2.resample.1.bias",
                "encoder.down_blocks.1.downsampler.resample.1.bias",
            ),
            (
                "encoder.downsamples.1.downsamples.0.shortcut.bias",
                "encoder.down_blocks.1.resnets.0.conv_shortcut.bias",
            ),
            ("decoder.head.0.gamma", "decoder.norm_out.gamma"),
            ("decoder.head.2.weight", "decoder.conv_out.weight"),
        ] {
            assert_eq!(codec_name(original), published);
            assert_eq!(codec_name(published), published, "a published name stays as it is");
        }
    }

    #[test]
    fn measures_beyond_reason_are_refused() {
        let wide = CodecShape {
            dim_mult: vec![usize::MAX, 1],
            temperal_downsample: vec![true],
            ..CodecShape::default()
        };
        assert!(wide.check().is_err_and(|reason| reason.contains("dim_mult")));
        let short = CodecShape { temperal_downsample: vec![true], ..CodecShape::default() };
        assert!(short.check().is_err_and(|reason| reason.contains("temperal_downsample")));
        assert!(CodecShape::default().check().is_ok());
    }
}
