//! Pixels to the two halves (mean and log-variance) of the latents' distribution.
//!
//! Source: diffusers `QwenImageEncoder3d` and `WanEncoder3d`.

use super::CodecConfig;
use super::blocks::{AttentionBlock, Head, MiddleBlock, ResidualBlock, causal, pause};
use super::history::{Causal, History, Reach};
use super::resample::{Averaged, Downsample};
use crate::nn::{ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// The checkpoint's list of layers or stages.
const BLOCKS: &str = "down_blocks";

/// The encoder's network.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    input: Causal,
    layers: Vec<Layer>,
    middle: MiddleBlock,
    head: Head,
}

/// One entry of the list.
#[derive(Debug, Clone)]
enum Layer {
    Residual(Box<ResidualBlock>),
    Attention(Box<AttentionBlock>),
    Downsample(Box<Downsample>),
    Stage(Box<Stage>),
}

/// A stage of Wan 2.2: everything at one size, with a way around it.
#[derive(Debug, Clone)]
struct Stage {
    blocks: Vec<ResidualBlock>,
    downsample: Option<Downsample>,
    around: Averaged,
}

impl Encoder {
    pub(super) fn load(scope: &Scope, config: &CodecConfig, reach: Reach) -> Result<Self, ModelError> {
        let (layers, channels) =
            if config.is_residual { stages(scope, config, reach)? } else { flat(scope, config, reach)? };
        Ok(Self {
            // The first block's input has base_dim channels whatever the first multiple is.
            input: causal(scope, "conv_in", [config.network_channels(), config.base_dim], reach)?,
            layers,
            middle: MiddleBlock::load(&scope.at("mid_block"), channels, reach)?,
            head: Head::load(scope, channels, 2 * config.z_dim, reach)?,
        })
    }

    /// `[frame, row, column, network channels]` → `[frames, row / scale, column / scale, 2 · latent channels]`: of the
    /// clip's first frame one frame, of every four others one.
    pub(super) fn forward(
        &self,
        clip: &Tensor<4>,
        history: &mut History,
        watch: &dyn Watch,
    ) -> Result<Tensor<4>, ModelError> {
        history.rewind();
        let mut x = self.input.forward(clip, None, history)?;
        pause(watch, "encoder.conv_in", &x)?;
        for (index, layer) in self.layers.iter().enumerate() {
            x = match layer {
                Layer::Residual(block) => block.forward(x, history)?,
                Layer::Attention(block) => block.forward(x)?,
                Layer::Downsample(downsample) => downsample.forward(&x, history)?,
                Layer::Stage(stage) => stage.forward(x, history)?,
            };
            pause(watch, &format!("encoder.{BLOCKS}.{index}"), &x)?;
        }
        x = self.middle.forward(x, history)?;
        pause(watch, "encoder.mid_block", &x)?;
        x = self.head.forward(x, history)?;
        pause(watch, "encoder.conv_out", &x)?;
        Ok(x)
    }
}

impl Stage {
    fn forward(&self, x: Tensor<4>, history: &mut History) -> Result<Tensor<4>, ModelError> {
        let around = self.around.forward(&x);
        let mut x = x;
        for block in &self.blocks {
            x = block.forward(x, history)?;
        }
        if let Some(downsample) = &self.downsample {
            x = downsample.forward(&x, history)?;
        }
        Ok(x + around)
    }
}

/// One list of blocks and halvings; and the channels behind it.
fn flat(scope: &Scope, config: &CodecConfig, reach: Reach) -> Result<(Vec<Layer>, usize), ModelError> {
    let widths = config.stages();
    let mut layers = Vec::new();
    let mut channels = config.base_dim;
    let mut scale = 1.0;
    for (stage, &outputs) in widths.iter().enumerate() {
        for _ in 0..config.num_res_blocks {
            let block = ResidualBlock::load(&at(scope, &layers), channels, outputs, reach)?;
            layers.push(Layer::Residual(Box::new(block)));
            if config.attn_scales.contains(&scale) {
                let block = AttentionBlock::load(&at(scope, &layers), outputs)?;
                layers.push(Layer::Attention(Box::new(block)));
            }
            channels = outputs;
        }
        if stage + 1 < widths.len() {
            let time = config.halves_time(stage);
            let downsample = Downsample::load(&at(scope, &layers), channels, time, reach)?;
            layers.push(Layer::Downsample(Box::new(downsample)));
            scale /= 2.0;
        }
    }
    Ok((layers, channels))
}

/// One entry per stage; and the channels behind the last.
fn stages(scope: &Scope, config: &CodecConfig, reach: Reach) -> Result<(Vec<Layer>, usize), ModelError> {
    let widths = config.stages();
    let mut layers = Vec::new();
    let mut channels = config.base_dim;
    for (stage, &outputs) in widths.iter().enumerate() {
        let scope = at(scope, &layers);
        let mut blocks = Vec::with_capacity(config.num_res_blocks);
        for block in 0..config.num_res_blocks {
            let scope = scope.at("resnets").at(block);
            blocks.push(ResidualBlock::load(&scope, channels, outputs, reach)?);
            channels = outputs;
        }
        let (halves, time) = (stage + 1 < widths.len(), config.halves_time(stage));
        let load = || Downsample::load(&scope.at("downsampler"), channels, time, reach);
        let downsample = halves.then(load).transpose()?;
        let around =
            Averaged { outputs, time: if halves && time { 2 } else { 1 }, side: if halves { 2 } else { 1 } };
        layers.push(Layer::Stage(Box::new(Stage { blocks, downsample, around })));
    }
    Ok((layers, channels))
}

/// The scope of the next entry of the list.
fn at<'a>(scope: &Scope<'a>, layers: &[Layer]) -> Scope<'a> {
    scope.at(BLOCKS).at(layers.len())
}
