//! Plain lines, for logs and pipes.

use super::{Narrator, Saved, SavedClip, kept_line, plan_line, saved_clip_lines, saved_lines};
use crate::link::KeptClip;
use crate::terminal::line;
use crate::words;
use engine_api::{EngineError, EventKind, one_line};

/// One line per event.
pub(super) struct Lines;

impl Narrator for Lines {
    fn note(&mut self, text: &str) {
        line(&format!("Note: {}", one_line(text)));
    }

    fn event(&mut self, event: &EventKind) {
        match event {
            EventKind::Planned(plan) => {
                line(&plan_line(plan));
            }
            EventKind::Stage { stage, part: None } => line(stage.words()),
            EventKind::Stage { stage, part: Some(part) } => {
                line(&format!("{}, part {} of {}", stage.words(), part.index, part.total));
            }
            EventKind::Step { index, total, seconds } => {
                line(&format!("Step {index} of {total}, {}", words::seconds(*seconds)));
            }
            EventKind::Note(text) => self.note(text),
            _ => {}
        }
    }

    fn stopping(&mut self) {
        line("Stopping");
    }

    fn saved(&mut self, saved: &Saved<'_>) {
        saved_lines(saved).iter().for_each(|text| line(text));
    }

    fn saved_clip(&mut self, saved: &SavedClip<'_>) {
        saved_clip_lines(saved).iter().for_each(|text| line(text));
    }

    fn kept(&mut self, kept: &KeptClip) {
        line(&kept_line(kept));
    }

    fn ended_with(&mut self, _: &EngineError) {}
}
