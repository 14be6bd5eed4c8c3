//! What the window asks of the world outside: the engine's queue, files, the list of models. A list of doors, so
//! that tests can stand behind them, and the thread of the window never waits for any of it.

use crate::library::Installed;
use crate::link::{JobService, OpenedPicture};
use crate::presets::PresetFile;
use engine_api::{EngineError, Foresight, Picture, Prospect, Recipe};
use std::path::PathBuf;

/// Everything outside.
pub struct Doors {
    pub service: Box<dyn JobService>,
    pub files: Box<dyn Files>,
    pub shelf: Box<dyn Shelf>,
    pub planner: Box<dyn Planner>,
    /// The models on this computer.
    pub models: Box<dyn Fn() -> Vec<Installed>>,
}

/// Files and their dialogs. Every call returns at once; what comes of it is told by [`Files::try_answer`].
pub trait Files {
    /// Lets the user choose pictures.
    fn ask_open(&mut self, purpose: Purpose);
    /// Reads a picture.
    fn open(&mut self, file: PathBuf, purpose: Purpose);
    /// Lets the user choose a name, and writes the picture there.
    fn ask_save(&mut self, picture: Picture, details: SaveDetails);
    /// What came of an earlier call.
    fn try_answer(&mut self) -> Option<Answer>;
}

/// What is kept between runs. Every call returns at once.
pub trait Shelf {
    /// Reads everything; what was found is told by [`Shelf::try_answer`].
    fn load(&mut self);
    /// Keeps how long runs took, in place of what was kept.
    fn keep_times(&mut self, text: String);
    fn try_answer(&mut self) -> Option<Shelved>;
}

/// Plans before there is a job. Every call returns at once.
pub trait Planner {
    /// Asks what a job would take; `number` comes back with the answer.
    fn ask(&mut self, number: u64, prospect: Prospect);
    /// An answer, if there is one. The window asks one question at a time.
    fn try_answer(&mut self) -> Option<(u64, Result<Foresight, EngineError>)>;
}

/// What was found on the shelf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shelved {
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
}

/// What came of a call.
pub enum Answer {
    Opened { file: PathBuf, purpose: Purpose, result: Result<OpenedPicture, EngineError> },
    Saved { file: PathBuf, result: Result<(), EngineError> },
}
