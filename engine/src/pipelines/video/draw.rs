//! Down the schedule with one expert at a time: from noise, or from a noised clip, to clean latents.

use super::model::{Expert, VideoModel};
use super::preview::Colours;
use super::settings::Numbers;
use super::source::{Known, Start};
use super::words::Words;
use crate::models::umt5::tokenizer::MOST_TOKENS;
use crate::models::wan::{Conditioning, Frame, Modulation, Pass, Transformer};
use crate::pipelines::sampling::euler;
use crate::pipelines::{PipelineError, dump::Dump, watch::JobWatch};
use burn::tensor::Tensor;
use engine_api::Stage;

/// One drawing.
pub(super) struct Drawing<'a> {
    pub model: &'a VideoModel,
    pub numbers: &'a Numbers,
    pub words: &'a Words,
    pub start: Start,
    /// Blocks of an expert that stay on the device; the others are read at every pass.
    pub kept: usize,
    pub watch: &'a JobWatch<'a>,
}

/// Clean latents, and the step after which the user stopped, if so.
pub(super) struct Drawn {
    pub latents: Tensor<4>,
    pub stopped_after: Option<u32>,
}

impl Drawing<'_> {
    /// Walks down the schedule from `noise`, `[channel, frame, row, column]`.
    pub(super) fn draw(self, noise: Tensor<4>, dump: &Dump) -> Result<Drawn, PipelineError> {
        let (report, steps) = (self.watch.report, &self.numbers.steps);
        dump.save("noise", &noise)?;
        let shape = noise.dims();
        let mut x = match (&self.start.clean, steps.first()) {
            (Some(clean), Some(first)) => euler::scale_noise(clean.clone(), noise, first.sigma),
            _ => noise,
        };
        let mut colours = None;
        let mut sampler = self.numbers.sampler();
        let mut resident: Option<Resident> = None;
        let mut stopped_after = None;
        let total = steps.len() as u32;
        for (position, step) in steps.iter().enumerate() {
            let expert = self.model.expert(step.timestep);
            if resident.as_ref().is_none_or(|resident| resident.expert != expert) {
                // The one before goes first: two do not fit where one does.
                drop(resident.take());
                resident = Some(self.load(expert, shape)?);
                let rest = steps.get(position..).unwrap_or_default();
                if rest.iter().any(|step| self.model.expert(step.timestep) != expert) {
                    self.model.read_ahead();
                }
            }
            let Some(current) = &resident else { continue };
            let velocity = self.velocity(current, &x, position)?;
            let clean = euler::clean_estimate(x.clone(), velocity.clone(), step.sigma);
            x = sampler.step(x, velocity, step);
            dump.save(&format!("latents_{position:04}"), &x)?;
            let index = position as u32 + 1;
            if report.wants_preview(index, total) {
                let colours = match &mut colours {
                    Some(colours) => colours,
                    None => colours.insert(self.colours(shape[0])?),
                };
                report.preview(colours.preview(&clean, [index, total])?);
            }
            report.step(index, total);
            if report.stop_after_step() && index < total {
                stopped_after = Some(index);
                x = clean;
                break;
            }
        }
        Ok(Drawn { latents: self.with_known(x), stopped_after })
    }

    /// What previews are made with.
    fn colours(&self, channels: usize) -> Result<Colours, PipelineError> {
        let tiny = self.model.tiny_decoder().unwrap_or_else(|error| {
            self.watch.report.note(format!("Previews go without the tiny decoder: {error}."));
            None
        });
        Colours::new(self.model.device.tensors(), channels, tiny)
    }

    /// Places an expert: the rows of its own steps, its weights, its view of the prompts.
    fn load(&self, expert: Expert, shape: [usize; 4]) -> Result<Resident, PipelineError> {
        self.watch.report.stage(Stage::Opening, None);
        let scope = self.model.scope(expert);
        let config = self.model.transformer();
        let own = |timestep: &f32| self.model.expert(*timestep) == expert;
        let all: Vec<f32> = self.numbers.steps.iter().map(|step| step.timestep).collect();
        let first = all.iter().position(own).unwrap_or(0);
        let timesteps: Vec<f32> = all.into_iter().filter(own).collect();
        let modulation = Modulation::for_schedule(&scope, config, &timesteps)?;
        let transformer = Transformer::load(&scope, config, self.kept, self.watch)?;
        let positive = transformer.condition(&self.words.positive, MOST_TOKENS)?;
        let guided = self.numbers.guidance(expert) > 1.0;
        let negative = self.words.negative.as_ref().filter(|_| guided);
        let negative = negative.map(|words| transformer.condition(words, MOST_TOKENS)).transpose()?;
        let frame = transformer.frame(shape, self.model.device.tensors())?;
        self.watch.report.stage(Stage::Drawing, None);
        Ok(Resident { expert, transformer, modulation, positive, negative, frame, first })
    }

    /// The guided velocity at one step: negative + guidance · (positive − negative).
    fn velocity(
        &self,
        current: &Resident,
        x: &Tensor<4>,
        position: usize,
    ) -> Result<Tensor<4>, PipelineError> {
        let (input, clean_frames) = match &self.start.known {
            Known::Nothing => (x.clone(), 0),
            Known::Beside(known) => (Tensor::cat(vec![x.clone(), known.clone()], 0), 0),
            Known::First(clean) => (self.with_known(x.clone()), clean.dims()[1]),
        };
        let scope = self.model.scope(current.expert);
        let predict = |conditioning| {
            let Resident { frame, modulation, .. } = current;
            let step = position - current.first;
            let pass = Pass { conditioning, frame, modulation, step, clean_frames };
            current.transformer.forward(&scope, &input, &pass, self.watch)
        };
        let positive = predict(&current.positive)?;
        let Some(negative) = &current.negative else { return Ok(positive) };
        let negative = predict(negative)?;
        let strength = self.numbers.guidance(current.expert);
        Ok(negative.clone() + (positive - negative).mul_scalar(strength))
    }

    /// Latents with the clean ones of the first frames in their place.
    fn with_known(&self, x: Tensor<4>) -> Tensor<4> {
        let Known::First(clean) = &self.start.known else { return x };
        let (known, all) = (clean.dims()[1], x.dims()[1]);
        if known >= all {
            return clean.clone().narrow(1, 0, all);
        }
        Tensor::cat(vec![clean.clone(), x.narrow(1, known, all - known)], 1)
    }
}

/// The expert on the device, with everything that stays the same through its steps.
struct Resident {
    expert: Expert,
    transformer: Transformer,
    modulation: Modulation,
    positive: Conditioning,
    negative: Option<Conditioning>,
    frame: Frame,
    /// The first step that is its own.
    first: usize,
}
