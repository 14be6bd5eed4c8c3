//! A request with every default filled in; `native` is what a model's makers say of the defaults.

pub(super) mod native;

use super::{ImageModel, PipelineError};
use crate::models::FamilySpec;
use engine_api::{Edit, ImageRequest, Quality, Settings, Size};

/// Pixels of an edit when nothing else is said.
pub const USUAL_AREA: usize = 1024 * 1024;

/// Numbers that a run is made with.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    pub steps: usize,
    pub guidance: f32,
    /// The negative prompt; none when guidance is off.
    pub negative: Option<String>,
}

/// What is said of the numbers, and what is left open.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub quality: Quality,
    pub steps: Option<u32>,
    pub guidance: Option<f32>,
    pub negative: Option<&'a String>,
}

impl Numbers {
    /// Fills in what the request leaves open. A schedule of constant shift with no terminal stretch is that of the
    /// step-distilled checkpoints, which are made for eight steps without guidance.
    pub fn new(request: &ImageRequest, model: &ImageModel) -> Self {
        let asked = Asked {
            quality: request.quality,
            steps: request.steps,
            guidance: request.guidance,
            negative: request.negative.as_ref(),
        };
        Self::of(&asked, model)
    }

    /// The same from those parts of a request that matter.
    pub fn of(asked: &Asked<'_>, model: &ImageModel) -> Self {
        let (family, distilled, native) = (model.family, model.is_distilled(), model.native.as_ref());
        let usual = family.steps[match asked.quality {
            Quality::Draft => 0,
            Quality::Standard => 1,
            Quality::Best => 2,
        }];
        let usual = match (native.and_then(|native| native.steps), distilled, asked.quality) {
            (Some(steps), _, Quality::Draft) => steps.div_ceil(2),
            (Some(steps), ..) => steps,
            (None, true, Quality::Draft) => 4,
            (None, true, _) => 8,
            (None, false, _) => usual,
        };
        let usual_guidance = if distilled { 1.0 } else { family.guidance };
        let usual_guidance = native.and_then(|native| native.guidance).unwrap_or(usual_guidance);
        let guidance = asked.guidance.unwrap_or(usual_guidance);
        let negative = asked.negative.cloned().unwrap_or_else(|| family.negative.to_string());
        Self {
            steps: asked.steps.unwrap_or(usual) as usize,
            guidance,
            negative: (guidance > 1.0).then_some(negative),
        }
    }

    /// Bytes of the longer one of the two prompts.
    pub fn words(&self, prompt: &str) -> usize {
        self.negative.as_ref().map_or(0, String::len).max(prompt.len())
    }

    /// For the recipe and the user.
    pub fn settings(&self, title: &str, strength: Option<f32>, [width, height]: [usize; 2]) -> Settings {
        Settings {
            family: title.into(),
            negative: self.negative.clone(),
            steps: self.steps as u32,
            guidance: self.guidance,
            strength,
            work_size: Size { width: width as u32, height: height as u32 },
        }
    }
}

/// Denoise strength of an edit in double precision, as typed: 0.6 is 0.6 and not its nearest f32, because the
/// number of steps is cut from `steps · strength`.
pub fn strength_of(edit: &Edit, family: &FamilySpec) -> f64 {
    let typed = edit.strength.unwrap_or(family.strength);
    typed.to_string().parse().unwrap_or_else(|_| f64::from(typed))
}

/// The next multiple of `multiple`, see [`super::ImageModel::side_multiple`].
///
/// # Errors
/// [`PipelineError::Request`] when a side is absurd.
pub fn drawn_side(side: usize, multiple: usize) -> Result<usize, PipelineError> {
    side.checked_next_multiple_of(multiple).filter(|side| *side > 0).ok_or_else(|| PipelineError::Request {
        message: format!("a side of {side} pixels cannot be drawn"),
        hint: "Choose a smaller size",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_grow_to_what_the_codec_and_patchify_need() {
        assert_eq!([1, 16, 37].map(|side| drawn_side(side, 16).unwrap()), [16, 16, 48]);
        assert_eq!([8, 40, 48].map(|side| drawn_side(side, 32).unwrap()), [32, 64, 64]);
        assert!(drawn_side(0, 16).is_err() && drawn_side(usize::MAX, 16).is_err());
    }
}
