//! What a model's makers tell this program: `rostrum.json`, beside `model_index.json`. Most models have none.
//!
//! A small model knows one size, and draws nonsense at others; this is where it says which. Pictures of other sizes are
//! worked on at that size and brought back.

use crate::pipelines::PipelineError;
use crate::pipelines::report::Report;
use crate::weights::read_json;
use engine_api::one_line;
use serde::Deserialize;
use std::path::Path;

const FILE: &str = "rostrum.json";
/// Longest name and sentence that are shown, in characters.
const MOST_NAME: usize = 60;
const MOST_SAID: usize = 200;
/// Sides of a native size, in pixels.
const SIDES: std::ops::RangeInclusive<usize> = 32..=4096;

/// Name, purpose and native sizes of a model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(in crate::pipelines) struct Native {
    /// How people call it, in place of its family's title.
    pub name: String,
    /// One sentence on what may be expected of it.
    pub says: String,
    /// Width and height that it learnt.
    #[serde(rename = "native_size")]
    pub size: [usize; 2],
    /// Frames of a clip that it learnt.
    #[serde(default)]
    pub frames: Option<u32>,
    /// Steps that it is made for.
    #[serde(default)]
    pub steps: Option<u32>,
    /// Guidance that it is made for; 1 is none.
    #[serde(default)]
    pub guidance: Option<f32>,
    /// The schedule's shift that it is made for; clips only.
    #[serde(default)]
    pub shift: Option<f64>,
}

impl Native {
    /// Of a model's folder; `None` where its makers say nothing.
    ///
    /// # Errors
    /// [`PipelineError::Checkpoint`] when what they say is impossible.
    pub fn of(folder: &Path) -> Result<Option<Self>, PipelineError> {
        let file = folder.join(FILE);
        if !file.is_file() {
            return Ok(None);
        }
        let read: Self = read_json(&file)?;
        let refuse = |what: &str| PipelineError::Checkpoint {
            message: format!("{}: {what}", file.display()),
            hint: "Correct the file, or take it away; the model works without it",
        };
        if !read.size.iter().all(|side| SIDES.contains(side)) {
            return Err(refuse("native_size must be two sides of 32 to 4096 pixels"));
        }
        if !read.frames.is_none_or(|frames| (1..=1000).contains(&frames)) {
            return Err(refuse("frames must be between 1 and 1000"));
        }
        if !read.steps.is_none_or(|steps| (1..=1000).contains(&steps)) {
            return Err(refuse("steps must be between 1 and 1000"));
        }
        if !read.guidance.is_none_or(|guidance| (1.0..=100.0).contains(&guidance)) {
            return Err(refuse("guidance must be between 1 and 100"));
        }
        if !read.shift.is_none_or(|shift| (0.01..=100.0).contains(&shift)) {
            return Err(refuse("shift must be between 0.01 and 100"));
        }
        let short = |text: &str, most| one_line(text).chars().take(most).collect::<String>();
        let (name, says) = (short(&read.name, MOST_NAME), short(&read.says, MOST_SAID));
        if name.trim().is_empty() {
            return Err(refuse("name is empty"));
        }
        Ok(Some(Self { name, says, ..read }))
    }

    /// Pixels of the native size.
    pub fn area(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Its name and the sentence, as people meet them.
    pub fn introduction(&self) -> String {
        format!("{}: {}", self.name, self.says)
    }

    /// Width and height of the native area in the aspect of `width` × `height`, in multiples of `multiple`.
    pub fn fitted(&self, [width, height]: [usize; 2], multiple: usize) -> [usize; 2] {
        let ratio = width.max(1) as f64 / height.max(1) as f64;
        let ideal = (self.area() as f64 * ratio).sqrt();
        let snap = |side: f64| ((side / multiple as f64).round() as usize).max(1) * multiple;
        [snap(ideal), snap(ideal / ratio)]
    }

    /// The size at which a picture of `width` × `height` is drawn from words: its own if that is hardly more than the
    /// native area, else the native area in its aspect.
    pub fn drawn_size(&self, size: [usize; 2], multiple: usize) -> [usize; 2] {
        let [width, height] = size;
        let longest = self.size[0].max(self.size[1]);
        let small = width.max(height) <= 2 * longest && width * height <= self.area() * 5 / 4;
        if small { size } else { self.fitted(size, multiple) }
    }

    /// Which model is at work, and a warning where a clip is to be much larger than those that it learnt.
    pub fn told(&self, [width, height]: [usize; 2]) -> Vec<String> {
        let mut told = vec![self.introduction()];
        if width * height > 2 * self.area() {
            let [w, h] = self.size;
            told.push(format!(
                "It learnt clips of {w} x {h} pixels, and may draw poorly at {width} x {height}."
            ));
        }
        told
    }

    /// Tells at which size the model works, where what it draws is enlarged afterwards.
    pub fn tell_size(&self, work: [usize; 2], finished: [usize; 2], report: &dyn Report) {
        if work[0] < finished[0] || work[1] < finished[1] {
            let ([w, h], [width, height]) = (work, finished);
            report.note(format!(
                "{} works at {w} x {h} pixels; what it draws is enlarged to {width} x {height}.",
                self.name
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(text: &str) -> Result<Option<Native>, PipelineError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), text).unwrap();
        Native::of(folder.path())
    }

    #[test]
    fn a_model_without_the_file_says_nothing() {
        assert_eq!(Native::of(tempfile::tempdir().unwrap().path()).unwrap(), None);
    }

    #[test]
    fn what_is_said_is_kept_short_and_possible() {
        let long = "x\n".repeat(500);
        let found =
            read(&serde_json::json!({ "name": "A", "says": long, "native_size": [192, 128] }).to_string());
        let found = found.unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.area(), found.steps), ("A", 192 * 128, None));
        assert!(found.says.chars().count() <= MOST_SAID && !found.says.contains('\n'));
        for wrong in [
            r#"{"name": "A", "says": "", "native_size": [0, 192]}"#,
            r#"{"name": "A", "says": "", "native_size": [192, 1000000]}"#,
            r#"{"name": " ", "says": "", "native_size": [192, 192]}"#,
            r#"{"name": "A", "says": "", "native_size": [192, 192], "steps": 0}"#,
            r#"{"name": "A", "says": "", "native_size": [192, 192], "frames": 0}"#,
            r#"{"name": "A", "says": "", "native_size": [192, 192], "guidance": -1}"#,
            r#"{"name": "A", "says": "", "native_size": [192, 192], "shift": 0}"#,
            r#"{"name": "A"}"#,
            "[]",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn large_pictures_are_drawn_at_the_native_area_and_small_ones_at_their_own() {
        let native = read(r#"{"name": "A", "says": "b", "native_size": [192, 192]}"#).unwrap().unwrap();
        let drawn = |size| native.drawn_size(size, 16);
        assert_eq!(drawn([192, 192]), [192, 192]);
        assert_eq!(drawn([200, 180]), [200, 180]);
        assert_eq!(drawn([1024, 1024]), [192, 192]);
        assert_eq!(drawn([1920, 1080]), [256, 144]);
        assert_eq!(drawn([1, 36_000])[0], 16);
        assert_eq!(native.fitted([64, 64], 16), [192, 192]);
    }
}
