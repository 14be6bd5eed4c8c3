//! A tokenizer's files: `tokenizer.json`, or `vocab.json` with `merges.txt`, and the added tokens declared
//! beside.

use super::unusable;
use crate::nn::ModelError;
use crate::weights::{read_json, read_text};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Of the words in a vocabulary, one in so many may lack a merge that makes it; published ones lack none.
const UNMADE: usize = 10;

/// The files' content in one shape.
pub(super) struct Vocabulary {
    /// Where the files are.
    pub folder: PathBuf,
    /// Number of every token that merging can give.
    pub tokens: HashMap<String, u32>,
    pub merges: Vec<(String, String)>,
    /// Tokens beside the vocabulary, by number.
    pub added: BTreeMap<u32, Added>,
}

impl Vocabulary {
    /// Reads the first of `tokenizer/` and `processor/` that holds a tokenizer.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] naming the file when none is there or one is broken.
    pub(super) fn open(model: &Path) -> Result<Self, ModelError> {
        for folder in [model.join("tokenizer"), model.join("processor")] {
            let mut vocabulary = if folder.join("tokenizer.json").is_file() {
                from_one_file(&folder)?
            } else if folder.join("vocab.json").is_file() {
                from_parts(&folder)?
            } else {
                continue;
            };
            vocabulary.add_declared()?;
            return Ok(vocabulary);
        }
        let model = model.display();
        Err(unusable(format!(
            "no tokenizer in {model}: tokenizer/tokenizer.json, or vocab.json and merges.txt there, is needed"
        )))
    }

    /// Refuses merges that cannot make the words of the vocabulary: a list that was cut short spells every prompt
    /// in letters, and the model would not understand one.
    pub(super) fn check_merges(&self) -> Result<(), ModelError> {
        let made: HashSet<String> = self.merges.iter().map(|(a, b)| format!("{a}{b}")).collect();
        let added: HashSet<&str> = self.added.values().map(|token| token.content.as_str()).collect();
        let is_word = |token: &&String| token.chars().nth(1).is_some() && !token.starts_with("<|");
        let words = self.tokens.keys().filter(is_word).filter(|token| !added.contains(token.as_str()));
        let (mut count, mut unmade) = (0, 0);
        for word in words {
            count += 1;
            unmade += usize::from(!made.contains(word));
        }
        if unmade * UNMADE <= count {
            return Ok(());
        }
        let folder = self.folder.display();
        Err(unusable(format!(
            "the tokenizer in {folder} has merges for {} of its {count} words only: a file was cut short or is of another model",
            count - unmade
        )))
    }

    /// Takes the added tokens that `tokenizer_config.json` and `added_tokens.json` declare; earlier ones
    /// stay.
    fn add_declared(&mut self) -> Result<(), ModelError> {
        let config = self.folder.join("tokenizer_config.json");
        if config.is_file() {
            for (number, token) in read_json::<RawTokenizerConfig>(&config)?.added_tokens_decoder {
                self.added.entry(number).or_insert(token);
            }
        }
        let list = self.folder.join("added_tokens.json");
        if list.is_file() {
            for (content, number) in read_json::<BTreeMap<String, u32>>(&list)? {
                let special = content.starts_with("<|");
                self.added.entry(number).or_insert(Added { content, special });
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
pub(super) struct Added {
    pub content: String,
    /// Whether it steers the conversation rather than being a word.
    #[serde(default)]
    pub special: bool,
}

#[derive(Deserialize)]
struct RawTokenizerConfig {
    #[serde(default)]
    added_tokens_decoder: BTreeMap<u32, Added>,
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
    token: Added,
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

fn from_one_file(folder: &Path) -> Result<Vocabulary, ModelError> {
    let path = folder.join("tokenizer.json");
    let file: RawTokenizer = read_json(&path)?;
    let mut merges = Vec::with_capacity(file.model.merges.len());
    for (i, merge) in file.model.merges.into_iter().enumerate() {
        merges.push(match merge {
            RawMerge::Pair(a, b) => (a, b),
            RawMerge::Text(text) => pair(&path, i + 1, &text)?,
        });
    }
    let added = file.added_tokens.into_iter().map(|t| (t.id, t.token)).collect();
    Ok(Vocabulary { folder: folder.into(), tokens: file.model.vocab, merges, added })
}

fn from_parts(folder: &Path) -> Result<Vocabulary, ModelError> {
    let path = folder.join("merges.txt");
    let mut merges = Vec::new();
    for (i, line) in read_text(&path)?.lines().enumerate() {
        if line.is_empty() || (i == 0 && line.starts_with("#version")) {
            continue;
        }
        merges.push(pair(&path, i + 1, line)?);
    }
    Ok(Vocabulary {
        folder: folder.into(),
        tokens: read_json(&folder.join("vocab.json"))?,
        merges,
        added: BTreeMap::new(),
    })
}

fn pair(path: &Path, number: usize, text: &str) -> Result<(String, String), ModelError> {
    match text.split_once(' ') {
        Some((a, b)) if !a.is_empty() && !b.is_empty() && !b.contains(' ') => Ok((a.into(), b.into())),
        _ => Err(unusable(format!("merge {number} is not two words: {text}")).in_file(path)),
    }
}
