//! Pixels to the two halves (mean and log-variance) of the latents' distribution.
//!
//! Source: diffusers `QwenImageEncoder3d`.

use super::CodecConfig;
use super::blocks::{AttentionBlock, Head, MiddleBlock, ResidualBlock, causal, check, downsample};
use crate::nn::{Convolution, ModelError};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// The encoder's network.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    input: Convolution,
    layers: Vec<Layer>,
    middle: MiddleBlock,
    head: Head,
}

/// One entry of the checkpoint's flat list `down_blocks`.
#[derive(Debug, Clone)]
enum Layer {
    Residual(ResidualBlock),
    Attention(AttentionBlock),
    Downsample(Convolution),
}

impl Encoder {
    pub(super) fn load(scope: &Scope, config: &CodecConfig) -> Result<Self, ModelError> {
        let stages = config.stages();
        let mut layers = Vec::new();
        let mut channels = config.base_dim;
        let mut scale = 1.0;
        for (stage, &outputs) in stages.iter().enumerate() {
            for _ in 0..config.num_res_blocks {
                layers.push(Layer::Residual(ResidualBlock::load(&at(scope, &layers), channels, outputs)?));
                if config.attn_scales.contains(&scale) {
                    layers.push(Layer::Attention(AttentionBlock::load(&at(scope, &layers), outputs)?));
                }
                channels = outputs;
            }
            if stage + 1 < stages.len() {
                layers.push(Layer::Downsample(downsample(&at(scope, &layers), channels)?));
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
    pub(super) fn forward(
        &self,
        picture: &Tensor<4>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Tensor<4>, ModelError> {
        let mut x = self.input.forward(picture, None)?;
        for layer in &self.layers {
            check(cancelled)?;
            x = match layer {
                Layer::Residual(block) => block.forward(x)?,
                Layer::Attention(block) => block.forward(x)?,
                Layer::Downsample(convolution) => convolution.forward(&x, None)?,
            };
        }
        check(cancelled)?;
        self.head.forward(self.middle.forward(x)?)
    }
}

/// The scope of the next entry of `down_blocks`.
fn at<'a>(scope: &Scope<'a>, layers: &[Layer]) -> Scope<'a> {
    scope.at("down_blocks").at(layers.len())
}
