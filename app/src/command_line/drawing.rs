//! The options that making and changing a picture share.

use super::parse;
use clap::{Args, ValueEnum};
use engine_api::{DeviceChoice, MemoryLimit, Quality};
use std::ffi::OsString;
use std::path::PathBuf;

/// `rostrum generate`.
#[derive(Debug, Args)]
pub struct GenerateOptions {
    #[command(flatten)]
    pub drawing: DrawingOptions,
    /// Width in pixels; together with --height, else the model's usual size
    #[arg(long, value_name = "PIXELS", requires = "height", value_parser = parse::side)]
    pub width: Option<u32>,
    /// Height in pixels
    #[arg(long, value_name = "PIXELS", requires = "width", value_parser = parse::side)]
    pub height: Option<u32>,
    #[command(flatten)]
    pub common: CommonOptions,
}

/// Which model draws what, and how.
#[derive(Debug, Args)]
pub struct DrawingOptions {
    /// The model: its folder, or an installed model's name (`rostrum models list`)
    #[arg(short, long, value_name = "MODEL", required_unless_present = "from")]
    pub model: Option<OsString>,
    /// What to draw or to change, in a sentence
    #[arg(short, long, value_name = "TEXT", required_unless_present = "from", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// Where to write: a .png, .jpg or .webp file, or DIR/ for the next free number
    #[arg(short, long, value_name = "FILE", required_unless_present = "from")]
    pub output: Option<PathBuf>,
    /// Repeat what a PNG by Rostrum tells about itself; other options override it
    #[arg(long, value_name = "PNG")]
    pub from: Option<PathBuf>,
    /// What to steer away from [default: the model's own text; "" for an empty one]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub negative: Option<String>,
    /// Steps from noise to picture, 1 to 1000 [default: the model's own, by --quality]
    #[arg(long, value_name = "N", value_parser = parse::steps)]
    pub steps: Option<u32>,
    /// How strongly to follow the prompt and avoid the negative one; 1 runs no negative [default: the model's own]
    #[arg(long, value_name = "X", value_parser = parse::guidance)]
    pub guidance: Option<f32>,
    /// The same seed gives the same picture, here and in diffusers [default: a new one, which is told]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How much care to take [default: standard]
    #[arg(long, value_name = "QUALITY")]
    pub quality: Option<QualityWord>,
}

/// How the work is done, whatever the picture.
#[derive(Debug, Args)]
#[command(next_help_heading = "How the work is done")]
pub struct CommonOptions {
    /// Where to work: auto, cpu, gpu, or gpu:N with N from `rostrum selftest`
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,
    /// Most memory to plan with, such as 8G [default: what the device has free]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<MemoryLimit>,
    /// Start from the noise in this safetensors file (key `noise`) instead of the seed's
    #[arg(long, value_name = "FILE")]
    pub noise: Option<PathBuf>,
    /// Write what each stage computed into this folder, as safetensors for developers
    #[arg(long, value_name = "DIR")]
    pub dump: Option<PathBuf>,
    /// Print the progress as one JSON object per line
    #[arg(long)]
    pub json: bool,
}

/// [`Quality`] as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QualityWord {
    /// Few steps, to try an idea
    Draft,
    /// The model's usual number of steps
    Standard,
    /// As many steps as its makers advise
    Best,
}

impl From<QualityWord> for Quality {
    fn from(word: QualityWord) -> Self {
        match word {
            QualityWord::Draft => Self::Draft,
            QualityWord::Standard => Self::Standard,
            QualityWord::Best => Self::Best,
        }
    }
}
