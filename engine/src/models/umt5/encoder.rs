//! The stack of blocks: attention with a bias for distance, then a gated feed-forward layer.
//!
//! Source: transformers `UMT5Stack`. Only the prompt's own tokens are computed: padding is never seen by them, and what
//! padding itself becomes is thrown away by the reference.

use super::EncoderConfig;
use super::position::buckets;
use crate::kernels::{
    Activation, Epilogue, KernelError, MatrixWeight, NormKind, NormOptions, matmul, norm_modulate,
};
use crate::nn::{Linear, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::{Device, Int, Tensor, TensorData, activation::softmax};

/// One prompt on its way through the blocks.
pub(super) struct Sequence {
    /// `[tokens, width]`.
    pub x: Tensor<2>,
    /// Bucket of every pair, `[tokens × tokens]`.
    distances: Tensor<1, Int>,
}

impl Sequence {
    /// From embeddings `[tokens, width]`.
    pub(super) fn new(x: Tensor<2>, config: &EncoderConfig, device: &Device) -> Self {
        let [tokens, _] = x.dims();
        let pairs = TensorData::new(buckets(tokens, config), [tokens * tokens]);
        Self { x, distances: Tensor::from_data(pairs, device) }
    }
}

/// Runs all sequences through all blocks and the last norm; every block's weights are read once and let go.
pub(super) fn forward(
    scope: &Scope,
    config: &EncoderConfig,
    mut sequences: Vec<Sequence>,
    watch: &dyn Watch,
) -> Result<Vec<Tensor<2>>, ModelError> {
    for index in 0..config.blocks {
        if watch.cancelled() {
            return Err(ModelError::Cancelled);
        }
        let block = Block::load(&scope.at("block").at(index), config)?;
        for sequence in &mut sequences {
            sequence.x = block.forward(sequence, config)?;
            watch.stage(&format!("encoder.block.{index}"), &sequence.x);
        }
    }
    let gain = scope.vector("final_layer_norm.weight", config.width)?;
    let finish = |s: Sequence| Ok(normalised(&s.x, &gain, config)?);
    sequences.into_iter().map(finish).collect()
}

fn normalised(x: &Tensor<2>, gain: &Tensor<1>, config: &EncoderConfig) -> Result<Tensor<2>, KernelError> {
    let options =
        NormOptions { kind: NormKind::Rms, epsilon: config.epsilon, gain: Some(gain), modulation: None };
    norm_modulate(x, &options)
}

struct Block {
    attention_gain: Tensor<1>,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    /// What every distance adds to a head's scores, `[heads, buckets]`.
    bias: Tensor<2>,
    feed_gain: Tensor<1>,
    gate: Linear,
    up: Linear,
    down: Linear,
}

impl Block {
    fn load(scope: &Scope, config: &EncoderConfig) -> Result<Self, ModelError> {
        let (width, inside, hidden) = (config.width, config.attended(), config.hidden);
        let (first, second) = (scope.at("layer.0"), scope.at("layer.1"));
        let (attention, feed) = (first.at("SelfAttention"), second.at("DenseReluDense"));
        let shape = [config.buckets, config.heads];
        let table = attention.table("relative_attention_bias.weight", shape)?;
        let table = Tensor::<2>::from_data(TensorData::new(table, shape), scope.device());
        Ok(Self {
            attention_gain: first.at("layer_norm").vector("weight", width)?,
            query: Linear::load(&attention, "q", [inside, width], false)?,
            key: Linear::load(&attention, "k", [inside, width], false)?,
            value: Linear::load(&attention, "v", [inside, width], false)?,
            output: Linear::load(&attention, "o", [width, inside], false)?,
            bias: table.transpose(),
            feed_gain: second.at("layer_norm").vector("weight", width)?,
            gate: Linear::load(&feed, "wi_0", [hidden, width], false)?,
            up: Linear::load(&feed, "wi_1", [hidden, width], false)?,
            down: Linear::load(&feed, "wo", [width, hidden], false)?,
        })
    }

    fn forward(&self, sequence: &Sequence, config: &EncoderConfig) -> Result<Tensor<2>, ModelError> {
        let h = normalised(&sequence.x, &self.attention_gain, config)?;
        let seen = self.attend(&h, &sequence.distances, config)?;
        let x = self.output.residual(&seen, None, &sequence.x)?;
        let h = normalised(&x, &self.feed_gain, config)?;
        let inside = self.gate.activated(&h, Activation::GeluTanh)? * self.up.forward(&h)?;
        Ok(self.down.residual(&inside, None, &x)?)
    }

    /// Scores are not scaled; each head adds its bias for the distance. Heads follow one another, so that one head's
    /// scores exist at a time.
    fn attend(
        &self,
        h: &Tensor<2>,
        distances: &Tensor<1, Int>,
        config: &EncoderConfig,
    ) -> Result<Tensor<2>, KernelError> {
        let ([tokens, _], size) = (h.dims(), config.head_size);
        let (q, k, v) = (self.query.forward(h)?, self.key.forward(h)?, self.value.forward(h)?);
        let mut heads = Vec::with_capacity(config.heads);
        for head in 0..config.heads {
            let part = |x: &Tensor<2>| x.clone().slice([0..tokens, head * size..(head + 1) * size]);
            let bias = self.bias.clone().slice([head..head + 1, 0..config.buckets]);
            let bias = bias.reshape([config.buckets]).select(0, distances.clone()).reshape([tokens, tokens]);
            let epilogue = Epilogue { residual: Some(&bias), ..Epilogue::default() };
            let scores = matmul(&part(&q), &MatrixWeight::from_tensor(part(&k))?, &epilogue)?;
            let values = MatrixWeight::from_tensor(part(&v).transpose())?;
            heads.push(matmul(&softmax(scores, 1), &values, &Epilogue::default())?);
        }
        Ok(Tensor::cat(heads, 1))
    }
}
