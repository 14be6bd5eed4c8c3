//! From a prepared job to a picture on disk: what `generate` and `edit` have in common.

use super::wanted::Wanted;
use crate::command_line::{CommonOptions, DrawingOptions};
use crate::interrupt::Interrupt;
use crate::link::{Embedded, EngineLink};
use crate::narrator::{self, Narrator, Saved};
use crate::output::Output;
use crate::{jobs, library, recipe};
use engine_api::{EditRecipe, EngineError, ErrorKind, Finished, ImageRequest, Intent, JobId, Recipe, Size};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A job whose inputs have been read.
pub(super) struct Prepared {
    pub intent: Intent,
    /// The edit's part of the recipe.
    pub edit: Option<EditRecipe>,
    /// The source's colour profile.
    pub profile: Option<Vec<u8>>,
}

/// The options of a picture, and who is told.
pub(super) struct Drawing<'a> {
    pub options: &'a DrawingOptions,
    pub common: &'a CommonOptions,
    pub wanted: Wanted,
    pub link: &'a EngineLink,
    pub narrator: Box<dyn Narrator>,
}

impl Drawing<'_> {
    /// Checks where the picture goes and where the model is, lets `prepare` read the inputs, draws, and saves.
    /// `inputs` are the files that must not be overwritten. A failure is told to the narrator, too.
    pub(super) fn run(
        mut self,
        inputs: &[&Path],
        prepare: impl FnOnce(&mut dyn Narrator) -> Result<Prepared, EngineError>,
    ) -> Result<(), EngineError> {
        let done = self.steps(inputs, prepare);
        if let Err(error) = &done {
            self.narrator.ended_with(error);
        }
        done
    }

    fn steps(
        &mut self,
        inputs: &[&Path],
        prepare: impl FnOnce(&mut dyn Narrator) -> Result<Prepared, EngineError>,
    ) -> Result<(), EngineError> {
        let interrupt = Interrupt::listen();
        let output = Output::choose(self.options.output.as_deref(), self.options.from.as_deref());
        output.check(inputs)?;
        let model = library::find(&self.wanted.model)?;
        let prepared = prepare(self.narrator.as_mut())?;
        let request = self.request(model, prepared.intent);
        request.check()?;
        if interrupt.is_asked() {
            return Err(EngineError::cancelled());
        }
        // The command line asks for events; it need not be woken.
        let service = (self.link.start)(Arc::new(|| {}))?;
        let finished = jobs::run(service.as_ref(), request, &interrupt, self.narrator.as_mut())?;
        if interrupt.is_asked() {
            // Too late to save work, and early enough to write nothing.
            return Err(EngineError::cancelled());
        }
        self.save(&output, &finished, prepared.edit, prepared.profile.as_deref())
    }

    fn request(&self, model: PathBuf, intent: Intent) -> ImageRequest {
        let wanted = &self.wanted;
        ImageRequest {
            job: JobId(1),
            model,
            intent,
            prompt: wanted.prompt.clone(),
            negative: wanted.negative.clone(),
            steps: wanted.steps,
            guidance: wanted.guidance,
            seed: wanted.seed,
            quality: wanted.quality,
            // Nobody looks at previews on the command line.
            preview_every: 0,
            device: self.common.device,
            memory: self.common.memory,
            noise: wanted.noise.clone(),
            dump: self.common.dump.clone(),
        }
    }

    fn save(
        &mut self,
        output: &Output,
        finished: &Finished,
        edit: Option<EditRecipe>,
        profile: Option<&[u8]>,
    ) -> Result<(), EngineError> {
        let picture = &finished.outcome.picture;
        let size = Size { width: picture.width(), height: picture.height() };
        let recipe = self.recipe(finished, size, edit);
        let text = serde_json::to_string(&recipe).map_err(|error| {
            EngineError::new(ErrorKind::Internal, format!("The recipe could not be written down ({error})"))
        })?;
        let parameters = recipe::parameters(&recipe);
        let embedded = Embedded {
            recipe: Some(&text),
            description: Some(&recipe.prompt),
            parameters: Some(&parameters),
            profile,
        };
        let path = output.save(
            |path| (self.link.save_picture)(path, picture, &embedded),
            |path| (self.link.save_new_picture)(path, picture, &embedded),
        )?;
        if finished.outcome.changed_outside_mask.is_some() && !(self.link.keeps_every_pixel)(&path) {
            self.narrator
                .note("JPEG changes every pixel a little, outside the mask too; PNG and WebP do not");
        }
        self.narrator.saved(&Saved { path: &path, finished, recipe: &recipe });
        Ok(())
    }

    fn recipe(&self, finished: &Finished, size: Size, edit: Option<EditRecipe>) -> Recipe {
        let settings = &finished.outcome.settings;
        let edit = edit.map(|edit| EditRecipe { strength: settings.strength.or(edit.strength), ..edit });
        Recipe {
            version: env!("CARGO_PKG_VERSION").into(),
            model: named_from_anywhere(&self.wanted.model),
            family: settings.family.clone(),
            prompt: self.wanted.prompt.clone(),
            negative: settings.negative.clone(),
            seed: self.wanted.seed,
            steps: settings.steps,
            guidance: settings.guidance,
            quality: self.wanted.quality,
            size,
            noise: self.wanted.noise.as_ref().map(|file| absolute(file)),
            edit,
        }
    }
}

/// The narrator for these options.
pub(super) fn narrator(common: &CommonOptions) -> Box<dyn Narrator> {
    narrator::choose(common.json)
}

/// A model's name as it is, and a path in full, so that the recipe holds in any folder.
pub(super) fn named_from_anywhere(model: &OsStr) -> String {
    let path = Path::new(model);
    if path.exists() { absolute(path) } else { model.to_string_lossy().into_owned() }
}

pub(super) fn absolute(file: &Path) -> String {
    std::path::absolute(file).unwrap_or_else(|_| file.into()).to_string_lossy().into_owned()
}
