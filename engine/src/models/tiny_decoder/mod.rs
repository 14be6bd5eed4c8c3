//! A tiny decoder for previews: latents to small pictures, some twenty times cheaper than the codec.
//!
//! Plain convolutions over pixels; what a block remembers is its own input one frame earlier. It takes normalised latents.
//! Source: TAEHV by Ollin Boer Bohan (MIT, github.com/madebyollin/taehv), `taew2_1` for the codec of Wan 2.1 and `taew2_2`
//! for that of Wan 2.2. All widths are read off the file.

use crate::kernels::{ConvolutionOptions, ConvolutionWeight, KernelError, Padding, convolution};
use crate::nn::ModelError;
use crate::weights::{Scope, TensorStore};
use burn::tensor::{Device, Tensor, activation::relu};

const MODEL: &str = "The tiny decoder";

/// Where each stage begins among the layers of the file: three blocks, a doubling, the growth in time, a convolution.
const STAGES: [usize; 3] = [3, 9, 15];
/// Frames that each stage makes of one.
const TIMES: [usize; 3] = [1, 2, 2];
/// The first and the last convolution among those layers.
const ENDS: [usize; 2] = [1, 22];
/// Latents are pressed softly into ±3.
const REACH: f32 = 3.0;
/// No published file comes near; larger numbers are a mistake or an attack.
const WIDEST: usize = 4096;

/// What is left out of a decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// Four frames of each latent one, but of the first: it stands for one.
    Whole,
    /// One frame of each latent one, at half the size: a preview.
    Rough,
}

/// The decoder.
#[derive(Debug, Clone)]
pub struct TinyDecoder {
    first: Layer,
    stages: Vec<Stage>,
    last: Layer,
    channels: usize,
    /// Side of the patch that a pixel of the network stands for.
    patch: usize,
}

#[derive(Debug, Clone)]
struct Stage {
    blocks: Vec<[Layer; 3]>,
    grow: Layer,
    narrow: Layer,
    times: usize,
}

/// A convolution, with a bias or without.
#[derive(Debug, Clone)]
struct Layer {
    weight: ConvolutionWeight,
    bias: Option<Tensor<1>>,
    side: usize,
}

impl Layer {
    fn load(
        scope: &Scope,
        name: &str,
        [outputs, inputs, side]: [usize; 3],
        bias: bool,
    ) -> Result<Self, ModelError> {
        let scope = scope.at(name);
        let weight = scope.convolution("weight", [outputs, inputs, 1, side, side])?;
        let bias = bias.then(|| scope.vector("bias", outputs)).transpose()?;
        Ok(Self { weight, bias, side })
    }

    fn forward(
        &self,
        x: &Tensor<4>,
        residual: Option<&Tensor<4>>,
        upsample: bool,
    ) -> Result<Tensor<4>, KernelError> {
        let padded = ConvolutionOptions::padded(Padding::around(self.side / 2));
        convolution(x, &self.weight, self.bias.as_ref(), residual, &ConvolutionOptions { upsample, ..padded })
    }
}

impl TinyDecoder {
    /// Reads the decoder of a file; what is in it for encoding is passed over.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] for a file of another build, [`ModelError::Weight`] for missing or misshapen tensors.
    pub fn load(store: &TensorStore, device: &Device) -> Result<Self, ModelError> {
        let rows = |layer: String| -> Result<[usize; 2], ModelError> {
            let name = format!("decoder.{layer}.weight");
            let found = store.facts().find(|facts| facts.name == name).map(|facts| facts.shape.to_vec());
            match found.as_deref() {
                Some([outputs, inputs, ..]) if (1..=WIDEST).contains(outputs) && *inputs > 0 => {
                    Ok([*outputs, *inputs])
                }
                _ => Err(unusable(format!("{} holds no {name} as it should", store.path().display()))),
            }
        };
        let scope = Scope::root(store, device).at("decoder");
        let [mut width, channels] = rows(ENDS[0].to_string())?;
        let first = Layer::load(&scope, &ENDS[0].to_string(), [width, channels, 3], true)?;
        let mut stages = Vec::with_capacity(STAGES.len());
        for (start, times) in STAGES.into_iter().zip(TIMES) {
            let mut blocks = Vec::with_capacity(3);
            for block in start..start + 3 {
                let layer = |part: usize, inputs| {
                    Layer::load(&scope, &format!("{block}.conv.{part}"), [width, inputs, 3], true)
                };
                blocks.push([layer(0, 2 * width)?, layer(2, width)?, layer(4, width)?]);
            }
            let grow = Layer::load(&scope, &format!("{}.conv", start + 4), [width * times, width, 1], false)?;
            let [after, _] = rows((start + 5).to_string())?;
            let narrow = Layer::load(&scope, &(start + 5).to_string(), [after, width, 3], false)?;
            stages.push(Stage { blocks, grow, narrow, times });
            width = after;
        }
        let [outputs, _] = rows(ENDS[1].to_string())?;
        let patch = outputs / 3;
        let patch = (1..=4).find(|side| side * side == patch && outputs.is_multiple_of(3));
        let patch = patch.ok_or_else(|| unusable(format!("it makes {outputs} channels of colour")))?;
        let last = Layer::load(&scope, &ENDS[1].to_string(), [outputs, width, 3], true)?;
        Ok(Self { first, stages, last, channels, patch })
    }

    /// Latent channels that it takes.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Normalised latents `[channel, frame, row, column]` → `[frame, row, column, 3]` from 0 to 1.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for other channels or no frame.
    pub fn decode(&self, latents: &Tensor<4>, growth: Growth) -> Result<Tensor<4>, ModelError> {
        let [channels, frames, rows, columns] = latents.dims();
        if channels != self.channels || frames * rows * columns == 0 {
            let expected = format!("[{}, frames, rows, columns]", self.channels);
            return Err(ModelError::Shape { what: "the latents", expected, got: latents.dims().into() });
        }
        let x = latents.clone().permute([1, 2, 3, 0]).div_scalar(REACH).tanh().mul_scalar(REACH);
        let mut x = relu(self.first.forward(&x, None, false)?);
        for (index, stage) in self.stages.iter().enumerate() {
            for block in &stage.blocks {
                x = remembering(block, x)?;
            }
            let doubled = growth == Growth::Whole || index + 1 < self.stages.len();
            x = stage.narrow.forward(
                &grown(&stage.grow.forward(&x, None, false)?, stage.times, growth),
                None,
                doubled,
            )?;
        }
        let x = self.last.forward(&relu(x), None, false)?;
        // All frames of the first latent one but its last stand before the clip.
        let before = if growth == Growth::Whole { TIMES.iter().product::<usize>() - 1 } else { 0 };
        let frames = x.dims()[0] - before;
        Ok(unfolded(x.narrow(0, before, frames), self.patch).clamp(0.0, 1.0))
    }
}

/// A block sees every frame and the one before it, at the clip's beginning zeros.
fn remembering([first, second, third]: &[Layer; 3], x: Tensor<4>) -> Result<Tensor<4>, KernelError> {
    let [frames, rows, columns, channels] = x.dims();
    let zeros = Tensor::zeros([1, rows, columns, channels], &x.device());
    let past = match frames {
        1 => zeros,
        _ => Tensor::cat(vec![zeros, x.clone().narrow(0, 0, frames - 1)], 0),
    };
    let y = relu(first.forward(&Tensor::cat(vec![x.clone(), past], 3), None, false)?);
    let y = relu(second.forward(&y, None, false)?);
    Ok(relu(third.forward(&y, Some(&x), false)?))
}

/// Channels that are several frames side by side, as frames; of a rough decoding only the last of them.
fn grown(x: &Tensor<4>, times: usize, growth: Growth) -> Tensor<4> {
    let [frames, rows, columns, width] = x.dims();
    let channels = width / times;
    if growth == Growth::Rough {
        return x.clone().narrow(3, width - channels, channels);
    }
    x.clone().reshape([frames, rows, columns, times, channels]).permute([0, 3, 1, 2, 4]).reshape([
        frames * times,
        rows,
        columns,
        channels,
    ])
}

/// Patches laid out: channel = colour · patch² + row · patch + column.
fn unfolded(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let [frames, rows, columns, width] = x.dims();
    x.reshape([frames, rows, columns, width / (patch * patch), patch, patch])
        .permute([0, 1, 4, 2, 5, 3])
        .reshape([frames, rows * patch, columns * patch, width / (patch * patch)])
}

fn unusable(reason: String) -> ModelError {
    ModelError::Configuration { model: MODEL, reason }
}
