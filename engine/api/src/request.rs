//! What the app asks for: one picture, generated from words or edited from another picture.

use crate::{DeviceChoice, EngineError, ErrorKind, Expansion, Mask, MemoryLimit, Picture, Quality, Size};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// Most steps of one job.
pub const MOST_STEPS: u32 = 1000;

/// The number of a job, chosen by whoever asks; unique among the jobs of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(pub u64);

/// How a running job is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelMode {
    /// Stop at the next block and throw the work away.
    Now,
    /// Finish the current step and keep the picture as far as it got.
    KeepStep,
}

/// How a painted mask becomes the area that is worked on and the area that is blended back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MaskSettings {
    /// Pixels by which the mask is widened; negative narrows it.
    pub grow: i32,
    /// Pixels outside the grown edge over which the change fades out. `None` means a soft edge inside the mask
    /// ([`MaskSettings::edge_for`]), so that nothing outside it changes.
    pub feather: Option<u32>,
    /// Surroundings that the model sees around the mask's box, in percent of the box's longer side.
    pub context: f32,
}

/// An edit of one picture.
///
/// With a model made for editing, the picture is its first reference and the work starts from noise unless
/// `strength` is below 1. With a text-to-image model, this is image-to-image, and with a mask inpainting.
#[derive(Debug, Clone)]
pub struct Edit {
    pub image: Picture,
    /// Further pictures that guide the edit, in the order in which the prompt may count them (from 2).
    pub references: Vec<Picture>,
    /// What may change; a mask of another size is resampled with a note. `None` means the whole picture.
    pub mask: Option<Mask>,
    pub mask_settings: MaskSettings,
    /// Enlarges the canvas and fills the new area; the new area counts as masked.
    pub expand: Expansion,
    /// Size at which the model works; without a mask and an expansion the result has it, too. `None` means about
    /// one megapixel of the picture's aspect, and a result of the picture's own size.
    pub work_size: Option<Size>,
    /// Whether the result is registered to the source before it is put back.
    pub register: bool,
    /// Denoise strength in (0, 1]; `None` means the model's usual one.
    pub strength: Option<f32>,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub enum Intent {
    /// A new picture of exactly this size; `None` means the model's usual size.
    Generate(Option<Size>),
    /// A changed picture: of the source's size enlarged by the expansion, or of the work size (see there).
    Edit(Box<Edit>),
}

/// One job for the engine, complete in itself.
#[derive(Debug, Clone)]
pub struct ImageRequest {
    pub job: JobId,
    /// The model's folder or file. Installed names are resolved before a request is made.
    pub model: PathBuf,
    pub intent: Intent,
    pub prompt: String,
    /// What to steer away from; `None` means the model family's own default, empty means an empty text.
    pub negative: Option<String>,
    /// Steps of the sampler, 1 to [`MOST_STEPS`]; `None` means the model's own number at this quality.
    pub steps: Option<u32>,
    /// Guidance, 0 or more; at 1 the negative prompt is not run. `None` means the model's own.
    pub guidance: Option<f32>,
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

impl ImageRequest {
    /// Checks everything that can be known without opening a file, in the order in which a user would meet it.
    ///
    /// # Errors
    /// [`ErrorKind::Request`] or [`ErrorKind::Input`], worded for the user.
    pub fn check(&self) -> Result<(), EngineError> {
        if self.prompt.trim().is_empty() {
            return Err(EngineError::request(
                "The prompt is empty",
                "Say in a sentence what the picture should show",
            ));
        }
        if self.steps.is_some_and(|steps| !(1..=MOST_STEPS).contains(&steps)) {
            return Err(EngineError::request(
                format!("The number of steps is {}", self.steps.unwrap_or_default()),
                format!("Choose 1 to {MOST_STEPS} steps"),
            ));
        }
        if let Some(guidance) = self.guidance.filter(|guidance| !(guidance.is_finite() && *guidance >= 0.0)) {
            return Err(EngineError::request(
                format!("The guidance is {guidance}"),
                "Choose a number from 0 up; 1 means no guidance, 4 is usual",
            ));
        }
        match &self.intent {
            Intent::Generate(None) => Ok(()),
            Intent::Generate(Some(size)) => size.check_drawn("picture"),
            Intent::Edit(edit) => edit.check(),
        }
    }
}

impl Edit {
    /// Size of the finished picture: the source enlarged by the expansion; `None` when that overflows.
    pub fn result_size(&self) -> Option<Size> {
        let Expansion { left, top, right, bottom } = self.expand;
        let width = self.image.width().checked_add(left)?.checked_add(right)?;
        let height = self.image.height().checked_add(top)?.checked_add(bottom)?;
        Some(Size { width, height })
    }

    fn check(&self) -> Result<(), EngineError> {
        let size = self.result_size().unwrap_or(Size { width: u32::MAX, height: u32::MAX });
        size.check_sides("finished picture")?;
        if let Some(work) = self.work_size {
            work.check_drawn("work size")?;
        }
        if let Some(strength) = self.strength.filter(|strength| !(*strength > 0.0 && *strength <= 1.0)) {
            return Err(EngineError::request(
                format!("The strength is {strength}"),
                "Choose a number above 0 and up to 1; 1 lets everything change",
            ));
        }
        let context = self.mask_settings.context;
        if !(context.is_finite() && context >= 0.0) {
            return Err(EngineError::request(
                format!("The context around the mask is {context} percent"),
                "Choose 0 or more",
            ));
        }
        if self.mask.as_ref().is_some_and(Mask::is_empty) && self.expand.is_none() {
            let error = EngineError::new(ErrorKind::Input, "The mask is all black, so nothing may change");
            return Err(error.with_hint("Paint the area to change in white, or leave the mask out"));
        }
        Ok(())
    }
}

impl MaskSettings {
    /// Percent of context when nothing else is said: half of the masked box on each side.
    pub const CONTEXT: f32 = 50.0;

    /// Pixels inside the edge of a mask over which a change begins, where no feather is asked for: 1 to 12, by the
    /// longer side of the mask's box.
    pub fn edge_for(longer_side: u32) -> u32 {
        (longer_side / 32).clamp(1, 12)
    }

    /// Pixels of the old picture into which a larger canvas is blended, where no feather is asked for: a tenth of the
    /// longer side and at least 32 (the rule that Krita's painters are used to).
    pub fn seam_for(longer_side: u32) -> u32 {
        (longer_side / 10).max(32)
    }
}

impl Default for MaskSettings {
    fn default() -> Self {
        Self { grow: 0, feather: None, context: Self::CONTEXT }
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generate(width: u32, height: u32) -> ImageRequest {
        ImageRequest {
            job: JobId(1),
            model: PathBuf::from("model"),
            intent: Intent::Generate(Some(Size { width, height })),
            prompt: "a red beret".into(),
            negative: None,
            steps: None,
            guidance: None,
            seed: 0,
            quality: Quality::Standard,
            preview_every: 0,
            device: DeviceChoice::Auto,
            memory: None,
            noise: None,
            dump: None,
        }
    }

    fn edit(change: impl FnOnce(&mut Edit)) -> ImageRequest {
        let mut edit = Edit {
            image: Picture::new(8, 6, vec![0; 192]).unwrap(),
            references: Vec::new(),
            mask: None,
            mask_settings: MaskSettings::default(),
            expand: Expansion::default(),
            work_size: None,
            register: true,
            strength: None,
        };
        change(&mut edit);
        ImageRequest { intent: Intent::Edit(Box::new(edit)), ..generate(8, 8) }
    }

    #[test]
    fn sizes_are_checked_before_any_work() {
        assert!(generate(1024, 768).check().is_ok());
        assert!(generate(1, 1).check().is_ok());
        assert!(generate(0, 768).check().is_err());
        assert!(generate(40_000, 40_000).check().is_err());
        assert!(generate(16_384, 16_384).check().is_err());
        assert!(edit(|e| e.expand.left = u32::MAX).check().is_err());
        assert!(edit(|e| e.work_size = Some(Size { width: 0, height: 4 })).check().is_err());
    }

    #[test]
    fn numbers_are_checked_before_any_work() {
        for steps in [0, 1001] {
            assert!(ImageRequest { steps: Some(steps), ..generate(8, 8) }.check().is_err());
        }
        for guidance in [-0.5, f32::NAN, f32::INFINITY] {
            assert!(ImageRequest { guidance: Some(guidance), ..generate(8, 8) }.check().is_err());
        }
        for strength in [0.0, -1.0, 1.1, f32::NAN] {
            assert!(edit(|e| e.strength = Some(strength)).check().is_err());
        }
        assert!(edit(|e| e.mask_settings.context = f32::NAN).check().is_err());
        assert!(ImageRequest { prompt: " \n".into(), ..generate(8, 8) }.check().is_err());
    }

    #[test]
    fn a_black_mask_is_refused_unless_the_canvas_grows() {
        let black = || Some(Mask::new(8, 6, vec![0; 48]).unwrap());
        assert!(edit(|e| e.mask = black()).check().is_err());
        let grown = edit(|e| {
            e.mask = black();
            e.expand.right = 4;
        });
        assert!(grown.check().is_ok());
    }
}
