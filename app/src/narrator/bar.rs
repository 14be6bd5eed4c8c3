//! A progress bar on a terminal.

use super::{Narrator, Saved, SavedClip, kept_line, plan_line, saved_clip_lines, saved_lines};
use crate::link::KeptClip;
use crate::words;
use engine_api::{EngineError, EventKind, Part, one_line};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

const STAGE: &str = "{spinner} {msg}  {elapsed}";
const STEPS: &str = "{spinner} {msg}  {bar:30} {pos}/{len}  {elapsed}, {prefix}";

/// A spinner that names the stage, and a bar while steps are counted. Lines that stay are printed above it.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Default for Bar {
    fn default() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
        bar.enable_steady_tick(Duration::from_millis(120));
        let bar = Self { bar };
        bar.style(STAGE);
        bar
    }
}

impl Bar {
    fn style(&self, template: &str) {
        // The templates are constants; should one be wrong, the plain style still tells the stage.
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
        self.bar.set_style(style);
    }

    fn step(&self, Part { index, total }: Part, seconds: f64) {
        if index == 1 {
            self.style(STEPS);
            self.bar.set_length(u64::from(total));
        }
        let left = seconds * f64::from(total.saturating_sub(index));
        self.bar.set_prefix(format!("{} left", words::seconds(left)));
        self.bar.set_position(u64::from(index));
    }
}

impl Narrator for Bar {
    fn note(&mut self, text: &str) {
        self.bar.println(format!("Note: {}", one_line(text)));
    }

    fn event(&mut self, event: &EventKind) {
        match event {
            EventKind::Planned(plan) => {
                self.bar.println(plan_line(plan));
            }
            EventKind::Stage { stage, part } => {
                self.style(STAGE);
                let part = part.map(|Part { index, total }| format!(" {index}/{total}")).unwrap_or_default();
                self.bar.set_message(format!("{}{part}", stage.words()));
            }
            EventKind::Step { index, total, seconds } => {
                self.step(Part { index: *index, total: *total }, *seconds);
            }
            EventKind::Note(text) => self.note(text),
            _ => {}
        }
    }

    fn stopping(&mut self) {
        self.style(STAGE);
        self.bar.set_message("Stopping; press Ctrl+C again to end at once");
    }

    fn saved(&mut self, saved: &Saved<'_>) {
        self.bar.finish_and_clear();
        saved_lines(saved).iter().for_each(|text| crate::terminal::line(text));
    }

    fn saved_clip(&mut self, saved: &SavedClip<'_>) {
        self.bar.finish_and_clear();
        saved_clip_lines(saved).iter().for_each(|text| crate::terminal::line(text));
    }

    fn kept(&mut self, kept: &KeptClip) {
        self.bar.finish_and_clear();
        crate::terminal::line(&kept_line(kept));
    }

    fn ended_with(&mut self, _: &EngineError) {
        self.bar.finish_and_clear();
    }
}
