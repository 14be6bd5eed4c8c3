//! Printing that never panics: a reader that went away is no reason to stop drawing.

use std::io::{Write, stderr, stdout};

/// One line for the user or a script.
pub fn line(text: &str) {
    // A closed pipe only means that nobody listens any more.
    let _ = writeln!(stdout().lock(), "{text}");
}

/// The one line that says what went wrong.
pub fn complain(text: &str) {
    let _ = writeln!(stderr().lock(), "rostrum: {text}");
}
