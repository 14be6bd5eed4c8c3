//! Whether words ask for movement, which a model for still pictures cannot give. It is for a hint only, and so errs on
//! the side of silence: phrases as data, compared word by word, and phrases in which the same words mean something
//! else.

use serde::Deserialize;
use std::sync::LazyLock;

/// Phrases that ask for movement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Movement {
    ask: Vec<Vec<String>>,
    /// Phrases whose words do not count.
    unless: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Data {
    ask: Vec<String>,
    unless: Vec<String>,
}

/// The phrases that come with the program, English.
pub fn movement() -> &'static Movement {
    static WORDS: LazyLock<Movement> = LazyLock::new(|| {
        Movement::read(include_str!("../../../assets/words/movement.json")).unwrap_or_default()
    });
    &WORDS
}

impl Movement {
    fn read(text: &str) -> Option<Self> {
        let data: Data = serde_json::from_str(text).ok()?;
        let phrases = |list: Vec<String>| list.iter().map(|phrase| words(phrase)).collect();
        Some(Self { ask: phrases(data.ask), unless: phrases(data.unless) })
    }

    /// The first phrase of `text` that asks for movement.
    pub fn found(&self, text: &str) -> Option<String> {
        let mut words = words(text);
        for phrase in &self.unless {
            for at in 0..words.len().saturating_sub(phrase.len().saturating_sub(1)) {
                if words[at..at + phrase.len()] == phrase[..] {
                    // An empty word equals no other, and so parts what stands around it.
                    words[at..at + phrase.len()].fill(String::new());
                }
            }
        }
        let asks = |at: usize| self.ask.iter().find(|phrase| words[at..].starts_with(phrase));
        (0..words.len()).find_map(asks).map(|phrase| phrase.join(" "))
    }
}

/// The words of a text in small letters.
fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_ask_for_movement_are_found() {
        for (text, phrase) in [
            ("Animate the portrait", "animate"),
            ("she walks towards the camera, smiling", "walks towards"),
            ("The camera pans over the city.", "camera pans"),
            ("waves in slow-motion", "slow motion"),
            ("He turns his head", "turns his head"),
            ("a short VIDEO of a cat", "video"),
        ] {
            assert_eq!(movement().found(text).as_deref(), Some(phrase), "{text}");
        }
    }

    #[test]
    fn still_pictures_of_moving_things_raise_no_alarm() {
        for text in [
            "",
            "a moving box in an empty flat",
            "a woman walking on the beach",
            "running shoes on white",
            "ocean waves, a dancer in mid-jump",
            "remove the moving car",
            "a video game controller",
            "an animated character with large eyes",
            "a videographer's studio",
            "a rocking chair, a spinning top",
            "a river runs through the valley",
        ] {
            assert_eq!(movement().found(text), None, "{text}");
        }
    }
}
