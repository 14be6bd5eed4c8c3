//! umT5's tokenizer: sentencepiece pieces by `tokenizer.json`, an end token behind them.

use super::unusable;
use crate::nn::ModelError;
use crate::weights::read_text;
use std::fmt;
use std::path::Path;
use tokenizers::Tokenizer;

/// Tokens that the model reads, the end token included.
pub const MOST_TOKENS: usize = 512;

/// The end of every text.
const END: &str = "</s>";

/// Text to token numbers.
pub struct PromptTokenizer {
    rules: Tokenizer,
    end: u32,
    /// One past the highest token number.
    count: usize,
}

/// Token numbers of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTokens {
    /// At most [`MOST_TOKENS`], the end token last.
    pub ids: Vec<u32>,
    /// How many there were before the prompt was cut; none when it was short enough.
    pub cut_from: Option<usize>,
}

impl PromptTokenizer {
    /// Opens `tokenizer/tokenizer.json` of a model folder. Padding and truncation that an earlier user left in the file
    /// are ignored.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when the file cannot be read, [`ModelError::Configuration`] when it is no tokenizer of
    /// this family.
    pub fn open(model: &Path) -> Result<Self, ModelError> {
        let path = model.join("tokenizer").join("tokenizer.json");
        let broken = |reason: String| unusable(format!("tokenizer in {}: {reason}", path.display()));
        let mut rules: Tokenizer = read_text(&path)?.parse().map_err(|e| broken(format!("{e}")))?;
        rules.with_padding(None);
        rules.with_truncation(None).map_err(|e| broken(format!("{e}")))?;
        let Some(end) = rules.token_to_id(END) else {
            return Err(broken(format!("it lacks the token {END}, so it is of another model")));
        };
        let highest = rules.get_vocab(true).into_values().max();
        Ok(Self { rules, end, count: highest.map_or(0, |highest| highest as usize + 1) })
    }

    /// Token numbers of a cleaned prompt.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] when the vocabulary cannot spell the text.
    pub fn tokens(&self, text: &str) -> Result<PromptTokens, ModelError> {
        let encoding =
            self.rules.encode_fast(text, false).map_err(|e| unusable(format!("tokenizer: {e}")))?;
        let mut ids = encoding.get_ids().to_vec();
        let whole = ids.len() + 1;
        ids.truncate(MOST_TOKENS - 1);
        ids.push(self.end);
        Ok(PromptTokens { ids, cut_from: (whole > MOST_TOKENS).then_some(whole) })
    }

    /// Checks that the tokens fit an embedding table of `rows`.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] when this tokenizer belongs to another model.
    pub fn check_against(&self, rows: usize) -> Result<(), ModelError> {
        let count = self.count;
        // Published tables are padded a little (256384 rows for 256300 tokens), never by half.
        if count <= rows && count >= rows / 2 {
            return Ok(());
        }
        Err(unusable(format!(
            "the tokenizer has {count} tokens but the model embeds {rows}; they do not belong together"
        )))
    }
}

impl fmt::Debug for PromptTokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromptTokenizer").field("count", &self.count).finish_non_exhaustive()
    }
}
