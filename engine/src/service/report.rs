//! The running job's voice: turns a pipeline's calls into events, and its questions into answers.

use super::CancelToken;
use super::client::Shared;
use super::work::Work;
use crate::pipelines::report::Report;
use engine_api::{CancelMode, EventKind, JobId, Part, Plan, Preview, Stage};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Most notes that are kept of one job; a pipeline that says more repeats itself.
const MOST_NOTES: usize = 64;

pub(super) struct JobReport<'a> {
    shared: &'a Shared,
    job: JobId,
    token: &'a CancelToken,
    preview_every: u32,
    planned: AtomicBool,
    /// When the last step ended, or the stage before the first step began.
    clock: Mutex<Instant>,
    notes: Mutex<Vec<String>>,
}

impl<'a> JobReport<'a> {
    pub(super) fn new(shared: &'a Shared, work: &Work, token: &'a CancelToken) -> Self {
        Self {
            shared,
            job: work.job(),
            token,
            preview_every: work.preview_every(),
            planned: AtomicBool::new(false),
            clock: Mutex::new(Instant::now()),
            notes: Mutex::new(Vec::new()),
        }
    }

    /// The notes of the whole job.
    pub(super) fn into_notes(self) -> Vec<String> {
        self.notes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds since the last call.
    fn lap(&self) -> f64 {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut *clock, now)).as_secs_f64()
    }
}

impl Report for JobReport<'_> {
    fn planned(&self, plan: Plan) {
        // Room is kept for one plan per job; a second one is a fault of the pipeline and is left out.
        if !self.planned.swap(true, Ordering::Relaxed) {
            self.shared.outbox.send_lifecycle(self.job, EventKind::Planned(plan));
        }
    }

    fn stage(&self, stage: Stage, part: Option<Part>) {
        self.lap();
        self.shared.outbox.send_progress(self.job, EventKind::Stage { stage, part });
    }

    fn step(&self, index: u32, total: u32) {
        let seconds = self.lap();
        self.shared.outbox.send_progress(self.job, EventKind::Step { index, total, seconds });
    }

    fn wants_preview(&self, index: u32, total: u32) -> bool {
        self.preview_every > 0 && index < total && index.is_multiple_of(self.preview_every)
    }

    fn preview(&self, preview: Preview) {
        self.shared.previews.put(self.job, preview);
        self.shared.outbox.wake();
    }

    fn note(&self, text: String) {
        {
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            if notes.len() >= MOST_NOTES || notes.contains(&text) {
                return;
            }
            notes.push(text.clone());
        }
        self.shared.outbox.send_progress(self.job, EventKind::Note(text));
    }

    fn cancelled(&self) -> Option<CancelMode> {
        self.token.mode()
    }
}
