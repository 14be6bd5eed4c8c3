//! What is wanted once the typed options lie over the recipe of `--from`.

use crate::command_line::DrawingOptions;
use crate::link::EngineLink;
use crate::recipe::Repeated;
use engine_api::{EngineError, Quality};
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;

/// The settings that every picture has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// The model as it was named.
    pub model: OsString,
    pub prompt: String,
    pub negative: Option<String>,
    pub steps: Option<u32>,
    pub guidance: Option<f32>,
    pub seed: u64,
    pub quality: Quality,
    pub noise: Option<PathBuf>,
}

/// Reads the recipe of `--from`, where it was given.
pub(super) fn repeated(options: &DrawingOptions, link: &EngineLink) -> Result<Option<Repeated>, EngineError> {
    options.from.as_deref().map(|file| Repeated::open(link, file)).transpose()
}

impl Wanted {
    /// Lays the options over the recipe. What neither says is left to the model, but for the seed: a new one.
    pub(super) fn new(options: &DrawingOptions, noise: Option<PathBuf>, repeated: Option<&Repeated>) -> Self {
        let recipe = repeated.map(|repeated| &repeated.recipe);
        let text = |typed: &Option<String>, kept: Option<&String>| typed.as_ref().or(kept).cloned();
        // Another quality or another model means other steps, unless they were typed as well.
        let keeps_steps = options.quality.is_none() && options.model.is_none();
        Self {
            model: options
                .model
                .clone()
                .or_else(|| recipe.map(|recipe| recipe.model.clone().into()))
                .unwrap_or_default(),
            prompt: text(&options.prompt, recipe.map(|recipe| &recipe.prompt)).unwrap_or_default(),
            negative: text(&options.negative, recipe.and_then(|recipe| recipe.negative.as_ref())),
            steps: options.steps.or_else(|| recipe.filter(|_| keeps_steps).map(|recipe| recipe.steps)),
            guidance: options
                .guidance
                .or_else(|| recipe.filter(|_| keeps_steps).map(|recipe| recipe.guidance)),
            seed: options.seed.or_else(|| recipe.map(|recipe| recipe.seed)).unwrap_or_else(new_seed),
            quality: options
                .quality
                .map(Quality::from)
                .or(recipe.map(|recipe| recipe.quality))
                .unwrap_or_default(),
            noise: noise.or_else(|| recipe?.noise.as_ref().map(PathBuf::from)),
        }
    }
}

/// A seed that nobody has seen: 32 bits, short enough to be typed again.
pub(super) fn new_seed() -> u64 {
    // The standard library seeds its hash maps from the system's source of randomness.
    RandomState::new().build_hasher().finish() & u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_seeds_differ_and_are_short() {
        let seeds: Vec<u64> = (0..8).map(|_| new_seed()).collect();
        assert!(seeds.iter().all(|&seed| seed <= u64::from(u32::MAX)));
        assert!(seeds.iter().any(|&seed| seed != seeds[0]));
    }
}
