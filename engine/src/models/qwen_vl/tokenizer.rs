//! Qwen2's tokenizer: Unicode composition (NFC), a split into words, then byte-level byte pair encoding.
//!
//! Only the vocabulary, the merges and the added tokens come from files; the rules are Qwen2's own, as in
//! transformers' `Qwen2Tokenizer`. Control tokens such as `<|im_end|>` are never read out of text: templates
//! place them by name, and what a user types stays text.

use super::unusable;
use crate::nn::ModelError;
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::{
    byte_level::ByteLevel, sequence::Sequence, split::Split, split::SplitPattern,
};
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer};

/// Where words begin and end before merging; digits stand alone.
const WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The byte alphabet's signs for a space and a line end: a vocabulary without them is of another kind.
const BYTE_SIGNS: [&str; 2] = ["Ġ", "Ċ"];

/// Largest tokenizer file that is read, in bytes; Qwen's own has 11 million.
const LARGEST_FILE: u64 = 64 << 20;

/// Text to token numbers.
pub struct PromptTokenizer {
    rules: Tokenizer,
    control: HashMap<String, u32>,
    /// One past the highest token number.
    count: usize,
}

impl PromptTokenizer {
    /// Opens the tokenizer of a model folder: `tokenizer/` or else `processor/`, each as `tokenizer.json` or as
    /// `vocab.json` with `merges.txt`.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] naming the file when none is there or one is broken.
    pub fn open(model: &Path) -> Result<Self, ModelError> {
        for folder in [model.join("tokenizer"), model.join("processor")] {
            let whole = folder.join("tokenizer.json");
            if whole.is_file() {
                return Self::build(from_one_file(&whole)?, &folder);
            }
            if folder.join("vocab.json").is_file() {
                return Self::build(from_parts(&folder)?, &folder);
            }
        }
        Err(unusable(format!(
            "no tokenizer in {}: expected tokenizer/tokenizer.json, or tokenizer/vocab.json and merges.txt",
            model.display()
        )))
    }

    fn build(mut parts: Parts, folder: &Path) -> Result<Self, ModelError> {
        parts.add_declared(folder)?;
        let broken = |e: &dyn std::fmt::Display| unusable(format!("tokenizer in {}: {e}", folder.display()));
        if let Some(sign) = BYTE_SIGNS.iter().find(|sign| !parts.vocabulary.contains_key(**sign)) {
            return Err(broken(&format!("no token {sign:?}, so this is no byte-level vocabulary of Qwen2")));
        }
        let mut control = HashMap::new();
        let mut words = Vec::new();
        for (number, token) in parts.added {
            // A place in the vocabulary pins the declared number; without a merge it never arises from text.
            parts.vocabulary.insert(token.content.clone(), number);
            if !token.special {
                words.push(AddedToken::from(token.content.clone(), false).normalized(false));
            }
            control.insert(token.content, number);
        }
        for name in CONTROL {
            if let Some(number) = parts.vocabulary.get(name) {
                control.insert(name.into(), *number);
            }
        }
        let count = parts.vocabulary.values().max().map_or(0, |highest| *highest as usize + 1);
        let model = BPE::builder()
            .vocab_and_merges(parts.vocabulary.into_iter().collect::<Vocab>(), parts.merges)
            .build()
            .map_err(|e| broken(&e))?;
        let split = Split::new(SplitPattern::Regex(WORDS.into()), SplitDelimiterBehavior::Isolated, false)
            .map_err(|e| broken(&e))?;
        let mut rules = Tokenizer::new(model);
        rules.with_normalizer(Some(NFC));
        rules.with_pre_tokenizer(Some(Sequence::new(vec![
            split.into(),
            ByteLevel::new(false, false, false).into(),
        ])));
        rules.add_tokens(&words);
        Ok(Self { rules, control, count })
    }

    /// Token numbers of plain text. Control tokens written out in it are spelled, not obeyed.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] when the vocabulary cannot spell the text.
    pub fn text(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.rules.encode_fast(text, false).map_err(|e| unusable(format!("tokenizer: {e}")))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Number of a control token such as `<|im_start|>`.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] when the tokenizer has no such token.
    pub fn control(&self, name: &str) -> Result<u32, ModelError> {
        let number = self.control.get(name).copied();
        number.ok_or_else(|| unusable(format!("the tokenizer has no token {name}; it belongs to another model")))
    }

    /// Checks that the tokens fit an embedding table of `rows` and that pictures are marked by `image_token`,
    /// when the model says which token that is.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] when this tokenizer belongs to another model.
    pub fn check_against(&self, rows: usize, image_token: Option<u32>) -> Result<(), ModelError> {
        for name in CONTROL {
            self.control(name)?;
        }
        // Tables are padded a little (152064 rows for 151669 tokens), never by half.
        if self.count > rows || self.count < rows / 2 {
            let count = self.count;
            return Err(unusable(format!(
                "the tokenizer has {count} tokens but the model embeds {rows}; they do not belong together"
            )));
        }
        let own = self.control(IMAGE)?;
        match image_token {
            // A number beyond the table is a default that nobody set.
            Some(expected) if (expected as usize) < rows && expected != own => Err(unusable(format!(
                "the tokenizer's {IMAGE} is {own}, the model expects {expected}; they do not belong together"
            ))),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for PromptTokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromptTokenizer").field("count", &self.count).finish_non_exhaustive()
    }
}

/// Opens a turn of the conversation.
pub(super) const TURN: &str = "<|im_start|>";
/// Closes a turn of the conversation.
pub(super) const TURN_END: &str = "<|im_end|>";
/// Opens a picture.
pub(super) const VISION: &str = "<|vision_start|>";
/// Closes a picture.
pub(super) const VISION_END: &str = "<|vision_end|>";
/// Stands for one token of a picture.
pub(super) const IMAGE: &str = "<|image_pad|>";

/// Control tokens that the prompt templates use.
const CONTROL: [&str; 5] = [TURN, TURN_END, VISION, VISION_END, IMAGE];

/// The files' content in one shape.
struct Parts {
    vocabulary: HashMap<String, u32>,
    merges: Vec<(String, String)>,
    added: BTreeMap<u32, RawAdded>,
}

impl Parts {
    /// Takes the added tokens that `tokenizer_config.json` and `added_tokens.json` declare; earlier ones stay.
    fn add_declared(&mut self, folder: &Path) -> Result<(), ModelError> {
        let config = folder.join("tokenizer_config.json");
        if config.is_file() {
            for (number, token) in read::<RawTokenizerConfig>(&config)?.added_tokens_decoder {
                self.added.entry(number).or_insert(token);
            }
        }
        let list = folder.join("added_tokens.json");
        if list.is_file() {
            for (content, number) in read::<BTreeMap<String, u32>>(&list)? {
                let special = content.starts_with("<|");
                self.added.entry(number).or_insert(RawAdded { content, special });
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct RawAdded {
    content: String,
    #[serde(default)]
    special: bool,
}

#[derive(Deserialize)]
struct RawTokenizerConfig {
    #[serde(default)]
    added_tokens_decoder: BTreeMap<u32, RawAdded>,
}

#[derive(Deserialize)]
struct RawTokenizer {
    #[serde(default)]
    added_tokens: Vec<RawNumbered>,
    model: RawModel,
}

#[derive(Deserialize)]
struct RawNumbered {
    id: u32,
    #[serde(flatten)]
    token: RawAdded,
}

#[derive(Deserialize)]
struct RawModel {
    vocab: HashMap<String, u32>,
    merges: Vec<RawMerge>,
}

/// Merges are pairs in newer files, two words in one text in older ones.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawMerge {
    Pair(String, String),
    Text(String),
}

fn from_one_file(path: &Path) -> Result<Parts, ModelError> {
    let file: RawTokenizer = read(path)?;
    let mut merges = Vec::with_capacity(file.model.merges.len());
    for (i, merge) in file.model.merges.into_iter().enumerate() {
        merges.push(match merge {
            RawMerge::Pair(a, b) => (a, b),
            RawMerge::Text(text) => pair(path, i + 1, &text)?,
        });
    }
    let added = file.added_tokens.into_iter().map(|t| (t.id, t.token)).collect();
    Ok(Parts { vocabulary: file.model.vocab, merges, added })
}

fn from_parts(folder: &Path) -> Result<Parts, ModelError> {
    let path = folder.join("merges.txt");
    let mut merges = Vec::new();
    for (i, line) in read_text(&path)?.lines().enumerate() {
        if line.is_empty() || (i == 0 && line.starts_with("#version")) {
            continue;
        }
        merges.push(pair(&path, i + 1, line)?);
    }
    Ok(Parts { vocabulary: read(&folder.join("vocab.json"))?, merges, added: BTreeMap::new() })
}

fn pair(path: &Path, number: usize, text: &str) -> Result<(String, String), ModelError> {
    match text.split_once(' ') {
        Some((a, b)) if !a.is_empty() && !b.is_empty() && !b.contains(' ') => Ok((a.into(), b.into())),
        _ => Err(unusable(format!("{}: merge {number} is not two words: {text:?}", path.display()))),
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ModelError> {
    serde_json::from_str(&read_text(path)?).map_err(|e| unusable(format!("{}: {e}", path.display())))
}

fn read_text(path: &Path) -> Result<String, ModelError> {
    let failed = |e: std::io::Error| unusable(format!("cannot read {}: {e}", path.display()));
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > LARGEST_FILE {
        return Err(unusable(format!("{} has {length} bytes, too many for a tokenizer", path.display())));
    }
    std::fs::read_to_string(path).map_err(failed)
}
