//! What the system and the JSON reader say, put into words for people who never asked for either.

use serde_json::error::Category;
use std::{fmt::Display, io};

/// An operating system's error without its number, as the end of a sentence: "permission denied".
pub fn system(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::InvalidData => "it is no text".to_owned(),
        io::ErrorKind::StorageFull => "no space is left".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            let mut letters = text.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

/// Why a text is no JSON of the kind that was wanted, with the line.
pub fn json(text: &[u8], error: &serde_json::Error) -> String {
    if let Some(reason) = failed_download(text) {
        return reason.to_owned();
    }
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => format!("it breaks off in line {line}"),
        Category::Syntax => format!("line {line} is no JSON from column {column} on"),
        Category::Data | Category::Io => {
            let message = error.to_string();
            let place = format!(" at line {line} column {column}");
            format!("{} (line {line})", plain(message.strip_suffix(&place).unwrap_or(&message)))
        }
    }
}

/// A shape as "64 × 48".
pub fn shape<T: Display>(dimensions: &[T]) -> String {
    if dimensions.is_empty() {
        return "a single number".to_owned();
    }
    let dimensions: Vec<String> = dimensions.iter().map(T::to_string).collect();
    dimensions.join(" × ")
}

/// What a download left behind that was no success, told from the first bytes.
pub(super) fn failed_download(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 2] = [
        (b"version https://git-lfs", "it is only a Git LFS pointer, the file itself was not fetched"),
        (b"<", "it is a web page, so the download went wrong"),
    ];
    let text = bytes.trim_ascii_start();
    if text.is_empty() {
        return Some("it is empty");
    }
    KINDS.iter().find(|(beginning, _)| text.starts_with(beginning)).map(|(_, kind)| *kind)
}

/// serde's words for types in everyday ones.
fn plain(message: &str) -> String {
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("{field} is missing");
    }
    let message = message.strip_prefix("invalid type: ").unwrap_or(message);
    let message = message.strip_prefix("invalid value: ").unwrap_or(message);
    let Some((found, expected)) = message.split_once(", expected ") else {
        return message.to_owned();
    };
    let found = match found.split_once(['`', '"']) {
        Some(("integer " | "floating point " | "boolean ", value)) => value.trim_end_matches('`').to_owned(),
        Some(("string ", _)) => found.replacen("string ", "the text ", 1),
        _ => match found {
            "map" => "a group of settings".to_owned(),
            "sequence" => "a list".to_owned(),
            other => other.replacen("invalid length ", "a list of ", 1),
        },
    };
    let expected = match expected {
        "usize" | "u8" | "u16" | "u32" | "u64" => "a whole number from 0 up".to_owned(),
        "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a map" => "settings in braces".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a string" => "a text".to_owned(),
        other if other.starts_with("struct ") => "settings in braces".to_owned(),
        other => other.replacen("an array of length ", "a list of ", 1),
    };
    format!("{found} stands where {expected} should be")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    struct Settings {
        #[expect(dead_code, reason = "only read from text")]
        blocks: usize,
    }

    fn refused(text: &str) -> String {
        json(text.as_bytes(), &serde_json::from_str::<Settings>(text).unwrap_err())
    }

    #[test]
    fn json_is_refused_in_everyday_words() {
        for (text, words) in [
            ("", "it is empty"),
            (" \n", "it is empty"),
            ("<html>404", "it is a web page, so the download went wrong"),
            ("{\n\"blocks\": 6", "it breaks off in line 2"),
            ("{\"blocks\" 6}", "line 1 is no JSON from column 11 on"),
            (
                "{\"blocks\": \"6\"}",
                "the text \"6\" stands where a whole number from 0 up should be (line 1)",
            ),
            ("{\"blocks\": -6}", "-6 stands where a whole number from 0 up should be (line 1)"),
            (
                "{\"blocks\": {}}",
                "a group of settings stands where a whole number from 0 up should be (line 1)",
            ),
            ("{}", "`blocks` is missing (line 1)"),
            ("7", "7 stands where settings in braces should be (line 1)"),
        ] {
            assert_eq!(refused(text), words);
        }
    }

    #[test]
    fn the_system_speaks_without_numbers() {
        let denied = io::Error::from_raw_os_error(13);
        assert!(!system(&denied).contains("os error"), "{}", system(&denied));
        assert_eq!(system(&io::ErrorKind::NotFound.into()), "there is no such file or folder");
    }

    #[test]
    fn shapes_read_as_sizes() {
        assert_eq!(shape(&[64, 48]), "64 × 48");
        assert_eq!(shape::<usize>(&[]), "a single number");
    }
}
