//! Tasks that artists name and shapes that canvases are given, as data: those that come with the program and those
//! from the user's own folder.
//!
//! A preset is a JSON file. `{"name": …, "sentence": …}` is a task; what stands in braces in the sentence is selected
//! for typing. `{"shapes": [{"name": …, "width": …, "height": …}]}` are sizes for a new canvas. A file that cannot be
//! used is named in one sentence, and all others count.

mod movement;

pub use movement::{Movement, movement};

use engine_api::{LARGEST_SIDE, MOST_STEPS, MaskSettings, Quality, Size};
use serde::Deserialize;
use std::ops::Range;

/// A task: the sentence with its settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub name: String,
    /// With a placeholder in braces.
    pub sentence: String,
    /// What to do first, in a sentence.
    #[serde(default)]
    pub tip: String,
    /// Whether it makes sense on a marked area only.
    #[serde(default)]
    pub needs_marks: bool,
    #[serde(default)]
    pub suits: Suits,
    #[serde(default)]
    pub quality: Quality,
    /// `None` leaves the numbers to the model.
    #[serde(default)]
    pub steps: Option<u32>,
    #[serde(default)]
    pub guidance: Option<f32>,
    #[serde(default)]
    pub strength: Option<f32>,
    /// What to avoid; `None` means the model's own.
    #[serde(default)]
    pub avoid: Option<String>,
    #[serde(default)]
    mask: MaskPart,
}

/// Which kind of model a task is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suits {
    /// One made for changing pictures by a sentence.
    Edit,
    /// One that draws from words alone.
    Generate,
    #[default]
    Any,
}

/// The mask settings that a preset names; the others stay the usual ones.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskPart {
    grow: Option<i32>,
    feather: Option<u32>,
    context: Option<f32>,
}

/// A size for a new canvas.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    pub name: String,
    width: u32,
    height: u32,
}

/// All of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Presets {
    pub tasks: Vec<Preset>,
    pub shapes: Vec<Shape>,
}

/// A file of presets: its name and its text, or why it cannot be read.
pub type PresetFile = (String, Result<String, String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shapes {
    shapes: Vec<Shape>,
}

/// What comes with the program, in the order of the list.
const BUNDLED: [&str; 9] = [
    include_str!("../../../assets/presets/remove_object.json"),
    include_str!("../../../assets/presets/replace_background.json"),
    include_str!("../../../assets/presets/relight.json"),
    include_str!("../../../assets/presets/recolour.json"),
    include_str!("../../../assets/presets/change_outfit.json"),
    include_str!("../../../assets/presets/style_transfer.json"),
    include_str!("../../../assets/presets/enhance_photo.json"),
    include_str!("../../../assets/presets/natural_face.json"),
    include_str!("../../../assets/presets/shapes.json"),
];
/// Longest name and longest sentence, in bytes.
const LONGEST: usize = 4000;
/// Sides of shapes are multiples of this, which every model can draw.
const MULTIPLE: u32 = 16;

impl Presets {
    /// Those that come with the program.
    pub fn bundled() -> Self {
        let mut presets = Self { tasks: Vec::new(), shapes: Vec::new() };
        for text in BUNDLED {
            // A test reads every one of them.
            let _ = presets.add(text);
        }
        presets
    }

    /// Adds the user's own; one of a name that is known replaces it. Returns a sentence about those that cannot be used.
    pub fn add_files(&mut self, files: Vec<PresetFile>) -> Option<String> {
        let mut bad = Vec::new();
        for (name, text) in files {
            if let Err(why) = text.and_then(|text| self.add(&text)) {
                bad.push(format!("{name} ({why})"));
            }
        }
        let (first, others) = bad.split_first()?;
        let and = match others.len() {
            0 => String::new(),
            number => format!(" and {number} more"),
        };
        Some(format!("The preset {first}{and} cannot be used; all others are there."))
    }

    fn add(&mut self, text: &str) -> Result<(), String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if value.get("shapes").is_some() {
            let Shapes { shapes } = Shapes::deserialize(value).map_err(|error| error.to_string())?;
            shapes.iter().try_for_each(Shape::check)?;
            for shape in shapes {
                self.shapes.retain(|known| known.name != shape.name);
                self.shapes.push(shape);
            }
            return Ok(());
        }
        let task = Preset::deserialize(value).map_err(|error| error.to_string())?;
        task.check()?;
        match self.tasks.iter_mut().find(|known| known.name == task.name) {
            Some(known) => *known = task,
            None => self.tasks.push(task),
        }
        Ok(())
    }
}

impl Preset {
    /// The sentence without its braces, and which characters stood in the first pair.
    pub fn filled(&self) -> (String, Option<Range<usize>>) {
        let (mut text, mut from, mut place) = (String::new(), None, None);
        let mut letters = 0;
        for letter in self.sentence.chars() {
            match letter {
                '{' => from = from.or(Some(letters)),
                '}' => place = place.or_else(|| from.map(|from| from..letters)),
                _ => {
                    text.push(letter);
                    letters += 1;
                }
            }
        }
        (text, place.filter(|place| !place.is_empty()))
    }

    pub fn mask_settings(&self) -> MaskSettings {
        let usual = MaskSettings::default();
        MaskSettings {
            grow: self.mask.grow.unwrap_or(usual.grow),
            feather: self.mask.feather.or(usual.feather),
            context: self.mask.context.unwrap_or(usual.context),
        }
    }

    fn check(&self) -> Result<(), String> {
        let text = [&self.name, &self.sentence, &self.tip].iter().all(|text| text.len() <= LONGEST);
        let within = |value: Option<f32>, least: f32, most: f32| {
            value.is_none_or(|value| (least..=most).contains(&value))
        };
        let checks = [
            (!self.name.trim().is_empty(), "its name is empty"),
            (!self.sentence.trim().is_empty(), "its sentence is empty"),
            (text, "a text is longer than 4000 bytes"),
            (self.steps.is_none_or(|steps| (1..=MOST_STEPS).contains(&steps)), "steps is out of range"),
            (within(self.guidance, 0.0, 20.0), "guidance is not from 0 to 20"),
            (within(self.strength, 0.05, 1.0), "strength is not from 0.05 to 1"),
            (self.mask.grow.is_none_or(|grow| (-64..=256).contains(&grow)), "grow is not from -64 to 256"),
            (self.mask.feather.is_none_or(|feather| feather <= 512), "feather is not from 0 to 512"),
            (within(self.mask.context, 0.0, 400.0), "context is not from 0 to 400"),
        ];
        checks.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err((*why).to_owned()))
    }
}

impl Shape {
    pub fn size(&self) -> Size {
        Size { width: self.width, height: self.height }
    }

    fn check(&self) -> Result<(), String> {
        let most = LARGEST_SIDE.min(crate::document::LARGEST_SIDE);
        let fits = |side: u32| (MULTIPLE..=most).contains(&side) && side.is_multiple_of(MULTIPLE);
        if fits(self.width) && fits(self.height) {
            return Ok(());
        }
        Err(format!("{} has a side that is no multiple of {MULTIPLE} up to {most}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> PresetFile {
        (name.to_owned(), Ok(text.to_owned()))
    }

    #[test]
    fn everything_that_comes_along_can_be_used() {
        let presets = Presets::bundled();
        assert_eq!(presets.tasks.len(), BUNDLED.len() - 1);
        for task in &presets.tasks {
            let (text, place) = task.filled();
            let place = place.unwrap_or_else(|| panic!("{} has no placeholder", task.name));
            assert!(!text.contains(['{', '}']) && place.end <= text.chars().count());
            assert!(!task.tip.is_empty());
        }
        for word in ["Social", "Ad", "Product", "Hero", "Portrait"] {
            assert!(presets.shapes.iter().any(|shape| shape.name.starts_with(word)), "{word}");
        }
    }

    #[test]
    fn the_placeholder_is_what_stood_in_braces() {
        let presets = Presets::bundled();
        let (text, place) = presets.tasks[0].filled();
        let place = place.unwrap();
        let chosen: String = text.chars().skip(place.start).take(place.len()).collect();
        assert_eq!(chosen, "the object");
        for (sentence, expected) in
            [("größer {ä} und {b}", Some(7..8)), ("none", None), ("{}", None), ("}x{", None), ("{open", None)]
        {
            let task = Preset { sentence: sentence.into(), ..presets.tasks[0].clone() };
            assert_eq!(task.filled().1, expected, "{sentence}");
        }
    }

    #[test]
    fn a_bad_file_is_named_and_the_others_count() {
        let mut presets = Presets::bundled();
        let number = presets.tasks.len();
        let trouble = presets.add_files(vec![
            file("mine.json", r#"{"name": "Mine", "sentence": "make {it} shine", "steps": 6}"#),
            file("torn.json", r#"{"name": "Torn""#),
            file("relight.json", r#"{"name": "Relight", "sentence": "my own light"}"#),
        ]);
        let trouble = trouble.unwrap();
        assert!(
            trouble.starts_with("The preset torn.json (EOF") && trouble.ends_with("all others are there.")
        );
        assert_eq!(presets.tasks.len(), number + 1);
        assert_eq!(presets.tasks.iter().filter(|task| task.name == "Relight").count(), 1);
        assert_eq!(presets.tasks[2].sentence, "my own light");
        assert_eq!(presets.add_files(vec![]), None);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let refused = [
            r#"{"name": "", "sentence": "x"}"#,
            r#"{"name": "a", "sentence": " "}"#,
            r#"{"name": "a"}"#,
            r#"{"name": "a", "sentence": "x", "steps": 0}"#,
            r#"{"name": "a", "sentence": "x", "guidance": 1e9}"#,
            r#"{"name": "a", "sentence": "x", "mask": {"context": -1}}"#,
            r#"{"name": "a", "sentence": "x", "script": "rm"}"#,
            r#"{"shapes": [{"name": "odd", "width": 100, "height": 64}]}"#,
            r#"{"shapes": [{"name": "none", "width": 0, "height": 64}]}"#,
            r#"{"shapes": 5}"#,
            "[]",
        ];
        for text in refused {
            let mut presets = Presets::bundled();
            assert!(presets.add_files(vec![file("x.json", text)]).is_some(), "{text}");
            assert_eq!(presets, Presets::bundled(), "{text}");
        }
    }
}
