//! What the app asks for: one clip, from words, from stills, or from another clip.

use crate::{DeviceChoice, EngineError, ErrorKind, JobId, MOST_STEPS, MemoryLimit, Picture, Quality, Size};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Most frames of one clip.
pub const MOST_FRAMES: u32 = 4096;

/// What a clip is made from. Pictures are resampled to the clip's size as [`Fit`] says.
#[derive(Debug, Clone)]
pub enum ClipSource {
    /// The prompt alone.
    Words,
    /// A picture that the clip begins with, and perhaps one that it ends with; the same twice makes a loop.
    Stills { first: Picture, last: Option<Picture> },
    /// A clip that is drawn anew: its frames, and a denoise strength in (0, 1].
    Clip { frames: Vec<Picture>, strength: f32 },
    /// The end of a clip that goes on.
    Continuation(Continuation),
}

/// What a clip that goes on takes over from the one before.
#[derive(Debug, Clone, Default)]
pub struct Continuation {
    /// Its last frames, oldest first. They are the first frames of the result, too.
    pub frames: Vec<Picture>,
    /// Its last latents, where they were kept: what the model made, without the way through pixels and back.
    pub latents: Option<Latents>,
    /// Colours of the first clip of the chain; `None` means that `frames` are of the first one.
    pub first: Option<Colours>,
    /// Whether colours are held to those; else how far they go is only measured.
    pub held: bool,
}

/// The last latents of a clip, normalised.
#[derive(Clone, PartialEq)]
pub struct Latents {
    /// Channels, frames, rows, columns.
    pub shape: [usize; 4],
    /// In row-major order.
    pub values: Vec<f32>,
}

/// Mean and standard deviation of red, green and blue over some frames, in levels of 255.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Colours {
    pub mean: [f32; 3],
    pub deviation: [f32; 3],
}

/// How far the colours of a clip that goes on went: the largest difference of a channel's mean, in levels of 255.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Between the frames that were taken over and the same ones as model and codec gave them back.
    pub join: f32,
    /// Between the last frames and the first clip of the chain.
    pub end: f32,
    /// The same without holding them.
    pub free: f32,
}

/// How pictures come to the clip's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Both sides are resampled, whatever the aspect: what the reference does.
    #[default]
    Stretch,
    /// Resampled to cover the clip's frame; what hangs over on two sides is cut off.
    Cover,
}

/// How the sampler walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SamplerChoice {
    /// UniPC of order two: what the models' makers advise.
    #[default]
    UniPc,
    /// Plain Euler steps: what the four-step distillations are made for.
    Euler,
    /// DPM++ 2M.
    DpmPlusPlus,
}

/// Which line of sigmas the sampler walks down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigmaChoice {
    /// As UniPC in diffusers: from 1 to 0.001.
    Diffusers,
    /// As the models' makers, and DPM++ in diffusers: from 0.999 to 0.
    Makers,
    /// From 1 to 0 evenly: what the four-step distillations are made for.
    Straight,
}

/// The numbers of the walk; what is left open takes the model's own.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Walk {
    /// Steps of the sampler, 1 to [`MOST_STEPS`].
    pub steps: Option<u32>,
    /// Guidance, 0 or more; up to 1 the negative prompt is not run. Of models with two experts, that of the first.
    pub guidance: Option<f32>,
    /// Guidance of the expert for low noise; as `guidance` when that is given alone.
    pub guidance_low: Option<f32>,
    pub sampler: SamplerChoice,
    /// `None` means diffusers' for UniPC, the straight line for Euler, the makers' for DPM++.
    pub line: Option<SigmaChoice>,
    /// How strongly the sigmas are bent towards high noise, above 0.
    pub shift: Option<f64>,
    /// Sigmas by hand, falling from at most 1 and staying above 0, in place of steps, line and shift.
    pub sigmas: Option<Vec<f64>>,
}

/// One clip for the engine, complete in itself.
#[derive(Debug, Clone)]
pub struct VideoRequest {
    pub job: JobId,
    /// The model's folder.
    pub model: PathBuf,
    pub source: ClipSource,
    pub fit: Fit,
    pub prompt: String,
    /// What to steer away from; `None` means the model family's own, empty means an empty text.
    pub negative: Option<String>,
    /// `None` means the model's usual area with the source's aspect.
    pub size: Option<Size>,
    /// `None` means the model's usual number, or the source clip's.
    pub frames: Option<u32>,
    pub walk: Walk,
    /// Seed of PyTorch's CPU generator.
    pub seed: u64,
    pub quality: Quality,
    /// A preview after every so many steps; 0 means none.
    pub preview_every: u32,
    pub device: DeviceChoice,
    /// Upper bound for the memory that the job may plan with.
    pub memory: Option<MemoryLimit>,
    /// A safetensors file with the initial noise under the key `noise`, instead of the seed's.
    pub noise: Option<PathBuf>,
    /// A folder that receives the tensors of each stage as safetensors.
    pub dump: Option<PathBuf>,
}

/// What is known of a clip before its first frame is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClipFacts {
    pub size: Size,
    pub frames: u32,
    /// Frames per second that the model was made for.
    pub frame_rate: u32,
}

/// The values that a clip was made with once every default was filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipSettings {
    /// Title of the model family.
    pub family: String,
    /// Negative prompt; `None` when none was run.
    pub negative: Option<String>,
    pub steps: u32,
    pub guidance: f32,
    /// Guidance of the second expert, where there is one.
    pub guidance_low: Option<f32>,
    pub shift: f64,
    /// Denoise strength, of a clip from a clip.
    pub strength: Option<f32>,
    /// Steps that the expert for high noise took, where there are two.
    pub high_noise_steps: Option<u32>,
}

/// What is known only after the work; the frames themselves were handed over before.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipOutcome {
    pub facts: ClipFacts,
    pub settings: ClipSettings,
    /// Frames at the beginning that repeat the clip that goes on.
    pub overlap: u32,
    /// How many of that clip's latents were taken over as they were.
    pub carried: u32,
    /// Colours of the first clip of the chain, of a clip that goes on.
    pub first: Option<Colours>,
    pub drift: Option<Drift>,
    /// Mean difference between the first and the last frame of a loop, in levels.
    pub seam: Option<f32>,
    /// The last latents, for a clip that goes on from this one.
    pub latents: Latents,
    /// Most bytes in use on the graphics card; 0 on the processor.
    pub peak_vram: u64,
    /// The last step taken when the job was asked to keep what it had; `None` when it ran to the end.
    pub stopped_after: Option<u32>,
}

/// Shows the shape, not millions of numbers.
impl std::fmt::Debug for Latents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Latents({:?})", self.shape)
    }
}

impl VideoRequest {
    /// Checks everything that can be known without opening a file, in the order in which a user would meet it.
    ///
    /// # Errors
    /// [`ErrorKind::Request`] or [`ErrorKind::Input`], worded for the user.
    pub fn check(&self) -> Result<(), EngineError> {
        if let Some(size) = self.size {
            size.check_drawn("clip")?;
        }
        if let Some(frames) = self.frames.filter(|frames| !(1..=MOST_FRAMES).contains(frames)) {
            return Err(EngineError::request(
                format!("The number of frames is {frames}"),
                format!("Choose 1 to {MOST_FRAMES} frames"),
            ));
        }
        self.walk.check()?;
        match &self.source {
            ClipSource::Words if self.prompt.trim().is_empty() => Err(EngineError::request(
                "The prompt is empty",
                "Say in a sentence what the clip should show",
            )),
            ClipSource::Clip { frames, .. } | ClipSource::Continuation(Continuation { frames, .. })
                if frames.is_empty() =>
            {
                let error = EngineError::new(ErrorKind::Input, "The clip to start from has no frames");
                Err(error.with_hint("Choose another one"))
            }
            ClipSource::Clip { frames, .. } | ClipSource::Continuation(Continuation { frames, .. }) => {
                one_size(frames)
            }
            _ => Ok(()),
        }?;
        if let ClipSource::Clip { strength, .. } = self.source
            && !(strength > 0.0 && strength <= 1.0)
        {
            return Err(EngineError::request(
                format!("The strength is {strength}"),
                "Choose a number above 0 and up to 1; 1 lets everything change",
            ));
        }
        Ok(())
    }
}

impl Walk {
    fn check(&self) -> Result<(), EngineError> {
        if let Some(steps) = self.steps.filter(|steps| !(1..=MOST_STEPS).contains(steps)) {
            return Err(EngineError::request(
                format!("The number of steps is {steps}"),
                format!("Choose 1 to {MOST_STEPS} steps"),
            ));
        }
        for guidance in [self.guidance, self.guidance_low].into_iter().flatten() {
            if !(guidance.is_finite() && guidance >= 0.0) {
                return Err(EngineError::request(
                    format!("The guidance is {guidance}"),
                    "Choose a number from 0 up; 1 means no guidance, 3 to 5 is usual",
                ));
            }
        }
        if let Some(shift) = self.shift.filter(|shift| !(shift.is_finite() && *shift > 0.0)) {
            return Err(EngineError::request(
                format!("The shift is {shift}"),
                "Choose a number above 0; 5 is usual",
            ));
        }
        if let Some(sigmas) = &self.sigmas {
            let falling = sigmas.windows(2).all(|pair| pair[0] > pair[1]);
            let inside = sigmas.iter().all(|sigma| *sigma > 0.0 && *sigma <= 1.0);
            if sigmas.is_empty() || sigmas.len() > MOST_STEPS as usize || !falling || !inside {
                return Err(EngineError::request(
                    "The sigmas do not fall from at most 1 to above 0",
                    "Write for example 1,0.9375,0.8333,0.625",
                ));
            }
        }
        Ok(())
    }
}

/// Refuses frames of different sizes.
fn one_size(frames: &[Picture]) -> Result<(), EngineError> {
    let size = |picture: &Picture| (picture.width(), picture.height());
    let first = frames.first().map(size);
    match frames.iter().position(|frame| Some(size(frame)) != first) {
        None => Ok(()),
        Some(index) => Err(EngineError::new(
            ErrorKind::Input,
            format!("Frame {} of the clip has another size than the first one", index + 1),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(change: impl FnOnce(&mut VideoRequest)) -> Result<(), EngineError> {
        let mut request = VideoRequest {
            job: JobId(1),
            model: PathBuf::from("model"),
            source: ClipSource::Words,
            fit: Fit::default(),
            prompt: "a fox".into(),
            negative: None,
            size: None,
            frames: None,
            walk: Walk::default(),
            seed: 0,
            quality: Quality::Standard,
            preview_every: 0,
            device: DeviceChoice::Auto,
            memory: None,
            noise: None,
            dump: None,
        };
        change(&mut request);
        request.check()
    }

    fn frame(width: u32) -> Picture {
        Picture::new(width, 1, vec![0; width as usize * 4]).unwrap()
    }

    #[test]
    fn numbers_are_checked_before_any_work() {
        assert!(request(|_| {}).is_ok());
        assert!(request(|r| r.prompt = " ".into()).is_err());
        assert!(request(|r| r.size = Some(Size { width: 0, height: 8 })).is_err());
        assert!(request(|r| r.frames = Some(0)).is_err());
        assert!(request(|r| r.walk.steps = Some(1001)).is_err());
        assert!(request(|r| r.walk.guidance_low = Some(f32::NAN)).is_err());
        assert!(request(|r| r.walk.shift = Some(0.0)).is_err());
        assert!(request(|r| r.walk.sigmas = Some(vec![0.5, 0.6])).is_err());
        assert!(request(|r| r.walk.sigmas = Some(vec![1.0, 0.5])).is_ok());
    }

    #[test]
    fn clips_need_frames_of_one_size() {
        let clip = |frames: Vec<Picture>, strength| ClipSource::Clip { frames, strength };
        assert!(request(|r| r.source = clip(vec![frame(2), frame(2)], 0.5)).is_ok());
        assert!(request(|r| r.source = clip(vec![frame(2), frame(3)], 0.5)).is_err());
        assert!(request(|r| r.source = clip(vec![], 0.5)).is_err());
        assert!(request(|r| r.source = clip(vec![frame(2)], 0.0)).is_err());
        let stills = ClipSource::Stills { first: frame(2), last: None };
        assert!(request(|r| (r.source, r.prompt) = (stills, String::new())).is_ok());
    }
}
