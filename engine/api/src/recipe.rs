//! Everything that repeats a picture; travels inside the PNG under the key `rostrum`.

use crate::{ClipSettings, Colours, Expansion, MaskSettings, Quality, Size, Walk};
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

/// How a finished clip was made; travels inside the clip, or beside its frames. Rules as for [`Recipe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipRecipe {
    /// Version of Rostrum that made it.
    pub version: String,
    /// The model as it was named: an installed name or a path.
    pub model: String,
    pub prompt: String,
    /// The negative prompt that was asked for; `None` means the model family's own.
    #[serde(default)]
    pub negative: Option<String>,
    pub seed: u64,
    /// Numbers of the walk as they were asked for; what is open was the model's own.
    #[serde(default)]
    pub walk: Walk,
    #[serde(default)]
    pub quality: Quality,
    /// Size of the frames, in pixels.
    pub size: Size,
    /// Frames of the clip.
    pub frames: u32,
    /// Frames per second.
    pub frame_rate: u32,
    /// File with the initial noise that replaced the seed's.
    #[serde(default)]
    pub noise: Option<String>,
    #[serde(default)]
    pub source: ClipFiles,
    /// What it was really made with, for people; `None` in a recipe that somebody wrote by hand.
    #[serde(default)]
    pub settings: Option<ClipSettings>,
}

/// What a clip was made from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClipFiles {
    #[default]
    Words,
    Stills {
        first: SourceFile,
        #[serde(default)]
        last: Option<SourceFile>,
    },
    Clip {
        video: SourceFile,
        strength: f32,
    },
    Continuation {
        clip: SourceFile,
        /// Frames of that clip which the new one begins with.
        overlap: u32,
        /// Colours of the first clip of the chain.
        #[serde(default)]
        first: Option<Colours>,
        /// Whether colours were held to those.
        #[serde(default)]
        held: bool,
        /// Whether that clip's last latents were taken over.
        #[serde(default)]
        latents: bool,
    },
}
