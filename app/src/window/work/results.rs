//! Accepting results.

use super::Studio;
use super::review::{Pending, cut};
use crate::document::{DocumentError, History, LayerId, Made, Region};
use crate::link::OpenedPicture;
use crate::live::Changed;
use engine_api::{Expansion, Picture};
use std::sync::Arc;
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
            if self.tiling.is_none() {
                self.open_picture("Result".to_owned(), opened, Some(number));
            }
            return;
        }
        let Some(result) = self.review.take() else { return };
        let placing = Placing::of(&result);
        let change = move |history: &mut History| {
            let layer = placing.place(history)?;
            Ok(Changed { grown: placing.beyond, ..Changed::choosing(layer) })
        };
        self.change_with_results(Arc::new(change), vec![result]);
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
        here.sort_by_key(|result| Some(result.number) == shown);
        let placings: Vec<Placing> = here.iter().map(Placing::of).collect();
        self.change_with_results(Arc::new(move |history| place_all(history, &placings)), here);
    }
}

/// What a result becomes a layer with.
struct Placing {
    picture: Picture,
    part: Region,
    made: Made,
    expand: Expansion,
    remakes: Option<LayerId>,
    beyond: [f32; 2],
}

impl Placing {
    fn of(result: &Pending) -> Self {
        let when = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
        let made = Made {
            recipe: result.recipe.clone(),
            ingredients: result.ingredients.clone(),
            when: when.map(|since| since.as_secs()),
        };
        let (picture, beyond) = (result.picture.clone(), result.beyond());
        let (part, expand, remakes) = (result.part, result.expand, result.remakes);
        Self { picture, part, made, expand, remakes, beyond: [beyond.x, beyond.y] }
    }

    fn place(&self, history: &mut History) -> Result<LayerId, DocumentError> {
        let size = engine_api::Size { width: self.picture.width(), height: self.picture.height() };
        // The part lies in the picture, so there is something to cut.
        let part = cut(&self.picture, self.part).ok_or(DocumentError::Outside { region: self.part, size })?;
        let made = self.made.clone();
        if self.expand.is_none() {
            return match self.remakes.filter(|&layer| history.document().layer(layer).is_ok()) {
                Some(earlier) => history.place_again(&part, self.part, made, earlier),
                None => history.place_result(&part, self.part, made),
            };
        }
        history.begin("Expand")?;
        let placed = history.expand(self.expand).and_then(|()| history.place_result(&part, self.part, made));
        if placed.is_err() {
            // A transaction left open would refuse everything that comes after.
            history.abort();
            return placed;
        }
        history.commit()?;
        placed
    }
}

/// One step of the history; only the last one is visible.
fn place_all(history: &mut History, results: &[Placing]) -> Result<Changed, DocumentError> {
    history.begin("Accept all results")?;
    let last = results.len().saturating_sub(1);
    let mut changed = Changed::NOTHING;
    for (index, result) in results.iter().enumerate() {
        let placed = result.place(history);
        let placed = placed.and_then(|layer| {
            changed = Changed::choosing(layer);
            if index < last { history.set_visible(layer, false) } else { Ok(()) }
        });
        if let Err(error) = placed {
            history.abort();
            return Err(error);
        }
    }
    history.commit()?;
    Ok(changed)
}
