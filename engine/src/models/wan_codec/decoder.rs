//! Latents to pixels.
//!
//! Source: diffusers `QwenImageDecoder3d` and `WanDecoder3d`.

use super::CodecConfig;
use super::blocks::{Head, MiddleBlock, ResidualBlock, causal, pause};
use super::history::{Causal, History, Reach};
use super::resample::{Repeated, Upsample};
use crate::nn::{ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// The decoder's network.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    input: Causal,
    middle: MiddleBlock,
    stages: Vec<Stage>,
    head: Head,
}

/// Residual blocks at one size, then the step to twice that size.
#[derive(Debug, Clone)]
struct Stage {
    blocks: Vec<ResidualBlock>,
    upsample: Option<Upsample>,
    /// The way around the stage that Wan 2.2 has.
    around: Option<Repeated>,
}

impl Decoder {
    pub(super) fn load(scope: &Scope, config: &CodecConfig, reach: Reach) -> Result<Self, ModelError> {
        let widths: Vec<usize> = config.decoder_stages().into_iter().rev().collect();
        let coarsest = widths[0];
        let mut stages = Vec::with_capacity(widths.len());
        let mut channels = coarsest;
        for (index, &outputs) in widths.iter().enumerate() {
            let scope = scope.at("up_blocks").at(index);
            let mut blocks = Vec::with_capacity(config.num_res_blocks + 1);
            for block in 0..=config.num_res_blocks {
                let scope = scope.at("resnets").at(block);
                blocks.push(ResidualBlock::load(&scope, channels, outputs, reach)?);
                channels = outputs;
            }
            // Doubling runs through the halvings backwards.
            let halving = (widths.len() - 1).checked_sub(index + 1);
            let Some(halving) = halving else {
                stages.push(Stage { blocks, upsample: None, around: None });
                continue;
            };
            let time = config.halves_time(halving);
            let (name, after) =
                if config.is_residual { ("upsampler", channels) } else { ("upsamplers.0", channels / 2) };
            let upsample = Some(Upsample::load(&scope.at(name), [channels, after], time, reach)?);
            let around = Repeated { outputs, time: if time { 2 } else { 1 }, side: 2 };
            stages.push(Stage { blocks, upsample, around: config.is_residual.then_some(around) });
            channels = after;
        }
        Ok(Self {
            input: causal(scope, "conv_in", [config.z_dim, coarsest], reach)?,
            middle: MiddleBlock::load(&scope.at("mid_block"), coarsest, reach)?,
            stages,
            head: Head::load(scope, channels, config.network_channels(), reach)?,
        })
    }

    /// `[frame, row, column, latent channels]` → `[frames, row · scale, column · scale, network channels]`: of the
    /// clip's `first` latent frame one frame, of every other one four.
    pub(super) fn forward(
        &self,
        latents: &Tensor<4>,
        first: bool,
        history: &mut History,
        watch: &dyn Watch,
    ) -> Result<Tensor<4>, ModelError> {
        history.rewind();
        let mut x = self.input.forward(latents, None, history)?;
        pause(watch, "decoder.conv_in", &x)?;
        x = self.middle.forward(x, history)?;
        pause(watch, "decoder.mid_block", &x)?;
        for (index, stage) in self.stages.iter().enumerate() {
            let around = stage.around.map(|around| around.forward(&x, first));
            for block in &stage.blocks {
                if watch.cancelled() {
                    return Err(ModelError::Cancelled);
                }
                x = block.forward(x, history)?;
            }
            if let Some(upsample) = &stage.upsample {
                x = upsample.forward(&x, history)?;
            }
            if let Some(around) = around {
                x = x + around;
            }
            pause(watch, &format!("decoder.up_blocks.{index}"), &x)?;
        }
        x = self.head.forward(x, history)?;
        pause(watch, "decoder.conv_out", &x)?;
        Ok(x)
    }
}
