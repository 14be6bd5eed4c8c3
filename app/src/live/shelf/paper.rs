//! What is written of a job: its request as JSON, with the names of the picture files beside it.

use super::{Kept, KeptResult};
use crate::document::{Ingredients, Tiles};
use engine_api::{
    DeviceChoice, Edit, EngineError, ErrorKind, Expansion, ImageRequest, Intent, JobId, Mask, MaskSettings,
    MemoryLimit, Picture, Quality, Recipe, Size,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Goes up when an older program could not understand what a newer one writes.
const VERSION: u32 = 1;

/// Most references of a job; a file that names more is not ours.
const MOST_REFERENCES: usize = 64;

/// A job without its pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    version: u32,
    model_name: String,
    model: PathBuf,
    prompt: String,
    negative: Option<String>,
    steps: Option<u32>,
    guidance: Option<f32>,
    seed: u64,
    quality: Quality,
    preview_every: u32,
    device: DeviceChoice,
    memory: Option<MemoryLimit>,
    /// Size of a new picture; `None` where one is edited, or the model chooses.
    size: Option<Size>,
    edit: Option<EditPaper>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct EditPaper {
    image: String,
    mask: Option<String>,
    references: Vec<String>,
    mask_settings: MaskSettings,
    expand: Expansion,
    work_size: Option<Size>,
    register: bool,
    strength: Option<f32>,
}

/// What a job brought back, without its picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultPaper {
    version: u32,
    picture: String,
    part: [u32; 4],
    recipe: Recipe,
    seconds: f64,
    changed_outside: Option<u64>,
    notes: Vec<String>,
    /// What was marked. This and what follows is missing in files of older versions.
    #[serde(default)]
    marks: Option<String>,
    #[serde(default)]
    mask_settings: MaskSettings,
    #[serde(default)]
    strength: Option<f32>,
    /// Names of reference pictures and of their files.
    #[serde(default)]
    references: Vec<[String; 2]>,
}

/// What a written file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Sheet {
    Job(Box<Paper>),
    Result(Box<ResultPaper>),
}

/// What the names of results begin with; those of jobs begin with `job-`.
pub const RESULT: &str = "result-";

impl Sheet {
    /// Reads a file of this name and checks everything that can be checked without its pictures.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] when it is damaged, or names files that are not beside it.
    pub fn parse(name: &str, text: &str) -> Result<Self, EngineError> {
        let (sheet, version) = if name.starts_with(RESULT) {
            let paper: ResultPaper = read(text)?;
            let version = paper.version;
            (Self::Result(Box::new(paper)), version)
        } else {
            let paper: Paper = read(text)?;
            let version = paper.version;
            (Self::Job(Box::new(paper)), version)
        };
        if version > VERSION {
            return Err(damaged("a newer Rostrum wrote it"));
        }
        let is_ours = |name: &String| {
            let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
            name.strip_suffix(".png").is_some_and(|stem| !stem.is_empty() && stem.chars().all(plain))
        };
        let names = sheet.pictures();
        if names.len() > MOST_REFERENCES + 2 || !names.iter().all(is_ours) {
            return Err(damaged("it names pictures that are not its own"));
        }
        Ok(sheet)
    }

    /// Names of the files beside it.
    pub fn pictures(&self) -> Vec<String> {
        match self {
            Self::Job(paper) => paper.pictures(),
            Self::Result(paper) => paper.pictures(),
        }
    }
}

impl ResultPaper {
    /// What is written of a result, and the pictures that belong to it.
    pub fn of(result: &KeptResult) -> (Self, Vec<Enclosed>) {
        let besides = &result.ingredients;
        let picture = Enclosed::picture(&result.picture);
        let marks = besides.marks.as_ref().and_then(Tiles::to_mask).map(Enclosed::mask);
        let references: Vec<Enclosed> =
            besides.references.iter().map(|(_, picture)| Enclosed::picture(picture)).collect();
        let names = besides.references.iter().zip(&references);
        let paper = Self {
            version: VERSION,
            picture: picture.name().to_owned(),
            part: result.part,
            recipe: result.recipe.clone(),
            seconds: result.seconds,
            changed_outside: result.changed_outside,
            notes: result.notes.clone(),
            marks: marks.as_ref().map(|marks| marks.name().to_owned()),
            mask_settings: besides.mask_settings,
            strength: besides.strength,
            references: names.map(|((name, _), file)| [name.clone(), file.name().to_owned()]).collect(),
        };
        (paper, [picture].into_iter().chain(marks).chain(references).collect())
    }

    /// Names of the files beside it.
    fn pictures(&self) -> Vec<String> {
        let references = self.references.iter().map(|[_, file]| file);
        [&self.picture].into_iter().chain(&self.marks).chain(references).cloned().collect()
    }

    /// The result again; `picture` and `mask` read files.
    ///
    /// # Errors
    /// Those of its picture. Where other files are damaged, it comes back without them.
    pub fn result(
        self,
        job: JobId,
        picture: &mut dyn FnMut(&str) -> Result<Picture, EngineError>,
        mask: &mut dyn FnMut(&str) -> Result<Mask, EngineError>,
    ) -> Result<KeptResult, EngineError> {
        let marks = self.marks.and_then(|name| Tiles::from_mask(&mask(&name).ok()?).ok());
        let named = |[name, file]: [String; 2]| Some((name, picture(&file).ok()?));
        let ingredients = Ingredients {
            marks,
            mask_settings: self.mask_settings,
            strength: self.strength,
            references: self.references.into_iter().filter_map(named).collect(),
        };
        let picture = picture(&self.picture)?;
        let Self { part, recipe, seconds, changed_outside, notes, .. } = self;
        Ok(KeptResult { job, picture, part, recipe, ingredients, seconds, changed_outside, notes })
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, EngineError> {
    serde_json::from_str(text).map_err(|error| damaged(&format!("it is damaged: {error}")))
}

/// A picture that belongs to a job, with the name of its file.
pub enum Enclosed {
    Picture(String, Picture),
    Mask(String, Mask),
}

impl Enclosed {
    /// A picture under a name that says what is in it.
    fn picture(picture: &Picture) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let name = format!("picture-{width}x{height}-{:016x}.png", picture.fingerprint());
        Self::Picture(name, picture.clone())
    }

    fn mask(mask: Mask) -> Self {
        let name = format!("mask-{}x{}-{:016x}.png", mask.width(), mask.height(), mask.fingerprint());
        Self::Mask(name, mask)
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Picture(name, _) | Self::Mask(name, _) => name,
        }
    }
}

impl Paper {
    /// What is written of a job, and the pictures that belong to it. Files are named by what is in them, so that jobs
    /// that share a picture share its file.
    pub fn of(job: &Kept) -> (Self, Vec<Enclosed>) {
        let request = &job.request;
        let mut enclosed = Vec::new();
        let (size, edit) = match &request.intent {
            Intent::Generate(size) => (*size, None),
            Intent::Edit(edit) => (None, Some(EditPaper::of(edit, &mut enclosed))),
        };
        let paper = Self {
            version: VERSION,
            model_name: job.model.clone(),
            model: request.model.clone(),
            prompt: request.prompt.clone(),
            negative: request.negative.clone(),
            steps: request.steps,
            guidance: request.guidance,
            seed: request.seed,
            quality: request.quality,
            preview_every: request.preview_every,
            device: request.device,
            memory: request.memory,
            size,
            edit,
        };
        (paper, enclosed)
    }

    /// Names of the files beside it.
    fn pictures(&self) -> Vec<String> {
        let Some(edit) = &self.edit else { return Vec::new() };
        edit.mask.iter().chain(&edit.references).chain([&edit.image]).cloned().collect()
    }

    /// The job again; `picture` and `mask` read files.
    ///
    /// # Errors
    /// Those of the files, and what [`ImageRequest::check`] finds.
    pub fn job(
        self,
        number: JobId,
        picture: &mut dyn FnMut(&str) -> Result<Picture, EngineError>,
        mask: &mut dyn FnMut(&str) -> Result<Mask, EngineError>,
    ) -> Result<Kept, EngineError> {
        let intent = match self.edit {
            None => Intent::Generate(self.size),
            Some(edit) => Intent::Edit(Box::new(Edit {
                image: picture(&edit.image)?,
                references: edit.references.iter().map(|name| picture(name)).collect::<Result<_, _>>()?,
                mask: edit.mask.map(|name| mask(&name)).transpose()?,
                mask_settings: edit.mask_settings,
                expand: edit.expand,
                work_size: edit.work_size,
                register: edit.register,
                strength: edit.strength,
            })),
        };
        let request = ImageRequest {
            job: number,
            model: self.model,
            intent,
            prompt: self.prompt,
            negative: self.negative,
            steps: self.steps,
            guidance: self.guidance,
            seed: self.seed,
            quality: self.quality,
            preview_every: self.preview_every,
            device: self.device,
            memory: self.memory,
            // Files outside the folder are never named by a paper.
            noise: None,
            dump: None,
        };
        request.check()?;
        Ok(Kept { request, model: self.model_name })
    }
}

impl EditPaper {
    fn of(edit: &Edit, enclosed: &mut Vec<Enclosed>) -> Self {
        let mut enclose = |picture: &Picture| {
            let one = Enclosed::picture(picture);
            let name = one.name().to_owned();
            enclosed.push(one);
            name
        };
        let (image, references) = (enclose(&edit.image), edit.references.iter().map(&mut enclose).collect());
        let mask = edit.mask.as_ref().map(|mask| {
            let one = Enclosed::mask(mask.clone());
            let name = one.name().to_owned();
            enclosed.push(one);
            name
        });
        Self {
            image,
            mask,
            references,
            mask_settings: edit.mask_settings,
            expand: edit.expand,
            work_size: edit.work_size,
            register: edit.register,
            strength: edit.strength,
        }
    }
}

/// Why a job cannot be read again.
pub fn damaged(why: &str) -> EngineError {
    EngineError::new(ErrorKind::Input, why.to_owned())
}
