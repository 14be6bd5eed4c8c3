//! The recipe inside a finished picture: reading it back, writing it, and the same for people.

use crate::link::EngineLink;
use engine_api::{ClipRecipe, EditRecipe, EngineError, ErrorKind, Recipe, SourceFile};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// A recipe and the picture that it came in.
#[derive(Debug, Clone)]
pub struct Repeated {
    pub recipe: Recipe,
    file: PathBuf,
}

impl Repeated {
    /// Reads the recipe of a finished picture.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] when the file cannot be read or carries no recipe that this version understands.
    pub fn open(link: &EngineLink, file: &Path) -> Result<Self, EngineError> {
        let hint = "Only PNG files that Rostrum wrote can be repeated; name the options yourself";
        let recipe = understood((link.read_recipe)(file)?, file, hint)?;
        Ok(Self { recipe, file: file.into() })
    }

    /// The edit's part.
    pub fn edit(&self) -> Option<&EditRecipe> {
        self.recipe.edit.as_ref()
    }

    /// Where a source picture is now: where it was, or beside the finished picture under the same name.
    pub fn find(&self, source: &SourceFile) -> PathBuf {
        find(&self.file, source)
    }
}

/// A recipe and the clip that it came in.
#[derive(Debug, Clone)]
pub struct RepeatedClip {
    pub recipe: ClipRecipe,
    file: PathBuf,
}

impl RepeatedClip {
    /// Reads the recipe of a finished clip.
    ///
    /// # Errors
    /// As [`Repeated::open`].
    pub fn open(link: &EngineLink, file: &Path) -> Result<Self, EngineError> {
        let hint = "Only clips that Rostrum wrote can be repeated; name the options yourself";
        let recipe = understood((link.read_clip_recipe)(file)?, file, hint)?;
        Ok(Self { recipe, file: file.into() })
    }

    /// As [`Repeated::find`].
    pub fn find(&self, source: &SourceFile) -> PathBuf {
        find(&self.file, source)
    }
}

/// A recipe from the text inside a file.
fn understood<T: DeserializeOwned>(text: Option<String>, file: &Path, hint: &str) -> Result<T, EngineError> {
    let refuse = |message: String, hint: &str| EngineError::new(ErrorKind::Input, message).with_hint(hint);
    let text =
        text.ok_or_else(|| refuse(format!("{} does not tell how it was made", file.display()), hint))?;
    serde_json::from_str(&text).map_err(|_| {
        let message = format!("What {} tells about itself cannot be understood", file.display());
        refuse(message, "It may come from a newer Rostrum or have been changed; name the options yourself")
    })
}

/// Where a source is now: where it was, or beside the finished file under the same name.
fn find(file: &Path, source: &SourceFile) -> PathBuf {
    let there = PathBuf::from(&source.path);
    if there.exists() {
        return there;
    }
    match there.file_name().map(|name| file.with_file_name(name)) {
        Some(beside) if beside.exists() => beside,
        _ => there,
    }
}

/// How a source file goes into a recipe; `fingerprint` is that of its pixels.
pub fn source_file(path: &Path, fingerprint: u64) -> SourceFile {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
    SourceFile { path: path.to_string_lossy().into_owned(), pixels: format!("{fingerprint:016x}") }
}

/// The recipe as other programs write theirs under `parameters`.
pub fn parameters(recipe: &Recipe) -> String {
    let negative =
        recipe.negative.as_deref().map(|text| format!("\nNegative prompt: {text}")).unwrap_or_default();
    let strength = recipe.edit.as_ref().and_then(|edit| edit.strength);
    let strength = strength.map(|strength| format!(", Denoising strength: {strength}")).unwrap_or_default();
    format!(
        "{}{negative}\nSteps: {}, Sampler: Euler, CFG scale: {}, Seed: {}, Size: {}x{}, Model: {}{strength}, \
         Version: Rostrum {}",
        recipe.prompt,
        recipe.steps,
        recipe.guidance,
        recipe.seed,
        recipe.size.width,
        recipe.size.height,
        recipe.family,
        recipe.version,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_api::{Expansion, MaskSettings, Quality, Size};

    fn recipe() -> Recipe {
        Recipe {
            version: "0.1.0".into(),
            model: "Qwen-Image-Edit-2511".into(),
            family: "Qwen-Image-Edit 2511".into(),
            prompt: "a red beret\n\"quoted\"".into(),
            negative: Some(" ".into()),
            seed: u64::MAX,
            steps: 4,
            guidance: 2.5,
            quality: Quality::Best,
            size: Size { width: 640, height: 480 },
            noise: None,
            edit: Some(EditRecipe {
                image: source_file(Path::new("a.png"), 0xabc),
                references: vec![source_file(Path::new("b.png"), 1)],
                mask: None,
                mask_settings: MaskSettings::default(),
                expand: Expansion { left: 0, top: 0, right: 64, bottom: 0 },
                work_size: None,
                register: true,
                strength: Some(0.7),
            }),
        }
    }

    #[test]
    fn a_recipe_survives_the_way_through_a_file() {
        let text = serde_json::to_string(&recipe()).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe());
    }

    #[test]
    fn a_recipe_of_another_version_is_read_as_far_as_it_goes() {
        let text = r#"{"version":"9","model":"m","family":"f","prompt":"p","seed":1,"steps":2,"guidance":1.0,
            "size":{"width":8,"height":8},"a_later_idea":[1,2]}"#;
        let read: Recipe = serde_json::from_str(text).unwrap();
        assert_eq!((read.quality, read.edit, read.negative), (Quality::Standard, None, None));
    }

    #[test]
    fn sources_are_named_in_full_with_the_sum_of_their_pixels() {
        let source = source_file(Path::new("a.png"), 0xabc);
        assert!(Path::new(&source.path).is_absolute());
        assert_eq!(source.pixels, "0000000000000abc");
    }

    #[test]
    fn other_programs_can_read_the_parameters() {
        let text = parameters(&recipe());
        assert!(
            text.contains(
                "\nNegative prompt:  \nSteps: 4, Sampler: Euler, CFG scale: 2.5, Seed: 184467440737"
            )
        );
        assert!(text.contains("Size: 640x480, Model: Qwen-Image-Edit 2511, Denoising strength: 0.7"));
    }
}
