//! How the timestep reaches the blocks: shift, scale and gate rows, computed once for all steps of an expert.
//!
//! Six rows per timestep serve all blocks; each block adds a table of its own. Frames that are free of noise have
//! timestep 0, whatever the step: their rows are kept beside the others', instead of one row per token.

use super::config::{MODEL, TransformerConfig};
use super::keys::Keys;
use crate::kernels::{Activation, RowPair, ShiftScale};
use crate::nn::{Linear, ModelError};
use crate::weights::Scope;
use burn::tensor::{Tensor, TensorData, activation::silu};

/// Rows that a block takes: shift, scale, gate before attention, then before the MLP.
const PARTS: usize = 6;

/// Most clean frames' timestep.
const CLEAN: f32 = 0.0;

/// Every step's rows, without the blocks' tables.
#[derive(Debug, Clone)]
pub struct Modulation {
    /// `[steps + 1, 6 · width]`; the last one is timestep 0.
    rows: Tensor<2>,
    /// The timesteps' embeddings, `[steps + 1, width]`.
    embedding: Tensor<2>,
    steps: usize,
}

/// One block's rows at one step.
pub(super) struct BlockRows {
    /// `[1 or 2, width]` each; of two the first is that of clean tokens.
    parts: [Tensor<2>; PARTS],
}

/// Rows of the last norm at one step.
pub(super) struct HeadRows {
    /// `[1 or 2, width]` each.
    shift: Tensor<2>,
    scale: Tensor<2>,
}

impl BlockRows {
    /// Shift and scale before attention; `split` is the first noisy token.
    pub(super) fn before_attention(&self, split: usize) -> ShiftScale<'_> {
        ShiftScale { shift: self.part(0, split), scale: self.part(1, split) }
    }

    /// Gate on what attention adds.
    pub(super) fn attention_gate(&self, split: usize) -> RowPair<'_> {
        self.part(2, split)
    }

    /// Shift and scale before the MLP.
    pub(super) fn before_mlp(&self, split: usize) -> ShiftScale<'_> {
        ShiftScale { shift: self.part(3, split), scale: self.part(4, split) }
    }

    /// Gate on what the MLP adds.
    pub(super) fn mlp_gate(&self, split: usize) -> RowPair<'_> {
        self.part(5, split)
    }

    fn part(&self, index: usize, split: usize) -> RowPair<'_> {
        RowPair { rows: &self.parts[index], split }
    }
}

impl HeadRows {
    /// Shift and scale of the last norm.
    pub(super) fn modulation(&self, split: usize) -> ShiftScale<'_> {
        let row = |rows| RowPair { rows, split };
        ShiftScale { shift: row(&self.shift), scale: row(&self.scale) }
    }
}

impl Modulation {
    /// Computes the rows of the given timesteps; the weights that make them are let go.
    ///
    /// # Errors
    /// [`ModelError::Weight`] for missing or misshapen tensors, [`ModelError::Configuration`] without timesteps.
    pub fn for_schedule(
        scope: &Scope,
        config: &TransformerConfig,
        timesteps: &[f32],
    ) -> Result<Self, ModelError> {
        config.check()?;
        if timesteps.is_empty() {
            let reason = "the schedule has no steps".into();
            return Err(ModelError::Configuration { model: MODEL, reason });
        }
        let (keys, width) = (Keys::of(scope), config.width());
        let all: Vec<f32> = timesteps.iter().copied().chain([CLEAN]).collect();
        let channels = config.timestep_channels;
        let sinusoids = TensorData::new(timestep_sinusoids(&all, channels), [all.len(), channels]);
        let sinusoids = Tensor::from_data(sinusoids, scope.device());
        let linear = |name: &str, outputs, inputs| Linear::load(&keys.root, name, [outputs, inputs], true);
        let first = linear(keys.names.time_first, width, channels)?;
        let first = first.activated(&sinusoids, Activation::Silu)?;
        let embedding = linear(keys.names.time_second, width, width)?.forward(&first)?;
        let rows = linear(keys.names.time_rows, PARTS * width, width)?.forward(&silu(embedding.clone()))?;
        Ok(Self { rows, embedding, steps: timesteps.len() })
    }

    /// Steps of the schedule.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The rows of a block with the given table `[6, width]`; with `clean`, tokens free of noise have their own.
    pub(super) fn block(&self, table: &Tensor<2>, step: usize, clean: bool) -> Result<BlockRows, ModelError> {
        let [_, width] = table.dims();
        let rows = self.at(&self.rows, step, clean)?;
        let [count, _] = rows.dims();
        let rows = rows.reshape([count, PARTS, width]) + table.clone().reshape([1, PARTS, width]);
        let part = |i: usize| rows.clone().slice([0..count, i..i + 1, 0..width]).reshape([count, width]);
        Ok(BlockRows { parts: std::array::from_fn(part) })
    }

    /// The rows of the last norm with its table `[2, width]`: the embedding itself, not what the blocks get.
    pub(super) fn head(&self, table: &Tensor<2>, step: usize, clean: bool) -> Result<HeadRows, ModelError> {
        let [_, width] = table.dims();
        let embedding = self.at(&self.embedding, step, clean)?;
        let part = |i: usize| embedding.clone() + table.clone().slice([i..i + 1, 0..width]);
        Ok(HeadRows { shift: part(0), scale: part(1) })
    }

    /// The row of a step, and before it the one of timestep 0 where it is asked for.
    fn at(&self, rows: &Tensor<2>, step: usize, clean: bool) -> Result<Tensor<2>, ModelError> {
        if step >= self.steps {
            let expected = format!("a step below {}", self.steps);
            return Err(ModelError::Shape { what: "the modulation's step", expected, got: vec![step] });
        }
        let row = |i: usize| rows.clone().narrow(0, i, 1);
        Ok(if clean { Tensor::cat(vec![row(self.steps), row(step)], 0) } else { row(step) })
    }
}

/// Cosines and then sines of every timestep, `[timesteps, channels]` in row-major order.
///
/// The arguments reach 1000, where one f32 step is 6e-5: every rounding is the reference's.
/// Source: diffusers `get_timestep_embedding` with `flip_sin_to_cos` and no shift.
pub fn timestep_sinusoids(timesteps: &[f32], channels: usize) -> Vec<f32> {
    let half = channels / 2;
    let frequency = |k: usize| {
        let exponent = -(10_000f64.ln()) as f32 * k as f32 / half as f32;
        f64::from(exponent).exp() as f32
    };
    let frequencies: Vec<f32> = (0..half).map(frequency).collect();
    let mut values = Vec::with_capacity(timesteps.len() * channels);
    for timestep in timesteps {
        let argument = |f: &f32| f64::from(timestep * f);
        values.extend(frequencies.iter().map(|f| argument(f).cos() as f32));
        values.extend(frequencies.iter().map(|f| argument(f).sin() as f32));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sinusoids_are_cosines_first() {
        let values = timestep_sinusoids(&[0.0, 1000.0], 256);
        assert_eq!(values.len(), 512);
        assert!(values[..128].iter().all(|c| *c == 1.0) && values[128..256].iter().all(|s| *s == 0.0));
        assert!((values[256] - 1000f32.cos()).abs() < 1e-6 && (values[384] - 1000f32.sin()).abs() < 1e-6);
    }
}
