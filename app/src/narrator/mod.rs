//! Telling how a job goes: a bar on a terminal, plain lines elsewhere, JSON for machines.

mod bar;
mod json;
mod lines;

pub use json::Json;

use crate::words;
use engine_api::{EngineError, EventKind, Finished, Plan, Recipe};
use std::io::{IsTerminal, stdout};
use std::path::Path;

/// A finished picture that lies on disk.
pub struct Saved<'a> {
    pub path: &'a Path,
    pub finished: &'a Finished,
    pub recipe: &'a Recipe,
}

/// Whoever tells the user. Everything goes to standard output; the one line of a failure is printed by `main`.
pub trait Narrator {
    /// Something to know before the job starts.
    fn note(&mut self, text: &str);
    /// A sign of life of the running job.
    fn event(&mut self, event: &EventKind);
    /// The user asked to stop and was heard.
    fn stopping(&mut self);
    /// The picture is on disk.
    fn saved(&mut self, saved: &Saved<'_>);
    /// The job came to nothing, or was cancelled.
    fn ended_with(&mut self, error: &EngineError);
}

/// The narrator for these options and this terminal.
pub fn choose(json: bool) -> Box<dyn Narrator> {
    if json {
        Box::new(Json)
    } else if stdout().is_terminal() {
        Box::new(bar::Bar::default())
    } else {
        Box::new(lines::Lines)
    }
}

/// The plan in one line.
fn plan_line(plan: &Plan) -> String {
    let mut line = format!(
        "On {}: {} at {}, up to {} of memory",
        plan.device,
        words::count(u64::from(plan.steps), "step"),
        plan.work_size,
        words::bytes(plan.ram_bytes)
    );
    if plan.vram_bytes > 0 {
        line += &format!(" and {} on the graphics card", words::bytes(plan.vram_bytes));
    }
    line
}

/// The end in a few lines: where the picture is, how it can be made again, and the proof of the mask.
fn saved_lines(saved: &Saved<'_>) -> Vec<String> {
    let Saved { path, finished, recipe } = saved;
    let outcome = &finished.outcome;
    let mut lines = vec![format!(
        "{} ({}) in {}, seed {}",
        path.display(),
        recipe.size,
        words::seconds(finished.seconds),
        recipe.seed
    )];
    if let Some(step) = outcome.stopped_after {
        lines.push(format!("Stopped early, after step {step} of {}", outcome.settings.steps));
    }
    if let Some(pixels) = outcome.changed_outside_mask {
        lines.push(format!("Changed outside the mask: {pixels} px"));
    }
    if let Some(moved) = outcome.registration.filter(|registration| registration.applied) {
        lines.push(format!(
            "Fitted to the source: shifted by {:.2}, {:.2} px, scaled by {:.4}, turned by {:.2}°",
            moved.shift_x, moved.shift_y, moved.scale, moved.degrees
        ));
    }
    lines
}
