//! Character references of HTML in prompts, as Python's `html.unescape` reads them.
//!
//! `entities.txt` lists the names of the HTML standard with their code points; those without a semicolon are the
//! older ones that are understood without one.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Longest name that is looked at, in letters, as in Python's pattern.
const LONGEST: usize = 32;

/// What bytes 0x80 to 0x9F mean in Windows-1252; the five that mean nothing stay as they are.
const WINDOWS_1252: [u32; 32] = [
    0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161,
    0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
];

/// Every reference replaced by what it stands for.
pub(super) fn unescape(text: &str) -> String {
    replace(text, |rest| {
        let (written, name) = reference(rest)?;
        Some((written, meaning(name)))
    })
}

/// Only references that end in a semicolon, and names in capitals too: what ftfy takes for meant.
///
/// Source: ftfy `fixes.unescape_html`.
pub(super) fn unescape_certain(text: &str) -> String {
    replace(text, |rest| {
        let body = rest.strip_prefix('&')?;
        let end = body.find(';')?;
        let inner = body.get(..end)?.strip_prefix('#').unwrap_or(&body[..end]);
        if inner.is_empty() || inner.len() > 24 || !inner.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let name = &body[..=end];
        let written = name.len() + 1;
        if name.starts_with('#') {
            let meant = unescape(&rest[..written]);
            return (!meant.contains(';')).then_some((written, meant));
        }
        let known = names().get(name).cloned();
        Some((written, known.or_else(|| in_capitals(name))?))
    })
}

/// A character of the C1 range as Windows-1252 has it.
pub(super) fn from_windows(letter: char) -> char {
    let code = u32::from(letter);
    let index = code.checked_sub(0x80).and_then(|i| usize::try_from(i).ok());
    let meant = index.and_then(|i| WINDOWS_1252.get(i)).copied();
    meant.and_then(char::from_u32).unwrap_or(letter)
}

/// `&EACUTE;` for `&eacute;` in capitals, unless the name in capitals means something itself.
fn in_capitals(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let whole = format!("&{name}");
    let capitals = name.bytes().all(|b| !b.is_ascii_lowercase());
    let meant = names().get(lower.as_str()).filter(|_| capitals)?;
    (unescape(&whole) == whole).then(|| meant.to_uppercase())
}

/// Replaces what `read` finds at an ampersand: bytes that it takes up, and what stands for them.
fn replace(text: &str, read: impl Fn(&str) -> Option<(usize, String)>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, meant) = read(rest).unwrap_or_else(|| (1, "&".into()));
        result.push_str(&meant);
        rest = &rest[taken..];
    }
    result + rest
}

/// The reference at the beginning of `rest`: its length in bytes, and what stands behind the ampersand.
fn reference(rest: &str) -> Option<(usize, &str)> {
    let body = rest.strip_prefix('&')?;
    let run = |from: usize, fits: fn(&u8) -> bool| {
        from + body.as_bytes().get(from..).unwrap_or_default().iter().take_while(|b| fits(b)).count()
    };
    let (start, mut end) = if body.starts_with("#x") || body.starts_with("#X") {
        (2, run(2, u8::is_ascii_hexdigit))
    } else if body.starts_with('#') {
        (1, run(1, u8::is_ascii_digit))
    } else {
        let ends = |c: char| matches!(c, '\t' | '\n' | '\u{c}' | ' ' | '<' | '&' | '#' | ';');
        let letters = body.char_indices().take(LONGEST).take_while(|(_, c)| !ends(*c));
        (0, letters.last().map_or(0, |(at, c)| at + c.len_utf8()))
    };
    if end == start {
        return None;
    }
    if body.as_bytes().get(end) == Some(&b';') {
        end += 1;
    }
    Some((end + 1, &body[..end]))
}

/// What a reference without its ampersand means; names that are not known stay.
fn meaning(name: &str) -> String {
    if let Some(number) = name.strip_prefix('#') {
        let number = number.trim_end_matches(';');
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return numbered(code.unwrap_or(u32::MAX));
    }
    let known = |part: &str| names().get(part);
    if let Some(meant) = known(name) {
        return meant.clone();
    }
    let shorter = name.char_indices().map(|(at, _)| at).skip(2).collect::<Vec<_>>();
    for at in shorter.into_iter().rev() {
        if let Some(meant) = known(&name[..at]) {
            return format!("{meant}{}", &name[at..]);
        }
    }
    format!("&{name}")
}

/// The character of a number: what cannot be one is replaced or left out as the standard says.
fn numbered(code: u32) -> String {
    let one = |code: u32| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string();
    match code {
        0 => one(0xfffd),
        0x0d => "\r".into(),
        0x80..=0x9f => char::from_u32(code).map(from_windows).map(String::from).unwrap_or_default(),
        0x1..=0x8 | 0xb | 0xe..=0x1f | 0x7f | 0xfdd0..=0xfdef => String::new(),
        _ if code <= 0x10_ffff && code & 0xfffe == 0xfffe => String::new(),
        _ => one(code),
    }
}

/// Names, with their semicolons where they need one.
fn names() -> &'static HashMap<&'static str, String> {
    static NAMES: OnceLock<HashMap<&'static str, String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let letter = |code: &str| u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        let line = |line: &'static str| {
            let (name, codes) = line.split_once(' ')?;
            Some((name, codes.split(' ').filter_map(letter).collect()))
        };
        include_str!("entities.txt").lines().filter_map(line).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_python_reads_them() {
        for (text, meant) in [
            ("&amp;&AMP;&amp", "&&&"),
            ("&notit; &notin; &no", "\u{ac}it; \u{2209} &no"),
            ("&#65;&#x42;&#67", "ABC"),
            ("&#128;&#0;&#1;&#55296;&#99999999999;", "\u{20ac}\u{fffd}\u{fffd}\u{fffd}"),
            ("a & b &; &#; &#x; &&lt;", "a & b &; &#; &#x; &<"),
            ("&NotEqualTilde;", "\u{2242}\u{338}"),
            ("&é; &eacute", "&é; é"),
        ] {
            assert_eq!(unescape(text), meant, "{text}");
        }
    }

    #[test]
    fn without_a_semicolon_nothing_is_certain() {
        assert_eq!(unescape_certain("this&not that &lt;&EACUTE;&nTILDE;"), "this&not that <É&nTILDE;");
        assert_eq!(unescape_certain("&#233; &#xZZ; &GTDOT;"), "é &#xZZ; &GTDOT;");
    }
}
