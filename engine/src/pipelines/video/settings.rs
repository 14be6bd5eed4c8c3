//! A clip's request with every default filled in: size, frames, steps, guidance, schedule.

use super::model::{Expert, VideoModel};
use crate::models::wan::VideoSpec;
use crate::pipelines::PipelineError;
use crate::pipelines::report::Report;
use crate::pipelines::sampling::flow::{self, Line};
use crate::pipelines::sampling::schedule::{Schedule, Step};
use crate::pipelines::sampling::solver::{DpmPlusPlus, Euler, Sampler, UniPc};
use engine_api::{
    ClipFacts, ClipSettings, ClipSource, Continuation, Picture, Quality, SamplerChoice, SigmaChoice, Size,
    VideoRequest,
};

/// Numbers that a clip is made with.
pub(super) struct Numbers {
    /// The steps that are taken: all, or of a clip from a clip the last ones.
    pub steps: Vec<Step>,
    pub shift: f64,
    /// Of the expert for high noise, and for low noise.
    guidance: [f32; 2],
    /// The negative prompt; none when guidance is off.
    pub negative: Option<String>,
    sampler: SamplerChoice,
    /// Width and height in pixels, as they come out.
    pub size: [usize; 2],
    /// As the model draws them: what is over at the right and below is cut off.
    pub drawn: [usize; 2],
    /// Frames that come out: one and a multiple of four.
    pub frames: usize,
    pub strength: Option<f32>,
}

impl Numbers {
    /// Fills in what the request leaves open, and notes where it cannot be had exactly.
    pub(super) fn new(
        request: &VideoRequest,
        model: &VideoModel,
        report: &dyn Report,
    ) -> Result<Self, PipelineError> {
        let (walk, spec) = (&request.walk, &model.spec);
        let shift = walk.shift.unwrap_or(spec.shift);
        let line = match walk.line {
            Some(SigmaChoice::Diffusers) => Line::Diffusers,
            Some(SigmaChoice::Makers) => Line::Makers,
            Some(SigmaChoice::Straight) => Line::Straight,
            None => match walk.sampler {
                SamplerChoice::UniPc => Line::Diffusers,
                SamplerChoice::Euler => Line::Straight,
                // What diffusers' own DPM++ computes is the makers' line.
                SamplerChoice::DpmPlusPlus => Line::Makers,
            },
        };
        let usual = spec.steps[match request.quality {
            Quality::Draft => 0,
            Quality::Standard => 1,
            Quality::Best => 2,
        }];
        let schedule: Schedule = match &walk.sigmas {
            Some(sigmas) => flow::given(sigmas, line)?,
            None => flow::schedule(line, walk.steps.unwrap_or(usual) as usize, shift)?,
        };
        let strength = match request.source {
            ClipSource::Clip { strength, .. } => Some(strength),
            _ => None,
        };
        let first = strength.map_or(Ok(0), |s| flow::first_step(schedule.len(), as_typed(s)))?;
        let guidance = match (walk.guidance, walk.guidance_low) {
            (Some(high), low) => [high, low.unwrap_or(high)],
            (None, low) => [spec.guidance[0], low.unwrap_or(spec.guidance[1])],
        };
        let guided = guidance[0] > 1.0 || (model.has_two() && guidance[1] > 1.0);
        let negative = request.negative.clone().unwrap_or_else(|| spec.negative.to_string());
        let size = size(request, model);
        Ok(Self {
            steps: schedule.steps_from(first).collect(),
            shift,
            guidance,
            negative: guided.then_some(negative),
            sampler: walk.sampler,
            size,
            drawn: size.map(|side| side.next_multiple_of(model.side_multiple())),
            frames: frames(request, model, report),
            strength,
        })
    }

    /// How strongly an expert is steered.
    pub(super) fn guidance(&self, expert: Expert) -> f32 {
        self.guidance[usize::from(expert == Expert::LowNoise)]
    }

    /// A sampler at its beginning.
    pub(super) fn sampler(&self) -> Box<dyn Sampler> {
        match self.sampler {
            SamplerChoice::UniPc => Box::new(UniPc::default()),
            SamplerChoice::Euler => Box::new(Euler),
            SamplerChoice::DpmPlusPlus => Box::new(DpmPlusPlus::default()),
        }
    }

    /// `[channel, frame, row, column]` of the latents.
    pub(super) fn latents(&self, model: &VideoModel) -> [usize; 4] {
        let scale = model.codec.scale();
        let frames = (self.frames - 1) / model.codec.time_scale() + 1;
        [model.codec.z_dim, frames, self.drawn[1] / scale, self.drawn[0] / scale]
    }

    /// What is known before the first frame.
    pub(super) fn facts(&self, spec: &VideoSpec) -> ClipFacts {
        let [width, height] = self.size.map(|side| side as u32);
        ClipFacts { size: Size { width, height }, frames: self.frames as u32, frame_rate: spec.frame_rate }
    }

    /// For the recipe and the user.
    pub(super) fn settings(&self, model: &VideoModel) -> ClipSettings {
        let high = self.steps.iter().filter(|step| model.expert(step.timestep) == Expert::HighNoise).count();
        let two = model.has_two();
        ClipSettings {
            family: model.title().into(),
            negative: self.negative.clone(),
            steps: self.steps.len() as u32,
            guidance: self.guidance[0],
            guidance_low: two.then_some(self.guidance[1]),
            shift: self.shift,
            strength: self.strength,
            high_noise_steps: two.then_some(high as u32),
        }
    }
}

/// A strength in double precision, as typed: 0.6 is 0.6 and not its nearest f32, because the number of steps is cut from
/// `steps · strength`.
fn as_typed(strength: f32) -> f64 {
    strength.to_string().parse().unwrap_or_else(|_| f64::from(strength))
}

/// The picture that gives the clip its aspect.
pub(super) fn aspect(source: &ClipSource) -> Option<&Picture> {
    match source {
        ClipSource::Words => None,
        ClipSource::Stills { first, .. } => Some(first),
        ClipSource::Clip { frames, .. } | ClipSource::Continuation(Continuation { frames, .. }) => {
            frames.last()
        }
    }
}

/// Width and height: exactly as asked for; else about the usual area.
fn size(request: &VideoRequest, model: &VideoModel) -> [usize; 2] {
    let multiple = model.side_multiple();
    if let Some(Size { width, height }) = request.size {
        return [width, height].map(|side| side as usize);
    }
    match aspect(&request.source) {
        None => model.spec.size.map(|side| (side / multiple * multiple).max(multiple)),
        Some(picture) => near_area(model.spec.size, multiple, [picture.width(), picture.height()]),
    }
}

/// Multiples of `multiple` inside the usual area with nearly the aspect given: width or height is cut first, whichever
/// comes nearer. Source: the makers' `best_output_size`.
fn near_area(usual: [usize; 2], multiple: usize, [width, height]: [u32; 2]) -> [usize; 2] {
    let area = (usual[0] * usual[1]) as f64;
    let ratio = f64::from(width) / f64::from(height.max(1));
    let cut = |side: f64| ((side / multiple as f64).floor() as usize * multiple).max(multiple);
    let w = cut((area * ratio).sqrt());
    let first = [w, cut(area / w as f64)];
    let h = cut((area / ratio).sqrt());
    let second = [cut(area / h as f64), h];
    let off = |[w, h]: [usize; 2]| {
        let made = w as f64 / h as f64;
        (ratio / made).max(made / ratio)
    };
    if off(first) < off(second) { first } else { second }
}

/// One and a multiple of the codec's frames: as the reference rounds, or what a given clip has.
fn frames(request: &VideoRequest, model: &VideoModel, report: &dyn Report) -> usize {
    let time = model.codec.time_scale();
    let asked = request.frames.map(|frames| frames as usize);
    let made = match &request.source {
        ClipSource::Clip { frames, .. } => {
            (asked.unwrap_or(frames.len()).min(frames.len()).max(1) - 1) / time * time + 1
        }
        _ => {
            let wanted = asked.unwrap_or(model.spec.frames as usize);
            if wanted % time == 1 % time { wanted } else { wanted / time * time + 1 }
        }
    };
    let wanted = match &request.source {
        ClipSource::Clip { frames, .. } => asked.unwrap_or(frames.len()),
        _ => asked.unwrap_or(made),
    };
    if wanted != made {
        report.note(format!(
            "Clips have one frame and a multiple of {time}: this one has {made} in place of {wanted}."
        ));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_s_aspect_is_kept_near_the_usual_area() {
        assert_eq!(near_area([1280, 704], 32, [1280, 704]), [1280, 704]);
        assert_eq!(near_area([1280, 704], 32, [704, 1280]), [704, 1280]);
        // Both ways are as near; the makers then take the one that cuts the height first.
        assert_eq!(near_area([1280, 704], 32, [1000, 1000]), [960, 928]);
        assert_eq!(near_area([832, 480], 16, [832, 480]), [832, 480]);
        assert_eq!(near_area([32, 32], 16, [10_000, 1])[1], 16);
    }

    #[test]
    fn strength_is_what_was_typed() {
        assert_eq!(as_typed(0.6), 0.6);
        assert_eq!(as_typed(1.0), 1.0);
    }
}
