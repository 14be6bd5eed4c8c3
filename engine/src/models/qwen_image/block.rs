//! One layer: text and picture each normalise, project and transform their own tokens, and attend to both.
//!
//! Source: diffusers `QwenImageTransformerBlock` and `QwenDoubleStreamAttnProcessor2_0`.

use super::TransformerConfig;
use super::keys::{PICTURE, StreamKeys, TEXT};
use super::modulation::BlockModulation;
use super::position::Rotation;
use crate::kernels::{
    Activation, AttentionOptions, HeadSegment, KernelError, KeyRange, NormKind, NormOptions, ShiftScale,
    attention, head_norm_rope, norm_modulate,
};
use crate::nn::{Linear, ModelError};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// Added to variances and mean squares throughout the model.
pub(super) const EPSILON: f32 = 1e-6;

/// Text and picture tokens between two blocks, `[tokens, width]` each.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    pub text: Tensor<2>,
    pub picture: Tensor<2>,
}

/// One layer of the transformer.
#[derive(Debug, Clone)]
pub(super) struct JointBlock {
    picture: Stream,
    text: Stream,
    heads: usize,
    head_size: usize,
}

/// One stream's weights.
#[derive(Debug, Clone)]
struct Stream {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    query_gain: Tensor<1>,
    key_gain: Tensor<1>,
    widen: Linear,
    narrow: Linear,
}

impl JointBlock {
    /// Reads the block's weights, all but its modulation.
    pub(super) fn load(scope: &Scope, config: &TransformerConfig) -> Result<Self, ModelError> {
        Ok(Self {
            picture: Stream::load(scope, &PICTURE, config)?,
            text: Stream::load(scope, &TEXT, config)?,
            heads: config.heads,
            head_size: config.head_size,
        })
    }

    /// Memory of the matrices on the device, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.picture.bytes() + self.text.bytes()
    }

    /// Both streams through the block.
    pub(super) fn forward(
        &self,
        streams: Streams,
        modulation: &BlockModulation,
        rotation: &Rotation,
    ) -> Result<Streams, ModelError> {
        let Streams { text, picture } = streams;
        let attended = self.attend(&text, &picture, modulation, rotation)?;
        let ([text_tokens, width], [tokens, _]) = (text.dims(), attended.dims());
        let for_text = attended.clone().slice([0..text_tokens, 0..width]);
        let for_picture = attended.slice([text_tokens..tokens, 0..width]);
        let gate = modulation.text.attention_gate();
        let text = self.text.output.residual(&for_text, Some(gate), &text)?;
        let gate = modulation.picture.attention_gate();
        let picture = self.picture.output.residual(&for_picture, Some(gate), &picture)?;
        let (rows, gate) = (modulation.text.before_mlp(), modulation.text.mlp_gate());
        let wide = self.text.widen.activated(&normalised(&text, rows)?, Activation::GeluTanh)?;
        let text = self.text.narrow.residual(&wide, Some(gate), &text)?;
        let (rows, gate) = (modulation.picture.before_mlp(), modulation.picture.mlp_gate());
        let wide = self.picture.widen.activated(&normalised(&picture, rows)?, Activation::GeluTanh)?;
        let picture = self.picture.narrow.residual(&wide, Some(gate), &picture)?;
        Ok(Streams { text, picture })
    }

    /// Joint attention over text, then picture: `[text + picture tokens, width]`.
    fn attend(
        &self,
        text: &Tensor<2>,
        picture: &Tensor<2>,
        modulation: &BlockModulation,
        rotation: &Rotation,
    ) -> Result<Tensor<2>, KernelError> {
        let text = normalised(text, modulation.text.before_attention())?;
        let picture = normalised(picture, modulation.picture.before_attention())?;
        let joined = |text: Tensor<2>, text_gain, picture: Tensor<2>, picture_gain| {
            let segments = [
                HeadSegment { x: &text, gain: Some(text_gain) },
                HeadSegment { x: &picture, gain: Some(picture_gain) },
            ];
            head_norm_rope(&segments, self.heads, EPSILON, Some(rotation.table()))
        };
        let (t, p) = (&self.text, &self.picture);
        let q = joined(t.query.forward(&text)?, &t.query_gain, p.query.forward(&picture)?, &p.query_gain)?;
        let k = joined(t.key.forward(&text)?, &t.key_gain, p.key.forward(&picture)?, &p.key_gain)?;
        let v = Tensor::cat(vec![t.value.forward(&text)?, p.value.forward(&picture)?], 0);
        let options = AttentionOptions {
            heads: self.heads,
            kv_heads: self.heads,
            scale: (self.head_size as f32).sqrt().recip(),
            keys: KeyRange::All,
        };
        attention(&q, &k, &v, &options)
    }
}

impl Stream {
    fn load(scope: &Scope, keys: &StreamKeys, config: &TransformerConfig) -> Result<Self, ModelError> {
        let width = config.width();
        let square = |name: &str| Linear::load(scope, name, [width, width], true);
        Ok(Self {
            query: square(keys.query)?,
            key: square(keys.key)?,
            value: square(keys.value)?,
            output: square(keys.output)?,
            query_gain: scope.vector(keys.query_gain, config.head_size)?,
            key_gain: scope.vector(keys.key_gain, config.head_size)?,
            widen: Linear::load(scope, keys.widen, [4 * width, width], true)?,
            narrow: Linear::load(scope, keys.narrow, [width, 4 * width], true)?,
        })
    }

    fn bytes(&self) -> usize {
        let square = [&self.query, &self.key, &self.value, &self.output];
        square.into_iter().chain([&self.widen, &self.narrow]).map(Linear::bytes).sum()
    }
}

/// LayerNorm without gain, then the modulation's scale and shift.
pub(super) fn normalised(x: &Tensor<2>, modulation: ShiftScale) -> Result<Tensor<2>, KernelError> {
    let options =
        NormOptions { kind: NormKind::Layer, epsilon: EPSILON, gain: None, modulation: Some(modulation) };
    norm_modulate(x, &options)
}
