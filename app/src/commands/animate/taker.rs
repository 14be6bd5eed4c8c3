//! The clip's file, filled on the engine's thread and finished on ours.

use crate::link::{ClipFile, Embedded, FrameTaker, KeptClip};
use engine_api::{ClipFacts, EngineError, ErrorKind, Picture};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Begins a file.
type Create = fn(&Path, ClipFacts) -> Result<Box<dyn ClipFile>, EngineError>;

/// Our end.
pub(super) struct Shared(Arc<Mutex<State>>);

/// The engine's end.
struct Taker(Arc<Mutex<State>>);

struct State {
    target: PathBuf,
    /// Most frames that are written, and the frame rate, where they were asked for.
    most: Option<u32>,
    frame_rate: Option<u32>,
    create: Create,
    file: Option<Box<dyn ClipFile>>,
    /// What is written.
    facts: Option<ClipFacts>,
    taken: u32,
}

impl Shared {
    pub(super) fn new(target: PathBuf, [most, frame_rate]: [Option<u32>; 2], create: Create) -> Self {
        let state = State { target, most, frame_rate, create, file: None, facts: None, taken: 0 };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn taker(&self) -> Box<dyn FrameTaker> {
        Box::new(Taker(Arc::clone(&self.0)))
    }

    /// Size, frames and frame rate of the file.
    pub(super) fn facts(&self) -> Option<ClipFacts> {
        let state = lock(&self.0);
        state.facts.map(|facts| ClipFacts { frames: state.taken, ..facts })
    }

    /// Completes the file; with an error comes what stays.
    ///
    /// # Errors
    /// [`ErrorKind::Output`], [`ErrorKind::Cancelled`].
    pub(super) fn finish(
        &self,
        embedded: &Embedded<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), (EngineError, Option<KeptClip>)> {
        match lock(&self.0).file.take() {
            Some(file) => file.finish(embedded, stop),
            None => Err((EngineError::new(ErrorKind::Internal, "The clip was not begun"), None)),
        }
    }

    /// Ends the file where it is.
    pub(super) fn abandon(&self) -> Option<KeptClip> {
        let file = lock(&self.0).file.take()?;
        file.abandon()
    }
}

impl FrameTaker for Taker {
    fn begin(&mut self, facts: ClipFacts) -> Result<(), EngineError> {
        let mut state = lock(&self.0);
        let frames = state.most.map_or(facts.frames, |most| most.min(facts.frames));
        let frame_rate = state.frame_rate.unwrap_or(facts.frame_rate);
        let facts = ClipFacts { frames, frame_rate, ..facts };
        state.file = Some((state.create)(&state.target, facts)?);
        state.facts = Some(facts);
        Ok(())
    }

    fn frame(&mut self, picture: &Picture) -> Result<(), EngineError> {
        let mut state = lock(&self.0);
        let is_wanted = state.facts.is_some_and(|facts| state.taken < facts.frames);
        if let Some(file) = state.file.as_mut().filter(|_| is_wanted) {
            file.frame(picture)?;
            state.taken += 1;
        }
        Ok(())
    }
}

/// A panic elsewhere leaves at most a file that ends earlier.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
