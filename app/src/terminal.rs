//! Printing that never panics: a reader that went away is no reason to stop drawing.

use std::io::{Write, stderr, stdout};

/// One line for the user or a script. File names may hold anything; what would move the cursor becomes a space.
pub fn line(text: &str) {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // A closed pipe only means that nobody listens any more.
    let _ = writeln!(stdout().lock(), "{text}");
}

/// The one line that says what went wrong.
pub fn complain(text: &str) {
    let _ = writeln!(stderr().lock(), "rostrum: {text}");
}
