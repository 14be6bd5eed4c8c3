//! What every file promises: it says what it is for, names mean something, nothing panics, no rule is switched off
//! without a reason.

use crate::scan::places;
use crate::tree::{RustFile, files, read};

/// Folders whose code runs on the user's machine.
const PRODUCT: [&str; 3] = ["engine/", "app/", "shaders/src/"];

/// What ends the program, or the job, when its reason for being there was wrong.
const PANICS: [&str; 11] = [
    ".unwrap()",
    ".unwrap_err()",
    ".expect(",
    ".expect_err(",
    "panic!(",
    "todo!(",
    "unimplemented!(",
    "unreachable!(",
    "assert!(",
    "assert_eq!(",
    "assert_ne!(",
];

/// Shortest reason that can be one.
const SHORTEST_PROOF: usize = 12;

/// Panics in product code without a `// proof:` on the same line that says why they cannot happen.
pub fn unproven_panics(file: &RustFile) -> Vec<String> {
    if !PRODUCT.iter().any(|folder| file.path.starts_with(folder)) {
        return Vec::new();
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let proven = |at: usize| {
        let line = lines.get(crate::scan::line_of(&file.product, at) - 1).copied().unwrap_or_default();
        line.split_once("// proof:").is_some_and(|(_, reason)| reason.trim().len() >= SHORTEST_PROOF)
    };
    let found = PANICS.iter().flat_map(|word| places(&file.product, word));
    found
        .filter(|at| !proven(*at))
        .map(|at| file.at(at, "may panic, and no `// proof:` says why not"))
        .collect()
}

/// `#[ignore]` without a reason, anywhere. (`allow` and `expect` without one are clippy's business.)
pub fn silenced_tests(file: &RustFile) -> Vec<String> {
    places(&file.code, "#[ignore]").map(|at| file.at(at, "say why: `#[ignore = \"…\"]`")).collect()
}

/// Files, folders and types whose names say nothing.
pub fn empty_names(file: &RustFile) -> Vec<String> {
    let mut mistakes = Vec::new();
    let empty = ["util", "utils", "helper", "helpers", "misc", "common", "manager", "managers"];
    if let Some(part) = file.path.trim_end_matches(".rs").split('/').find(|part| empty.contains(part)) {
        mistakes.push(format!("{}: `{part}` says nothing", file.path));
    }
    for keyword in ["struct ", "enum ", "trait ", "type ", "mod "] {
        for at in places(&file.code, keyword) {
            let name = file.code[at + keyword.len()..].trim_start();
            let name = name.split(|c| !crate::scan::is_name(c)).next().unwrap_or_default();
            let vague = ["Manager", "Helper", "Utils", "Util"].iter().any(|word| name.ends_with(word));
            if vague || empty.contains(&name) {
                mistakes.push(file.at(at, "a name that says nothing"));
            }
        }
    }
    mistakes
}

/// Rust, WGSL and Python files that do not open with a word on their purpose.
pub fn mute_files(rust: &[RustFile]) -> Vec<String> {
    let mut mistakes: Vec<String> = rust
        .iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{}: must open with a `//!` paragraph", file.path))
        .collect();
    for path in files(".wgsl") {
        if !read(&path).starts_with("// ") {
            mistakes.push(format!("{path}: must open with a comment: purpose, bindings with shapes"));
        }
    }
    for path in files(".py") {
        let text = read(&path);
        let first = text.lines().find(|line| !line.starts_with("#!"));
        if first.is_some_and(|line| !line.starts_with("\"\"\"")) {
            mistakes.push(format!("{path}: must open with a docstring"));
        }
    }
    mistakes
}

/// Paths that exist on one machine only.
pub fn private_paths(path: &str, text: &str) -> Vec<String> {
    let homes = ["home", "root", "work", "farm", "Users"].map(|name| format!("/{name}/"));
    let mut mistakes = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let private = homes.iter().any(|home| {
            line.match_indices(home.as_str()).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| c.is_whitespace() || "\"'`(=:".contains(c))
            })
        });
        if private {
            mistakes.push(format!("{path}:{}: a path of one machine: {}", index + 1, line.trim()));
        }
    }
    mistakes
}

#[test]
fn planted_mistakes_are_found() {
    let file = |text: &str| RustFile::new("engine/src/a.rs", text);
    let panics = |text: &str| unproven_panics(&file(text)).len();
    assert_eq!(panics("fn f() { a.unwrap(); b.expect(\"c\"); panic!(\"d\") }"), 3);
    assert_eq!(panics("a.unwrap(); // proof: the list was checked above\n"), 0);
    assert_eq!(panics("a.unwrap(); // proof: yes\n"), 1);
    assert_eq!(panics("// a.unwrap()\nlet b = \".unwrap()\"; debug_assert!(c); assert!(d);\n"), 1);
    assert_eq!(panics("#[cfg(test)]\nmod tests { fn f() { a.unwrap() } }\n"), 0);
    assert_eq!(unproven_panics(&RustFile::new("tests/a.rs", "a.unwrap()")).len(), 0);
    assert_eq!(silenced_tests(&file("#[ignore]\nfn a() {}\n#[ignore = \"slow\"]\nfn b() {}")).len(), 1);
    assert_eq!(
        empty_names(&file("struct QueueManager; mod utils {} struct Utility; fn helper() {}")).len(),
        2
    );
    assert_eq!(empty_names(&RustFile::new("app/src/helpers/a.rs", "")).len(), 1);
    assert_eq!(mute_files(&[file("use a;")]).len(), 1);
    let home = format!("see /{}/someone/x", "home");
    assert_eq!(private_paths("a.md", &home).len(), 1);
    assert_eq!(private_paths("a.md", &format!("https://example.org/{}/x", "work")).len(), 0);
}
