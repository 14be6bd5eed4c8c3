//! Latents to pixels.
//!
//! Source: diffusers `QwenImageDecoder3d`.

use super::CodecConfig;
use super::blocks::{Head, MiddleBlock, ResidualBlock, causal, pause, upsample};
use crate::nn::{Convolution, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// The decoder's network.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    input: Convolution,
    middle: MiddleBlock,
    stages: Vec<Stage>,
    head: Head,
}

/// Residual blocks at one size, then the step to twice that size.
#[derive(Debug, Clone)]
struct Stage {
    blocks: Vec<ResidualBlock>,
    upsample: Option<Convolution>,
}

impl Decoder {
    pub(super) fn load(scope: &Scope, config: &CodecConfig) -> Result<Self, ModelError> {
        let widths: Vec<usize> = config.stages().into_iter().rev().collect();
        let coarsest = widths[0];
        let mut stages = Vec::with_capacity(widths.len());
        let mut channels = coarsest;
        for (index, &outputs) in widths.iter().enumerate() {
            let scope = scope.at("up_blocks").at(index);
            let mut blocks = Vec::with_capacity(config.num_res_blocks + 1);
            for block in 0..=config.num_res_blocks {
                blocks.push(ResidualBlock::load(&scope.at("resnets").at(block), channels, outputs)?);
                channels = outputs;
            }
            let last = index + 1 == widths.len();
            let upsample = if last { None } else { Some(upsample(&scope.at("upsamplers.0"), channels)?) };
            if !last {
                channels /= 2;
            }
            stages.push(Stage { blocks, upsample });
        }
        Ok(Self {
            input: causal(scope, "conv_in", config.z_dim, coarsest)?,
            middle: MiddleBlock::load(&scope.at("mid_block"), coarsest)?,
            stages,
            head: Head::load(scope, channels, config.input_channels)?,
        })
    }

    /// `[1, row, column, latent channels]` → `[1, row · scale, column · scale, input channels]`.
    pub(super) fn forward(&self, latents: &Tensor<4>, watch: &dyn Watch) -> Result<Tensor<4>, ModelError> {
        let mut x = self.input.forward(latents, None)?;
        pause(watch, "decoder.conv_in", &x)?;
        x = self.middle.forward(x)?;
        pause(watch, "decoder.mid_block", &x)?;
        for (index, stage) in self.stages.iter().enumerate() {
            for block in &stage.blocks {
                if watch.cancelled() {
                    return Err(ModelError::Cancelled);
                }
                x = block.forward(x)?;
            }
            if let Some(upsample) = &stage.upsample {
                x = upsample.forward(&x, None)?;
            }
            pause(watch, &format!("decoder.up_blocks.{index}"), &x)?;
        }
        x = self.head.forward(x)?;
        pause(watch, "decoder.conv_out", &x)?;
        Ok(x)
    }
}
