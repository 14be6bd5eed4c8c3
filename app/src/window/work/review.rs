//! Results that wait for a decision. Nothing of the document changes until one is accepted.

use crate::document::{Ingredients, LayerId, Region};
use crate::live::{Asked, Changes, Errand, Job, KeptResult, THUMBNAIL, small_part};
use crate::tools::enlarged;
use engine_api::{Expansion, Finished, JobId, Mask, Picture, Recipe, Size};

/// Finished pictures, the latest last.
#[derive(Default)]
pub struct Review {
    results: Vec<Pending>,
    at: usize,
    /// Whether the user chose the one that is shown: then the next one does not take its place.
    is_chosen: bool,
    discarded: Vec<Pending>,
    numbers: u64,
}

/// A finished picture.
pub struct Pending {
    /// A number of its own, so that a canvas knows a new one.
    pub number: u64,
    /// The job that brought it back.
    pub job: JobId,
    /// As large as the document was.
    pub picture: Picture,
    /// The part that was worked on; outside of it nothing changed.
    pub part: Region,
    pub recipe: Recipe,
    /// What else it was made with.
    pub ingredients: Ingredients,
    /// The result that was made again; this one belongs above it.
    pub remakes: Option<LayerId>,
    /// The document that it was made for; `None` when that was before Rostrum was started.
    pub document: Option<u64>,
    /// What it was made from; `None` for a new picture.
    pub(super) source: Option<Picture>,
    pub(super) mask: Option<Mask>,
    /// How far beyond the mask the change may fade out, in pixels.
    pub(super) fades_over: u32,
    pub(super) looked: Looked,
    /// The part that was worked on, at the size of a thumbnail.
    pub thumbnail: Option<Picture>,
    /// What it has more than the document.
    pub expand: Expansion,
    /// Pixels outside the blended mask that differ, as the engine counted them.
    changed_outside: Option<u64>,
    pub seconds: f64,
    pub notes: Vec<String>,
}

/// Whether it was looked at what a result changed.
pub(super) enum Looked {
    NotYet,
    Waiting(Errand<Option<Changes>>),
    /// `None` where there is nothing to compare with.
    Done(Option<Changes>),
}

impl Pending {
    fn kept(&self) -> KeptResult {
        KeptResult {
            job: self.job,
            picture: self.picture.clone(),
            part: [self.part.x, self.part.y, self.part.width, self.part.height],
            recipe: self.recipe.clone(),
            ingredients: self.ingredients.clone(),
            seconds: self.seconds,
            changed_outside: self.changed_outside,
            notes: self.notes.clone(),
        }
    }

    /// What it changed, once that was looked at.
    pub fn changes(&self) -> Option<&Changes> {
        match &self.looked {
            Looked::Done(changes) => changes.as_ref(),
            Looked::NotYet | Looked::Waiting(_) => None,
        }
    }

    /// Whether there is anything to compare it with.
    pub fn can_be_compared(&self) -> bool {
        self.source.is_some() && !matches!(self.looked, Looked::Done(None))
    }

    /// Pixels outside the mask that differ: the engine's count or our own, whichever found more.
    pub fn changed_outside(&self) -> Option<u64> {
        let own = self.changes().filter(|_| self.mask.is_some()).map(|changes| changes.outside);
        self.changed_outside.max(own)
    }
}

impl Review {
    /// Adds what a job brought back, and shows it unless the user chose another one. Returns what is to be written of it.
    pub fn add(&mut self, job: &Job, finished: Finished) -> KeptResult {
        let recipe = job.recipe(&finished);
        let picture = finished.outcome.picture;
        let part = job.plan.as_ref().and_then(|plan| plan.part);
        let result = KeptResult {
            job: job.id,
            part: part.unwrap_or([0, 0, picture.width(), picture.height()]),
            picture,
            recipe,
            ingredients: job.asked.ingredients.clone(),
            seconds: finished.seconds,
            changed_outside: finished.outcome.changed_outside_mask,
            notes: finished.notes,
        };
        self.push(result.clone(), Some(&job.asked));
        result
    }

    /// Adds a result of an earlier session.
    pub fn add_earlier(&mut self, result: KeptResult) {
        self.push(result, None);
    }

    fn push(&mut self, result: KeptResult, asked: Option<&Asked>) {
        let KeptResult { job, picture, part, recipe, ingredients, seconds, changed_outside, notes } = result;
        let whole = Region::new(0, 0, picture.width(), picture.height());
        let [x, y, width, height] = part;
        let part = Region::new(x, y, width, height).intersection(whole);
        let part = if part.is_empty() { whole } else { part };
        let thumbnail = small_part(&picture, part, THUMBNAIL);
        self.numbers += 1;
        self.results.push(Pending {
            number: self.numbers,
            job,
            picture,
            part,
            recipe,
            ingredients,
            remakes: asked.and_then(|asked| asked.remakes),
            document: asked.and_then(|asked| asked.document),
            source: asked.and_then(|asked| asked.source.clone()),
            mask: asked.and_then(|asked| asked.mask.clone()),
            fades_over: asked.map_or(0, |asked| asked.fades_over),
            looked: Looked::NotYet,
            thumbnail,
            expand: asked.map_or_else(Expansion::default, |asked| asked.expand),
            changed_outside,
            seconds,
            notes,
        });
        if !self.is_chosen {
            self.at = self.results.len() - 1;
        }
    }

    /// The one that is shown.
    pub fn shown(&self) -> Option<&Pending> {
        self.results.get(self.at)
    }

    pub(super) fn shown_mut(&mut self) -> Option<&mut Pending> {
        self.results.get_mut(self.at)
    }

    /// All of them, in the order in which they came.
    pub fn list(&self) -> &[Pending] {
        &self.results
    }

    /// Shows the one at a place, counted from 0.
    pub fn show(&mut self, place: usize) {
        self.is_chosen = true;
        self.at = place.min(self.results.len().saturating_sub(1));
    }

    pub(super) fn take_all(&mut self) -> Vec<Pending> {
        (self.at, self.is_chosen) = (0, false);
        std::mem::take(&mut self.results)
    }

    /// Results that were to become layers wait again.
    pub(in crate::window) fn return_all(&mut self, results: Vec<Pending>) {
        if !results.is_empty() {
            self.results.extend(results);
            self.at = self.results.len() - 1;
        }
    }

    pub(super) fn put_back(&mut self, results: Vec<Pending>) {
        self.results = results;
    }

    /// Its place among them, from 1.
    pub fn place(&self) -> usize {
        self.at + 1
    }

    pub fn len(&self) -> usize {
        self.results.len()
    }

    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }

    /// Shows the next one, or the one before.
    pub fn turn(&mut self, forward: bool) {
        self.is_chosen = true;
        let number = self.results.len().max(1);
        self.at = (self.at + if forward { 1 } else { number - 1 }) % number;
    }

    /// Takes the one that is shown; the others stay.
    pub fn take(&mut self) -> Option<Pending> {
        let taken = (self.at < self.results.len()).then(|| self.results.remove(self.at));
        self.at = self.at.min(self.results.len().saturating_sub(1));
        self.is_chosen &= !self.results.is_empty();
        taken
    }

    /// Takes the one of this number.
    pub(super) fn take_numbered(&mut self, number: u64) -> Option<Pending> {
        self.at = self.results.iter().position(|result| result.number == number)?;
        self.take()
    }

    /// Puts the one that is shown aside, and tells whose it was.
    pub fn discard(&mut self) -> Option<JobId> {
        const KEPT: usize = 8;
        let taken = self.take()?;
        let job = taken.job;
        self.discarded.push(taken);
        if self.discarded.len() > KEPT {
            self.discarded.remove(0);
        }
        Some(job)
    }

    /// Shows the last one that was put aside, and returns what is to be written of it.
    pub fn bring_back(&mut self) -> Option<KeptResult> {
        let back = self.discarded.pop()?;
        let kept = back.kept();
        self.results.push(back);
        self.at = self.results.len() - 1;
        Some(kept)
    }

    pub fn can_bring_back(&self) -> bool {
        !self.discarded.is_empty()
    }
}

impl Pending {
    /// Whether it lies over a document of this size, or around it as was asked for.
    pub fn fits(&self, document: Size) -> bool {
        let size = enlarged(document, self.expand);
        (size.width, size.height) == (self.picture.width(), self.picture.height())
    }

    /// How far it reaches beyond the document's left and upper edge, in pixels.
    pub fn beyond(&self) -> egui::Vec2 {
        egui::vec2(self.expand.left as f32, self.expand.top as f32)
    }
}

/// The rows of a part of a picture.
pub fn cut(picture: &Picture, part: Region) -> Option<Picture> {
    let row_bytes = picture.width() as usize * 4;
    let rows = picture.rgba().chunks_exact(row_bytes).skip(part.y as usize).take(part.height as usize);
    let (from, to) = (part.x as usize * 4, part.right() as usize * 4);
    let pixels: Vec<u8> = rows.filter_map(|row| row.get(from..to)).flatten().copied().collect();
    Picture::new(part.width, part.height, pixels).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cut_out_row_by_row() {
        let pixels: Vec<u8> = (0..4 * 3 * 2).collect();
        let picture = Picture::new(3, 2, pixels).unwrap();
        let part = cut(&picture, Region::new(1, 1, 2, 1)).unwrap();
        assert_eq!(part.rgba(), [16, 17, 18, 19, 20, 21, 22, 23]);
        assert!(cut(&picture, Region::new(2, 1, 2, 1)).is_none());
    }
}
