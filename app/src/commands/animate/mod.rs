//! `rostrum animate`: a clip, from typed options to a file.

mod plan;
mod sources;
mod taker;

use super::draw::{absolute, named_from_anywhere, narrator};
use super::wanted::new_seed;
use crate::command_line::AnimateOptions;
use crate::interrupt::Interrupt;
use crate::link::{Embedded, EngineLink};
use crate::narrator::{Narrator, SavedClip};
use crate::output::{self, Output};
use crate::recipe::RepeatedClip;
use crate::{jobs, library};
use engine_api::{
    ClipFiles, ClipFinished, ClipRecipe, EngineError, ErrorKind, Fit, JobId, Quality, Size, VideoRequest,
    Walk,
};
use sources::{Opened, Sources};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use taker::Shared;

/// Frames that one latent stands for, in all models that are known: clips have one and a multiple of it.
const TIME: u32 = 4;

/// Makes the clip and writes it, or tells the plan. A failure is told to the narrator, too.
pub(super) fn run(options: &AnimateOptions, link: &EngineLink) -> Result<(), EngineError> {
    if options.plan {
        return plan::run(options, link);
    }
    let mut narrator = narrator(&options.common);
    let done = animate(options, link, narrator.as_mut());
    if let Err(error) = &done {
        narrator.ended_with(error);
    }
    done
}

fn animate(
    options: &AnimateOptions,
    link: &EngineLink,
    narrator: &mut dyn Narrator,
) -> Result<(), EngineError> {
    let interrupt = Interrupt::listen();
    let repeated = options.from.as_deref().map(|file| RepeatedClip::open(link, file)).transpose()?;
    let wanted = Wanted::new(options, repeated.as_ref());
    let sources = Sources::new(&options.sources, repeated.as_ref());
    let target = target(options)?;
    output::check_clip(&target, &sources.paths())?;
    (link.check_clip)(&target, wanted.size, wanted.frame_rate)?;
    let model = library::find(&wanted.model)?;
    let opened = sources.open(wanted.frames, link, narrator)?;
    if interrupt.is_asked() {
        return Err(EngineError::cancelled());
    }
    let frame_rate = wanted.frame_rate.or(opened.frame_rate);
    let most = wanted.frames.or(opened.frames);
    let request = wanted.request(options, model, &opened, most);
    let shared = Shared::new(target.clone(), [most, frame_rate], link.create_clip);
    request.check()?;
    let service = (link.start)(std::sync::Arc::new(|| {}))?;
    let finished = jobs::run_clip(service.as_ref(), (request, shared.taker()), &interrupt, narrator);
    // The engine's thread ends here, so that nobody else holds the file.
    drop(service);
    let finished = match finished {
        Ok(finished) => finished,
        Err(error) => {
            keep(&shared, narrator);
            return Err(error);
        }
    };
    let recipe = wanted.recipe(&finished, &shared, opened.files)?;
    let text = serde_json::to_string(&recipe).map_err(|error| {
        EngineError::new(ErrorKind::Internal, format!("The recipe could not be written down ({error})"))
    })?;
    let embedded = Embedded { recipe: Some(&text), description: Some(&recipe.prompt), ..Embedded::default() };
    shared.finish(&embedded, &|| interrupt.is_asked()).map_err(|(error, kept)| {
        kept.iter().for_each(|kept| narrator.kept(kept));
        error
    })?;
    note_the_rate(&finished, recipe.frame_rate, narrator);
    let is_whole = recipe.frames == finished.outcome.facts.frames;
    let latents = if is_whole && !options.sources.no_latents {
        keep_latents(&target, &finished, link, narrator)
    } else {
        None
    };
    narrator.saved_clip(&SavedClip { path: &target, finished: &finished, recipe: &recipe, latents });
    Ok(())
}

/// Keeps what a clip that goes on can take over; the clip is complete without it.
fn keep_latents(
    target: &Path,
    finished: &ClipFinished,
    link: &EngineLink,
    narrator: &mut dyn Narrator,
) -> Option<PathBuf> {
    let kept = (link.keep_latents)(target, &finished.outcome.latents);
    kept.map_err(|error| narrator.note(&error.to_string())).ok()
}

/// Tells what stays of a clip that came to no end.
fn keep(shared: &Shared, narrator: &mut dyn Narrator) {
    if let Some(kept) = shared.abandon() {
        narrator.kept(&kept);
    }
}

/// Where the clip goes: as typed, or beside the one that is repeated under the next free name.
fn target(options: &AnimateOptions) -> Result<PathBuf, EngineError> {
    match (&options.output, &options.from) {
        (Some(typed), _) => Ok(typed.clone()),
        (None, Some(repeated)) => Output::free_beside(repeated),
        (None, None) => Err(EngineError::request("There is no name for the clip", "Choose one with -o")),
    }
}

/// A clip that goes faster or slower than its model moves looks hurried or slow.
fn note_the_rate(finished: &ClipFinished, frame_rate: u32, narrator: &mut dyn Narrator) {
    let own = finished.outcome.facts.frame_rate;
    if own > 0 && frame_rate != own {
        let times = f64::from(frame_rate) / f64::from(own);
        narrator.note(&format!(
            "the model moves at {own} frames per second; at {frame_rate} everything goes {times:.2} times as fast"
        ));
    }
}

/// What is wanted once the typed options lie over the recipe of `--from`.
struct Wanted {
    model: OsString,
    prompt: String,
    negative: Option<String>,
    seed: u64,
    walk: Walk,
    quality: Quality,
    size: Option<Size>,
    frames: Option<u32>,
    frame_rate: Option<u32>,
    noise: Option<PathBuf>,
}

impl Wanted {
    fn new(options: &AnimateOptions, repeated: Option<&RepeatedClip>) -> Self {
        let recipe = repeated.map(|repeated| &repeated.recipe);
        // Another quality or another model means other numbers, unless they were typed as well.
        let keeps = options.quality.is_none() && options.model.is_none();
        let kept = recipe.filter(|_| keeps).map(|recipe| recipe.walk.clone()).unwrap_or_default();
        let walk = Walk {
            steps: options.steps.or(kept.steps),
            guidance: options.guidance.or(kept.guidance),
            guidance_low: options.guidance_low.or(kept.guidance_low),
            sampler: options.sampler.map_or(kept.sampler, Into::into),
            line: options.schedule.map(Into::into).or(kept.line),
            shift: options.shift.or(kept.shift),
            sigmas: options.sigmas.clone().or(kept.sigmas),
        };
        let typed = options.width.zip(options.height).map(|(width, height)| Size { width, height });
        let text = |typed: &Option<String>, kept: Option<&String>| typed.as_ref().or(kept).cloned();
        Self {
            model: options
                .model
                .clone()
                .or_else(|| recipe.map(|recipe| recipe.model.clone().into()))
                .unwrap_or_default(),
            prompt: text(&options.prompt, recipe.map(|recipe| &recipe.prompt)).unwrap_or_default(),
            negative: text(&options.negative, recipe.and_then(|recipe| recipe.negative.as_ref())),
            seed: options.seed.or_else(|| recipe.map(|recipe| recipe.seed)).unwrap_or_else(new_seed),
            walk,
            quality: options
                .quality
                .map(Quality::from)
                .or(recipe.map(|recipe| recipe.quality))
                .unwrap_or_default(),
            size: typed.or(recipe.map(|recipe| recipe.size)),
            frames: options.frames.or(recipe.map(|recipe| recipe.frames)),
            frame_rate: options.fps.or(recipe.map(|recipe| recipe.frame_rate)),
            noise: options.common.noise.clone().or_else(|| recipe?.noise.as_ref().map(PathBuf::from)),
        }
    }

    /// The job. Models make one frame and a multiple of four; for other numbers a few more are made, and not written.
    fn request(
        &self,
        options: &AnimateOptions,
        model: PathBuf,
        opened: &Opened,
        most: Option<u32>,
    ) -> VideoRequest {
        VideoRequest {
            job: JobId(1),
            model,
            source: opened.source.clone(),
            fit: Fit::default(),
            prompt: self.prompt.clone(),
            negative: self.negative.clone(),
            size: self.size.or(opened.size),
            frames: most.map(whole),
            walk: self.walk.clone(),
            seed: self.seed,
            quality: self.quality,
            // Nobody looks at previews on the command line.
            preview_every: 0,
            device: options.common.device,
            memory: options.common.memory,
            noise: self.noise.clone(),
            dump: options.common.dump.clone(),
        }
    }

    fn recipe(
        &self,
        finished: &ClipFinished,
        shared: &Shared,
        mut source: ClipFiles,
    ) -> Result<ClipRecipe, EngineError> {
        let facts = shared.facts().ok_or_else(|| {
            EngineError::new(ErrorKind::Internal, "The engine finished a clip without a frame")
        })?;
        if let ClipFiles::Continuation { first, latents, .. } = &mut source {
            *first = finished.outcome.first;
            *latents = finished.outcome.carried > 0;
        }
        Ok(ClipRecipe {
            version: env!("CARGO_PKG_VERSION").into(),
            model: named_from_anywhere(&self.model),
            prompt: self.prompt.clone(),
            negative: self.negative.clone(),
            seed: self.seed,
            walk: self.walk.clone(),
            quality: self.quality,
            size: facts.size,
            frames: facts.frames,
            frame_rate: facts.frame_rate,
            noise: self.noise.as_deref().map(|file: &Path| absolute(file)),
            source,
            settings: Some(finished.outcome.settings.clone()),
        })
    }
}

/// The next number that is one and a multiple of [`TIME`].
fn whole(frames: u32) -> u32 {
    frames.saturating_sub(1).div_ceil(TIME) * TIME + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_frames_more_are_made_where_the_model_counts_by_fours() {
        let made: Vec<u32> = [1, 2, 5, 6, 7, 80, 81].into_iter().map(whole).collect();
        assert_eq!(made, [1, 5, 5, 9, 9, 81, 81]);
    }
}
