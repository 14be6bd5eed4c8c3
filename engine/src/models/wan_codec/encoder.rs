//! Pixels to the two halves (mean and log-variance) of the latents' distribution.
//!
//! Source: diffusers `QwenImageEncoder3d`.

use super::CodecConfig;
use super::blocks::{AttentionBlock, Head, MiddleBlock, ResidualBlock, causal, downsample, pause};
use crate::nn::{Convolution, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// The checkpoint's flat list of layers.
const BLOCKS: &str = "down_blocks";

/// The encoder's network.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    input: Convolution,
    layers: Vec<Layer>,
    middle: MiddleBlock,
    head: Head,
}

/// One entry of the list.
#[derive(Debug, Clone)]
enum Layer {
    Residual(Box<ResidualBlock>),
    Attention(Box<AttentionBlock>),
    Downsample(Box<Convolution>),
}

impl Encoder {
    pub(super) fn load(scope: &Scope, config: &CodecConfig) -> Result<Self, ModelError> {
        let stages = config.stages();
        let mut layers = Vec::new();
        let mut channels = config.base_dim;
        let mut scale = 1.0;
        for (stage, &outputs) in stages.iter().enumerate() {
            for _ in 0..config.num_res_blocks {
                let block = ResidualBlock::load(&at(scope, &layers), channels, outputs)?;
                layers.push(Layer::Residual(Box::new(block)));
                if config.attn_scales.contains(&scale) {
                    let block = AttentionBlock::load(&at(scope, &layers), outputs)?;
                    layers.push(Layer::Attention(Box::new(block)));
                }
                channels = outputs;
            }
            if stage + 1 < stages.len() {
                let convolution = downsample(&at(scope, &layers), channels)?;
                layers.push(Layer::Downsample(Box::new(convolution)));
                scale /= 2.0;
            }
        }
        Ok(Self {
            // The first block's input has base_dim channels whatever the first multiple is.
            input: causal(scope, "conv_in", config.input_channels, config.base_dim)?,
            layers,
            middle: MiddleBlock::load(&scope.at("mid_block"), channels)?,
            head: Head::load(scope, channels, 2 * config.z_dim)?,
        })
    }

    /// `[1, row, column, input channels]` → `[1, row / scale, column / scale, 2 · latent channels]`.
    pub(super) fn forward(&self, picture: &Tensor<4>, watch: &dyn Watch) -> Result<Tensor<4>, ModelError> {
        let mut x = self.input.forward(picture, None)?;
        pause(watch, "encoder.conv_in", &x)?;
        for (index, layer) in self.layers.iter().enumerate() {
            x = match layer {
                Layer::Residual(block) => block.forward(x)?,
                Layer::Attention(block) => block.forward(x)?,
                Layer::Downsample(convolution) => convolution.forward(&x, None)?,
            };
            pause(watch, &format!("encoder.{BLOCKS}.{index}"), &x)?;
        }
        x = self.middle.forward(x)?;
        pause(watch, "encoder.mid_block", &x)?;
        x = self.head.forward(x)?;
        pause(watch, "encoder.conv_out", &x)?;
        Ok(x)
    }
}

/// The scope of the next entry of `down_blocks`.
fn at<'a>(scope: &Scope<'a>, layers: &[Layer]) -> Scope<'a> {
    scope.at(BLOCKS).at(layers.len())
}
