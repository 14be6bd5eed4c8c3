//! What the program needs of the engine beside requests and events, as a list of doors.
//!
//! `main.rs` fills it in, so that nothing else here knows the engine, and tests can put a toy behind a door.

use engine_api::{
    CancelMode, ClipFacts, DeviceChoice, EngineError, Event, Foresight, ImageRequest, JobId, KernelCheck,
    KernelTiming, Latents, Machine, Mask, Picture, Preview, Prospect, Size, VideoRequest,
};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Called from the engine's thread; returns at once.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// The doors.
#[derive(Clone, Copy)]
pub struct EngineLink {
    /// Starts the engine's thread, which calls the waker after every event and preview.
    pub start: fn(Waker) -> Result<Box<dyn JobService>, EngineError>,
    /// The same, with threads that let a window's thread go first.
    pub start_behind_window: fn(Waker) -> Result<Box<dyn JobService>, EngineError>,
    pub open_picture: fn(&Path) -> Result<OpenedPicture, EngineError>,
    pub open_mask: fn(&Path) -> Result<OpenedMask, EngineError>,
    /// The recipe inside a PNG, as JSON; `None` when the file carries none.
    pub read_recipe: fn(&Path) -> Result<Option<String>, EngineError>,
    /// Writes a picture whole or not at all; the extension chooses the format.
    pub save_picture: fn(&Path, &Picture, &Embedded<'_>) -> Result<(), EngineError>,
    /// The same, but never over a file that is there: false when the name is taken.
    pub save_new_picture: fn(&Path, &Picture, &Embedded<'_>) -> Result<bool, EngineError>,
    /// Whether a file of this name keeps every pixel as it is (JPEG does not).
    pub keeps_every_pixel: fn(&Path) -> bool,
    /// Frames of a clip's beginning or end.
    pub open_clip: fn(&Path, Span) -> Result<OpenedClip, EngineError>,
    /// The recipe inside a clip, as JSON; `None` when the file carries none.
    pub read_clip_recipe: fn(&Path) -> Result<Option<String>, EngineError>,
    /// Whether a name, with this size and frame rate where they are known, can become a clip.
    pub check_clip: fn(&Path, Option<Size>, Option<u32>) -> Result<(), EngineError>,
    /// Begins a clip's file; the frame rate is that of the facts.
    pub create_clip: fn(&Path, ClipFacts) -> Result<Box<dyn ClipFile>, EngineError>,
    /// Keeps a finished clip's last latents beside it, for one that goes on; says where.
    pub keep_latents: fn(&Path, &Latents) -> Result<PathBuf, EngineError>,
    /// What a clip of a size and a number of frames takes on cards of so many bytes.
    pub plan_clip: fn(&Path, Option<Size>, Option<u32>, &[u64]) -> Result<ClipPlans, EngineError>,
    /// What a model is, from its headers alone.
    pub inspect_model: fn(&Path) -> Result<Inspected, EngineError>,
    /// Reads every weight; tells each file's name to the listener before it is read.
    pub verify_model: fn(&Path, &mut dyn FnMut(&Path)) -> Result<Verified, EngineError>,
    /// What a job would take, from headers and sizes alone.
    pub foresee: fn(&Prospect) -> Result<Foresight, EngineError>,
    pub machine: fn() -> Machine,
    /// Runs every kernel variant against its CPU twin and tells each result to the listener.
    pub selftest: fn(DeviceChoice, &mut dyn FnMut(KernelCheck)) -> Result<(), EngineError>,
    /// Measures our kernels beside burn's operations and tells each result to the listener; the flag
    /// asks for small problems.
    pub bench_kernels: fn(DeviceChoice, bool, &mut dyn FnMut(KernelTiming)) -> Result<(), EngineError>,
}

/// The engine's queue as command line and window use it.
pub trait JobService {
    /// Puts a request in line.
    fn submit(&self, request: ImageRequest) -> Result<(), EngineError>;
    /// The next event if there is one; never waits.
    fn try_event(&self) -> Option<Event>;
    /// The latest preview of a running job, once.
    fn take_preview(&self, job: JobId) -> Option<Preview>;
    /// The same for a clip, whose frames go to `taker` as they are decoded.
    fn submit_clip(&self, request: VideoRequest, taker: Box<dyn FrameTaker>) -> Result<(), EngineError>;
    /// The next event, or `None` after `patience`.
    fn next_event(&self, patience: Duration) -> Option<Event>;
    /// Whether the engine's thread is there to answer.
    fn is_alive(&self) -> bool;
    /// Asks a job to end.
    fn cancel(&self, job: JobId, mode: CancelMode);
}

/// Who takes a clip's frames; called on the engine's thread. An error ends the job.
pub trait FrameTaker: Send {
    /// The clip is about to come.
    fn begin(&mut self, facts: ClipFacts) -> Result<(), EngineError>;
    /// The next frame.
    fn frame(&mut self, picture: &Picture) -> Result<(), EngineError>;
}

/// A clip's file while it is written.
pub trait ClipFile: Send {
    /// Adds a frame; it is on disk when this returns.
    fn frame(&mut self, picture: &Picture) -> Result<(), EngineError>;
    /// Completes the file and gives it its name. `stop` is asked where that takes long; with an error comes what stays.
    fn finish(
        self: Box<Self>,
        embedded: &Embedded<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), (EngineError, Option<KeptClip>)>;
    /// Ends the file where it is; `None` when there was no frame, and nothing stays.
    fn abandon(self: Box<Self>) -> Option<KeptClip>;
}

/// What an unfinished clip left: where, and how many frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptClip {
    pub path: PathBuf,
    pub frames: usize,
}

/// Which frames of a clip are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    First(usize),
    Last(usize),
}

/// Frames from a clip's file.
#[derive(Debug, Clone)]
pub struct OpenedClip {
    pub frames: Vec<Picture>,
    /// Frames per second.
    pub frame_rate: f64,
    /// Its last latents, where its end was asked for and they were kept.
    pub latents: Option<Latents>,
}

/// What a clip takes on several cards.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPlans {
    pub size: Size,
    pub frames: u32,
    pub cards: Vec<CardPlan>,
}

/// What a clip takes on one card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardPlan {
    /// Bytes of the card, and bytes that are taken, or needed at least where it does not fit.
    pub card: u64,
    pub needed: u64,
    pub fits: bool,
    /// Blocks that stay on the card, of how many.
    pub blocks: [u32; 2],
    pub tiles: u32,
    /// Where it does not fit: the most frames of this size that do, and the largest size with as many frames.
    pub shorter: Option<u32>,
    pub smaller: Option<Size>,
}

/// A picture from a file.
#[derive(Debug, Clone)]
pub struct OpenedPicture {
    pub picture: Picture,
    /// The file's colour profile, to be written with the result.
    pub profile: Option<Vec<u8>>,
    pub notes: Vec<String>,
}

/// A mask from a file.
#[derive(Debug, Clone)]
pub struct OpenedMask {
    pub mask: Mask,
    pub notes: Vec<String>,
}

/// What goes into a picture file beside the pixels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Embedded<'a> {
    /// The recipe as JSON.
    pub recipe: Option<&'a str>,
    /// What was asked for, for picture viewers.
    pub description: Option<&'a str>,
    /// The same as one line in the manner of other programs.
    pub parameters: Option<&'a str>,
    /// The source's colour profile.
    pub profile: Option<&'a [u8]>,
}

/// What a model is.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// In one sentence.
    pub summary: String,
    /// What keeps it from being used; `None` when it can be used as it is.
    pub trouble: Option<EngineError>,
    /// The parts of the model and what is wrong with them, one line each.
    pub report: Vec<String>,
    /// The same for programs: an object.
    pub fields: Value,
}

/// What a full reading of a model found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub files: u64,
    pub tensors: u64,
    /// Tensors in a format whose numbers cannot be looked at yet.
    pub not_decoded: u64,
    pub bytes: u64,
}
