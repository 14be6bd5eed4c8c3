//! One JSON object per line, for scripts. Field names are part of the command line's contract.

use super::{Narrator, Saved, SavedClip};
use crate::link::KeptClip;
use crate::terminal::line;
use engine_api::{EngineError, ErrorKind, EventKind};
use serde_json::{Map, Value, json};

/// Prints objects whose first field, `event`, says what they are.
pub struct Json;

impl Json {
    /// One object: `event` first, then the fields of `value`.
    pub fn print(event: &str, value: Value) {
        let mut object = Map::new();
        object.insert("event".into(), event.into());
        if let Value::Object(fields) = value {
            object.extend(fields);
        }
        line(&Value::Object(object).to_string());
    }

    /// The end of a command that failed or was cancelled.
    pub fn failed(error: &EngineError) {
        match error.kind {
            ErrorKind::Cancelled => Self::print("cancelled", Value::Null),
            kind => {
                let fields = json!({ "kind": kind, "message": error.message, "hint": error.hint });
                Self::print("failed", fields);
            }
        }
    }
}

impl Narrator for Json {
    fn note(&mut self, text: &str) {
        Self::print("note", json!({ "text": text }));
    }

    fn event(&mut self, event: &EventKind) {
        match event {
            EventKind::Started => Self::print("started", Value::Null),
            EventKind::Planned(plan) => Self::print(
                "planned",
                json!({
                    "device": plan.device,
                    "ram_bytes": plan.ram_bytes,
                    "vram_bytes": plan.vram_bytes,
                    "steps": plan.steps,
                    "tiles": plan.tiles,
                    "work_width": plan.work_size.width,
                    "work_height": plan.work_size.height,
                    "notes": plan.notes,
                }),
            ),
            EventKind::Stage { stage, part } => Self::print(
                "stage",
                json!({
                    "stage": stage,
                    "words": stage.words(),
                    "part": part.map(|part| part.index),
                    "parts": part.map(|part| part.total),
                }),
            ),
            EventKind::Step { index, total, seconds } => {
                Self::print("step", json!({ "index": index, "total": total, "seconds": seconds }));
            }
            EventKind::Note(text) => self.note(text),
            EventKind::Finished(_)
            | EventKind::ClipFinished(_)
            | EventKind::Failed(_)
            | EventKind::Cancelled => {}
        }
    }

    fn stopping(&mut self) {
        Self::print("stopping", Value::Null);
    }

    fn saved(&mut self, saved: &Saved<'_>) {
        let outcome = &saved.finished.outcome;
        Self::print(
            "finished",
            json!({
                "output": saved.path.to_string_lossy(),
                "width": saved.recipe.size.width,
                "height": saved.recipe.size.height,
                "seconds": saved.finished.seconds,
                "seed": saved.recipe.seed,
                "changed_outside_mask": outcome.changed_outside_mask,
                "registration": outcome.registration,
                "stopped_after": outcome.stopped_after,
                "peak_rss": saved.finished.peak_rss,
                "peak_vram": outcome.peak_vram,
                "work_width": outcome.settings.work_size.width,
                "work_height": outcome.settings.work_size.height,
                "notes": saved.finished.notes,
                "recipe": saved.recipe,
            }),
        );
    }

    fn saved_clip(&mut self, saved: &SavedClip<'_>) {
        let (outcome, recipe) = (&saved.finished.outcome, saved.recipe);
        Self::print(
            "finished",
            json!({
                "output": saved.path.to_string_lossy(),
                "width": recipe.size.width,
                "height": recipe.size.height,
                "frames": recipe.frames,
                "frame_rate": recipe.frame_rate,
                "duration": f64::from(recipe.frames) / f64::from(recipe.frame_rate),
                "seconds": saved.finished.seconds,
                "seed": recipe.seed,
                "overlap": outcome.overlap,
                "carried": outcome.carried,
                "drift": outcome.drift,
                "seam": outcome.seam,
                "latents": saved.latents.as_ref().map(|path| path.to_string_lossy()),
                "stopped_after": outcome.stopped_after,
                "peak_rss": saved.finished.peak_rss,
                "peak_vram": outcome.peak_vram,
                "notes": saved.finished.notes,
                "recipe": recipe,
            }),
        );
    }

    fn kept(&mut self, kept: &KeptClip) {
        Self::print("kept", json!({ "output": kept.path.to_string_lossy(), "frames": kept.frames }));
    }

    fn ended_with(&mut self, error: &EngineError) {
        Self::failed(error);
    }
}
