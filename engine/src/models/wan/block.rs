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

/// Most numbers of the MLP's hidden layer at once: 256 MiB. More tokens pass in runs.
const HIDDEN: usize = 64 << 20;

/// What stays the same for all blocks of a pass.
pub(super) struct Surroundings<'a> {
    /// `[text tokens, width]`.
    pub text: &'a Tensor<2>,
    pub rotation: &'a Rotation,
    /// The first noisy token: those before it are free of noise.
    pub split: usize,
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
    hidden: usize,
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
            hidden: config.hidden,
            epsilon: config.epsilon,
        })
    }

    /// Memory of the matrices on the device, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.itself.bytes() + self.text.bytes() + self.widen.bytes() + self.narrow.bytes()
    }

    /// `[tokens, width]` → the same.
    pub(super) fn forward(
        &self,
        x: Tensor<2>,
        rows: &BlockRows,
        around: &Surroundings,
    ) -> Result<Tensor<2>, ModelError> {
        let split = around.split;
        let h = layer_norm(&x, self.epsilon, None, rows.before_attention(split))?;
        let seen = self.itself.attend(&h, &h, Some(around.rotation), self.epsilon)?;
        let x = self.itself.output.residual(&seen, Some(rows.attention_gate(split)), &x)?;
        let plain = |rows| RowPair { rows, split: 0 };
        let affine = ShiftScale { shift: plain(&self.text_shift), scale: plain(&self.no_scale) };
        let h = layer_norm(&x, self.epsilon, Some(&self.text_gain), affine)?;
        let seen = self.text.attend(&h, around.text, None, self.epsilon)?;
        let x = self.text.output.residual(&seen, None, &x)?;
        Ok(self.mlp(x, rows, split)?)
    }

    /// The gated MLP, in runs of tokens that keep its hidden layer small.
    fn mlp(&self, x: Tensor<2>, rows: &BlockRows, split: usize) -> Result<Tensor<2>, KernelError> {
        let [tokens, width] = x.dims();
        let run = (HIDDEN / self.hidden).max(1);
        let pass = |x: &Tensor<2>, split: usize| {
            let h = layer_norm(x, self.epsilon, None, rows.before_mlp(split))?;
            let wide = self.widen.activated(&h, Activation::GeluTanh)?;
            self.narrow.residual(&wide, Some(rows.mlp_gate(split)), x)
        };
        if tokens <= run {
            return pass(&x, split);
        }
        let mut parts = Vec::with_capacity(tokens.div_ceil(run));
        for start in (0..tokens).step_by(run) {
            let part = x.clone().slice([start..(start + run).min(tokens), 0..width]);
            parts.push(pass(&part, split.saturating_sub(start))?);
        }
        Ok(Tensor::cat(parts, 0))
    }
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

    /// `x` attends to `other`; queries and keys are normed over all heads before they are turned.
    fn attend(
        &self,
        x: &Tensor<2>,
        other: &Tensor<2>,
        rotation: Option<&Rotation>,
        epsilon: f32,
    ) -> Result<Tensor<2>, KernelError> {
        let normed = |x: Tensor<2>, gain| {
            let kind = NormKind::Rms;
            let x = norm_modulate(&x, &NormOptions { kind, epsilon, gain: Some(gain), modulation: None })?;
            match rotation {
                Some(rotation) => {
                    let segment = HeadSegment { x: &x, gain: None };
                    head_norm_rope(&[segment], self.heads, epsilon, Some(rotation.table()))
                }
                None => Ok(x),
            }
        };
        let q = normed(self.query.forward(x)?, &self.query_gain)?;
        let k = normed(self.key.forward(other)?, &self.key_gain)?;
        let v = self.value.forward(other)?;
        let options = AttentionOptions {
            heads: self.heads,
            kv_heads: self.heads,
            scale: (self.head_size as f32).sqrt().recip(),
            keys: KeyRange::All,
        };
        attention(&q, &k, &v, &options)
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
