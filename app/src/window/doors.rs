//! What the window asks of the world outside: the engine's queue, files, the list of models. A list of doors, so
//! that tests can stand behind them, and the thread of the window never waits for any of it.

use crate::document::Document;
use crate::library::Installed;
use crate::link::{JobService, OpenedPicture};
use crate::live::{Aside, Shelf};
use engine_api::{EngineError, Recipe};
use std::path::PathBuf;

/// Everything outside. When the window closes they are dropped in this order: first the engine stops, at last the line is
/// written.
pub struct Doors {
    pub service: Box<dyn JobService>,
    pub files: Box<dyn Files>,
    /// Runs what would take longer than a frame.
    pub aside: Box<dyn Aside>,
    /// Keeps the line of jobs over the program's end.
    pub shelf: Box<dyn Shelf>,
    /// The models on this computer.
    pub models: Box<dyn Fn() -> Vec<Installed>>,
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
    /// What came of an earlier call.
    fn try_answer(&mut self) -> Option<Answer>;
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
    Opened { file: PathBuf, purpose: Purpose, result: Result<OpenedPicture, EngineError> },
    Saved { file: PathBuf, moment: Moment, result: Result<(), EngineError> },
}
