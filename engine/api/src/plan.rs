//! What a job will take, known before it starts.

use crate::{DeviceChoice, Expansion, MaskSettings, MemoryLimit, Quality, Size};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The plan of one job: shown before the work begins, and a bound for what it may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The device that does the work, as its driver names it.
    pub device: String,
    /// Most bytes of main memory that the job will use.
    pub ram_bytes: u64,
    /// Most bytes of the graphics card's memory that the job will use; 0 on the processor.
    pub vram_bytes: u64,
    /// Steps that the sampler will take.
    pub steps: u32,
    /// Pieces in which the picture is decoded; 1 means in one go.
    pub tiles: u32,
    /// Size at which the model works, in pixels.
    pub work_size: Size,
    /// The part of the finished picture that is worked on: left, top, width, height. `None` means all of it.
    #[serde(default)]
    pub part: Option<[u32; 4]>,
    /// What the user should know beforehand: mask resampled, prompt cut, weights streamed. Each is told as a note,
    /// too.
    pub notes: Vec<String>,
}

/// What a plan needs to know of a job before there is a request: sizes, not pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Prospect {
    /// The model's folder or file.
    pub model: PathBuf,
    /// Size of the canvas, or of the picture that is to be made.
    pub canvas: Size,
    /// What is to be edited; `None` for a new picture from words.
    pub edit: Option<EditProspect>,
    /// Length of the prompt in bytes; a bound is enough.
    pub prompt_bytes: usize,
    pub negative: Option<String>,
    pub steps: Option<u32>,
    pub guidance: Option<f32>,
    pub quality: Quality,
    pub device: DeviceChoice,
    pub memory: Option<MemoryLimit>,
}

/// The edit's part of a [`Prospect`].
#[derive(Debug, Clone, PartialEq)]
pub struct EditProspect {
    /// Left, top, width and height of the box around what is marked; `None` for the whole picture.
    pub marked: Option<[u32; 4]>,
    pub mask_settings: MaskSettings,
    pub expand: Expansion,
    pub work_size: Option<Size>,
    /// Sizes of further pictures that guide the edit.
    pub references: Vec<Size>,
}

/// A plan made beforehand, and whether there is room for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Foresight {
    pub plan: Plan,
    /// Title of the model family.
    pub family: String,
    /// Whether the model is made for changing pictures by a sentence.
    pub edits: bool,
    pub room: Room,
    /// Bytes of the memory that is scarcest for this job: needed, and free.
    pub needed: u64,
    pub free: Option<u64>,
}

/// Whether a job has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Fits,
    /// It needs nearly all that is free.
    Tight,
    TooBig,
}
