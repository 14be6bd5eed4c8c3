//! Telling how a job goes: a bar on a terminal, plain lines elsewhere, JSON for machines.

mod bar;
mod json;
mod lines;

pub use json::Json;

use crate::link::KeptClip;
use crate::words;
use engine_api::{ClipFinished, ClipRecipe, EngineError, EventKind, Finished, Plan, Recipe};
use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

/// A finished picture that lies on disk.
pub struct Saved<'a> {
    pub path: &'a Path,
    pub finished: &'a Finished,
    pub recipe: &'a Recipe,
}

/// A finished clip that lies on disk.
pub struct SavedClip<'a> {
    pub path: &'a Path,
    pub finished: &'a ClipFinished,
    pub recipe: &'a ClipRecipe,
    /// Where its last latents were kept.
    pub latents: Option<PathBuf>,
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
    /// The clip is on disk.
    fn saved_clip(&mut self, saved: &SavedClip<'_>);
    /// A clip came to no end, and this is what there is of it.
    fn kept(&mut self, kept: &KeptClip);
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

/// The end of a clip in a few lines: where it is, how long, and how it can be made again.
fn saved_clip_lines(saved: &SavedClip<'_>) -> Vec<String> {
    let SavedClip { path, finished, recipe, latents } = saved;
    let outcome = &finished.outcome;
    let long = f64::from(recipe.frames) / f64::from(recipe.frame_rate);
    let mut lines = vec![format!(
        "{} ({}, {} at {} per second, {}) in {}, seed {}",
        path.display(),
        recipe.size,
        words::count(u64::from(recipe.frames), "frame"),
        recipe.frame_rate,
        words::seconds(long),
        words::seconds(finished.seconds),
        recipe.seed
    )];
    if let Some(step) = outcome.stopped_after {
        lines.push(format!("Stopped early, after step {step} of {}", outcome.settings.steps));
    }
    if outcome.overlap > 0 {
        let frames = words::count(u64::from(outcome.overlap), "frame");
        lines.push(format!("The first {frames} repeat the end of the clip before"));
    }
    if let Some(latents) = latents {
        lines.push(format!("For a clip that goes on, its last latents lie in {}", latents.display()));
    }
    lines
}

/// What stays of a clip, in one line.
fn kept_line(kept: &KeptClip) -> String {
    let frames = words::count(kept.frames as u64, "frame");
    format!("What was ready stays: {frames} in {}", kept.path.display())
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
