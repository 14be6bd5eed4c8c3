//! What the window asks of the world outside: the engine's queue, files, the list of models. A list of doors, so
//! that tests can stand behind them, and the thread of the window never waits for any of it.

use super::Wanted;
use crate::document::Document;
use crate::library::Installed;
use crate::link::{JobService, OpenedPicture};
use crate::live::{Aside, Shelf};
use crate::presets::PresetFile;
use engine_api::{EngineError, Foresight, Prospect, Recipe};
use std::path::PathBuf;
use std::sync::Arc;

/// Everything outside. When the window closes they are dropped in this order: first the engine stops, at last the line is
/// written.
pub struct Doors {
    pub service: Box<dyn JobService>,
    pub files: Box<dyn Files>,
    /// Runs what would take longer than a frame.
    pub aside: Box<dyn Aside>,
    /// Keeps the line of jobs over the program's end.
    pub shelf: Box<dyn Shelf>,
    /// Keeps the user's presets, and how long runs took.
    pub notes: Box<dyn Notes>,
    pub planner: Box<dyn Planner>,
    /// The models on this computer.
    pub models: Arc<dyn Fn() -> Vec<Installed> + Send + Sync>,
    /// Where the user puts models; `None` where the system has no place for them.
    pub model_folder: Option<PathBuf>,
}

/// Files and their dialogs. Every call returns at once; what comes of it is told by [`Files::try_answer`].
pub trait Files {
    /// Lets the user choose pictures.
    fn ask_open(&mut self, purpose: Purpose);
    /// Reads a picture.
    fn open(&mut self, file: PathBuf, purpose: Purpose);
    /// Lets the user choose a name, and writes there what the document shows at this moment. Flattening it may take a
    /// while, and happens where the file is written.
    fn ask_save(&mut self, document: Document, details: SaveDetails);
    /// Writes it under this name, but never over a file that is there.
    fn save(&mut self, file: PathBuf, document: Document, details: SaveDetails);
    /// What came of an earlier call.
    fn try_answer(&mut self) -> Option<Answer>;
}

/// The user's settings between runs. Every call returns at once.
pub trait Notes {
    /// Reads everything; what was found is told by [`Notes::try_answer`].
    fn load(&mut self);
    /// Keeps how long runs took, in place of what was kept.
    fn keep_times(&mut self, text: String);
    fn try_answer(&mut self) -> Option<Noted>;
}

/// Plans before there is a job. Every call returns at once.
pub trait Planner {
    /// Asks what a job would take; `number` comes back with the answer.
    fn ask(&mut self, number: u64, prospect: Prospect);
    /// An answer, if there is one. The window asks one question at a time.
    fn try_answer(&mut self) -> Option<(u64, Result<Foresight, EngineError>)>;
}

/// What was found among the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted {
    /// The user's own presets.
    pub presets: Vec<PresetFile>,
    /// How long runs took, as it was kept; `None` when nothing was.
    pub times: Option<String>,
}

/// What a picture from a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new document.
    Document,
    /// A layer on top of the document.
    Layer,
    /// A guide for the next edit.
    Reference,
}

/// What goes into the file beside the pixels.
#[derive(Debug, Clone, Default)]
pub struct SaveDetails {
    /// A name to begin with, without ending.
    pub name: String,
    /// How the uppermost result was made.
    pub recipe: Option<Recipe>,
    /// The colour profile of the picture that was opened.
    pub profile: Option<Vec<u8>>,
    pub moment: Moment,
}

/// A document at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// Its number among those that were opened.
    pub document: u64,
    pub revision: u64,
}

/// What came of a call.
pub enum Answer {
    Opened {
        file: PathBuf,
        purpose: Purpose,
        result: Result<OpenedPicture, EngineError>,
    },
    Saved {
        file: PathBuf,
        moment: Moment,
        result: Result<(), EngineError>,
    },
    /// The system has no dialog to choose a file with; `folder` is where a typed name may begin.
    NoDialog {
        wanted: Wanted,
        folder: PathBuf,
    },
}
