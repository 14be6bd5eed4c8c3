//! Results that wait for a decision. Nothing of the document changes until one is accepted.

use crate::document::{Kept, LayerId, Region};
use crate::live::Job;
use engine_api::{Finished, Picture, Recipe};

/// Finished pictures, the latest last.
#[derive(Default)]
pub struct Review {
    results: Vec<Pending>,
    at: usize,
    discarded: Vec<Pending>,
    numbers: u64,
}

/// A finished picture.
pub struct Pending {
    /// A number of its own, so that a canvas knows a new one.
    pub number: u64,
    /// As large as the document was.
    pub picture: Picture,
    /// The part that was worked on; outside of it nothing changed.
    pub part: Region,
    pub recipe: Recipe,
    /// What else it was made with.
    pub kept: Kept,
    /// The result that was made again; this one belongs above it.
    pub earlier: Option<LayerId>,
    /// The document that it was made for.
    pub document: u64,
    /// Pixels outside the blended mask that differ.
    pub changed_outside: Option<u64>,
    pub seconds: f64,
    pub notes: Vec<String>,
}

impl Review {
    /// Adds what a job brought back, and shows it.
    pub fn add(&mut self, job: &Job, finished: Finished) {
        let recipe = job.recipe(&finished);
        let picture = finished.outcome.picture;
        let whole = Region::new(0, 0, picture.width(), picture.height());
        let part = job.plan.as_ref().and_then(|plan| plan.part);
        let part =
            part.map_or(whole, |[x, y, width, height]| Region::new(x, y, width, height).intersection(whole));
        self.numbers += 1;
        self.results.push(Pending {
            number: self.numbers,
            picture,
            part: if part.is_empty() { whole } else { part },
            recipe,
            kept: job.asked.kept.clone(),
            earlier: job.asked.earlier,
            document: job.asked.document,
            changed_outside: finished.outcome.changed_outside_mask,
            seconds: finished.seconds,
            notes: finished.notes,
        });
        self.at = self.results.len() - 1;
    }

    /// The one that is shown.
    pub fn shown(&self) -> Option<&Pending> {
        self.results.get(self.at)
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
        let number = self.results.len().max(1);
        self.at = (self.at + if forward { 1 } else { number - 1 }) % number;
    }

    /// Takes the one that is shown; the others stay.
    pub fn take(&mut self) -> Option<Pending> {
        let taken = (self.at < self.results.len()).then(|| self.results.remove(self.at));
        self.at = self.at.min(self.results.len().saturating_sub(1));
        taken
    }

    /// Puts the one that is shown aside.
    pub fn discard(&mut self) -> bool {
        const KEPT: usize = 8;
        let Some(taken) = self.take() else { return false };
        self.discarded.push(taken);
        if self.discarded.len() > KEPT {
            self.discarded.remove(0);
        }
        true
    }

    /// Shows the last one that was put aside.
    pub fn bring_back(&mut self) -> bool {
        let Some(back) = self.discarded.pop() else { return false };
        self.results.push(back);
        self.at = self.results.len() - 1;
        true
    }

    pub fn can_bring_back(&self) -> bool {
        !self.discarded.is_empty()
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
