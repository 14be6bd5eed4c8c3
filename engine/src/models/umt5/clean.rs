//! Prompt cleaning: what the reference does to a prompt before it is tokenised.
//!
//! Source: diffusers `prompt_clean` with ftfy's `fix_text`. Of ftfy everything is here but the repair of text that was
//! decoded in a wrong encoding ("Ã©" for "é").

use super::html::{from_windows, unescape, unescape_certain};
use tokenizers::NormalizedString;
use tokenizers::Normalizer;
use tokenizers::normalizers::unicode::{NFC, NFKC};

/// Latin ligatures and digraphs, and the letters that they are made of.
const LIGATURES: [(char, &str); 22] = [
    ('Ĳ', "IJ"),
    ('ĳ', "ij"),
    ('ŉ', "ʼn"),
    ('Ǳ', "DZ"),
    ('ǲ', "Dz"),
    ('ǳ', "dz"),
    ('Ǆ', "DŽ"),
    ('ǅ', "Dž"),
    ('ǆ', "dž"),
    ('Ǉ', "LJ"),
    ('ǈ', "Lj"),
    ('ǉ', "lj"),
    ('Ǌ', "NJ"),
    ('ǋ', "Nj"),
    ('ǌ', "nj"),
    ('ﬀ', "ff"),
    ('ﬁ', "fi"),
    ('ﬂ', "fl"),
    ('ﬃ', "ffi"),
    ('ﬄ', "ffl"),
    ('ﬅ', "ſt"),
    ('ﬆ', "st"),
];

/// The prompt as the tokenizer gets it: straight quotes, no ligatures, usual widths, no control characters, HTML
/// references resolved, single spaces.
pub fn clean(prompt: &str) -> String {
    let mut fixed = String::with_capacity(prompt.len());
    let mut certain = true;
    for line in prompt.split_inclusive('\n') {
        certain &= !line.contains('<');
        fixed.push_str(&fixed_line(line, certain));
    }
    let unescaped = unescape(&unescape(&fixed));
    unescaped.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line through all fixes until nothing changes any more; `html` says whether references are resolved.
fn fixed_line(line: &str, html: bool) -> String {
    let mut text = line.to_owned();
    // Every fix brings the text nearer to a fixed point; the bound is for text made to defeat that.
    for _ in 0..16 {
        let before = text.clone();
        if html {
            text = unescape_certain(&text);
        }
        text = text.chars().map(from_windows).collect();
        text =
            each(&text, |c| LIGATURES.iter().find(|(ligature, _)| *ligature == c).map(|(_, l)| (*l).into()));
        text = each(&text, |c| matches!(c, '\u{3000}' | '\u{ff01}'..='\u{ffef}').then(|| usual_width(c)));
        text = each(&text, |c| match c {
            '\u{201c}'..='\u{201f}' => Some("\"".into()),
            '\u{2bc}' | '\u{2018}'..='\u{201b}' => Some("'".into()),
            _ => None,
        });
        text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
        text = without_terminal_escapes(&text);
        text.retain(|c| !is_control(c));
        text = normalised(&NFC, &text);
        if text == before {
            break;
        }
    }
    text
}

/// Replaces single characters by texts.
fn each(text: &str, replacement: impl Fn(char) -> Option<String>) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut result, c| {
        match replacement(c) {
            Some(other) => result.push_str(&other),
            None => result.push(c),
        }
        result
    })
}

fn usual_width(letter: char) -> String {
    normalised(&NFKC, &letter.to_string())
}

fn normalised(form: &impl Normalizer, text: &str) -> String {
    let mut result = NormalizedString::from(text);
    match form.normalize(&mut result) {
        Ok(()) => result.get().to_owned(),
        Err(_) => text.to_owned(),
    }
}

/// Leaves out what colours a terminal: escape, bracket, digits and semicolons, a letter.
fn without_terminal_escapes(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_numeric() || c == ';');
        match rest.strip_prefix(|c: char| c.is_ascii_alphabetic()) {
            Some(rest) => result.push_str(rest),
            None => {
                result.push_str("\u{1b}[");
                result.push_str(part);
            }
        }
    }
    result
}

/// Characters that nobody means to write: ASCII controls but tab, line feed and form feed, old Arabic controls,
/// annotations, the byte order mark.
fn is_control(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}' | '\u{b}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffc}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_cleaned_in_the_order_of_the_reference() {
        for (prompt, cleaned) in [
            ("  a\r\n b\u{2028}c ", "a b c"),
            ("\u{201c}it\u{2019}s\u{201d} ﬁne", "\"it's\" fine"),
            ("１２０，ｆｕｌｌ。\u{3000}x", "120,full。 x"),
            ("a &lt;b&gt; &amp;amp;lt; c", "a <b> < c"),
            ("<i> &amp;ldquo;x&rdquo;", "<i> \u{201c}x\u{201d}"),
            ("\u{1b}[31;1mred\u{1b}[0m \u{7}bell", "red bell"),
            ("e\u{301}", "é"),
            ("", ""),
        ] {
            assert_eq!(clean(prompt), cleaned, "{prompt:?}");
        }
    }
}
