//! How a pipeline tells of its progress and learns that it should stop, without knowing threads or channels.

use engine_api::{CancelMode, Part, Plan, Preview, Stage};

/// What a running pipeline talks to. The service passes everything on to the app.
///
/// All calls return at once. It may be shared with the worker threads inside a kernel.
pub trait Report: Sync {
    /// The plan of the job, once, before the first heavy work.
    fn planned(&self, plan: Plan);
    /// A stage begins, or its next part: tile 4 of 9.
    fn stage(&self, stage: Stage, part: Option<Part>);
    /// Step `index` of `total` (from 1) is done.
    fn step(&self, index: u32, total: u32);
    /// Whether a preview after step `index` (from 1) would be looked at; making one costs time.
    fn wants_preview(&self, index: u32, total: u32) -> bool;
    /// A rough picture; replaces the one before it.
    fn preview(&self, preview: Preview);
    /// Something the user should know, in one sentence.
    fn note(&self, text: String);
    /// Whether the job was asked to end, and how. Asked between blocks, tiles and steps.
    fn cancelled(&self) -> Option<CancelMode>;

    /// Whether to stop at once and throw the work away; to be asked between blocks and tiles.
    fn stop_now(&self) -> bool {
        self.cancelled() == Some(CancelMode::Now)
    }

    /// Whether to end after this step and keep the picture; to be asked between steps.
    fn stop_after_step(&self) -> bool {
        self.cancelled() == Some(CancelMode::KeepStep)
    }
}

/// A report that nobody reads and that never stops the work: for tests and benches of pipelines.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unheard;

impl Report for Unheard {
    fn planned(&self, _: Plan) {}
    fn stage(&self, _: Stage, _: Option<Part>) {}
    fn step(&self, _: u32, _: u32) {}
    fn wants_preview(&self, _: u32, _: u32) -> bool {
        false
    }
    fn preview(&self, _: Preview) {}
    fn note(&self, _: String) {}
    fn cancelled(&self) -> Option<CancelMode> {
        None
    }
}
