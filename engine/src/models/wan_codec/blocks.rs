//! The codec's layers on a frame or a chunk of frames, `[frame, row, column, channel]`.

use super::history::{Causal, History, Reach};
use crate::kernels::{ConvolutionOptions, Padding, pixel_norm};
use crate::nn::{Convolution, ModelError, Watch, wide_attention};
use crate::weights::Scope;
use burn::tensor::Tensor;

const POINTWISE: ConvolutionOptions = ConvolutionOptions::padded(Padding::around(0));

/// Kernel side of all convolutions but the pointwise ones.
const SIDE: usize = 3;

/// A causal 3×3×3 convolution that keeps the size.
pub(super) fn causal(
    scope: &Scope,
    name: &str,
    channels: [usize; 2],
    reach: Reach,
) -> Result<Causal, ModelError> {
    Causal::load(scope, name, channels, SIDE, reach)
}

/// A 1×1 convolution.
pub(super) fn pointwise(
    scope: &Scope,
    name: &str,
    inputs: usize,
    outputs: usize,
) -> Result<Convolution, ModelError> {
    Convolution::load(scope, name, [outputs, inputs, 1, 1, 1], POINTWISE)
}

/// Norm and SiLU before each of two convolutions, around them a shortcut.
///
/// Source: diffusers `QwenImageResidualBlock`.
#[derive(Debug, Clone)]
pub(super) struct ResidualBlock {
    first_gain: Tensor<1>,
    first: Causal,
    second_gain: Tensor<1>,
    second: Causal,
    /// Only where the channels change; it sees the input before the norm.
    shortcut: Option<Convolution>,
}

impl ResidualBlock {
    pub(super) fn load(
        scope: &Scope,
        inputs: usize,
        outputs: usize,
        reach: Reach,
    ) -> Result<Self, ModelError> {
        let changes = inputs != outputs;
        Ok(Self {
            first_gain: scope.vector("norm1.gamma", inputs)?,
            first: causal(scope, "conv1", [inputs, outputs], reach)?,
            second_gain: scope.vector("norm2.gamma", outputs)?,
            second: causal(scope, "conv2", [outputs, outputs], reach)?,
            shortcut: changes.then(|| pointwise(scope, "conv_shortcut", inputs, outputs)).transpose()?,
        })
    }

    pub(super) fn forward(&self, x: Tensor<4>, history: &mut History) -> Result<Tensor<4>, ModelError> {
        let mut y = self.first.forward(&pixel_norm(&x, &self.first_gain, true)?, None, history)?;
        y = pixel_norm(&y, &self.second_gain, true)?;
        let residual = match &self.shortcut {
            Some(shortcut) => shortcut.forward(&x, None)?,
            None => x,
        };
        self.second.forward(&y, Some(&residual), history)
    }
}

/// Every pixel attends to every pixel of its frame, with one head.
///
/// Source: diffusers `QwenImageAttentionBlock`.
#[derive(Debug, Clone)]
pub(super) struct AttentionBlock {
    gain: Tensor<1>,
    /// Queries, keys and values side by side.
    joint: Convolution,
    output: Convolution,
}

impl AttentionBlock {
    pub(super) fn load(scope: &Scope, channels: usize) -> Result<Self, ModelError> {
        Ok(Self {
            gain: scope.vector("norm.gamma", channels)?,
            joint: pointwise(scope, "to_qkv", channels, 3 * channels)?,
            output: pointwise(scope, "proj", channels, channels)?,
        })
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Result<Tensor<4>, ModelError> {
        let [frames, rows, columns, channels] = x.dims();
        let pixels = rows * columns;
        let joint = self.joint.forward(&pixel_norm(&x, &self.gain, false)?, None)?;
        let joint = joint.reshape([frames * pixels, 3 * channels]);
        let mut attended = Vec::with_capacity(frames);
        for frame in 0..frames {
            let rows = frame * pixels..(frame + 1) * pixels;
            let part = |i: usize| joint.clone().slice([rows.clone(), i * channels..(i + 1) * channels]);
            attended.push(wide_attention(&part(0), &part(1), &part(2))?);
        }
        let attended = if frames == 1 { attended.remove(0) } else { Tensor::cat(attended, 0) };
        Ok(self.output.forward(&attended.reshape([frames, rows, columns, channels]), Some(&x))?)
    }
}

/// Residual block, attention, residual block: the coarsest part of encoder and decoder.
#[derive(Debug, Clone)]
pub(super) struct MiddleBlock {
    before: ResidualBlock,
    attention: AttentionBlock,
    after: ResidualBlock,
}

impl MiddleBlock {
    pub(super) fn load(scope: &Scope, channels: usize, reach: Reach) -> Result<Self, ModelError> {
        Ok(Self {
            before: ResidualBlock::load(&scope.at("resnets.0"), channels, channels, reach)?,
            attention: AttentionBlock::load(&scope.at("attentions.0"), channels)?,
            after: ResidualBlock::load(&scope.at("resnets.1"), channels, channels, reach)?,
        })
    }

    pub(super) fn forward(&self, x: Tensor<4>, history: &mut History) -> Result<Tensor<4>, ModelError> {
        let x = self.attention.forward(self.before.forward(x, history)?)?;
        self.after.forward(x, history)
    }
}

/// The last norm with SiLU, and the convolution that leaves the network.
#[derive(Debug, Clone)]
pub(super) struct Head {
    gain: Tensor<1>,
    output: Causal,
}

impl Head {
    pub(super) fn load(
        scope: &Scope,
        inputs: usize,
        outputs: usize,
        reach: Reach,
    ) -> Result<Self, ModelError> {
        let gain = scope.vector("norm_out.gamma", inputs)?;
        Ok(Self { gain, output: causal(scope, "conv_out", [inputs, outputs], reach)? })
    }

    pub(super) fn forward(&self, x: Tensor<4>, history: &mut History) -> Result<Tensor<4>, ModelError> {
        self.output.forward(&pixel_norm(&x, &self.gain, true)?, None, history)
    }
}

/// Shows a stage to the watch, as `[pixels, channels]`, and fails when the work has been called off.
pub(super) fn pause(watch: &dyn Watch, name: &str, x: &Tensor<4>) -> Result<(), ModelError> {
    let [frames, rows, columns, channels] = x.dims();
    watch.stage(name, &x.clone().reshape([frames * rows * columns, channels]));
    if watch.cancelled() {
        return Err(ModelError::Cancelled);
    }
    Ok(())
}
