//! What a job tells while it runs, and what it hands over at the end.

use crate::{ClipOutcome, EngineError, JobId, Picture, Plan, Size};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One sign of life of one job.
#[derive(Debug, Clone)]
pub struct Event {
    pub job: JobId,
    pub kind: EventKind,
}

/// What happened. Every accepted job ends with exactly one of `Finished`, `ClipFinished`, `Failed` and `Cancelled`.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// The engine took the job from the queue.
    Started,
    /// What the job will take; once, before the first step.
    Planned(Plan),
    /// A part of the work began.
    Stage {
        stage: Stage,
        part: Option<Part>,
    },
    /// A step of the sampler is done.
    Step {
        /// Which one, from 1.
        index: u32,
        total: u32,
        /// Time that this step took.
        seconds: f64,
    },
    /// Something the user should know; also listed in the notes of the end.
    Note(String),
    Finished(Box<Finished>),
    /// All frames of a clip were handed over.
    ClipFinished(Box<ClipFinished>),
    Failed(EngineError),
    Cancelled,
}

/// The parts of a job, in the order of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Opening,
    ReadingPrompt,
    ReadingPictures,
    Drawing,
    Developing,
    Fitting,
}

/// Which piece of a stage is at hand: a tile of the picture, a part of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 1.
    pub index: u32,
    pub total: u32,
}

/// A rough picture between steps. State, not a message: only the latest is kept.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Usually smaller than the result.
    pub picture: Picture,
    /// The step after which it was taken, from 1.
    pub step: u32,
    pub total: u32,
}

/// What the pipeline hands over: the picture, and everything that is known only after the work.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub picture: Picture,
    pub settings: Settings,
    /// Pixels outside the blend mask that differ from the source; `None` when there was no mask.
    pub changed_outside_mask: Option<u64>,
    /// How the result was moved to fit the source; `None` when registration was off or had nothing to fit.
    pub registration: Option<Registration>,
    /// Most bytes in use on the graphics card; 0 on the processor.
    pub peak_vram: u64,
    /// The last step taken when the job was asked to keep what it had; `None` when it ran to the end.
    pub stopped_after: Option<u32>,
}

/// The end of a job that made a picture.
#[derive(Debug, Clone)]
pub struct Finished {
    pub outcome: Outcome,
    /// Time from `Started` to the end.
    pub seconds: f64,
    /// Most bytes of main memory that the process has had in use since it began; `None` where the system
    /// does not tell (everywhere but on Linux).
    pub peak_rss: Option<u64>,
    /// Every note of the job, in order.
    pub notes: Vec<String>,
}

/// The end of a job that made a clip; its frames were handed over before.
#[derive(Debug, Clone)]
pub struct ClipFinished {
    pub outcome: ClipOutcome,
    /// Time from `Started` to the end.
    pub seconds: f64,
    /// As [`Finished::peak_rss`].
    pub peak_rss: Option<u64>,
    /// Every note of the job, in order.
    pub notes: Vec<String>,
}

/// The values that the job ran with once every default was filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Title of the model family, such as "Qwen-Image-Edit 2511".
    pub family: String,
    /// Negative prompt; `None` when none was run.
    pub negative: Option<String>,
    pub steps: u32,
    /// Guidance; 1 when the negative prompt was not run.
    pub guidance: f32,
    /// Denoise strength; `None` for a picture from words alone.
    pub strength: Option<f32>,
    /// Size at which the model worked, in pixels.
    pub work_size: Size,
}

/// How the result lay beside the source, and whether it was moved back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Whether it was moved; a movement that would fit worse is not made.
    pub applied: bool,
    /// Shift to the right, in pixels at the size of the work.
    pub shift_x: f32,
    /// Shift downwards, in pixels at the size of the work.
    pub shift_y: f32,
    /// Scale; 1 keeps the size.
    pub scale: f32,
    /// Turn, clockwise, in degrees.
    pub degrees: f32,
    /// Mean difference of detail outside the mask before the movement, in levels of 255.
    pub before: f32,
    /// The same after it.
    pub after: f32,
}

impl Stage {
    /// The stage in the user's words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Opening => "Opening the model",
            Self::ReadingPrompt => "Reading the prompt",
            Self::ReadingPictures => "Reading the pictures",
            Self::Drawing => "Drawing",
            Self::Developing => "Developing the picture",
            Self::Fitting => "Fitting it back",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl EventKind {
    /// Whether the job is over with this event.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Finished(_) | Self::ClipFinished(_) | Self::Failed(_) | Self::Cancelled)
    }
}
