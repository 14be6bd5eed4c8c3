//! What the codec's convolutions remember of the frames before a chunk, so that chunks compute what the whole clip would.

use crate::kernels::{ConvolutionOptions, Padding};
use crate::nn::{Convolution, ModelError};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// Frames before its own that a convolution of three frames sees.
const REACH: usize = 2;

/// How far back a network was built to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Single frames: nothing but zeros stands before them, so the last slice of every kernel is all there is.
    Single,
    /// Clips.
    Clip,
}

/// The memory of one convolution.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    /// The last frames seen, at most two.
    pub frames: Option<Tensor<4>>,
    /// Whether the first frame of the clip has passed.
    pub begun: bool,
}

/// The memory of a network: one slot per convolution that looks back, in the order in which a pass meets them.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    slots: Vec<Slot>,
    next: usize,
}

impl History {
    /// Starts the next chunk.
    pub(super) fn rewind(&mut self) {
        self.next = 0;
    }

    /// The slot of the convolution at hand.
    pub(super) fn slot(&mut self) -> &mut Slot {
        if self.next == self.slots.len() {
            self.slots.push(Slot::default());
        }
        self.next += 1;
        &mut self.slots[self.next - 1]
    }
}

/// A convolution over three frames that never looks ahead; before the clip stand zeros.
#[derive(Debug, Clone)]
pub(super) struct Causal {
    convolution: Convolution,
    reach: Reach,
}

impl Causal {
    /// Reads `name` with kernel `[3, rows, columns]`, which keeps the size.
    pub(super) fn load(
        scope: &Scope,
        name: &str,
        channels: [usize; 2],
        side: usize,
        reach: Reach,
    ) -> Result<Self, ModelError> {
        let [inputs, outputs] = channels;
        let shape = [outputs, inputs, REACH + 1, side, side];
        let options = ConvolutionOptions::padded(Padding::around(side / 2));
        let convolution = match reach {
            Reach::Single => Convolution::load_last_tap(scope, name, shape, options)?,
            Reach::Clip => Convolution::load(scope, name, shape, options)?,
        };
        Ok(Self { convolution, reach })
    }

    /// `[frame, row, column, inputs]` → the same number of frames, after those that `history` remembers.
    pub(super) fn forward(
        &self,
        x: &Tensor<4>,
        residual: Option<&Tensor<4>>,
        history: &mut History,
    ) -> Result<Tensor<4>, ModelError> {
        if self.reach == Reach::Single {
            return Ok(self.convolution.forward(x, residual)?);
        }
        let slot = history.slot();
        let joined = match slot.frames.take() {
            Some(before) => Tensor::cat(vec![before, x.clone()], 0),
            None => x.clone(),
        };
        let known = joined.dims()[0] - x.dims()[0];
        slot.frames = Some(last_frames(&joined, REACH));
        slot.begun = true;
        Ok(self.convolution.forward_after(&joined, REACH - known, residual)?)
    }
}

/// The last frames of a chunk as a tensor of their own: a view would keep the whole chunk in memory.
pub(super) fn last_frames(x: &Tensor<4>, count: usize) -> Tensor<4> {
    let frames = x.dims()[0];
    if frames <= count {
        return x.clone();
    }
    x.clone().narrow(0, frames - count, count).mul_scalar(1.0)
}
