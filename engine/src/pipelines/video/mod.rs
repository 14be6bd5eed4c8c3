//! Clips from words, from stills and from clips.
//!
//! Tour, in the order of a job: `model` opens a folder; `settings` fills in what the request leaves open; `plan` says what
//! it will take; `words` turns prompts into conditioning; `source` encodes what is known of the clip; `draw` walks down
//! the schedule, one expert at a time; `develop` decodes and hands over the frames. `preview` shows how it goes, `colours`
//! holds those of a clip that goes on, `kept` keeps what it can take over.

mod cards;
mod colours;
mod develop;
mod draw;
mod kept;
pub(super) mod model;
pub mod plan;
mod preview;
mod settings;
mod source;
mod words;

pub use cards::{CardPlan, cards};
pub use kept::{keep_latents, kept_latents};

use super::dump::{Dump, noise_from};
use super::latents::draw as draw_noise;
use super::report::Report;
use super::sampling::noise::Generator;
use super::{PipelineError, convert, watch::JobWatch};
use crate::device::Device;
use crate::kernels::take_remarks;
use colours::Holding;
use develop::Passing;
use draw::{Drawing, Drawn};
use engine_api::{ClipFacts, ClipOutcome, ClipSource, Drift, EngineError, Picture, Stage, VideoRequest};
use model::VideoModel;
use settings::Numbers;
use source::Start;

/// Who takes a clip's frames, one after the other, as they are finished: a file, a window, a test.
///
/// An answer other than `Ok` ends the job with that error; frames handed over before stay with their taker.
pub trait FrameSink {
    /// The clip is about to come; once, before its first frame.
    ///
    /// # Errors
    /// Whatever keeps the clip from being taken.
    fn begin(&mut self, facts: ClipFacts) -> Result<(), EngineError>;

    /// Frame `index`, from 0.
    ///
    /// # Errors
    /// Whatever keeps the frame from being taken.
    fn frame(&mut self, index: u32, picture: Picture) -> Result<(), EngineError>;
}

/// Frames in memory.
impl FrameSink for Vec<Picture> {
    fn begin(&mut self, _: ClipFacts) -> Result<(), EngineError> {
        Ok(())
    }

    fn frame(&mut self, _: u32, picture: Picture) -> Result<(), EngineError> {
        self.push(picture);
        Ok(())
    }
}

/// Makes one clip from beginning to end.
///
/// # Errors
/// [`PipelineError::Cancelled`] within one block of being asked to stop, [`PipelineError::Output`] when `sink` refuses, else
/// what went wrong.
pub fn run(
    request: &VideoRequest,
    sink: &mut dyn FrameSink,
    report: &dyn Report,
) -> Result<ClipOutcome, PipelineError> {
    let outcome = clip(request, sink, report);
    take_remarks().into_iter().for_each(|remark| report.note(remark));
    outcome
}

fn clip(
    request: &VideoRequest,
    sink: &mut dyn FrameSink,
    report: &dyn Report,
) -> Result<ClipOutcome, PipelineError> {
    report.stage(Stage::Opening, None);
    let dump = Dump::new(request.dump.as_deref())?;
    let model = VideoModel::open(&request.model, Device::open(convert::device(request.device))?)?;
    let numbers = Numbers::new(request, &model, report)?;
    let plan = plan::Plan::new(&model, request, &numbers)?;
    report.planned(plan.told(&model, &numbers, report));
    let watch = JobWatch::new(model.device.clone(), report);
    let shape = numbers.latents(&model);
    let device = model.device.tensors();
    let noise = match &request.noise {
        Some(path) => noise_from(path, shape, device)?,
        None => draw_noise(&mut Generator::new(request.seed), shape, device),
    };
    let start = source::encode(&model, request, &numbers, plan.passage, &watch)?;
    let words = words::read(&model, &request.prompt, numbers.negative.as_deref(), &watch)?;
    dump.save("conditioning", &words.positive)?;
    if let Some(negative) = &words.negative {
        dump.save("negative_conditioning", negative)?;
    }
    let (overlap, carried) = (start.overlap, start.carried);
    let (kept, settings) = (plan.kept, numbers.settings(&model));
    let mut passing = Passing::new(holding(request, &start, numbers.frames), is_loop(&request.source));
    let drawing = Drawing { model: &model, numbers: &numbers, words: &words, start, kept, watch: &watch };
    let Drawn { latents, stopped_after } = drawing.draw(noise, &dump)?;
    let facts = numbers.facts(&model.spec);
    let last = develop::last_latents(&latents)?;
    develop::hand_over(&model, latents, facts, plan.passage, &dump, (sink, &mut passing, &watch))?;
    tell(&passing, report);
    Ok(ClipOutcome {
        facts,
        settings,
        overlap: overlap as u32,
        carried: carried as u32,
        first: passing.holding.as_ref().map(|holding| holding.first),
        drift: passing.holding.as_ref().map(Holding::drift),
        seam: passing.seam,
        latents: last,
        peak_vram: watch.peak(),
        stopped_after,
    })
}

/// Of a clip that goes on, what holds its colours.
fn holding(request: &VideoRequest, start: &Start, frames: usize) -> Option<Holding> {
    let ClipSource::Continuation(from) = &request.source else { return None };
    Some(Holding::new(start.colours?, from.first, from.held, [start.overlap, frames]))
}

/// Whether a clip ends where it begins.
fn is_loop(source: &ClipSource) -> bool {
    matches!(source, ClipSource::Stills { first, last: Some(last) } if first == last)
}

/// What became of colours and of the seam, in a sentence each.
fn tell(passing: &Passing, report: &dyn Report) {
    if let Some(holding) = &passing.holding {
        let Drift { join, end, free } = holding.drift();
        let held = if holding.held { format!(", {end:.1} with its colours held") } else { String::new() };
        report.note(format!(
            "Colours came back {join:.1} levels off at the join; at the end the clip is {free:.1} off the first one{held}."
        ));
    }
    if let Some(seam) = passing.seam {
        report.note(format!(
            "The loop closes with a difference of {seam:.1} levels between last and first frame."
        ));
    }
}
