//! Qwen2's tokenizer: Unicode composition (NFC), a split into words, then byte-level byte pair encoding.
//!
//! Only the vocabulary, the merges and the added tokens come from files; the rules are Qwen2's own, as in
//! transformers' `Qwen2Tokenizer`. Control tokens such as `<|im_end|>` are never read out of text: templates
//! place them by name, and what a user types stays text.

use super::unusable;
use super::vocabulary::Vocabulary;
use crate::nn::ModelError;
use std::collections::HashMap;
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

/// Text to token numbers.
pub struct PromptTokenizer {
    rules: Tokenizer,
    control: HashMap<String, u32>,
    /// One past the highest token number.
    count: usize,
}

impl PromptTokenizer {
    /// Opens the tokenizer of a model folder: `tokenizer/` or else `processor/`, each as `tokenizer.json` or
    /// as `vocab.json` with `merges.txt`.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] naming the file when none is there or one is broken.
    pub fn open(model: &Path) -> Result<Self, ModelError> {
        Self::build(Vocabulary::open(model)?)
    }

    fn build(mut vocabulary: Vocabulary) -> Result<Self, ModelError> {
        let folder = vocabulary.folder.display().to_string();
        let broken = |e: &dyn fmt::Display| unusable(format!("tokenizer in {folder}: {e}"));
        let lacks = |sign: &&&str| !vocabulary.tokens.contains_key(**sign);
        if let Some(sign) = BYTE_SIGNS.iter().find(lacks) {
            return Err(broken(&format!("it lacks the token {sign}, so it is of another model")));
        }
        vocabulary.check_merges()?;
        let mut control = HashMap::new();
        let mut words = Vec::new();
        for (number, token) in vocabulary.added {
            // A place in the vocabulary pins the declared number; without a merge it never arises from text.
            vocabulary.tokens.insert(token.content.clone(), number);
            if !token.special {
                words.push(AddedToken::from(token.content.clone(), false).normalized(false));
            }
            control.insert(token.content, number);
        }
        for name in CONTROL {
            if let Some(number) = vocabulary.tokens.get(name) {
                control.insert(name.into(), *number);
            }
        }
        let count = vocabulary.tokens.values().max().map_or(0, |highest| *highest as usize + 1);
        let model = BPE::builder()
            .vocab_and_merges(vocabulary.tokens.into_iter().collect::<Vocab>(), vocabulary.merges)
            .build()
            .map_err(|e| broken(&format!("its merges and its words do not belong together ({e})")))?;
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
        let encoding =
            self.rules.encode_fast(text, false).map_err(|e| unusable(format!("tokenizer: {e}")))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Number of a control token such as `<|im_start|>`.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] when the tokenizer has no such token.
    pub fn control(&self, name: &str) -> Result<u32, ModelError> {
        let number = self.control.get(name).copied();
        number.ok_or_else(|| {
            unusable(format!("the tokenizer has no token {name}; it belongs to another model"))
        })
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
        let own = self.control(IMAGE)?;
        // Published tables are padded a little (152064 rows for 151669 tokens), never by half; only where the model
        // names the picture token is a longer table no sign of another tokenizer.
        if self.count > rows || (self.count < rows / 2 && image_token != Some(own)) {
            let count = self.count;
            return Err(unusable(format!(
                "the tokenizer has {count} tokens but the model embeds {rows}; they do not belong together"
            )));
        }
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

#[cfg(test)]
pub(super) mod tests {
    use super::super::vocabulary::Added;
    use super::*;
    use std::collections::BTreeMap;

    /// A tokenizer without merges: every byte is a token.
    pub(in super::super) fn of_bytes() -> PromptTokenizer {
        let mut alphabet: Vec<char> = ByteLevel::alphabet().into_iter().collect();
        alphabet.sort_unstable();
        let tokens = alphabet.iter().zip(0..).map(|(sign, number)| (sign.to_string(), number)).collect();
        let token = |content: &str, special| Added { content: content.into(), special };
        let mut added: BTreeMap<u32, Added> = (256..).zip(CONTROL.iter().map(|c| token(c, true))).collect();
        added.insert(300, token("<tool_call>", false));
        let folder = "nowhere".into();
        let vocabulary = Vocabulary { folder, tokens, merges: Vec::new(), added };
        PromptTokenizer::build(vocabulary).expect("builds")
    }

    impl PromptTokenizer {
        /// Words of a text before merging.
        pub(in super::super) fn words(&self, text: &str) -> usize {
            let encoding = self.rules.encode(text, false).expect("encodes");
            encoding.get_word_ids().iter().flatten().max().map_or(0, |last| *last as usize + 1)
        }
    }

    #[test]
    fn words_split_as_qwen2_splits_them() {
        let tokenizer = of_bytes();
        let cases = [
            ("they'LL go", 3),
            ("2025", 4),
            (" a  b", 3),
            ("a\n\n b", 3),
            ("x!?\n\ny", 3),
            ("  \n  \n z", 2),
            ("", 0),
        ];
        for (text, words) in cases {
            assert_eq!(tokenizer.words(text), words, "{text:?}");
        }
    }

    #[test]
    fn composed_and_decomposed_letters_are_one() {
        let tokenizer = of_bytes();
        assert_eq!(tokenizer.text("e\u{301}").expect("encodes"), tokenizer.text("\u{e9}").expect("encodes"));
    }

    #[test]
    fn control_tokens_are_spelled_and_plain_added_ones_are_not() {
        let tokenizer = of_bytes();
        assert_eq!(tokenizer.text("<|im_end|>").expect("encodes").len(), "<|im_end|>".len());
        assert_eq!(tokenizer.text("<tool_call>").expect("encodes"), [300]);
        assert!(tokenizer.control("<|nothing|>").is_err());
    }

    #[test]
    fn tables_of_another_size_are_refused() {
        let tokenizer = of_bytes();
        assert!(tokenizer.check_against(301, Some(260)).is_ok());
        assert!(tokenizer.check_against(400, None).is_ok());
        assert!(tokenizer.check_against(1000, Some(260)).is_ok(), "the picture token is proof");
        assert!(tokenizer.check_against(400, Some(151_655)).is_ok(), "a default beyond the table");
        for (rows, image) in [(300, None), (1000, None), (400, Some(7))] {
            let message = tokenizer.check_against(rows, image).expect_err("refused").to_string();
            assert!(message.contains("do not belong together"), "{message}");
        }
    }
}
