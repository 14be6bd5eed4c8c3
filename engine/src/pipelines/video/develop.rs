//! Latents to frames, handed over as they are finished: cut to their size, and of a clip that goes on with its colours held.

use super::FrameSink;
use super::colours::Holding;
use super::model::VideoModel;
use crate::kernels::read;
use crate::models::wan_codec::Passage;
use crate::picture::from_signed;
use crate::pipelines::report::Report;
use crate::pipelines::{PipelineError, convert, dump::Dump, watch::JobWatch};
use burn::tensor::Tensor;
use engine_api::{ClipFacts, Latents, Part, Picture, Stage};

/// Latent frames that are kept for a clip that goes on: enough for seventeen frames of it.
const KEPT: usize = 4;

/// What is looked at while frames pass.
pub(super) struct Passing {
    /// Colours, of a clip that goes on.
    pub holding: Option<Holding>,
    /// The first frame, of a loop.
    pub is_loop: bool,
    first: Option<Picture>,
    /// Mean difference between first and last frame, in levels.
    pub seam: Option<f32>,
}

impl Passing {
    pub(super) fn new(holding: Option<Holding>, is_loop: bool) -> Self {
        Self { holding, is_loop, first: None, seam: None }
    }
}

/// Decodes normalised latents `[channel, frame, row, column]`; every frame goes to `sink` at once.
pub(super) fn hand_over(
    model: &VideoModel,
    latents: Tensor<4>,
    facts: ClipFacts,
    passage: Passage,
    dump: &Dump,
    (sink, passing, watch): (&mut dyn FrameSink, &mut Passing, &JobWatch),
) -> Result<(), PipelineError> {
    watch.report.stage(Stage::Developing, None);
    dump.save("latents", &latents)?;
    let codec = model.load_codec()?;
    let latents = model.latent_format().denormalise(latents);
    sink.begin(facts).map_err(PipelineError::Output)?;
    let size = [facts.size.width, facts.size.height].map(|side| side as usize);
    let mut handing = Handing { sink, passing, report: watch.report, facts, done: 0 };
    let (mut values, mut shape) = (Vec::new(), [0; 4]);
    codec.decode(&latents, passage, watch, |frames: Tensor<4>| {
        let [count, rows, columns, colours] = frames.dims();
        let numbers = read(&frames)?;
        for frame in numbers.chunks_exact(rows * columns * colours) {
            let frame = cut(frame, columns * colours, [size[0] * colours, size[1]]);
            let ready = match &mut handing.passing.holding {
                Some(holding) => holding.push(frame),
                None => vec![frame],
            };
            ready.iter().try_for_each(|frame| handing.hand(size, frame))?;
        }
        if dump.is_wanted() {
            shape = [shape[0] + count, rows, columns, colours];
            values.extend(numbers);
        }
        Ok::<_, PipelineError>(())
    })?;
    if dump.is_wanted() {
        dump.save_values("clip", &values, &shape)?;
    }
    Ok(())
}

/// The upper left of rows of `length` numbers.
fn cut(frame: &[f32], length: usize, [width, rows]: [usize; 2]) -> Vec<f32> {
    frame.chunks_exact(length.max(1)).take(rows).flat_map(|row| &row[..width.min(length)]).copied().collect()
}

/// Frames on their way to whoever takes them.
struct Handing<'a> {
    sink: &'a mut dyn FrameSink,
    passing: &'a mut Passing,
    report: &'a dyn Report,
    facts: ClipFacts,
    done: u32,
}

impl Handing<'_> {
    fn hand(&mut self, [width, height]: [usize; 2], frame: &[f32]) -> Result<(), PipelineError> {
        let picture = convert::opaque(&from_signed(width, height, frame)?)?;
        if self.passing.is_loop {
            match &self.passing.first {
                None => self.passing.first = Some(picture.clone()),
                Some(first) => self.passing.seam = Some(difference(first, &picture)),
            }
        }
        self.sink.frame(self.done, picture).map_err(PipelineError::Output)?;
        self.done += 1;
        self.report.stage(Stage::Developing, Some(Part { index: self.done, total: self.facts.frames }));
        Ok(())
    }
}

/// Mean difference of two opaque pictures of one size, in levels.
fn difference(one: &Picture, other: &Picture) -> f32 {
    let pairs = one.rgba().iter().zip(other.rgba());
    let sum: u64 = pairs.map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    // Three channels of four; the fourth is the same in both.
    (sum as f64 / (one.rgba().len() / 4 * 3).max(1) as f64) as f32
}

/// The last latents of `[channel, frame, row, column]`, on the host.
pub(super) fn last_latents(latents: &Tensor<4>) -> Result<Latents, PipelineError> {
    let [channels, frames, rows, columns] = latents.dims();
    let kept = frames.min(KEPT);
    let values = read(&latents.clone().narrow(1, frames - kept, kept))?;
    Ok(Latents { shape: [channels, kept, rows, columns], values })
}
