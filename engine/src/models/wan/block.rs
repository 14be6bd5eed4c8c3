//! One layer: the clip attends to itself, then to the text, then passes the MLP.
//!
//! Source: diffusers `WanTransformerBlock` and `WanAttnProcessor`.

use super::TransformerConfig;
use super::keys::{AttentionNames, Keys};
use super::modulation::BlockRows;
use super::position::Rotation;
use crate::kernels::{
    Activation, AttentionOptions, HeadSegment, KernelError, KeyRange, NormKind, NormOptions, RowPair,
    ShiftScale, attention, head_norm_rope, norm_modulate,
};
use crate::nn::{Linear, ModelError};
use burn::tensor::{Tensor, TensorData};

/// What stays the same for all blocks of a pass.
pub(super) struct Surroundings<'a> {
    /// `[text tokens, width]`.
    pub text: &'a Tensor<2>,
    pub rotation: &'a Rotation,
    /// The first noisy token: those before it are free of noise.
    pub split: usize,
    /// Most tokens that pass at once.
    pub run: usize,
}

/// One layer of the transformer.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Shifts, scales and gates before the timestep adds to them, `[6, width]`.
    pub(super) table: Tensor<2>,
    itself: Attention,
    text_gain: Tensor<1>,
    /// `[1, width]`.
    text_shift: Tensor<2>,
    /// `[1, width]` of zeros.
    no_scale: Tensor<2>,
    text: Attention,
    widen: Linear,
    narrow: Linear,
    epsilon: f32,
}

impl Block {
    /// Reads the block's weights.
    pub(super) fn load(keys: &Keys, config: &TransformerConfig, index: usize) -> Result<Self, ModelError> {
        let (scope, names, width) = (keys.block(index), keys.names, config.width());
        let norm = scope.at(names.text_norm);
        Ok(Self {
            table: rows(&scope, names.table, [6, width])?,
            itself: Attention::load(keys, &names.itself, config, index)?,
            text_gain: norm.vector("weight", width)?,
            text_shift: norm.vector("bias", width)?.reshape([1, width]),
            no_scale: Tensor::zeros([1, width], scope.device()),
            text: Attention::load(keys, &names.text, config, index)?,
            widen: Linear::load(&scope, names.widen, [config.hidden, width], true)?,
            narrow: Linear::load(&scope, names.narrow, [width, config.hidden], true)?,
            epsilon: config.epsilon,
        })
    }

    /// Memory of the matrices on the device, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.itself.bytes() + self.text.bytes() + self.widen.bytes() + self.narrow.bytes()
    }

    /// `[tokens, width]` → the same.
    ///
    /// Beside the keys and values of all tokens nothing is as wide as the clip: each run of tokens takes its way to the end
    /// and then lies down where it came from.
    pub(super) fn forward(
        &self,
        x: Tensor<2>,
        rows: &BlockRows,
        around: &Surroundings,
    ) -> Result<Tensor<2>, ModelError> {
        let [tokens, width] = x.dims();
        let run = around.run.max(1);
        let text = Seen {
            keys: self.text.keys(around.text, None, self.epsilon)?,
            values: self.text.value.forward(around.text)?,
        };
        if tokens <= run {
            let clip = self.seen(&x, 0, rows, around)?;
            return Ok(self.pass(&x, 0, [&clip, &text], rows, around)?);
        }
        let runs = || (0..tokens).step_by(run).map(|start| start..(start + run).min(tokens));
        let empty = || Tensor::<2>::empty([tokens, width], &x.device());
        let mut clip = Seen { keys: empty(), values: empty() };
        for run in runs() {
            let part = self.seen(&x.clone().slice([run.clone(), 0..width]), run.start, rows, around)?;
            clip = Seen {
                keys: clip.keys.slice_assign([run.clone(), 0..width], part.keys),
                values: clip.values.slice_assign([run, 0..width], part.values),
            };
        }
        let mut x = x;
        for run in runs() {
            // Nothing else may hold the clip when the run lies down in it, or all of it would be copied.
            let part = self.pass(
                &x.clone().slice([run.clone(), 0..width]),
                run.start,
                [&clip, &text],
                rows,
                around,
            )?;
            x = x.slice_assign([run, 0..width], part);
        }
        Ok(x)
    }

    /// Keys and values of a run of tokens that begins at `start`.
    fn seen(
        &self,
        x: &Tensor<2>,
        start: usize,
        rows: &BlockRows,
        around: &Surroundings,
    ) -> Result<Seen, KernelError> {
        let split = around.split.saturating_sub(start);
        let h = layer_norm(x, self.epsilon, None, rows.before_attention(split))?;
        let rotation = around.rotation.run(start, x.dims()[0]);
        let keys = self.itself.keys(&h, Some(&rotation), self.epsilon)?;
        Ok(Seen { keys, values: self.itself.value.forward(&h)? })
    }

    /// A run of tokens that begins at `start`, on its whole way: it attends to the clip, then to the text, then passes the
    /// MLP.
    fn pass(
        &self,
        x: &Tensor<2>,
        start: usize,
        [clip, text]: [&Seen; 2],
        rows: &BlockRows,
        around: &Surroundings,
    ) -> Result<Tensor<2>, KernelError> {
        let split = around.split.saturating_sub(start);
        let h = layer_norm(x, self.epsilon, None, rows.before_attention(split))?;
        let rotation = around.rotation.run(start, x.dims()[0]);
        let answer = self.itself.attend(h, clip, Some(&rotation), self.epsilon)?;
        let x = self.itself.output.residual(&answer, Some(rows.attention_gate(split)), x)?;
        drop(answer);
        let x = self.attend_text(x, text)?;
        let h = layer_norm(&x, self.epsilon, None, rows.before_mlp(split))?;
        let wide = self.widen.activated(&h, Activation::GeluTanh)?;
        drop(h);
        self.narrow.residual(&wide, Some(rows.mlp_gate(split)), &x)
    }

    /// Adds what a run of tokens finds in the text.
    fn attend_text(&self, x: Tensor<2>, text: &Seen) -> Result<Tensor<2>, KernelError> {
        let plain = |rows| RowPair { rows, split: 0 };
        let affine = ShiftScale { shift: plain(&self.text_shift), scale: plain(&self.no_scale) };
        let h = layer_norm(&x, self.epsilon, Some(&self.text_gain), affine)?;
        let answer = self.text.attend(h, text, None, self.epsilon)?;
        self.text.output.residual(&answer, None, &x)
    }
}

/// What is attended to.
struct Seen {
    /// `[tokens, width]`, normed and turned.
    keys: Tensor<2>,
    /// `[tokens, width]`.
    values: Tensor<2>,
}

/// Queries of the clip, keys and values of the clip or the text.
#[derive(Debug, Clone)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    /// Over all heads together, `[width]`.
    query_gain: Tensor<1>,
    key_gain: Tensor<1>,
    heads: usize,
    head_size: usize,
}

impl Attention {
    fn load(
        keys: &Keys,
        names: &AttentionNames,
        config: &TransformerConfig,
        index: usize,
    ) -> Result<Self, ModelError> {
        let (scope, width) = (keys.block(index), config.width());
        let square = |name: &str| Linear::load(&scope, name, [width, width], true);
        Ok(Self {
            query: square(names.query)?,
            key: square(names.key)?,
            value: square(names.value)?,
            output: square(names.output)?,
            query_gain: scope.vector(names.query_gain, width)?,
            key_gain: scope.vector(names.key_gain, width)?,
            heads: config.heads,
            head_size: config.head_size,
        })
    }

    fn bytes(&self) -> usize {
        [&self.query, &self.key, &self.value, &self.output].into_iter().map(Linear::bytes).sum()
    }

    /// Keys of `x`.
    fn keys(
        &self,
        x: &Tensor<2>,
        rotation: Option<&Rotation>,
        epsilon: f32,
    ) -> Result<Tensor<2>, KernelError> {
        self.turned(self.key.forward(x)?, &self.key_gain, rotation, epsilon)
    }

    /// What the tokens of `x` find in `seen`.
    fn attend(
        &self,
        x: Tensor<2>,
        seen: &Seen,
        rotation: Option<&Rotation>,
        epsilon: f32,
    ) -> Result<Tensor<2>, KernelError> {
        let queries = self.query.forward(&x)?;
        drop(x);
        let queries = self.turned(queries, &self.query_gain, rotation, epsilon)?;
        let options = AttentionOptions {
            heads: self.heads,
            kv_heads: self.heads,
            scale: (self.head_size as f32).sqrt().recip(),
            keys: KeyRange::All,
        };
        attention(&queries, &seen.keys, &seen.values, &options)
    }

    /// Queries or keys, normed over all heads and then turned to their places.
    fn turned(
        &self,
        x: Tensor<2>,
        gain: &Tensor<1>,
        rotation: Option<&Rotation>,
        epsilon: f32,
    ) -> Result<Tensor<2>, KernelError> {
        let kind = NormKind::Rms;
        let normed = norm_modulate(&x, &NormOptions { kind, epsilon, gain: Some(gain), modulation: None })?;
        drop(x);
        let Some(rotation) = rotation else { return Ok(normed) };
        let segment = HeadSegment { x: &normed, gain: None };
        head_norm_rope(&[segment], self.heads, epsilon, Some(rotation.table()))
    }
}

/// LayerNorm, then a gain if there is one, then scale and shift.
pub(super) fn layer_norm(
    x: &Tensor<2>,
    epsilon: f32,
    gain: Option<&Tensor<1>>,
    modulation: ShiftScale,
) -> Result<Tensor<2>, KernelError> {
    norm_modulate(x, &NormOptions { kind: NormKind::Layer, epsilon, gain, modulation: Some(modulation) })
}

/// A table stored as `[1, rows, width]`, on the device.
pub(super) fn rows(
    scope: &crate::weights::Scope,
    name: &str,
    shape: [usize; 2],
) -> Result<Tensor<2>, ModelError> {
    let values = scope.stacked_table(name, shape)?;
    Ok(Tensor::from_data(TensorData::new(values, shape), scope.device()))
}
