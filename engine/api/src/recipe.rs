//! Everything that repeats a picture; travels inside the PNG under the key `rostrum`.

use crate::{Expansion, MaskSettings, Quality, Size};
use serde::{Deserialize, Serialize};

/// How a finished picture was made. Written as JSON; a field that an older version does not know is ignored,
/// and one that it did not write has a default.
///
/// The device and the memory limit are left out: they change how fast a picture is made, not which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Version of Rostrum that made it.
    pub version: String,
    /// The model as it was named: an installed name or a path.
    pub model: String,
    /// Title of the model family.
    pub family: String,
    pub prompt: String,
    /// Negative prompt; `None` when none was run.
    #[serde(default)]
    pub negative: Option<String>,
    pub seed: u64,
    pub steps: u32,
    pub guidance: f32,
    #[serde(default)]
    pub quality: Quality,
    /// Size of the finished picture, in pixels.
    pub size: Size,
    /// File with the initial noise that replaced the seed's.
    #[serde(default)]
    pub noise: Option<String>,
    /// What was edited; `None` for a picture from words alone.
    #[serde(default)]
    pub edit: Option<EditRecipe>,
}

/// The part of a recipe that only edits have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditRecipe {
    pub image: SourceFile,
    #[serde(default)]
    pub references: Vec<SourceFile>,
    #[serde(default)]
    pub mask: Option<SourceFile>,
    #[serde(default)]
    pub mask_settings: MaskSettings,
    #[serde(default)]
    pub expand: Expansion,
    /// The work size that was asked for; `None` when the model chose.
    #[serde(default)]
    pub work_size: Option<Size>,
    #[serde(default)]
    pub register: bool,
    #[serde(default)]
    pub strength: Option<f32>,
}

/// An input file, with the sum of its pixels so that a later change is noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Absolute path at the time.
    pub path: String,
    /// FNV-1a (64 bit) of size and pixels, in 16 hexadecimal digits.
    pub pixels: String,
}
