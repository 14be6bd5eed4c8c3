//! A reader of Rust text that is just clever enough: it tells code from comments, strings and tests.

/// The text with the inside of comments, strings and character literals blanked; every line keeps its place.
pub fn without_words(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = word_end(&letters, at);
        if end == at {
            out.push(letters[at]);
            at += 1;
        } else {
            out.extend(letters[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// One past the comment or literal that begins at `at`, or `at` where none does.
fn word_end(letters: &[char], at: usize) -> usize {
    let starts = |word: &str| word.chars().enumerate().all(|(i, c)| letters.get(at + i) == Some(&c));
    if starts("//") {
        return letters[at..].iter().position(|c| *c == '\n').map_or(letters.len(), |n| at + n);
    }
    if starts("/*") {
        return block_comment_end(letters, at);
    }
    match letters[at] {
        '"' => string_end(letters, at + 1),
        'r' if at == 0 || !is_name(letters[at - 1]) || "bc".contains(letters[at - 1]) => {
            raw_string_end(letters, at)
        }
        '\'' if letters.get(at + 1) == Some(&'\\') => {
            letters[at + 3..].iter().position(|c| *c == '\'').map_or(letters.len(), |n| at + 4 + n)
        }
        '\'' if letters.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn block_comment_end(letters: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0usize, start);
    while at + 1 < letters.len() {
        match (letters[at], letters[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    letters.len()
}

fn string_end(letters: &[char], mut at: usize) -> usize {
    while at < letters.len() {
        match letters[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    letters.len()
}

fn raw_string_end(letters: &[char], start: usize) -> usize {
    let fences = letters[start + 1..].iter().take_while(|c| **c == '#').count();
    if letters.get(start + 1 + fences) != Some(&'"') {
        return start;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', fences)).collect();
    let body = start + 2 + fences;
    letters[body..]
        .windows(fences + 1)
        .position(|w| w == closing)
        .map_or(letters.len(), |n| body + n + fences + 1)
}

/// Whether a letter can stand inside a name.
pub fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Blanks every item under `#[cfg(test)]`; expects the result of [`without_words`]. Also returns the names of
/// modules that are declared for tests only and live in files of their own.
pub fn without_tests(code: &str) -> (String, Vec<String>) {
    let mut bytes = code.as_bytes().to_vec();
    let mut modules = Vec::new();
    for attribute in ["#[cfg(test)]", "#[cfg(all(test,"] {
        let mut from = 0;
        while let Some(found) = code[from..].find(attribute) {
            let start = from + found;
            let body = start + attribute.len();
            let end = item_end(code, body);
            let item = code[body..end].trim();
            if let Some(name) = item.strip_suffix(';').and_then(|item| item.rsplit("mod ").next()) {
                modules.push(name.trim().to_string());
            }
            bytes[start..end].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
            from = end;
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), modules)
}

/// One past the item that begins at `from`: its `;`, or the `}` that closes its first `{`.
pub fn item_end(code: &str, from: usize) -> usize {
    let (mut braces, mut others) = (0usize, 0usize);
    for (at, letter) in code[from..].char_indices() {
        match letter {
            '(' | '[' => others += 1,
            ')' | ']' => others = others.saturating_sub(1),
            '{' => braces += 1,
            '}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return from + at + 1;
                }
            }
            ';' if braces == 0 && others == 0 => return from + at + 1,
            _ => {}
        }
    }
    code.len()
}

/// Every place where `word` stands and is not the end of a longer name.
pub fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let begins_a_name = word.starts_with(is_name);
        !begins_a_name || !code[..*at].chars().next_back().is_some_and(is_name)
    })
}

/// Line number of a byte offset, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

#[test]
fn comments_and_literals_are_blanked_and_lines_stay() {
    let text = "a // panic!(\nb \"x\\\"y\" c /* d /* e */\nf */ 'g' h\n<'life> r#\"i\"j\"# k '\\'' l br\"m\" var\"n\"";
    let seen = without_words(text);
    assert_eq!(
        seen.split_whitespace().collect::<Vec<_>>(),
        ["a", "b", "c", "h", "<'life>", "k", "l", "b", "var"]
    );
    assert_eq!(seen.lines().count(), text.lines().count());
}

#[test]
fn test_items_are_blanked_and_their_files_named() {
    let text =
        "#[cfg(test)]\nmod probe;\nfn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { [1; 2]; }\n}\nfn c() {}\n";
    let (code, modules) = without_tests(text);
    assert_eq!(code.split_whitespace().collect::<String>(), "fna(){}fnc(){}");
    assert_eq!(modules, ["probe"]);
    assert_eq!(line_of(text, text.find("fn c").unwrap()), 8);
    assert_eq!(places("debug_assert!(x) assert!(y)", "assert!(").count(), 1);
}
