//! How numbers are read from words, with errors that say what is allowed.

use engine_api::MOST_STEPS;
use std::path::PathBuf;
use std::str::FromStr;

/// A picture to open in the window. A word that is neither a command nor a file is a slip of the fingers.
pub(super) fn file(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    if file.is_file() { Ok(file) } else { Err("there is no such command, and no file of this name".into()) }
}

/// A number of steps.
pub(super) fn steps(text: &str) -> Result<u32, String> {
    number(text, |steps| (1..=MOST_STEPS).contains(steps), &format!("1 to {MOST_STEPS}"))
}

/// A width or height in pixels.
pub(super) fn side(text: &str) -> Result<u32, String> {
    number(text, |side| *side > 0, "a whole number from 1 up")
}

/// A strength of guidance.
pub(super) fn guidance(text: &str) -> Result<f32, String> {
    number(text, |value: &f32| value.is_finite() && *value >= 0.0, "a number from 0 up")
}

/// A denoise strength.
pub(super) fn strength(text: &str) -> Result<f32, String> {
    number(text, |value| *value > 0.0 && *value <= 1.0, "a number above 0 and up to 1")
}

/// Frames per second.
pub(super) fn frame_rate(text: &str) -> Result<u32, String> {
    number(text, |rate| (1..=1000).contains(rate), "a whole number from 1 to 1000")
}

/// A shift of the schedule.
pub(super) fn shift(text: &str) -> Result<f64, String> {
    number(text, |shift: &f64| shift.is_finite() && *shift > 0.0, "a number above 0")
}

/// A percentage without an upper bound.
pub(super) fn percent(text: &str) -> Result<f32, String> {
    let text = text.trim_end_matches('%');
    number(text, |value: &f32| value.is_finite() && *value >= 0.0, "0 percent or more")
}

fn number<T: FromStr>(text: &str, is_allowed: impl Fn(&T) -> bool, allowed: &str) -> Result<T, String> {
    text.trim().parse().ok().filter(is_allowed).ok_or_else(|| format!("it must be {allowed}"))
}
