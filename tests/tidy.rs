//! The house rules that a program can check: floors, room sizes, the five places of a kernel, names, documents.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Floors of `engine/src`, lowest first; floors on one line do not know each other.
const FLOORS: [&[&str]; 8] = [
    &["device"],
    &["kernels"],
    &["weights", "picture"],
    &["nn"],
    &["models"],
    &["pipelines"],
    &["service"],
    &["lib"],
];

/// Files that may be longer than 600 lines, with the reason.
const LONG_FILES: [(&str, &str); 0] = [];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the workspace").into()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != ".git" {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|x| x == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn rust_files() -> Vec<(String, String)> {
    files(&root(), "rs").into_iter().map(|p| (relative(&p), fs::read_to_string(p).unwrap())).collect()
}

/// The code of a file without its tests and comments.
fn code(text: &str) -> Vec<&str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect()
}

fn report(mistakes: Vec<String>) {
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

#[test]
fn imports_go_down_only() {
    let level: BTreeMap<&str, usize> =
        FLOORS.iter().enumerate().flat_map(|(i, names)| names.iter().map(move |n| (*n, i))).collect();
    let mut mistakes = Vec::new();
    for (path, text) in rust_files() {
        let Some(inside) = path.strip_prefix("engine/src/") else { continue };
        let own = inside.split(['/', '.']).next().unwrap();
        let Some(own_level) = level.get(own) else {
            mistakes.push(format!("{path}: `{own}` is no floor; add it to FLOORS"));
            continue;
        };
        for line in code(&text) {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                for (name, other) in &level {
                    let named = rest.strip_prefix(name).is_some_and(|r| r.starts_with([':', ';', ',', ' ']) || r.is_empty());
                    let listed = rest.starts_with('{') && rest.split(['{', ',', ' ', '}']).any(|w| w.split("::").next() == Some(name));
                    if (named || listed) && *name != own && other >= own_level {
                        mistakes.push(format!("{path}: `{own}` uses `{name}`, which is not below it: {}", line.trim()));
                    }
                }
            }
        }
    }
    report(mistakes);
}

#[test]
fn crates_know_only_what_lies_below() {
    let forbidden: [(&str, &[&str]); 4] = [
        ("shaders/src", &["wgpu", "burn", "engine"]),
        ("engine/api/src", &["burn", "wgpu", "engine::", "crossbeam"]),
        ("engine/src", &["egui", "eframe", "app::"]),
        ("app/src", &["burn", "wgpu", "cubecl"]),
    ];
    let mut mistakes = Vec::new();
    for (path, text) in rust_files() {
        for (folder, names) in &forbidden {
            if !path.starts_with(folder) || (path.starts_with("engine/api") && *folder == "engine/src") {
                continue;
            }
            for line in code(&text).iter().filter(|l| l.trim_start().starts_with("use ")) {
                let target = line.trim_start().trim_start_matches("use ");
                for name in names.iter().filter(|n| target.starts_with(**n)) {
                    mistakes.push(format!("{path}: must not know `{name}`: {}", line.trim()));
                }
            }
        }
    }
    report(mistakes);
}

#[test]
fn only_the_service_owns_threads_and_channels() {
    let mut mistakes = Vec::new();
    for (path, text) in rust_files() {
        if !path.starts_with("engine/src/") || path.starts_with("engine/src/service/") {
            continue;
        }
        for line in code(&text) {
            if ["thread::spawn", "thread::Builder", "crossbeam_channel", "mpsc::"].iter().any(|w| line.contains(w)) {
                mistakes.push(format!("{path}: {}", line.trim()));
            }
        }
    }
    report(mistakes);
}

#[test]
fn files_functions_and_folders_have_human_size() {
    let mut mistakes = Vec::new();
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    for (path, text) in rust_files() {
        let lines = text.lines().count();
        if lines > 600 && !LONG_FILES.iter().any(|(p, _)| *p == path) {
            mistakes.push(format!("{path}: {lines} lines, at most 600"));
        }
        if path.contains("/src/") {
            *folders.entry(path.rsplit_once('/').unwrap().0.to_string()).or_default() += 1;
        }
        mistakes.extend(long_functions(&path, &text));
    }
    for path in files(&root(), "wgsl") {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > 250 {
            mistakes.push(format!("{}: {lines} lines, at most 250", relative(&path)));
        }
    }
    for (folder, count) in folders {
        if count > 13 {
            mistakes.push(format!("{folder}: {count} files, at most 12 and mod.rs"));
        }
    }
    report(mistakes);
}

/// Functions of more than 70 lines; with rustfmt, a function ends at the first `}` of its own indentation.
fn long_functions(path: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut mistakes = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let is_function = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "const fn ", "pub const fn ", "unsafe fn "]
            .iter()
            .any(|p| bare.starts_with(p));
        if !is_function {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let length = lines[start..].iter().position(|l| *l == closing || l.ends_with(';') && l.len() - l.trim_start().len() == indent);
        if let Some(length) = length.filter(|l| *l + 1 > 70) {
            mistakes.push(format!("{path}:{}: a function of {} lines, at most 70", start + 1, length + 1));
        }
    }
    mistakes
}

#[test]
fn every_file_says_what_it_is_for() {
    let mistakes = rust_files()
        .into_iter()
        .filter(|(_, text)| !text.trim_start().starts_with("//!"))
        .map(|(path, _)| format!("{path}: must open with a `//!` paragraph"))
        .collect();
    report(mistakes);
}

#[test]
fn names_say_what_things_are() {
    let mut mistakes = Vec::new();
    for (path, text) in rust_files() {
        let stem = path.rsplit('/').next().unwrap().trim_end_matches(".rs");
        if ["util", "utils", "helper", "helpers", "misc", "common", "manager"].contains(&stem) {
            mistakes.push(format!("{path}: a name that says nothing"));
        }
        for line in code(&text) {
            let declares = ["struct ", "enum ", "trait "].iter().any(|word| line.contains(word));
            if declares && ["Manager", "Helper", "Util"].iter().any(|word| line.contains(word)) {
                mistakes.push(format!("{path}: {}", line.trim()));
            }
        }
    }
    report(mistakes);
}

#[test]
fn nothing_from_outside_is_unwrapped() {
    let mut mistakes = Vec::new();
    for (path, text) in rust_files() {
        let product = ["engine/", "app/", "shaders/src"].iter().any(|p| path.starts_with(p));
        if !product || path.contains("/cases/") || path.contains("/reference/") {
            continue;
        }
        for line in code(&text) {
            let risky = [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!("];
            if risky.iter().any(|w| line.contains(w)) && !line.contains("// proof:") {
                mistakes.push(format!("{path}: {}", line.trim()));
            }
        }
    }
    report(mistakes);
}

#[test]
fn a_kernel_stands_in_all_its_places() {
    let mut mistakes = Vec::new();
    for path in fs::read_dir(root().join("shaders/wgsl")).unwrap().flatten().map(|e| e.path()) {
        let Some(name) = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".wgsl")) else {
            continue;
        };
        if shaders::kernel(name).is_err() {
            mistakes.push(format!("{name}: not in variants.toml"));
        }
        for place in ["shaders/src/reference", "shaders/src/cases", "engine/src/kernels", "tests/kernels"] {
            if !root().join(place).join(format!("{name}.rs")).is_file() {
                mistakes.push(format!("{name}: {place}/{name}.rs is missing"));
            }
        }
    }
    report(mistakes);
}

#[test]
fn documents_are_short_and_there() {
    let mut mistakes = Vec::new();
    for (name, most) in [("ARCHITECTURE.md", 250), ("CONTRIBUTING.md", 80), ("README.md", 250), ("CHANGELOG.md", 2000)] {
        match fs::read_to_string(root().join(name)) {
            Ok(text) if text.lines().count() <= most => {}
            Ok(text) => mistakes.push(format!("{name}: {} lines, at most {most}", text.lines().count())),
            Err(_) => mistakes.push(format!("{name} is missing")),
        }
    }
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        if !root().join(name).is_file() {
            mistakes.push(format!("{name} is missing"));
        }
    }
    report(mistakes);
}
