//! How the timestep reaches the blocks: shift, scale and gate rows, computed once for a whole schedule.
//!
//! A third of the model's weights only ever multiply the timestep's embedding. They pass through the device one
//! block at a time, before the first step, and never stay there.

use super::config::{MODEL, TIMESTEP_CHANNELS, TransformerConfig};
use super::keys;
use crate::kernels::{Activation, RowPair, ShiftScale};
use crate::nn::{Linear, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::{Tensor, TensorData, activation::silu};

/// Rows that a block takes from its modulation: shift, scale, gate before attention, then before the MLP.
const PARTS: usize = 6;

/// Every block's modulation for every step of a schedule.
#[derive(Debug, Clone)]
pub struct Modulation {
    blocks: Vec<BlockRows>,
    /// `[steps × 2, width]`: scale, then shift, of the last norm.
    head: Tensor<2>,
    steps: usize,
}

#[derive(Debug, Clone)]
struct BlockRows {
    /// `[steps × 6, width]`.
    picture: Tensor<2>,
    /// `[6, width]` at timestep 0, for references of models that treat them as free of noise.
    reference: Option<Tensor<2>>,
    /// `[steps × 6, width]`.
    text: Tensor<2>,
}

/// One stream's rows in one block at one step.
#[derive(Debug, Clone)]
pub struct StreamModulation {
    /// `[1 or 2, width]` each, in the order of the block.
    parts: [Tensor<2>; PARTS],
    split: usize,
}

/// Both streams' rows in one block at one step.
#[derive(Debug, Clone)]
pub struct BlockModulation {
    pub picture: StreamModulation,
    pub text: StreamModulation,
}

impl StreamModulation {
    /// Shift and scale before attention.
    pub fn before_attention(&self) -> ShiftScale<'_> {
        ShiftScale { shift: self.part(0), scale: self.part(1) }
    }

    /// Gate on what attention adds.
    pub fn attention_gate(&self) -> RowPair<'_> {
        self.part(2)
    }

    /// Shift and scale before the MLP.
    pub fn before_mlp(&self) -> ShiftScale<'_> {
        ShiftScale { shift: self.part(3), scale: self.part(4) }
    }

    /// Gate on what the MLP adds.
    pub fn mlp_gate(&self) -> RowPair<'_> {
        self.part(5)
    }

    fn part(&self, index: usize) -> RowPair<'_> {
        RowPair { rows: &self.parts[index], split: self.split }
    }

    /// Takes six rows, or six pairs of rows, apart.
    fn from_rows(rows: Tensor<2>, split: usize) -> Self {
        let [count, width] = rows.dims();
        let each = count / PARTS;
        let part = |i: usize| rows.clone().slice([i * each..(i + 1) * each, 0..width]);
        Self { parts: std::array::from_fn(part), split }
    }
}

impl Modulation {
    /// Computes the rows of all blocks for the given timesteps (sigma × 1000), one block's weights at a time.
    ///
    /// # Errors
    /// [`ModelError::Weight`] for missing or misshapen tensors, [`ModelError::Cancelled`] between blocks.
    pub fn for_schedule(
        scope: &Scope,
        config: &TransformerConfig,
        timesteps: &[f32],
        watch: &dyn Watch,
    ) -> Result<Self, ModelError> {
        config.check()?;
        let root = keys::root(scope);
        let (width, steps) = (config.width(), timesteps.len());
        let embedding = embed_timesteps(&root, config, timesteps)?;
        let noisy = embedding.clone().slice([0..steps, 0..width]);
        let mut blocks = Vec::with_capacity(config.blocks);
        for index in 0..config.blocks {
            if watch.cancelled() {
                return Err(ModelError::Cancelled);
            }
            let block = keys::block(&root, index);
            let shape = [PARTS * width, width];
            let rows = |name: &str, x: &Tensor<2>| -> Result<Tensor<2>, ModelError> {
                let y = Linear::load(&block, name, shape, true)?.forward(x)?;
                let [count, _] = y.dims();
                Ok(y.reshape([count * PARTS, width]))
            };
            let all = rows(keys::PICTURE.modulation, &embedding)?;
            let reference = config
                .noise_free_references
                .then(|| all.clone().slice([steps * PARTS..(steps + 1) * PARTS, 0..width]));
            let picture = all.slice([0..steps * PARTS, 0..width]);
            blocks.push(BlockRows { picture, reference, text: rows(keys::TEXT.modulation, &noisy)? });
        }
        let head = Linear::load(&root, keys::HEAD_MODULATION, [2 * width, width], true)?;
        let head = head.forward(&noisy)?.reshape([2 * steps, width]);
        Ok(Self { blocks, head, steps })
    }

    /// Steps of the schedule.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Blocks of the model.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Memory of all rows on the device, in bytes.
    pub fn bytes(&self) -> usize {
        let numbers = |x: &Tensor<2>| x.dims().iter().product::<usize>();
        let block =
            |b: &BlockRows| numbers(&b.picture) + numbers(&b.text) + b.reference.as_ref().map_or(0, numbers);
        4 * (self.blocks.iter().map(block).sum::<usize>() + numbers(&self.head))
    }

    /// The rows of one block at one step. `target_tokens` is where the references begin, if there are any.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when the schedule or the model has no such step or block.
    pub fn block(
        &self,
        index: usize,
        step: usize,
        target_tokens: Option<usize>,
    ) -> Result<BlockModulation, ModelError> {
        let rows = self.blocks.get(index).filter(|_| step < self.steps).ok_or_else(|| {
            let expected = format!("a step below {} and a block below {}", self.steps, self.blocks.len());
            ModelError::Shape { what: "the modulation's step and block", expected, got: vec![step, index] }
        })?;
        let [_, width] = rows.text.dims();
        let at_step = |x: &Tensor<2>| x.clone().slice([step * PARTS..(step + 1) * PARTS, 0..width]);
        let picture = match (&rows.reference, target_tokens) {
            (Some(reference), Some(split)) => {
                let noisy = at_step(&rows.picture).reshape([PARTS, 1, width]);
                let pairs = Tensor::cat(vec![noisy, reference.clone().reshape([PARTS, 1, width])], 1);
                StreamModulation::from_rows(pairs.reshape([2 * PARTS, width]), split)
            }
            _ => StreamModulation::from_rows(at_step(&rows.picture), 0),
        };
        Ok(BlockModulation { picture, text: StreamModulation::from_rows(at_step(&rows.text), 0) })
    }

    /// Scale and shift of the last norm at one step, `[1, width]` each: scale first, unlike in the blocks.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when the schedule has no such step.
    pub fn head(&self, step: usize) -> Result<[Tensor<2>; 2], ModelError> {
        if step >= self.steps {
            let expected = format!("a step below {}", self.steps);
            return Err(ModelError::Shape { what: "the modulation's step", expected, got: vec![step] });
        }
        let [_, width] = self.head.dims();
        let row = |i: usize| self.head.clone().slice([2 * step + i..2 * step + i + 1, 0..width]);
        Ok([row(0), row(1)])
    }
}

/// `silu(embedding)` of every timestep, `[steps, width]`; one more row for timestep 0 where references need it.
fn embed_timesteps(
    root: &Scope,
    config: &TransformerConfig,
    timesteps: &[f32],
) -> Result<Tensor<2>, ModelError> {
    if timesteps.is_empty() {
        return Err(ModelError::Configuration { model: MODEL, reason: "the schedule has no steps".into() });
    }
    let mut timesteps = timesteps.to_vec();
    if config.noise_free_references {
        timesteps.push(0.0);
    }
    let width = config.width();
    let sinusoids = TensorData::new(timestep_sinusoids(&timesteps), [timesteps.len(), TIMESTEP_CHANNELS]);
    let sinusoids = Tensor::from_data(sinusoids, root.device());
    let first = Linear::load(root, keys::TIMESTEP_FIRST, [width, TIMESTEP_CHANNELS], true)?;
    let second = Linear::load(root, keys::TIMESTEP_SECOND, [width, width], true)?;
    let mut embedding = second.forward(&first.activated(&sinusoids, Activation::Silu)?)?;
    if config.layer_embedding {
        embedding = embedding + root.rows(keys::LAYER_EMBEDDING, [2, width], &[0])?;
    }
    Ok(silu(embedding))
}

/// Cosines and then sines of every timestep at 128 frequencies, `[timesteps, 256]` in row-major order.
///
/// The arguments reach 1000, where one f32 step is 6e-5: every rounding is the reference's.
/// Source: diffusers `get_timestep_embedding` with `scale = 1000` on `timestep / 1000`.
pub fn timestep_sinusoids(timesteps: &[f32]) -> Vec<f32> {
    let half = TIMESTEP_CHANNELS / 2;
    let frequency = |k: usize| {
        let exponent = -(10_000f64.ln()) as f32 * k as f32 / half as f32;
        f64::from(exponent).exp() as f32
    };
    let frequencies: Vec<f32> = (0..half).map(frequency).collect();
    let mut values = Vec::with_capacity(timesteps.len() * TIMESTEP_CHANNELS);
    for timestep in timesteps {
        let argument = |f: &f32| f64::from(1000.0 * (timestep / 1000.0 * f));
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
        let values = timestep_sinusoids(&[0.0, 1000.0]);
        assert_eq!(values.len(), 512);
        assert!(values[..128].iter().all(|c| *c == 1.0) && values[128..256].iter().all(|s| *s == 0.0));
        assert!((values[256] - 1000f32.cos()).abs() < 1e-6 && (values[384] - 1000f32.sin()).abs() < 1e-6);
    }
}
