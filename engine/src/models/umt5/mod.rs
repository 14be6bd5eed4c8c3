//! umT5 as a text encoder: a prompt in, conditioning for the Wan family out.
//!
//! The encoder half of a T5 whose every layer has its own table of relative positions. Weights: Apache-2.0,
//! google/umt5-xxl. Paper: "UniMax" (arXiv 2304.09151). Reference classes: transformers `UMT5EncoderModel`, and
//! diffusers `WanPipeline._get_t5_prompt_embeds` for what happens before and after.
//!
//! Tour, in the order of the work: `clean` (with `html`) straightens what was typed, [`tokenizer`] turns it
//! into numbers, `encoder` runs the blocks with the distances of [`position`]; `config` reads the sizes.

mod clean;
mod config;
mod encoder;
mod html;
pub mod position;
pub mod tokenizer;

pub use clean::clean;
pub use config::EncoderConfig;

use crate::nn::{ModelError, Watch};
use crate::weights::{Scope, TensorStore};
use burn::tensor::{Device, Tensor};
use encoder::Sequence;
use std::fmt;
use std::path::Path;
use tokenizer::PromptTokenizer;

/// What errors of this folder call the model.
const NAME: &str = "text encoder";

/// Names of the one table of embeddings, the more common one first.
const TABLES: [&str; 2] = ["shared.weight", "encoder.embed_tokens.weight"];

/// What a denoiser is told by a prompt.
#[derive(Debug, Clone)]
pub struct Conditioning {
    /// `[tokens, width]`: the last hidden state of the prompt's own tokens, the end token included. The denoiser fills it
    /// up with rows of zeros.
    pub tokens: Tensor<2>,
    /// Tokens of the prompt before it was cut; none when it was short enough.
    pub cut_from: Option<usize>,
}

/// The encoder with its tokenizer; blocks stream through the device one at a time.
pub struct TextEncoder {
    config: EncoderConfig,
    tokenizer: PromptTokenizer,
    store: TensorStore,
    device: Device,
    table: &'static str,
}

impl TextEncoder {
    /// Opens `text_encoder/` and `tokenizer/` of a model folder; no weight is read yet.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when a file is missing or damaged, [`ModelError::Configuration`] when the files do not
    /// belong together or to another model.
    pub fn load(model: &Path, device: &Device) -> Result<Self, ModelError> {
        let folder = model.join("text_encoder");
        let settings = folder.join("config.json");
        let config = EncoderConfig::read(&settings)?;
        let tokenizer = PromptTokenizer::open(model)?;
        tokenizer.check_against(config.vocabulary)?;
        let store = TensorStore::open(&folder)?;
        let scope = Scope::root(&store, device);
        let Some(table) = TABLES.into_iter().find(|table| scope.has(table)) else {
            return Err(unusable(format!("its weights hold no `{}`; they are of another model", TABLES[0])));
        };
        scope.require(table, &[config.vocabulary, config.width])?;
        let query = |index: usize| format!("encoder.block.{index}.layer.0.SelfAttention.q.weight");
        let last = query(config.blocks - 1);
        if scope.has(&query(config.blocks)) || !scope.has(&last) {
            let reason = format!("num_layers is {}, and the weights hold another number", config.blocks);
            return Err(unusable(reason).in_file(&settings));
        }
        scope.require(&last, &[config.attended(), config.width])?;
        Ok(Self { config, tokenizer, device: device.clone(), store, table })
    }

    /// Sizes of the model.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// The tokenizer, to count a prompt's tokens.
    pub fn tokenizer(&self) -> &PromptTokenizer {
        &self.tokenizer
    }

    /// Conditioning of every prompt, as typed: they are cleaned here. Give the positive and the negative prompt
    /// together, so that the weights are read once.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], or the weights' and the device's own.
    pub fn encode(&self, prompts: &[&str], watch: &dyn Watch) -> Result<Vec<Conditioning>, ModelError> {
        let scope = Scope::root(&self.store, &self.device);
        // Only some of its rows are read, and a file with a NaN anywhere is damaged.
        scope.check(self.table)?;
        let shape = [self.config.vocabulary, self.config.width];
        let mut sequences = Vec::with_capacity(prompts.len());
        let mut cuts = Vec::with_capacity(prompts.len());
        for prompt in prompts {
            let tokens = self.tokenizer.tokens(&clean(prompt))?;
            let x = scope.rows(self.table, shape, &tokens.ids)?;
            sequences.push(Sequence::new(x, &self.config, &self.device));
            cuts.push(tokens.cut_from);
        }
        let hidden = encoder::forward(&scope.at("encoder"), &self.config, sequences, watch)?;
        Ok(hidden.into_iter().zip(cuts).map(|(tokens, cut_from)| Conditioning { tokens, cut_from }).collect())
    }
}

impl fmt::Debug for TextEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextEncoder").field("config", &self.config).finish_non_exhaustive()
    }
}

fn unusable(reason: impl Into<String>) -> ModelError {
    ModelError::Configuration { model: NAME, reason: reason.into() }
}
