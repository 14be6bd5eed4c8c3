//! What is known of a model without opening its weights.

use serde::{Deserialize, Serialize};

/// What a folder or file is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// What it is, such as "Qwen-Image-Edit 2511"; what it resembles most when something is missing.
    pub title: String,
    /// Whether it can be used as it is.
    pub usable: bool,
    pub parts: Vec<ModelPart>,
    /// What is missing or wrong, one sentence each, in the user's words.
    pub problems: Vec<String>,
}

/// One component of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelPart {
    /// Its folder or role: transformer, text encoder, codec.
    pub name: String,
    /// What it is, in words.
    pub what: String,
    /// How the weights are stored: BF16, F8_E4M3.
    pub format: String,
    /// Number of weights.
    pub parameters: u64,
    /// Bytes on disk.
    pub bytes: u64,
}
