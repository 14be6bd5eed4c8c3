//! Half and double size, in space and in time, and Wan 2.2's ways around them that have no weights.
//!
//! Time begins with a frame of its own: the first frame is neither merged nor doubled, and in doubling the second
//! one does not see it. Source: diffusers `WanResample`, `AvgDown3D`, `DupUp3D`.

use super::history::{Causal, History, Reach, last_frames};
use crate::kernels::{ConvolutionOptions, Padding};
use crate::nn::{Convolution, ModelError};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// Half the size; the missing row and column are zeros at the bottom and the right.
#[derive(Debug, Clone)]
pub(super) struct Downsample {
    space: Convolution,
    time: Option<Convolution>,
}

impl Downsample {
    /// Reads the convolutions; a network for single frames never meets the one over time.
    pub(super) fn load(scope: &Scope, channels: usize, time: bool, reach: Reach) -> Result<Self, ModelError> {
        let padding = Padding { bottom: 1, right: 1, ..Padding::default() };
        let options = ConvolutionOptions { padding, stride: [1, 2, 2], upsample: false };
        let space = Convolution::load(scope, "resample.1", [channels, channels, 1, 3, 3], options)?;
        let options =
            ConvolutionOptions { stride: [2, 1, 1], ..ConvolutionOptions::padded(Padding::default()) };
        let shape = [channels, channels, 3, 1, 1];
        let time = time && reach == Reach::Clip;
        let time = time.then(|| Convolution::load(scope, "time_conv", shape, options)).transpose()?;
        Ok(Self { space, time })
    }

    /// `[frame, row, column, channel]`; frames after the clip's first come in pairs.
    pub(super) fn forward(&self, x: &Tensor<4>, history: &mut History) -> Result<Tensor<4>, ModelError> {
        let x = self.space.forward(x, None)?;
        let Some(time) = &self.time else { return Ok(x) };
        let slot = history.slot();
        let frames = x.dims()[0];
        let before = slot.frames.replace(last_frames(&x, 1));
        Ok(match before {
            Some(before) => time.forward(&Tensor::cat(vec![before, x], 0), None)?,
            None if frames == 1 => x,
            None => {
                let first = x.clone().narrow(0, 0, 1);
                Tensor::cat(vec![first, time.forward(&x, None)?], 0)
            }
        })
    }
}

/// Twice the size: every pixel doubled, then a convolution that may change the channels.
#[derive(Debug, Clone)]
pub(super) struct Upsample {
    space: Convolution,
    time: Option<Causal>,
}

impl Upsample {
    /// Reads the convolutions; a network for single frames never meets the one over time.
    pub(super) fn load(
        scope: &Scope,
        [inputs, outputs]: [usize; 2],
        time: bool,
        reach: Reach,
    ) -> Result<Self, ModelError> {
        let options = ConvolutionOptions { upsample: true, ..ConvolutionOptions::padded(Padding::around(1)) };
        let space = Convolution::load(scope, "resample.1", [outputs, inputs, 1, 3, 3], options)?;
        let time = time && reach == Reach::Clip;
        let load = || Causal::load(scope, "time_conv", [inputs, 2 * inputs], 1, reach);
        Ok(Self { space, time: time.then(load).transpose()? })
    }

    /// `[frame, row, column, channel]`; twice as many frames, of the clip's first one.
    pub(super) fn forward(&self, x: &Tensor<4>, history: &mut History) -> Result<Tensor<4>, ModelError> {
        let Some(time) = &self.time else { return Ok(self.space.forward(x, None)?) };
        let begun = std::mem::replace(&mut history.slot().begun, true);
        let frames = x.dims()[0];
        let doubled = |x: &Tensor<4>, history: &mut History| -> Result<Tensor<4>, ModelError> {
            let [frames, rows, columns, channels] = x.dims();
            let pairs = time.forward(x, None, history)?.reshape([frames, rows, columns, 2, channels]);
            Ok(pairs.permute([0, 3, 1, 2, 4]).reshape([2 * frames, rows, columns, channels]))
        };
        let x = if begun {
            doubled(x, history)?
        } else if frames == 1 {
            // Its memory stays empty: the frame never enters it.
            history.slot();
            x.clone()
        } else {
            let rest = doubled(&x.clone().narrow(0, 1, frames - 1), history)?;
            Tensor::cat(vec![x.clone().narrow(0, 0, 1), rest], 0)
        };
        Ok(self.space.forward(&x, None)?)
    }
}

/// The way around a stage of the encoder: blocks of pixels laid into channels, and neighbours among those averaged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Averaged {
    pub outputs: usize,
    /// Frames, and pixels along each side, that become one.
    pub time: usize,
    pub side: usize,
}

impl Averaged {
    /// A clip of an odd number of frames begins with zeros.
    pub(super) fn forward(self, x: &Tensor<4>) -> Tensor<4> {
        let [frames, rows, columns, channels] = x.dims();
        let Self { outputs, time, side } = self;
        let missing = (time - frames % time) % time;
        let x = if missing == 0 {
            x.clone()
        } else {
            let zeros = Tensor::zeros([missing, rows, columns, channels], &x.device());
            Tensor::cat(vec![zeros, x.clone()], 0)
        };
        let (frames, rows, columns) = ((frames + missing) / time, rows / side, columns / side);
        let group = channels * time * side * side / outputs;
        x.reshape([frames, time, rows, side, columns, side, channels])
            .permute([0, 2, 4, 6, 1, 3, 5])
            .reshape([frames * rows * columns * outputs, group])
            .sum_dim(1)
            .div_scalar(group as f32)
            .reshape([frames, rows, columns, outputs])
    }
}

/// The way around a stage of the decoder: channels repeated and laid out as blocks of pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repeated {
    pub outputs: usize,
    /// Frames, and pixels along each side, that one becomes.
    pub time: usize,
    pub side: usize,
}

impl Repeated {
    /// With `first` the chunk begins the clip, whose first frame is not repeated.
    pub(super) fn forward(self, x: &Tensor<4>, first: bool) -> Tensor<4> {
        let [frames, rows, columns, channels] = x.dims();
        let Self { outputs, time, side } = self;
        let repeats = outputs * time * side * side / channels;
        let x = x
            .clone()
            .reshape([frames * rows * columns * channels, 1])
            .repeat_dim(1, repeats)
            .reshape([frames, rows, columns, outputs, time, side, side])
            .permute([0, 4, 1, 5, 2, 6, 3])
            .reshape([frames * time, rows * side, columns * side, outputs]);
        if first && time > 1 { x.narrow(0, time - 1, frames * time + 1 - time) } else { x }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;
    use burn::tensor::{Device, Int};

    fn counted(shape: [usize; 4]) -> Tensor<4> {
        let count = shape.iter().product::<usize>() as i64;
        Tensor::<1, Int>::arange(0..count, &Device::flex()).float().reshape(shape)
    }

    #[test]
    fn blocks_are_averaged_in_the_order_channel_time_row_column() {
        // One output: the mean of everything, zeros before the first frame included.
        let mean = Averaged { outputs: 1, time: 2, side: 2 }.forward(&counted([1, 2, 2, 2]));
        assert_eq!(read(&mean).unwrap(), [28.0 / 16.0]);
        // Two outputs of two channels: each channel by itself.
        let means = Averaged { outputs: 2, time: 1, side: 2 }.forward(&counted([1, 2, 2, 2]));
        assert_eq!(read(&means).unwrap(), [3.0, 4.0]);
        let none = Averaged { outputs: 2, time: 1, side: 1 }.forward(&counted([1, 1, 2, 2]));
        assert_eq!(read(&none).unwrap(), [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn channels_are_repeated_into_blocks() {
        let four = Repeated { outputs: 1, time: 1, side: 2 }.forward(&counted([1, 1, 1, 2]), false);
        assert_eq!(read(&four).unwrap(), [0.0, 0.0, 1.0, 1.0]);
        let doubled = Repeated { outputs: 1, time: 2, side: 1 };
        assert_eq!(read(&doubled.forward(&counted([2, 1, 1, 2]), false)).unwrap(), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(read(&doubled.forward(&counted([2, 1, 1, 2]), true)).unwrap(), [1.0, 2.0, 3.0]);
    }
}
