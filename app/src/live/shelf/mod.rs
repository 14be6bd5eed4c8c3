//! The line of jobs on disk, so that it survives the program, be it closed or killed.
//!
//! Every job that waits or runs lies in a folder of its own session: `paper` is what is written, `session` which folder
//! belongs to whom, `keeper` does the work, `disk` does it on a thread. A job leaves the folder when it is over.

mod disk;
mod keeper;
mod paper;
mod session;

pub use disk::Disk;

use super::Asked;
use crate::document::Ingredients;
use crate::link::{Embedded, OpenedMask, OpenedPicture};
use engine_api::{EngineError, ImageRequest, JobId, Mask, Picture, Recipe};
use std::path::Path;

/// The window's door to the written line. Every call returns at once.
pub trait Shelf {
    /// Writes a job down.
    fn keep(&mut self, job: Kept);
    /// A job brought this back: it takes the job's place, until somebody has decided.
    fn keep_result(&mut self, result: KeptResult);
    /// A job is over, or its result was decided on: what was written of it goes.
    fn forget(&mut self, job: JobId);
    /// The order in which the jobs stand now.
    fn order(&mut self, jobs: Vec<JobId>);
    /// Reads the jobs and results of earlier sessions again and gives them these numbers; each is told when it is there.
    fn take_over(&mut self, numbers: Vec<JobId>);
    /// Removes the jobs and results of earlier sessions.
    fn throw_away(&mut self);
    /// Reads a job again that was written, to be told when it is there.
    fn fetch(&mut self, job: JobId);
    /// What came of it; never waits.
    fn try_tell(&mut self) -> Option<Told>;
}

/// A job as it is written down.
#[derive(Debug, Clone)]
pub struct Kept {
    pub request: ImageRequest,
    /// The model as it is named in the list.
    pub model: String,
}

/// What a job brought back, as it is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptResult {
    /// The number of the job.
    pub job: JobId,
    pub picture: Picture,
    /// The part that was worked on, `[x, y, width, height]` in pixels.
    pub part: [u32; 4],
    pub recipe: Recipe,
    /// What else it was made with, so that it can be made again.
    pub ingredients: Ingredients,
    pub seconds: f64,
    /// Pixels outside the blended mask that differ, as the engine counted them.
    pub changed_outside: Option<u64>,
    pub notes: Vec<String>,
}

/// A job that was read again.
#[derive(Debug)]
pub struct Restored {
    pub request: ImageRequest,
    pub asked: Asked,
}

/// What the shelf tells.
#[derive(Debug)]
pub enum Told {
    /// So much of earlier sessions lies there.
    Found { jobs: usize, results: usize },
    /// A job of them is read again, under its new number.
    Restored(Box<Restored>),
    /// The same of a result.
    Result(Box<KeptResult>),
    /// A job lies on disk now, pictures and all.
    Written(JobId),
    /// A job that was to be fetched.
    Fetched(Box<Restored>),
    /// It cannot be fetched.
    Gone(JobId, EngineError),
    /// One sentence about what could not be written or read.
    Trouble(EngineError),
}

/// How pictures are written and read, without losing a pixel.
#[derive(Clone, Copy)]
pub struct Codec {
    /// Writes a PNG file whole or not at all.
    pub write: fn(&Path, &Picture, &Embedded<'_>) -> Result<(), EngineError>,
    pub read: fn(&Path) -> Result<OpenedPicture, EngineError>,
    pub read_mask: fn(&Path) -> Result<OpenedMask, EngineError>,
}

impl Codec {
    fn write_picture(&self, file: &Path, picture: &Picture) -> Result<(), EngineError> {
        (self.write)(file, picture, &Embedded::default())
    }

    /// A mask becomes a grey, opaque picture.
    fn write_mask(&self, file: &Path, mask: &Mask) -> Result<(), EngineError> {
        let grey: Vec<u8> = mask.gray().iter().flat_map(|&value| [value, value, value, 255]).collect();
        self.write_picture(file, &Picture::new(mask.width(), mask.height(), grey)?)
    }
}
