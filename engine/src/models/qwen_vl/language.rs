//! The language model: causal attention with grouped key heads and three-axis rotary positions.
//!
//! Source: transformers `Qwen2_5_VLTextModel`. Used as an encoder only: what counts is the last hidden state
//! after the final norm, so there is no cache and no vocabulary head.

use super::config::LanguageConfig;
use super::layers::{Blocks, GatedMlp, Residency, RmsNorm};
use super::position::Rotary;
use super::unusable;
use crate::kernels::{AttentionOptions, HeadSegment, KeyRange, attention, head_norm_rope};
use crate::nn::{Linear, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// One prompt on its way through the blocks.
#[derive(Debug, Clone)]
pub(super) struct Sequence {
    /// Embeddings at first, `[tokens, width]`.
    pub(super) x: Tensor<2>,
    pub(super) rotary: Rotary,
    /// Leading tokens that the result leaves out.
    pub(super) dropped: usize,
}

/// Qwen2.5-VL's decoder stack.
#[derive(Debug)]
pub(super) struct LanguageModel {
    config: LanguageConfig,
    blocks: Blocks<Block>,
}

impl LanguageModel {
    /// Reads what `residency` wants kept from the scope that holds `layers`, `norm` and `embed_tokens`.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] when the weights hold more blocks than the configuration speaks of, else
    /// those of the weights.
    pub(super) fn load(
        scope: &Scope,
        config: &LanguageConfig,
        residency: Residency,
    ) -> Result<Self, ModelError> {
        if scope.at("layers").at(config.blocks).has("input_layernorm.weight") {
            let reason = format!("num_hidden_layers is {}, and the weights hold more blocks", config.blocks);
            return Err(unusable(reason));
        }
        let blocks = Blocks::load(config.blocks, residency, |i| Block::load(scope, config, i))?;
        Ok(Self { config: config.clone(), blocks })
    }

    /// Refuses an embedding table with a NaN anywhere: [`Self::embed`] looks at some of its rows only, and the file
    /// is damaged all the same.
    pub(super) fn check_embeddings(scope: &Scope) -> Result<(), ModelError> {
        Ok(scope.at("embed_tokens").check("weight")?)
    }

    /// Embeddings of tokens, `[tokens, width]`; of the table only these rows are read.
    pub(super) fn embed(&self, scope: &Scope, ids: &[u32]) -> Result<Tensor<2>, ModelError> {
        let shape = [self.config.vocabulary, self.config.width];
        Ok(scope.at("embed_tokens").rows("weight", shape, ids)?)
    }

    /// Last hidden state after the final norm of every sequence, without its dropped tokens: `[tokens,
    /// width]`.
    ///
    /// Several sequences pass each block together, so that a streamed block is read once for all.
    pub(super) fn forward(
        &self,
        scope: &Scope,
        mut sequences: Vec<Sequence>,
        watch: &dyn Watch,
    ) -> Result<Vec<Tensor<2>>, ModelError> {
        let read = |i| Block::load(scope, &self.config, i);
        self.blocks.for_each(watch, read, |i, block| {
            for sequence in &mut sequences {
                sequence.x = block.forward(&sequence.x, &sequence.rotary, &self.config)?;
                watch.stage(&format!("layers.{i}"), &sequence.x);
            }
            Ok(())
        })?;
        let norm = RmsNorm::load(scope, "norm", self.config.width, self.config.epsilon)?;
        let finish = |s: Sequence| {
            let [tokens, width] = s.x.dims();
            Ok(norm.forward(&s.x.slice([s.dropped.min(tokens)..tokens, 0..width]))?)
        };
        sequences.into_iter().map(finish).collect()
    }
}

#[derive(Debug)]
struct Block {
    before_attention: RmsNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    before_mlp: RmsNorm,
    mlp: GatedMlp,
}

impl Block {
    fn load(scope: &Scope, config: &LanguageConfig, i: usize) -> Result<Self, ModelError> {
        let scope = scope.at("layers").at(i);
        let attention = scope.at("self_attn");
        let (width, narrow) = (config.width, config.kv_heads * config.head_size());
        Ok(Self {
            before_attention: RmsNorm::load(&scope, "input_layernorm", width, config.epsilon)?,
            query: Linear::load(&attention, "q_proj", [width, width], true)?,
            key: Linear::load(&attention, "k_proj", [narrow, width], true)?,
            value: Linear::load(&attention, "v_proj", [narrow, width], true)?,
            output: Linear::load(&attention, "o_proj", [width, width], false)?,
            before_mlp: RmsNorm::load(&scope, "post_attention_layernorm", width, config.epsilon)?,
            mlp: GatedMlp::load(&scope.at("mlp"), width, config.hidden, false)?,
        })
    }

    fn forward(
        &self,
        x: &Tensor<2>,
        rotary: &Rotary,
        config: &LanguageConfig,
    ) -> Result<Tensor<2>, ModelError> {
        let h = self.before_attention.forward(x)?;
        let turn = |x: &Tensor<2>, heads| {
            head_norm_rope(&[HeadSegment { x, gain: None }], heads, 0.0, Some(rotary.table()))
        };
        let query = turn(&self.query.forward(&h)?, config.heads)?;
        let key = turn(&self.key.forward(&h)?, config.kv_heads)?;
        let options = AttentionOptions {
            heads: config.heads,
            kv_heads: config.kv_heads,
            scale: (config.head_size() as f32).sqrt().recip(),
            keys: KeyRange::Causal,
        };
        let seen = attention(&query, &key, &self.value.forward(&h)?, &options)?;
        let x = self.output.residual(&seen, None, x)?;
        Ok(self.mlp.forward(&self.before_mlp.forward(&x)?, &x)?)
    }
}
