//! The plain data that passes between the app and the engine: requests, plans, events, results, errors.
//!
//! This crate stands beside the floors: everything may read it and it reads nothing but `std` and serde. No
//! tensor, no graphics handle and no channel appears here, so that the app and its tests compile without the
//! engine. A request is a snapshot by value; whoever sent it may go on editing the document meanwhile.
//!
//! Words: a *job* is one unit of work with a [`JobId`]; a *step* is one move of the sampler from one sigma to
//! the next; a *preview* is a rough picture between steps; a *mask* marks with white what may change; *grow*,
//! *feather* and *context* widen, soften and surround it; a *reference* is a picture that guides an edit.

mod choice;
mod error;
mod event;
mod machine;
mod picture;
mod plan;
mod recipe;
mod request;
mod size;
mod video;

pub use choice::{DeviceChoice, MemoryLimit, Quality};
pub use error::{EngineError, ErrorKind, one_line, system_words};
pub use event::{
    ClipFinished, Event, EventKind, Finished, Outcome, Part, Preview, Registration, Settings, Stage,
};
pub use machine::{Adapter, KernelCheck, KernelTiming, Machine};
pub use picture::{Mask, Picture};
pub use plan::{EditProspect, Foresight, Plan, Prospect, Room};
pub use recipe::{ClipFiles, ClipRecipe, EditRecipe, Recipe, SourceFile};
pub use request::{CancelMode, Edit, ImageRequest, Intent, JobId, MOST_STEPS, MaskSettings};
pub use size::{Expansion, LARGEST_SIDE, MOST_DRAWN_PIXELS, Size};
pub use video::{
    ClipFacts, ClipOutcome, ClipSettings, ClipSource, Colours, Continuation, Drift, Fit, Latents,
    MOST_FRAMES, SamplerChoice, SigmaChoice, VideoRequest, Walk,
};
