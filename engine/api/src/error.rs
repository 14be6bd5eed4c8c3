//! The one error that leaves the engine: worded for the person who asked for the picture.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What went wrong, in the user's words, and what can be done about it.
///
/// Prints as one line: `message` and, where there is one, `hint` as a second sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineError {
    /// What sort of trouble this is; programs decide by it, never by the text.
    pub kind: ErrorKind,
    /// What happened and where (which file, which option), without a full stop at the end.
    pub message: String,
    /// What the user can do, without a full stop at the end; `None` when there is nothing to suggest.
    pub hint: Option<String>,
}

/// The sorts of trouble that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request contradicts itself or asks for something impossible.
    Request,
    /// A picture, mask, noise or other input file cannot be used.
    Input,
    /// The model's files are missing, damaged or of an unknown kind.
    Model,
    /// The job needs more memory than there is, or than `--memory` allows.
    Memory,
    /// The graphics device is missing, refused the work or was lost.
    Device,
    /// The result cannot be written.
    Output,
    /// The queue is full; the same request may be sent again later.
    Busy,
    /// The job was cancelled on request.
    Cancelled,
    /// A fault in Rostrum itself.
    Internal,
}

impl EngineError {
    /// An error without a suggestion.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// The same error with a suggestion of what to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A request that contradicts itself, with what to do about it.
    pub fn request(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorKind::Request, message).with_hint(hint)
    }

    /// The answer of a job that noticed its cancellation.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "Cancelled")
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = one_line(&self.message);
        let message = message.trim_end_matches('.');
        match self.hint.as_deref().map(one_line) {
            Some(hint) if !hint.is_empty() => write!(f, "{message}. {}.", hint.trim_end_matches('.')),
            _ => write!(f, "{message}."),
        }
    }
}

impl std::error::Error for EngineError {}

/// An operating system's error without its number, as the end of a sentence: "permission denied".
pub fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// `text` as one line that is safe to print: line breaks and other control characters become single spaces.
pub fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_one_line_with_full_stops() {
        let error =
            EngineError::new(ErrorKind::Input, "The file\n a.png cannot be read.").with_hint("Save it again");
        assert_eq!(error.to_string(), "The file a.png cannot be read. Save it again.");
        assert_eq!(EngineError::cancelled().to_string(), "Cancelled.");
    }

    #[test]
    fn the_system_speaks_without_numbers() {
        let denied = system_words(&std::io::Error::from_raw_os_error(13));
        assert!(!denied.is_empty() && !denied.contains("os error"), "{denied}");
    }

    #[test]
    fn an_escape_sequence_in_a_file_name_does_not_reach_the_terminal() {
        let error = EngineError::new(ErrorKind::Input, "The file a\u{1b}[2J.png is missing");
        assert!(!error.to_string().contains('\u{1b}'));
    }
}
