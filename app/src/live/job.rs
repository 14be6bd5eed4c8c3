//! One job: how far it is, in words and in time.

use super::{Asked, Doing};
use crate::words;
use engine_api::{
    CancelMode, EventKind, Finished, ImageRequest, Intent, JobId, Part, Plan, Preview, Quality, Recipe, Size,
    Stage,
};
use std::time::Instant;

/// A job that waits or runs.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: JobId,
    pub asked: Asked,
    pub prompt: String,
    pub progress: Progress,
    state: State,
    /// Whether it lies on disk, pictures and all.
    is_written: bool,
    /// What it will take; known soon after it began.
    pub plan: Option<Plan>,
    /// How it was asked to end.
    pub stopping: Option<CancelMode>,
    /// The latest rough picture.
    pub preview: Option<Preview>,
    /// Grows with every preview, so that a canvas knows a new one.
    pub preview_number: u64,
    seed: u64,
    quality: Quality,
}

/// Where its request is.
#[derive(Debug, Clone)]
enum State {
    /// The pictures are being put together.
    Preparing,
    Ready(Box<ImageRequest>),
    /// Only on disk: the pictures of a long line would fill the memory.
    Shelved,
    /// On its way back from disk.
    Fetching,
    HandedOver,
}

/// How far a job is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    began: Option<Instant>,
    stage: Option<(Stage, Option<Part>)>,
    step: u32,
    steps: u32,
    /// Mean time of a step, the later ones counting more.
    step_seconds: f64,
}

/// How much a new step counts in the mean.
const NEWEST: f64 = 0.4;

impl Job {
    /// A job whose pictures are not ready yet; the request may have none, too.
    pub fn preparing(request: &ImageRequest, asked: Asked) -> Self {
        Self {
            id: request.job,
            asked,
            prompt: request.prompt.clone(),
            progress: Progress::default(),
            state: State::Preparing,
            is_written: false,
            plan: None,
            stopping: None,
            preview: None,
            preview_number: 0,
            seed: request.seed,
            quality: request.quality,
        }
    }

    pub(super) fn prepare(&mut self, request: ImageRequest, asked: Asked) {
        self.asked = asked;
        self.state = State::Ready(Box::new(request));
    }

    pub(super) fn written(&mut self) {
        self.is_written = true;
    }

    /// Lets go of its pictures, if it has any and they lie on disk.
    pub(super) fn shelve(&mut self) {
        let State::Ready(request) = &self.state else { return };
        if self.is_written && matches!(request.intent, Intent::Edit(_)) {
            self.state = State::Shelved;
            (self.asked.source, self.asked.mask) = (None, None);
        }
    }

    /// Whether its pictures have to be asked for; from then on they are on their way.
    pub(super) fn wants_pictures(&mut self) -> bool {
        let is_shelved = matches!(self.state, State::Shelved);
        if is_shelved {
            self.state = State::Fetching;
        }
        is_shelved
    }

    /// Takes its pictures back. False when they were not asked for.
    pub(super) fn fetched(&mut self, request: ImageRequest, asked: Asked) -> bool {
        let is_wanted = matches!(self.state, State::Fetching);
        if is_wanted {
            let Asked { doing, model, document, ingredients, remakes, .. } = self.asked.clone();
            self.prepare(request, Asked { doing, model, document, ingredients, remakes, ..asked });
        }
        is_wanted
    }

    /// What the engine gets; `None` unless the job is ready.
    pub(super) fn hand_over(&mut self) -> Option<ImageRequest> {
        match std::mem::replace(&mut self.state, State::HandedOver) {
            State::Ready(request) => Some(*request),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Whether the engine has it.
    pub fn is_handed_over(&self) -> bool {
        matches!(self.state, State::HandedOver)
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready(_))
    }

    pub(super) fn hear(&mut self, told: EventKind) {
        match told {
            EventKind::Planned(plan) => {
                self.progress.steps = plan.steps;
                self.plan = Some(plan);
            }
            told => self.progress.hear(&told),
        }
    }

    /// What it does now, in words.
    pub fn words(&self) -> String {
        match self.stopping {
            Some(CancelMode::Now) => "Stopping".to_owned(),
            Some(CancelMode::KeepStep) => "Finishing this step".to_owned(),
            None if matches!(self.state, State::Preparing) => "Preparing".to_owned(),
            None => self.progress.words(),
        }
    }

    /// How the picture was made, to be kept with it.
    pub fn recipe(&self, finished: &Finished) -> Recipe {
        let (settings, picture) = (&finished.outcome.settings, &finished.outcome.picture);
        Recipe {
            version: env!("CARGO_PKG_VERSION").into(),
            model: self.asked.model.clone(),
            family: settings.family.clone(),
            prompt: self.prompt.clone(),
            negative: settings.negative.clone(),
            seed: self.seed,
            steps: settings.steps,
            guidance: settings.guidance,
            quality: self.quality,
            size: Size { width: picture.width(), height: picture.height() },
            noise: None,
            // What was edited are layers of a document, not files that a later run could find.
            edit: None,
        }
    }

    /// Whether the preview belongs on the picture that is open.
    pub fn shows_on_canvas(&self) -> bool {
        self.preview.is_some() && !matches!(self.stopping, Some(CancelMode::Now))
    }

    /// What was to happen.
    pub fn doing(&self) -> &Doing {
        &self.asked.doing
    }
}

impl Progress {
    fn hear(&mut self, told: &EventKind) {
        match *told {
            EventKind::Started => self.began = Some(Instant::now()),
            EventKind::Stage { stage, part } => self.stage = Some((stage, part)),
            EventKind::Step { index, total, seconds } => {
                let first = self.step_seconds == 0.0;
                self.step_seconds =
                    if first { seconds } else { self.step_seconds * (1.0 - NEWEST) + seconds * NEWEST };
                (self.step, self.steps) = (index, total);
            }
            _ => {}
        }
    }

    /// Whether the engine has begun.
    pub fn is_running(&self) -> bool {
        self.began.is_some()
    }

    /// From 0 to 1; `None` while nobody can tell.
    pub fn share(&self) -> Option<f32> {
        let is_drawing = matches!(self.stage, Some((Stage::Drawing | Stage::Developing | Stage::Fitting, _)));
        (is_drawing && self.steps > 0).then(|| self.step as f32 / self.steps as f32)
    }

    /// Mean seconds of a step; 0 before the first one is done.
    pub fn step_seconds(&self) -> f64 {
        self.step_seconds
    }

    /// Seconds until the last step; `None` before the first one is done.
    pub fn seconds_left(&self) -> Option<f64> {
        let left = f64::from(self.steps.saturating_sub(self.step));
        (self.step > 0 && left > 0.0).then_some(left * self.step_seconds)
    }

    /// The stage in words, with step or part, and the time left.
    pub fn words(&self) -> String {
        if self.began.is_none() {
            return "Waiting".to_owned();
        }
        let Some((stage, part)) = self.stage else { return "Starting".to_owned() };
        let mut text = stage.words().to_owned();
        if stage == Stage::Drawing && self.steps > 0 {
            text.push_str(&format!(", step {} of {}", (self.step + 1).min(self.steps), self.steps));
        } else if let Some(part) = part.filter(|part| part.total > 1) {
            text.push_str(&format!(", part {} of {}", part.index, part.total));
        }
        if let Some(seconds) = self.seconds_left().filter(|_| stage == Stage::Drawing) {
            text.push_str(&format!(" \u{2013} about {} left", rounded(seconds)));
        }
        text
    }

    /// Time since it began.
    pub fn elapsed(&self) -> Option<f64> {
        self.began.map(|began| began.elapsed().as_secs_f64())
    }
}

/// Seconds as a person would say them.
fn rounded(seconds: f64) -> String {
    if seconds < 120.0 { words::count(seconds.ceil() as u64, "second") } else { words::seconds(seconds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(told: &[EventKind]) -> Progress {
        let mut progress = Progress::default();
        told.iter().for_each(|told| progress.hear(told));
        progress
    }

    #[test]
    fn the_stage_is_told_with_step_and_time_left() {
        let drawing = || EventKind::Stage { stage: Stage::Drawing, part: None };
        let step = |index| EventKind::Step { index, total: 4, seconds: 2.0 };
        assert_eq!(after(&[]).words(), "Waiting");
        assert_eq!(after(&[EventKind::Started]).words(), "Starting");
        let progress = after(&[EventKind::Started, drawing(), step(1), step(2)]);
        assert_eq!(progress.words(), "Drawing, step 3 of 4 \u{2013} about 4 seconds left");
        assert_eq!(progress.share(), Some(0.5));
        let done = after(&[EventKind::Started, drawing(), step(4)]);
        assert_eq!((done.words().as_str(), done.seconds_left()), ("Drawing, step 4 of 4", None));
    }

    #[test]
    fn parts_are_told_where_there_are_several() {
        let developing =
            |total| EventKind::Stage { stage: Stage::Developing, part: Some(Part { index: 1, total }) };
        assert_eq!(after(&[EventKind::Started, developing(1)]).words(), "Developing the picture");
        assert_eq!(
            after(&[EventKind::Started, developing(9)]).words(),
            "Developing the picture, part 1 of 9"
        );
    }
}
