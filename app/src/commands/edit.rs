//! `rostrum edit`: a changed picture.

use super::draw::{Drawing, Prepared, narrator};
use super::wanted::{Wanted, repeated};
use crate::command_line::EditOptions;
use crate::link::EngineLink;
use crate::narrator::Narrator;
use crate::recipe::{Repeated, source_file};
use engine_api::{Edit, EditRecipe, EngineError, Intent, Mask, MaskSettings, Picture, SourceFile};
use std::path::{Path, PathBuf};

/// Changes the picture and writes the result. With `--from` a generated picture and no image, generates it again.
pub(super) fn run(options: &EditOptions, link: &EngineLink) -> Result<(), EngineError> {
    let (drawing, common) = (&options.drawing, &options.common);
    let repeated = repeated(drawing, link).inspect_err(|error| narrator(common).ended_with(error))?;
    let Some(sources) = Sources::new(options, repeated.as_ref()) else {
        return super::generate::draw(drawing, common, None, (repeated.as_ref(), link));
    };
    let wanted = Wanted::new(drawing, common.noise.clone(), repeated.as_ref());
    let drawing = Drawing { options: drawing, common, wanted, link, narrator: narrator(common) };
    drawing.run(&sources.paths(), |narrator| {
        let recipe = repeated.as_ref().and_then(Repeated::edit);
        Ok(sources.open(link, narrator)?.prepare(options, recipe))
    })
}

/// A file to read, and the sum of its pixels when it was read last.
struct Source {
    path: PathBuf,
    pixels: Option<String>,
}

/// The files of an edit.
struct Sources {
    image: Source,
    references: Vec<Source>,
    mask: Option<Source>,
}

/// What the files of an edit hold.
struct Opened {
    image: Picture,
    profile: Option<Vec<u8>>,
    references: Vec<Picture>,
    mask: Option<Mask>,
    image_file: SourceFile,
    reference_files: Vec<SourceFile>,
    mask_file: Option<SourceFile>,
}

impl Sources {
    /// The typed files, and the recipe's where none were typed; `None` when there is no picture to change.
    fn new(options: &EditOptions, repeated: Option<&Repeated>) -> Option<Self> {
        let recipe = repeated.and_then(|repeated| Some((repeated, repeated.edit()?)));
        let typed = |path: &PathBuf| Source { path: path.clone(), pixels: None };
        let kept = |repeated: &Repeated, source: &SourceFile| Source {
            path: repeated.find(source),
            pixels: Some(source.pixels.clone()),
        };
        let image = options.image.as_ref().map(typed);
        let references = options.references.iter().map(typed).collect();
        let mask = options.mask.as_ref().map(typed);
        let Some((repeated, recipe)) = recipe else {
            return image.map(|image| Self { image, references, mask });
        };
        let kept_references = || recipe.references.iter().map(|source| kept(repeated, source)).collect();
        Some(Self {
            image: image.unwrap_or_else(|| kept(repeated, &recipe.image)),
            references: if references.is_empty() { kept_references() } else { references },
            mask: mask.or_else(|| recipe.mask.as_ref().map(|source| kept(repeated, source))),
        })
    }

    fn paths(&self) -> Vec<&Path> {
        let all = [&self.image].into_iter().chain(&self.references).chain(&self.mask);
        all.map(|source| source.path.as_path()).collect()
    }

    fn open(&self, link: &EngineLink, narrator: &mut dyn Narrator) -> Result<Opened, EngineError> {
        let image = (link.open_picture)(&self.image.path)?;
        let image_file = self.image.seen(image.picture.fingerprint(), &image.notes, narrator);
        let (mut references, mut reference_files) = (Vec::new(), Vec::new());
        for source in &self.references {
            let reference = (link.open_picture)(&source.path)?;
            reference_files.push(source.seen(reference.picture.fingerprint(), &reference.notes, narrator));
            references.push(reference.picture);
        }
        let (mut mask, mut mask_file) = (None, None);
        if let Some(source) = &self.mask {
            let opened = (link.open_mask)(&source.path)?;
            mask_file = Some(source.seen(opened.mask.fingerprint(), &opened.notes, narrator));
            mask = Some(opened.mask);
        }
        let (image, profile) = (image.picture, image.profile);
        Ok(Opened { image, profile, references, mask, image_file, reference_files, mask_file })
    }
}

impl Source {
    /// Tells what is worth knowing about the file, and returns its entry for the recipe.
    fn seen(&self, fingerprint: u64, notes: &[String], narrator: &mut dyn Narrator) -> SourceFile {
        let path = self.path.display();
        notes.iter().for_each(|note| narrator.note(&format!("{path}: {note}")));
        let file = source_file(&self.path, fingerprint);
        if self.pixels.as_ref().is_some_and(|pixels| *pixels != file.pixels) {
            narrator.note(&format!("{path} has changed since; the result will differ"));
        }
        file
    }
}

impl Opened {
    fn prepare(self, options: &EditOptions, recipe: Option<&EditRecipe>) -> Prepared {
        let kept = recipe.map(|recipe| recipe.mask_settings).unwrap_or_default();
        let mask_settings = MaskSettings {
            grow: options.grow.unwrap_or(kept.grow),
            feather: options.feather.or(kept.feather),
            context: options.context.unwrap_or(kept.context),
        };
        let expand = options.expand.or(recipe.map(|recipe| recipe.expand)).unwrap_or_default();
        let work_size = options.work_size.or_else(|| recipe?.work_size);
        let register = !options.no_register && recipe.is_none_or(|recipe| recipe.register);
        let strength = options.strength.or_else(|| recipe?.strength);
        let edit = EditRecipe {
            image: self.image_file,
            references: self.reference_files,
            mask: self.mask_file,
            mask_settings,
            expand,
            work_size,
            register,
            strength,
        };
        let intent = Edit {
            image: self.image,
            references: self.references,
            mask: self.mask,
            mask_settings,
            expand,
            work_size,
            register,
            strength,
        };
        Prepared { intent: Intent::Edit(Box::new(intent)), edit: Some(edit), profile: self.profile }
    }
}
