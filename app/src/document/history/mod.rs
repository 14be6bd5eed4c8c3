//! The only thing that changes a document: transactions, undo, redo. `layers`, `join`,
//! `canvas` and `pixels` hold what can be done, `fork` what is done elsewhere.

mod canvas;
mod edit;
mod fork;
mod join;
mod layers;
mod pixels;

pub use canvas::Anchor;
pub use fork::Fork;

use super::bands::Stop;
use super::brush::Stroke;
use super::layer::LayerId;
use super::region::TileIndex;
use super::stack::no_pixels;
use super::tiles::Tiles;
use super::{Document, DocumentError};
use edit::Edit;
use std::collections::VecDeque;

/// Most bytes of pixels that the steps may hold on to; beyond, the oldest are forgotten. The latest always stays.
pub const UNDO_BYTES: usize = 2 << 30;
/// Most steps; beyond, the oldest are forgotten.
pub const UNDO_STEPS: usize = 200;

/// A document with its past.
///
/// Every change is a step of its own, unless a transaction is open (`begin`): then everything up to `commit` becomes one
/// step, and `abort` takes it back. A change that is refused leaves the document as it was.
pub struct History {
    document: Document,
    cap: usize,
    /// Oldest first; each takes its step back.
    done: VecDeque<Entry>,
    /// The next to redo last; each makes its step again.
    undone: Vec<Entry>,
    /// Transactions inside each other: the outermost is a gesture, those inside are its single changes.
    open: Vec<Entry>,
    stroke: Option<Stroke>,
    /// Grows with every change, also of what is not seen.
    changes: u64,
    /// Calls off what is being made; only ever asked for on a copy.
    stop: Stop,
}

/// One entry of the list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// What was done, in the user's words.
    pub name: &'a str,
    /// Bytes that the step holds on to.
    pub bytes: usize,
    /// False for steps that were undone and can be redone.
    pub done: bool,
}

struct Entry {
    name: String,
    /// In the order in which they were recorded; they are applied backwards.
    edits: Vec<Edit>,
}

impl History {
    pub fn new(document: Document) -> Self {
        Self::with_cap(document, UNDO_BYTES)
    }

    /// A history that holds on to at most `bytes` of pixels.
    pub fn with_cap(document: Document, bytes: usize) -> Self {
        let (done, undone, open) = (VecDeque::new(), Vec::new(), Vec::new());
        Self { document, cap: bytes, done, undone, open, stroke: None, changes: 0, stop: Stop::default() }
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Opens a transaction: everything up to `commit` is one step of this name.
    ///
    /// # Errors
    /// [`DocumentError::Unfinished`] when one is open.
    pub fn begin(&mut self, name: impl Into<String>) -> Result<(), DocumentError> {
        self.require_closed()?;
        self.open.push(Entry { name: name.into(), edits: Vec::new() });
        Ok(())
    }

    /// Closes the transaction. False when nothing changed: then there is no step, and what was undone can still be redone.
    ///
    /// # Errors
    /// [`DocumentError::NotBegun`].
    pub fn commit(&mut self) -> Result<bool, DocumentError> {
        self.stroke = None;
        let mut entry = self.open.pop().ok_or(DocumentError::NotBegun)?;
        // Only the last edit can be compared with the document as it is; where that was idle, the one before it.
        while let Some(last) = entry.edits.pop() {
            if let Some(last) = last.pruned(&self.document) {
                entry.edits.push(last);
                break;
            }
        }
        if entry.edits.is_empty() {
            return Ok(false);
        }
        self.undone.clear();
        self.done.push_back(entry);
        self.forget_oldest();
        Ok(true)
    }

    fn forget_oldest(&mut self) {
        while self.done.len() > 1 && (self.done.len() > UNDO_STEPS || self.bytes() > self.cap) {
            self.done.pop_front();
        }
    }

    /// Takes back everything since `begin` or `begin_stroke`; does nothing when nothing is open.
    pub fn abort(&mut self) {
        self.stroke = None;
        while let Some(entry) = self.open.pop() {
            self.take_back(entry);
        }
    }

    /// The name of the open transaction.
    pub fn open(&self) -> Option<&str> {
        self.open.first().map(|entry| entry.name.as_str())
    }

    /// Whether a transaction is open.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Takes the latest step back and returns its name; `None` when there is none.
    ///
    /// # Errors
    /// [`DocumentError::Unfinished`] when a transaction is open.
    pub fn undo(&mut self) -> Result<Option<String>, DocumentError> {
        self.require_closed()?;
        let Some(entry) = self.done.pop_back() else { return Ok(None) };
        let name = entry.name.clone();
        let again = self.take_back(entry);
        self.undone.push(again);
        Ok(Some(name))
    }

    /// Makes the step again that was undone last and returns its name; `None` when there is none.
    ///
    /// # Errors
    /// [`DocumentError::Unfinished`] when a transaction is open.
    pub fn redo(&mut self) -> Result<Option<String>, DocumentError> {
        self.require_closed()?;
        let Some(entry) = self.undone.pop() else { return Ok(None) };
        let name = entry.name.clone();
        let back = self.take_back(entry);
        self.done.push_back(back);
        Ok(Some(name))
    }

    /// Undoes or redoes until this many steps are done.
    ///
    /// # Errors
    /// [`DocumentError::Unfinished`] when a transaction is open.
    pub fn go_to(&mut self, position: usize) -> Result<(), DocumentError> {
        self.require_closed()?;
        while self.position() > position && self.undo()?.is_some() {}
        while self.position() < position && self.redo()?.is_some() {}
        Ok(())
    }

    /// Number of steps that are done and can be undone.
    pub fn position(&self) -> usize {
        self.done.len()
    }

    /// The list of steps, oldest first, those that were undone at the end.
    pub fn steps(&self) -> Vec<Step<'_>> {
        let done = self.done.iter().map(|entry| entry.step(true));
        done.chain(self.undone.iter().rev().map(|entry| entry.step(false))).collect()
    }

    /// Bytes of pixels that all steps hold on to. What the document shows at the moment is not among them.
    pub fn bytes(&self) -> usize {
        self.done.iter().chain(&self.undone).map(Entry::bytes).sum()
    }

    /// Runs `change` as one step, or as a part of the open transaction. When it fails, it leaves nothing behind.
    fn step<T>(
        &mut self,
        name: impl Into<String>,
        change: impl FnOnce(&mut Self) -> Result<T, DocumentError>,
    ) -> Result<T, DocumentError> {
        if self.stroke.is_some() {
            self.require_closed()?;
        }
        // What was made until here may be only half of it.
        self.stop.check()?;
        self.open.push(Entry { name: name.into(), edits: Vec::new() });
        let outcome = change(self);
        if outcome.is_err() {
            if let Some(entry) = self.open.pop() {
                self.take_back(entry);
            }
        } else if self.open.len() == 1 {
            self.commit()?;
        } else if let Some(entry) = self.open.pop() {
            entry.edits.into_iter().for_each(|edit| self.record(edit));
        }
        outcome
    }

    /// Makes one change as a part of the open transaction.
    fn apply(&mut self, edit: Edit) -> Result<(), DocumentError> {
        self.changes += 1;
        let inverse = edit.apply(&mut self.document)?;
        self.record(inverse);
        Ok(())
    }

    /// The pixels of a layer for writing, once the tiles that will be written are safe in the open transaction.
    fn open_tiles(&mut self, id: LayerId, tiles: Vec<TileIndex>) -> Result<&mut Tiles, DocumentError> {
        let layer = self.document.layer(id)?;
        let now = layer.tiles().ok_or_else(|| no_pixels(layer))?;
        let kind = layer.kind();
        let patches = tiles.iter().map(|index| (*index, now.tile(*index).cloned())).collect();
        self.changes += 1;
        self.record(Edit::Tiles { layer: id, patches });
        self.document.touch(kind, tiles);
        let layer = self.document.layer_mut(id)?;
        layer.tiles_mut().ok_or(DocumentError::NoLayer)
    }

    /// Puts other pixels of the same size in place of a layer's own.
    fn replace_tiles(&mut self, id: LayerId, mut new: Tiles) -> Result<(), DocumentError> {
        let layer = self.document.layer(id)?;
        let now = layer.tiles().ok_or_else(|| no_pixels(layer))?;
        let mut touched: Vec<TileIndex> = now.filled().chain(new.filled()).map(|(index, _)| index).collect();
        touched.sort_unstable();
        touched.dedup();
        touched.retain(|index| now.tile(*index) != new.tile(*index));
        let patches = touched.into_iter().map(|index| (index, new.swap(index, None))).collect();
        self.apply(Edit::Tiles { layer: id, patches })
    }

    fn record(&mut self, inverse: Edit) {
        let Some(entry) = self.open.last_mut() else { return };
        let left = match entry.edits.last_mut() {
            Some(last) => inverse.join(last),
            None => Some(inverse),
        };
        entry.edits.extend(left);
    }

    /// Applies an entry's edits backwards and returns what brings everything back.
    fn take_back(&mut self, entry: Entry) -> Entry {
        self.changes += 1;
        let mut back = Vec::with_capacity(entry.edits.len());
        for edit in entry.edits.into_iter().rev() {
            // Inverses meet the document exactly as they left it, so the layers they name are there.
            let outcome = edit.apply(&mut self.document);
            debug_assert!(outcome.is_ok(), "{outcome:?}");
            back.extend(outcome.ok());
        }
        Entry { name: entry.name, edits: back }
    }

    fn require_closed(&self) -> Result<(), DocumentError> {
        match self.open() {
            None => Ok(()),
            Some(open) => Err(DocumentError::Unfinished { open: open.to_owned() }),
        }
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        self.edits.iter().map(Edit::bytes).sum()
    }

    fn step(&self, done: bool) -> Step<'_> {
        Step { name: &self.name, bytes: self.bytes(), done }
    }
}
