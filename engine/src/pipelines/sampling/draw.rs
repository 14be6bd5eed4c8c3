//! Down the schedule: from noise, or from a noised picture, to clean latents.

use super::noise::Generator;
use super::schedule::{Schedule, Step};
use super::{euler, guidance};
use crate::kernels::read;
use crate::models::qwen_image::{
    Conditioning, ConditioningInput, Modulation, Pass, PictureGrid, Preview as ColourMap, Transformer,
};
use crate::picture::Rgb8;
use crate::pipelines::latents::{draw, pack, unpack};
use crate::pipelines::words::Words;
use crate::pipelines::{ImageModel, PipelineError, convert, dump::Dump, settings::Numbers, watch::JobWatch};
use burn::tensor::Tensor;
use engine_api::{Preview, Stage};

/// Where a drawing starts and what stays as it is.
pub(in crate::pipelines) struct Start {
    /// Normalised latents of the picture to start from or to keep, `[16, 1, row, column]`; none from words alone.
    pub clean: Option<Tensor<4>>,
    /// `[16, 1, row, column]`: 1 where the picture is painted anew, 0 where `clean` stays.
    pub mask: Option<Tensor<4>>,
    /// In (0, 1]: 1 starts from noise alone.
    pub strength: f64,
}

/// One drawing: its size in latents, its references, and how it is made.
pub(in crate::pipelines) struct Drawing<'a> {
    pub model: &'a ImageModel,
    pub numbers: &'a Numbers,
    pub words: Words,
    /// Packed, normalised latents of the references.
    pub references: Vec<(PictureGrid, Tensor<2>)>,
    /// Rows and columns of the latents.
    pub extent: [usize; 2],
    pub start: Start,
    pub watch: &'a JobWatch<'a>,
}

/// Clean latents, and the step after which the user stopped, if so.
pub(in crate::pipelines) struct Drawn {
    pub latents: Tensor<4>,
    pub stopped_after: Option<u32>,
}

impl Drawing<'_> {
    /// Walks down the schedule. `noise` is the initial noise where the user brought it, else it is drawn.
    pub(in crate::pipelines) fn draw(
        self,
        generator: &mut Generator,
        noise: Option<Tensor<4>>,
        dump: &Dump,
    ) -> Result<Drawn, PipelineError> {
        let (device, report) = (self.model.device.tensors(), self.watch.report);
        let channels = self.model.codec.z_dim;
        let [rows, columns] = self.extent;
        let noise = noise.unwrap_or_else(|| draw(generator, [channels, 1, rows, columns], device));
        dump.save("noise", &noise)?;
        let (grid, noise) = pack(&noise)?;
        let schedule = Schedule::new(&self.model.scheduler, self.numbers.steps, grid.tokens())?;
        let first = schedule.first_step(self.start.strength)?;
        let steps: Vec<Step> = schedule.steps_from(first).collect();
        let clean = self.start.clean.as_ref().map(pack).transpose()?.map(|(_, tokens)| tokens);
        let mask = self.start.mask.as_ref().map(pack).transpose()?.map(|(_, tokens)| tokens);
        let mut x = match (&clean, steps.first()) {
            (Some(clean), Some(step)) => euler::scale_noise(clean.clone(), noise.clone(), step.sigma),
            _ => noise.clone(),
        };
        let denoiser = self.load(grid, &steps)?;
        report.stage(Stage::Drawing, None);
        let colours = ColourMap::new(device)?;
        let total = steps.len() as u32;
        let mut stopped_after = None;
        for (position, step) in steps.iter().enumerate() {
            let velocity = denoiser.velocity(&x, position, self.numbers.guidance, self.watch)?;
            x = euler::step(x, velocity.clone(), step.sigma, step.next);
            if let (Some(clean), Some(mask)) = (&clean, &mask) {
                x = keep(x, clean, &noise, mask, step.next);
            }
            let index = position as u32 + 1;
            dump.save(&format!("latents_{position:04}"), &unpack(&x, grid)?)?;
            if report.wants_preview(index, total) {
                let estimate = euler::clean_estimate(x.clone(), velocity, step.next);
                report.preview(preview(&colours, &unpack(&estimate, grid)?, index, total)?);
            }
            report.step(index, total);
            if report.stop_after_step() && index < total {
                stopped_after = Some(index);
                x = euler::clean_estimate(
                    x.clone(),
                    denoiser.velocity(&x, position + 1, self.numbers.guidance, self.watch)?,
                    step.next,
                );
                break;
            }
        }
        Ok(Drawn { latents: unpack(&x, grid)?, stopped_after })
    }

    /// Computes the modulation of all steps while its weights stream by, then places the transformer.
    fn load(&self, grid: PictureGrid, steps: &[Step]) -> Result<Denoiser, PipelineError> {
        self.watch.report.stage(Stage::Opening, None);
        let scope = self.model.transformer_scope();
        let timesteps: Vec<f32> = steps.iter().map(|step| step.timestep).collect();
        let modulation = Modulation::for_schedule(&scope, &self.model.transformer, &timesteps, self.watch)?;
        let transformer = Transformer::load(&scope, &self.model.transformer)?;
        let condition = |text: &Tensor<2>| {
            transformer.condition(&ConditioningInput { text, target: grid, references: &self.references })
        };
        let positive = condition(&self.words.positive)?;
        let negative = self.words.negative.as_ref().map(condition).transpose()?;
        Ok(Denoiser { transformer, modulation, positive, negative })
    }
}

/// The transformer with everything that stays the same through all steps.
struct Denoiser {
    transformer: Transformer,
    modulation: Modulation,
    positive: Conditioning,
    negative: Option<Conditioning>,
}

impl Denoiser {
    /// The guided velocity at one step.
    fn velocity(
        &self,
        x: &Tensor<2>,
        step: usize,
        strength: f32,
        watch: &JobWatch,
    ) -> Result<Tensor<2>, PipelineError> {
        let predict = |conditioning| {
            self.transformer.forward(x, &Pass { conditioning, modulation: &self.modulation, step }, watch)
        };
        let positive = predict(&self.positive)?;
        Ok(match &self.negative {
            Some(negative) => guidance::guided(positive, predict(negative)?, strength),
            None => positive,
        })
    }
}

/// What the mask leaves alone is set to the clean picture at the next sigma's noise.
fn keep(x: Tensor<2>, clean: &Tensor<2>, noise: &Tensor<2>, mask: &Tensor<2>, next: f32) -> Tensor<2> {
    let kept =
        if next == 0.0 { clean.clone() } else { euler::scale_noise(clean.clone(), noise.clone(), next) };
    mask.clone().neg().add_scalar(1.0) * kept + mask.clone() * x
}

fn preview(
    colours: &ColourMap,
    latents: &Tensor<4>,
    step: u32,
    total: u32,
) -> Result<Preview, PipelineError> {
    let colours = colours.colours(latents)?;
    let [height, width, _] = colours.dims();
    let bytes = read(&colours)?.into_iter().map(|v| (v * 255.0).round() as u8).collect();
    Ok(Preview { picture: convert::opaque(&Rgb8::new(width, height, bytes)?)?, step, total })
}
