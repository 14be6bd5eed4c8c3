//! The codec's layers on a single frame, `[1, row, column, channel]`.

use crate::kernels::{ConvolutionOptions, Padding, pixel_norm};
use crate::nn::{Convolution, ModelError, Watch, wide_attention};
use crate::weights::Scope;
use burn::tensor::Tensor;

const SAME: ConvolutionOptions = ConvolutionOptions::padded(Padding::around(1));
const POINTWISE: ConvolutionOptions = ConvolutionOptions::padded(Padding::around(0));

/// A causal 3×3×3 convolution that keeps the size.
pub(super) fn causal(
    scope: &Scope,
    name: &str,
    inputs: usize,
    outputs: usize,
) -> Result<Convolution, ModelError> {
    Convolution::load_last_tap(scope, name, [outputs, inputs, 3, 3, 3], SAME)
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

/// A 3×3 convolution that halves the size; the missing row and column are zeros at the bottom and the right.
pub(super) fn downsample(scope: &Scope, channels: usize) -> Result<Convolution, ModelError> {
    let padding = Padding { bottom: 1, right: 1, ..Padding::default() };
    let options = ConvolutionOptions { padding, stride: [1, 2, 2], upsample: false };
    Convolution::load(scope, "resample.1", [channels, channels, 1, 3, 3], options)
}

/// Doubles every pixel, then halves the channels with a 3×3 convolution.
pub(super) fn upsample(scope: &Scope, channels: usize) -> Result<Convolution, ModelError> {
    let options = ConvolutionOptions { upsample: true, ..SAME };
    Convolution::load(scope, "resample.1", [channels / 2, channels, 1, 3, 3], options)
}

/// Norm and SiLU before each of two convolutions, around them a shortcut.
///
/// Source: diffusers `QwenImageResidualBlock`.
#[derive(Debug, Clone)]
pub(super) struct ResidualBlock {
    first_gain: Tensor<1>,
    first: Convolution,
    second_gain: Tensor<1>,
    second: Convolution,
    /// Only where the channels change; it sees the input before the norm.
    shortcut: Option<Convolution>,
}

impl ResidualBlock {
    pub(super) fn load(scope: &Scope, inputs: usize, outputs: usize) -> Result<Self, ModelError> {
        let changes = inputs != outputs;
        Ok(Self {
            first_gain: scope.vector("norm1.gamma", inputs)?,
            first: causal(scope, "conv1", inputs, outputs)?,
            second_gain: scope.vector("norm2.gamma", outputs)?,
            second: causal(scope, "conv2", outputs, outputs)?,
            shortcut: changes.then(|| pointwise(scope, "conv_shortcut", inputs, outputs)).transpose()?,
        })
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Result<Tensor<4>, ModelError> {
        let mut y = self.first.forward(&pixel_norm(&x, &self.first_gain, true)?, None)?;
        y = pixel_norm(&y, &self.second_gain, true)?;
        let residual = match &self.shortcut {
            Some(shortcut) => shortcut.forward(&x, None)?,
            None => x,
        };
        Ok(self.second.forward(&y, Some(&residual))?)
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
        let pixels = frames * rows * columns;
        let joint = self.joint.forward(&pixel_norm(&x, &self.gain, false)?, None)?;
        let joint = joint.reshape([pixels, 3 * channels]);
        let part = |i: usize| joint.clone().slice([0..pixels, i * channels..(i + 1) * channels]);
        let attended = wide_attention(&part(0), &part(1), &part(2))?;
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
    pub(super) fn load(scope: &Scope, channels: usize) -> Result<Self, ModelError> {
        Ok(Self {
            before: ResidualBlock::load(&scope.at("resnets.0"), channels, channels)?,
            attention: AttentionBlock::load(&scope.at("attentions.0"), channels)?,
            after: ResidualBlock::load(&scope.at("resnets.1"), channels, channels)?,
        })
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Result<Tensor<4>, ModelError> {
        self.after.forward(self.attention.forward(self.before.forward(x)?)?)
    }
}

/// The last norm with SiLU, and the convolution that leaves the network.
#[derive(Debug, Clone)]
pub(super) struct Head {
    gain: Tensor<1>,
    output: Convolution,
}

impl Head {
    pub(super) fn load(scope: &Scope, inputs: usize, outputs: usize) -> Result<Self, ModelError> {
        let gain = scope.vector("norm_out.gamma", inputs)?;
        Ok(Self { gain, output: causal(scope, "conv_out", inputs, outputs)? })
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Result<Tensor<4>, ModelError> {
        Ok(self.output.forward(&pixel_norm(&x, &self.gain, true)?, None)?)
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
