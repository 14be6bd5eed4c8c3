//! `rostrum animate`.

use super::{CommonOptions, QualityWord, parse};
use clap::{Args, ValueEnum};
use engine_api::{MOST_FRAMES, SamplerChoice, SigmaChoice};
use std::ffi::OsString;
use std::path::PathBuf;

/// Above the options that say what a clip is made from.
const FROM: &str = "What the clip is made from";

/// A clip from words, from pictures, or from another clip.
#[derive(Debug, Args)]
pub struct AnimateOptions {
    /// The model: its folder, or an installed model's name (`rostrum models list`)
    #[arg(short, long, value_name = "MODEL", required_unless_present = "from")]
    pub model: Option<OsString>,
    /// What shall happen, in a sentence
    #[arg(short, long, value_name = "TEXT", required_unless_present_any = ["from", "plan"], allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// Where to write: a .mp4, .gif, .apng or .webp file (with FFmpeg .webm or .mov, too), or DIR/ for PNG files 00000.png and so on
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["from", "plan"])]
    pub output: Option<PathBuf>,
    /// Repeat what a clip by Rostrum tells about itself; other options override it
    #[arg(long, value_name = "CLIP")]
    pub from: Option<PathBuf>,
    /// What to steer away from [default: the model's own text; "" for an empty one]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub negative: Option<String>,
    /// Frames of the clip, 1 to 4096 [default: the model's own, mostly 81]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_FRAMES)))]
    pub frames: Option<u32>,
    /// Frames per second [default: the model's own, or those of the clip it is made from]
    #[arg(long, value_name = "N", value_parser = parse::frame_rate)]
    pub fps: Option<u32>,
    /// Width in pixels; together with --height, else the model's usual size
    #[arg(long, value_name = "PIXELS", requires = "height", value_parser = parse::side)]
    pub width: Option<u32>,
    /// Height in pixels
    #[arg(long, value_name = "PIXELS", requires = "width", value_parser = parse::side)]
    pub height: Option<u32>,
    /// Steps from noise to clip, 1 to 1000 [default: the model's own, by --quality]
    #[arg(long, value_name = "N", value_parser = parse::steps)]
    pub steps: Option<u32>,
    /// How strongly to follow the prompt and avoid the negative one; 1 runs no negative [default: the model's own]
    #[arg(long, value_name = "X", value_parser = parse::guidance)]
    pub guidance: Option<f32>,
    /// The same for the expert for low noise, of models with two [default: as --guidance, or the model's own]
    #[arg(long, value_name = "X", value_parser = parse::guidance)]
    pub guidance_low: Option<f32>,
    /// How long to stay with large movements before details, above 0 [default: the model's own, 5 or 12]
    #[arg(long, value_name = "X", value_parser = parse::shift)]
    pub shift: Option<f64>,
    /// How to walk from noise to clip [default: unipc]
    #[arg(long, value_name = "SAMPLER")]
    pub sampler: Option<SamplerWord>,
    /// Which noise levels the walk goes through [default: the sampler's own]
    #[arg(long, value_name = "SCHEDULE")]
    pub schedule: Option<ScheduleWord>,
    /// Noise levels by hand, falling from 1, for distilled models: 1,0.9375,0.8333,0.625
    #[arg(long, value_name = "X,X,…", value_delimiter = ',')]
    pub sigmas: Option<Vec<f64>>,
    /// The same seed gives the same clip, here and in diffusers [default: a new one, which is told]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How much care to take [default: standard]
    #[arg(long, value_name = "QUALITY")]
    pub quality: Option<QualityWord>,
    /// Tell what a clip would take on cards of 8 to 24 GB, and make nothing
    #[arg(long)]
    pub plan: bool,
    #[command(flatten)]
    pub sources: SourceOptions,
    #[command(flatten)]
    pub common: CommonOptions,
}

/// What a clip is made from; nothing means words alone.
#[derive(Debug, Args)]
pub struct SourceOptions {
    /// The picture that the clip begins with
    #[arg(help_heading = FROM, short, long, value_name = "FILE", conflicts_with_all = ["video", "continue_"])]
    pub image: Option<PathBuf>,
    /// The picture that the clip ends with; the first one again makes a loop
    #[arg(help_heading = FROM, long, value_name = "FILE", conflicts_with_all = ["video", "continue_"])]
    pub last: Option<PathBuf>,
    /// A clip to draw anew
    #[arg(help_heading = FROM, long, value_name = "CLIP", conflicts_with = "continue_")]
    pub video: Option<PathBuf>,
    /// How far from that clip the new one may go, above 0 and up to 1 [default: 0.7]
    #[arg(help_heading = FROM, long, value_name = "X", value_parser = parse::strength)]
    pub strength: Option<f32>,
    /// A clip to go on from; the new one begins with its last frames
    #[arg(help_heading = FROM, long = "continue", id = "continue_", value_name = "CLIP")]
    pub continued: Option<PathBuf>,
    /// How many of its last frames are taken over [default: 5]
    #[arg(help_heading = FROM, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub overlap: Option<u32>,
    /// Let the colours of a clip that goes on wander; else they are held to those of the first clip of the chain
    #[arg(help_heading = FROM, long)]
    pub no_anchor: bool,
    /// Go on from a clip's frames alone, and keep no latents beside the new one for the next to go on from
    #[arg(help_heading = FROM, long)]
    pub no_latents: bool,
}

/// [`SamplerChoice`] as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SamplerWord {
    /// What the models' makers advise
    Unipc,
    /// Plain steps, for distilled models
    Euler,
    /// DPM++ 2M
    Dpmpp,
}

impl From<SamplerWord> for SamplerChoice {
    fn from(word: SamplerWord) -> Self {
        match word {
            SamplerWord::Unipc => Self::UniPc,
            SamplerWord::Euler => Self::Euler,
            SamplerWord::Dpmpp => Self::DpmPlusPlus,
        }
    }
}

/// [`SigmaChoice`] as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScheduleWord {
    /// As UniPC in diffusers, from 1 to 0.001
    Diffusers,
    /// As the models' makers, from 0.999 to 0
    Makers,
    /// From 1 to 0 evenly, for distilled models
    Straight,
}

impl From<ScheduleWord> for SigmaChoice {
    fn from(word: ScheduleWord) -> Self {
        match word {
            ScheduleWord::Diffusers => Self::Diffusers,
            ScheduleWord::Makers => Self::Makers,
            ScheduleWord::Straight => Self::Straight,
        }
    }
}
