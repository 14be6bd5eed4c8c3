//! Accepting results.

use super::review::{Pending, cut};
use super::{Open, Studio};
use crate::document::{DocumentError, Made};
use crate::link::OpenedPicture;
use engine_api::{Expansion, Picture};
use std::time::SystemTime;

impl Studio {
    /// Whether a result belongs on the document that is open: it was made for it, or, where it was asked for before
    /// Rostrum was started, has its size.
    pub(crate) fn belongs_here(&self, result: &Pending) -> bool {
        let Some(open) = &self.open else { return false };
        result.fits(open.history.document().size())
            && result.document.is_none_or(|document| document == self.documents)
    }

    pub(super) fn accept(&mut self) {
        let Some(shown) = self.review.shown() else { return };
        if !self.belongs_here(shown) {
            let (number, picture) = (shown.number, shown.picture.clone());
            let opened = OpenedPicture { picture, profile: None, notes: Vec::new() };
            match Open::picture("Result", opened) {
                Ok(open) => {
                    self.replace(open);
                    self.opening = Some(number);
                    // Where nothing is unsaved there was nothing to ask.
                    if self.question.is_none() {
                        self.opened_result();
                    }
                }
                Err(error) => self.complain(&error),
            }
            return;
        }
        let Some(result) = self.review.take() else { return };
        self.doors.shelf.forget(result.job);
        if let Some(part) = cut(&result.picture, result.part) {
            let beyond = result.beyond();
            self.change(|open| open.place(&part, result).map(drop));
            self.canvas.view.grow(beyond.x, beyond.y);
        }
    }

    /// The result that was to be opened as a picture is open: it waits no more.
    pub(in crate::window) fn opened_result(&mut self) {
        let opened = self.opening.take().and_then(|number| self.review.take_numbered(number));
        if let Some(opened) = opened {
            self.doors.shelf.forget(opened.job);
        }
    }

    /// Takes all results that belong here as layers in one step: the one that is shown on top, the others hidden.
    pub(super) fn accept_all(&mut self) {
        let shown = self.review.shown().map(|result| result.number);
        let all = self.review.take_all();
        let (mut here, elsewhere): (Vec<Pending>, Vec<Pending>) =
            all.into_iter().partition(|result| self.belongs_here(result) && result.expand.is_none());
        self.review.put_back(elsewhere);
        if here.is_empty() {
            return self.say("No result lies on this picture as it is. Accept results one by one");
        }
        here.iter().for_each(|result| self.doors.shelf.forget(result.job));
        here.sort_by_key(|result| Some(result.number) == shown);
        self.change(|open| open.place_all(here));
    }
}

impl Open {
    fn place(&mut self, part: &Picture, result: Pending) -> Result<crate::document::LayerId, DocumentError> {
        let when = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
        let made = Made {
            recipe: result.recipe,
            ingredients: result.ingredients,
            when: when.map(|since| since.as_secs()),
        };
        self.also.clear();
        if result.expand.is_none() {
            let layer = match result.remakes.filter(|&layer| self.history.document().layer(layer).is_ok()) {
                Some(earlier) => self.history.place_again(part, result.part, made, earlier)?,
                None => self.history.place_result(part, result.part, made)?,
            };
            self.active = Some(layer);
            return Ok(layer);
        }
        self.history.begin("Expand")?;
        let placed = self
            .history
            .expand(result.expand)
            .and_then(|()| self.history.place_result(part, result.part, made));
        let layer = match placed {
            Ok(layer) => layer,
            Err(error) => {
                // A transaction left open would refuse everything that comes after.
                self.history.abort();
                return Err(error);
            }
        };
        self.history.commit()?;
        (self.active, self.expansion) = (Some(layer), Expansion::default());
        Ok(layer)
    }

    /// One step of the history; only the last one is visible.
    fn place_all(&mut self, results: Vec<Pending>) -> Result<(), DocumentError> {
        self.history.begin("Accept all results")?;
        let last = results.len().saturating_sub(1);
        for (index, result) in results.into_iter().enumerate() {
            let Some(part) = cut(&result.picture, result.part) else { continue };
            let placed = self.place(&part, result);
            let placed = placed
                .and_then(|layer| if index < last { self.history.set_visible(layer, false) } else { Ok(()) });
            if let Err(error) = placed {
                self.history.abort();
                return Err(error);
            }
        }
        self.history.commit().map(drop)
    }
}
