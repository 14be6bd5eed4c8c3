//! Rooms of human size: files, functions, folders.

use crate::scan::{is_name, item_end, line_of, places};
use crate::tree::{self, RustFile};
use std::collections::BTreeMap;

/// Most lines of a file.
const FILE: usize = 600;
/// Most lines of a function, signature and braces included.
const FUNCTION: usize = 70;
/// Most lines of a shader file before its imports.
const SHADER: usize = 250;
/// Most Rust files in a folder, `mod.rs` not counted.
const FOLDER: usize = 12;

/// Files that may be longer, each with the reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// A file or function that is too long.
pub fn long_rooms(file: &RustFile) -> Vec<String> {
    let lines = file.text.lines().count();
    let mut mistakes = Vec::new();
    if lines > FILE && !LONG_FILES.iter().any(|(path, _)| *path == file.path) {
        mistakes.push(format!("{}: {lines} lines, at most {FILE}", file.path));
    }
    for at in places(&file.code, "fn ") {
        let named = file.code[at + 3..].starts_with(is_name);
        let last = item_end(&file.code, at);
        let lines = line_of(&file.code, last) - line_of(&file.code, at) + 1;
        if named && lines > FUNCTION {
            mistakes.push(file.at(at, &format!("a function of {lines} lines, at most {FUNCTION}")));
        }
    }
    mistakes
}

/// Shader files that are too long.
pub fn long_shaders() -> Vec<String> {
    let long = |path: String| {
        let lines = tree::read(&path).lines().count();
        (lines > SHADER).then(|| format!("{path}: {lines} lines, at most {SHADER}"))
    };
    tree::files(".wgsl").into_iter().filter_map(long).collect()
}

/// Folders with too many Rust files.
pub fn full_folders<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for (folder, name) in paths.filter_map(|path| path.rsplit_once('/')) {
        *folders.entry(folder).or_default() += usize::from(name != "mod.rs");
    }
    let full = |(folder, count): (&str, usize)| {
        (count > FOLDER).then(|| format!("{folder}: {count} files, at most {FOLDER} and mod.rs"))
    };
    folders.into_iter().filter_map(full).collect()
}

#[test]
fn planted_mistakes_are_found() {
    let body = |lines: usize| {
        format!("impl A {{\n    pub(super) unsafe fn f<T>(\n    ) {{\n{}    }}\n}}\n", "x;\n".repeat(lines))
    };
    let found = |text: &str| long_rooms(&RustFile::new("a.rs", text)).len();
    assert_eq!((found(&body(67)), found(&body(68))), (0, 1));
    assert_eq!(found(&"type A = fn (u8);\n".repeat(80)), 0);
    assert_eq!(found("trait A { fn f(&self); }\n\n"), 0);
    assert_eq!(found(&"\n".repeat(601)), 1);
    let names: Vec<String> = (0..13).map(|i| format!("a/{i}.rs")).chain(["a/mod.rs".into()]).collect();
    assert_eq!(full_folders(names.iter().map(String::as_str)).len(), 1);
    assert_eq!(full_folders(names[1..].iter().map(String::as_str)).len(), 0);
}
