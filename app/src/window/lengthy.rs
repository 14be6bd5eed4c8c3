//! Changes of very large documents, made beside the window on a copy of the document and taken over when they are done.

use super::{Open, Pending, Studio};
use crate::document::{DocumentError, Fork, Stop};
use crate::live::{Change, Changed, Errand};
use std::collections::VecDeque;

/// Changes under way, one at a time, in the order in which they were asked for.
#[derive(Default)]
pub(crate) struct Lengthy {
    running: Option<(Task, Errand<Made>, Stop)>,
    waiting: VecDeque<Task>,
}

type Made = (Fork, Result<Changed, DocumentError>);

struct Task {
    change: Change,
    /// Results that it places; they wait again where it is given up.
    results: Vec<Pending>,
    /// How often the document had moved on when it was done.
    overtaken: u32,
}

/// How often a change is made again because the document moved on meanwhile.
const MOST_OVERTAKEN: u32 = 4;
/// Changes that may wait behind each other, for keys that are held down.
const MOST_WAITING: usize = 8;

impl Lengthy {
    pub fn is_empty(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    /// Calls off what is being made, lets go of everything, and hands back the results that were to be placed.
    fn clear(&mut self) -> Vec<Pending> {
        let running = self.running.take().map(|(task, _, stop)| {
            stop.ask();
            task
        });
        running.into_iter().chain(self.waiting.drain(..)).flat_map(|task| task.results).collect()
    }
}

impl Studio {
    /// Whether a change of the document is being made beside the window.
    pub fn is_changing(&self) -> bool {
        !self.lengthy.is_empty()
    }

    /// Whether anything is under way beside the window that can be given up.
    pub(crate) fn is_busy_beside(&self) -> bool {
        self.is_changing() || self.tiling.is_some()
    }

    /// Changes the document: in this frame where it is small, else beside the window.
    pub(crate) fn change_at_length(&mut self, change: Change) {
        self.change_with_results(change, Vec::new());
    }

    /// The same; `results` are no longer needed once it is made.
    pub(super) fn change_with_results(&mut self, change: Change, results: Vec<Pending>) {
        let Some(open) = &mut self.open else { return self.review.return_all(results) };
        // A gesture under way would be torn apart.
        self.toolbox.in_hand().0.cancel(&mut open.history);
        let task = Task { change, results, overtaken: 0 };
        let pixels = open.history.document().size().pixels();
        if self.lengthy.is_empty() && self.doors.aside.at_once(pixels) {
            match (task.change)(&mut open.history) {
                Ok(changed) => self.changed(changed, task.results),
                Err(error) => {
                    open.history.abort();
                    self.failed(&error, task.results);
                }
            }
            return;
        }
        if self.lengthy.waiting.len() >= MOST_WAITING {
            self.review.return_all(task.results);
            return self.say("Wait until the last changes are done");
        }
        self.lengthy.waiting.push_back(task);
        self.take_changes();
    }

    /// Takes over what was made since the last frame, and begins with the next.
    pub(super) fn take_changes(&mut self) {
        loop {
            // What a gesture in hand changes comes first.
            let Some(open) = self.open.as_mut().filter(|open| !open.history.is_open()) else { return };
            let Some((mut task, errand, stop)) = self.lengthy.running.take() else {
                let Some(task) = self.lengthy.waiting.pop_front() else { return };
                if !self.begin(task) {
                    return;
                }
                continue;
            };
            match errand.try_take() {
                None => {
                    self.lengthy.running = Some((task, errand, stop));
                    return;
                }
                Some(Err(error)) => self.failed(&error, task.results),
                Some(Ok((_, Err(error)))) => self.failed(&error, task.results),
                Some(Ok((fork, Ok(changed)))) => match open.history.adopt(fork) {
                    Ok(true) => self.changed(changed, task.results),
                    Ok(false) if task.overtaken < MOST_OVERTAKEN => {
                        task.overtaken += 1;
                        self.lengthy.waiting.push_front(task);
                    }
                    Ok(false) => {
                        let error =
                            "The picture went on changing, so the last change was not made. Try it again";
                        self.failed(&error, task.results);
                    }
                    Err(error) => self.failed(&error, task.results),
                },
            }
        }
    }

    /// False when it has to wait for the end of a gesture.
    fn begin(&mut self, task: Task) -> bool {
        let Some(mut fork) = self.open.as_ref().and_then(|open| open.history.fork()) else {
            self.lengthy.waiting.push_front(task);
            return false;
        };
        let (change, stop) = (Change::clone(&task.change), fork.stop());
        let work = move || {
            let made = change(fork.history());
            (fork, made)
        };
        match Errand::start(self.doors.aside.as_ref(), work) {
            Ok(errand) => self.lengthy.running = Some((task, errand, stop)),
            Err(error) => self.failed(&error, task.results),
        }
        true
    }

    /// Gives up what is being made; says whether there was anything.
    pub(super) fn give_up_changes(&mut self) -> bool {
        let opening = self.tiling.take();
        if self.lengthy.is_empty() && opening.is_none() {
            return false;
        }
        opening.into_iter().for_each(|tiling| tiling.stop.ask());
        self.forget_changes();
        self.say("Given up. Your picture is as it was");
        true
    }

    /// The same without a word, for a document that is replaced.
    pub(super) fn forget_changes(&mut self) {
        let results = self.lengthy.clear();
        self.review.return_all(results);
    }

    fn changed(&mut self, changed: Changed, results: Vec<Pending>) {
        results.iter().for_each(|result| self.doors.shelf.forget(result.job));
        let Some(open) = &mut self.open else { return };
        open.active = changed.active.or(open.active);
        open.placed(&results);
        let [left, top] = changed.grown;
        self.canvas.view.grow(left, top);
        changed.say.into_iter().for_each(|text| self.say(text));
    }

    fn failed(&mut self, error: &dyn std::fmt::Display, results: Vec<Pending>) {
        self.review.return_all(results);
        self.complain(error);
    }
}

impl Open {
    /// Results became layers: what was chosen or prepared for them is done with.
    fn placed(&mut self, results: &[Pending]) {
        if !results.is_empty() {
            self.also.clear();
        }
        if results.iter().any(|result| !result.expand.is_none()) {
            self.expansion = engine_api::Expansion::default();
        }
    }
}
