//! What the artist wants next: words and numbers, and what they mean for the canvas at hand.

use crate::document::{Ingredients, Made, Region, Tiles};
use crate::presets::{Preset, Suits};
use engine_api::{
    DeviceChoice, Edit, EditProspect, Expansion, ImageRequest, Intent, JobId, MaskSettings, Picture,
    Prospect, Quality, Size,
};
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;

/// Longest list of earlier prompts.
const MOST_PROMPTS: usize = 100;

/// The prompt panel's contents.
#[derive(Debug, Clone)]
pub struct Wish {
    pub prompt: String,
    /// `None` means the model's own.
    pub negative: Option<String>,
    /// The model's name in the list of installed ones.
    pub model: Option<String>,
    pub quality: Quality,
    /// `None` means the model's own number at this quality.
    pub steps: Option<u32>,
    pub guidance: Option<f32>,
    pub strength: Option<f32>,
    pub seed: u64,
    /// Whether the next picture takes the same seed again.
    pub seed_locked: bool,
    /// How many pictures to make, with seeds that follow each other.
    pub variants: u32,
    pub references: Vec<Reference>,
    pub mask_settings: MaskSettings,
    /// The kind of model that the task asks for.
    pub suits: Suits,
    earlier: Vec<String>,
    /// Which earlier prompt is shown; the number of them means the new one.
    shown: usize,
    /// What was typed before looking at earlier ones.
    draft: String,
}

/// A picture that guides the edit.
#[derive(Debug, Clone)]
pub struct Reference {
    pub name: String,
    pub picture: Picture,
    /// The spot of the canvas that it is pinned to, in document pixels. A request counts references and does
    /// not place them; where one belongs is for the words to say.
    pub pin: Option<[f32; 2]>,
}

/// What a press of the button will do.
#[derive(Debug, Clone, PartialEq)]
pub enum Doing {
    /// A new picture of this size.
    Generate(Size),
    /// The marked area, whose box this is.
    EditSelection(Region),
    /// The whole picture of this size.
    EditEverything(Size),
    /// A picture enlarged to this size; what is new is painted.
    Expand(Size),
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative: None,
            model: None,
            quality: Quality::Standard,
            steps: None,
            guidance: None,
            strength: None,
            seed: new_seed(),
            seed_locked: false,
            variants: 1,
            references: Vec::new(),
            mask_settings: MaskSettings::default(),
            suits: Suits::default(),
            earlier: Vec::new(),
            shown: 0,
            draft: String::new(),
        }
    }
}

impl Wish {
    /// One request. `source` and `mask` are what the canvas shows; they are not asked for where a new picture is
    /// made.
    pub fn request(&self, job: JobId, model: PathBuf, canvas: Canvas, variant: u32) -> ImageRequest {
        let intent = match canvas {
            Canvas::Empty(size) => Intent::Generate(Some(size)),
            Canvas::Picture { picture, mask, expand } => Intent::Edit(Box::new(Edit {
                image: picture,
                references: self.references.iter().map(|reference| reference.picture.clone()).collect(),
                mask,
                mask_settings: self.mask_settings,
                expand,
                work_size: None,
                register: true,
                strength: self.strength,
            })),
        };
        ImageRequest {
            job,
            model,
            intent,
            prompt: self.prompt.clone(),
            negative: self.negative.clone(),
            steps: self.steps,
            guidance: self.guidance,
            seed: self.seed.wrapping_add(u64::from(variant)),
            quality: self.quality,
            preview_every: 1,
            device: DeviceChoice::Auto,
            memory: None,
            noise: None,
            dump: None,
        }
    }

    /// What a request would be now, as far as sizes and numbers go; `canvas` is the size of the document.
    pub fn prospect(&self, model: PathBuf, doing: &Doing, canvas: Size, expand: Expansion) -> Prospect {
        // A bound that does not change with every letter.
        const WORDS: usize = 256;
        let edit = |marked: Option<Region>| EditProspect {
            marked: marked.map(|region| [region.x, region.y, region.width, region.height]),
            mask_settings: self.mask_settings,
            expand,
            work_size: None,
            references: self
                .references
                .iter()
                .map(|reference| Size {
                    width: reference.picture.width(),
                    height: reference.picture.height(),
                })
                .collect(),
        };
        let edit = match doing {
            Doing::Generate(_) => None,
            Doing::EditSelection(region) => Some(edit(Some(*region))),
            Doing::EditEverything(_) | Doing::Expand(_) => Some(edit(None)),
        };
        Prospect {
            model,
            canvas,
            edit,
            prompt_bytes: (self.prompt.len() / WORDS + 1) * WORDS,
            negative: self.negative.clone(),
            steps: self.steps,
            guidance: self.guidance,
            quality: self.quality,
            device: DeviceChoice::Auto,
            memory: None,
        }
    }

    /// What a result remembers beside its recipe; `marks` is what is marked on the canvas.
    pub fn ingredients(&self, marks: Option<Tiles>) -> Ingredients {
        let references =
            self.references.iter().map(|reference| (reference.name.clone(), reference.picture.clone()));
        Ingredients {
            marks,
            mask_settings: self.mask_settings,
            strength: self.strength,
            references: references.collect(),
        }
    }

    /// Takes the settings over that a result was made with; its seed stays. The model is left to the caller, who knows
    /// which are there.
    pub fn take(&mut self, made: &Made) {
        let (recipe, besides) = (&made.recipe, &made.ingredients);
        self.replace_prompt(recipe.prompt.clone());
        self.negative.clone_from(&recipe.negative);
        self.quality = recipe.quality;
        (self.steps, self.guidance) = (Some(recipe.steps), Some(recipe.guidance));
        (self.seed, self.seed_locked) = (recipe.seed, true);
        (self.strength, self.mask_settings) = (besides.strength, besides.mask_settings);
        let references = besides.references.iter().cloned();
        self.references = references.map(|(name, picture)| Reference { name, picture, pin: None }).collect();
    }

    /// Takes a task over: its sentence and its settings. Returns which characters of the sentence are to be replaced.
    pub fn take_task(&mut self, task: &Preset) -> Option<[usize; 2]> {
        let (sentence, place) = task.filled();
        self.replace_prompt(sentence);
        self.suits = task.suits;
        self.negative.clone_from(&task.avoid);
        self.quality = task.quality;
        (self.steps, self.guidance, self.strength) = (task.steps, task.guidance, task.strength);
        self.mask_settings = task.mask_settings();
        place.map(|place| [place.start, place.end])
    }

    /// Shows an earlier prompt, counted from the oldest.
    pub fn recall(&mut self, index: usize) {
        if let Some(prompt) = self.earlier.get(index).cloned() {
            self.replace_prompt(prompt);
        }
    }

    /// Other words in place of those typed, which can be brought back as the latest of the earlier prompts.
    pub fn replace_prompt(&mut self, prompt: String) {
        if !self.prompt.trim().is_empty() && self.prompt != prompt {
            self.remember();
        }
        self.prompt = prompt;
        self.suits = Suits::Any;
        self.shown = self.earlier.len();
    }

    fn remember(&mut self) {
        self.earlier.retain(|earlier| *earlier != self.prompt);
        self.earlier.push(self.prompt.clone());
        if self.earlier.len() > MOST_PROMPTS {
            self.earlier.remove(0);
        }
        self.shown = self.earlier.len();
    }

    /// Remembers the prompt and takes a new seed, unless it is locked.
    pub fn asked(&mut self) {
        self.remember();
        if !self.seed_locked {
            self.seed = new_seed();
        }
    }

    /// Prompts that were asked before, the latest last.
    pub fn earlier(&self) -> &[String] {
        &self.earlier
    }

    /// Shows the prompt before the one shown, or the one after it; behind the latest is what was being typed.
    pub fn look_back(&mut self, back: bool) {
        if self.shown >= self.earlier.len() {
            self.draft.clone_from(&self.prompt);
        }
        self.shown =
            if back { self.shown.saturating_sub(1) } else { (self.shown + 1).min(self.earlier.len()) };
        self.prompt = self.earlier.get(self.shown).unwrap_or(&self.draft).clone();
    }
}

/// What the canvas gives to a request.
#[derive(Debug, Clone)]
pub enum Canvas {
    Empty(Size),
    Picture { picture: Picture, mask: Option<engine_api::Mask>, expand: Expansion },
}

impl Doing {
    /// What the button says.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Generate(_) => "Generate",
            Self::EditSelection(_) => "Edit selection",
            Self::EditEverything(_) => "Edit everything",
            Self::Expand(_) => "Expand",
        }
    }

    /// The verb, with the size where that is what it is about.
    pub fn button(&self) -> String {
        match self {
            Self::Expand(size) => format!("Expand to {}", sides(*size)),
            _ => self.verb().to_owned(),
        }
    }

    /// At what size, in words.
    pub fn explained(&self) -> String {
        match self {
            Self::Generate(size) => format!("A new picture of {} pixels", sides(*size)),
            Self::EditSelection(region) => {
                format!("Only the marked {}; the rest stays as it is", sides(region.size()))
            }
            Self::Expand(_) => "The new area is painted; the rest stays as it is".to_owned(),
            Self::EditEverything(size) => format!("All {} pixels", sides(*size)),
        }
    }
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self {
            Self::Generate(size) | Self::EditEverything(size) | Self::Expand(size) => *size,
            Self::EditSelection(region) => region.size(),
        };
        write!(f, "{}, {}", self.verb(), sides(size))
    }
}

/// A size as the window writes it.
fn sides(size: Size) -> String {
    format!("{} \u{d7} {}", size.width, size.height)
}

/// A seed that nobody has seen: 32 bits, short enough to be typed again.
pub fn new_seed() -> u64 {
    // The standard library seeds its hash maps from the system's source of randomness.
    RandomState::new().build_hasher().finish() & u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_prompts_come_back_and_the_draft_is_kept() {
        let mut wish = Wish::default();
        for prompt in ["one", "two", "one"] {
            wish.prompt = prompt.into();
            wish.asked();
        }
        assert_eq!(wish.earlier(), ["two", "one"]);
        wish.prompt = "half a".into();
        wish.look_back(true);
        assert_eq!(wish.prompt, "one");
        wish.look_back(true);
        wish.look_back(true);
        assert_eq!(wish.prompt, "two");
        wish.look_back(false);
        wish.look_back(false);
        assert_eq!(wish.prompt, "half a");
    }

    #[test]
    fn a_locked_seed_stays_and_variants_count_up() {
        let mut wish = Wish { prompt: "a".into(), seed: 7, seed_locked: true, ..Wish::default() };
        wish.asked();
        assert_eq!(wish.seed, 7);
        let size = Size { width: 64, height: 64 };
        let request = wish.request(JobId(1), "m".into(), Canvas::Empty(size), 2);
        assert_eq!(request.seed, 9);
        assert!(request.check().is_ok());
    }
}
