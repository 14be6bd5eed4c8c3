//! Changes that are made elsewhere: on a copy that shares all tiles, taken over as steps once they are done.

use super::History;
use crate::document::{DocumentError, Stop};

/// A copy of a document, without its past, on which a long change can be made away from the original.
pub struct Fork {
    /// [`History::changes`] of the original when the copy was made.
    base: u64,
    history: History,
}

impl Fork {
    /// Calls off a change that is being made on it, from another thread: it ends within a few rows of pixels, with
    /// [`DocumentError::GivenUp`], and so does every later one.
    pub fn stop(&self) -> Stop {
        self.history.stop.clone()
    }

    /// To change it.
    pub fn history(&mut self) -> &mut History {
        &mut self.history
    }
}

impl History {
    /// A copy to be changed elsewhere; cheap, as all tiles are shared. `None` while a transaction is open.
    pub fn fork(&self) -> Option<Fork> {
        // No step of the change may be forgotten there; the original looks after the cap.
        let copy = || Self::with_cap(self.document.clone(), usize::MAX);
        (!self.is_open()).then(|| Fork { base: self.changes, history: copy() })
    }

    /// Takes over what was made on a copy, with its steps. False when the original changed meanwhile: then nothing is
    /// taken over, and the change has to be made on another copy.
    ///
    /// # Errors
    /// [`DocumentError::Unfinished`] when a transaction is open.
    pub fn adopt(&mut self, fork: Fork) -> Result<bool, DocumentError> {
        self.require_closed()?;
        if self.changes != fork.base {
            return Ok(false);
        }
        let mut made = fork.history;
        made.abort();
        // The inverses were recorded on exactly this document, so they fit it as if they had been made here.
        (self.document, self.changes) = (made.document, made.changes.max(self.changes) + 1);
        if !made.done.is_empty() {
            self.undone.clear();
            self.done.append(&mut made.done);
            self.forget_oldest();
        }
        Ok(true)
    }
}
