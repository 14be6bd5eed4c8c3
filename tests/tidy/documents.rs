//! Documents that are there, short, and true where a program can tell.

use crate::floors::FLOORS;
use crate::tree::{exists, read};

/// Documents with their greatest length in lines.
const DOCUMENTS: [(&str, usize); 4] =
    [("README.md", 250), ("ARCHITECTURE.md", 250), ("CONTRIBUTING.md", 80), ("CHANGELOG.md", 2000)];

/// Fewest invariants that ARCHITECTURE.md states.
const INVARIANTS: usize = 12;

/// Documents that are missing or too long.
pub fn lengths() -> Vec<String> {
    let mut mistakes = Vec::new();
    for (name, most) in DOCUMENTS {
        let lines = read(name).lines().count();
        if lines > most {
            mistakes.push(format!("{name}: {lines} lines, at most {most}"));
        }
    }
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        if !exists(name) {
            mistakes.push(format!("{name} is missing"));
        }
    }
    mistakes
}

/// Links of a document to files that are not there; `folder` is the document's own.
pub fn dead_links(path: &str, text: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let prose: String = text.split("```").step_by(2).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let local = targets.filter(|target| !target.is_empty() && !target.contains("://"));
    local
        .filter(|target| !exists(&format!("{folder}{target}")))
        .map(|target| format!("{path}: the link to {target} leads nowhere"))
        .collect()
}

/// Proofs of invariants, written `file.rs::function`, that do not exist; and invariants without any proof.
pub fn unproven_invariants(text: &str) -> Vec<String> {
    let mut mistakes = Vec::new();
    let stated: Vec<&str> = text.split("Invariant:").skip(1).collect();
    if stated.len() < INVARIANTS {
        mistakes.push(format!("ARCHITECTURE.md: {} invariants, at least {INVARIANTS}", stated.len()));
    }
    for invariant in stated {
        let sentence = invariant.split("\n\n").next().unwrap_or_default();
        let first = sentence.lines().next().unwrap_or_default().trim();
        if !sentence.contains('`') {
            mistakes.push(format!("ARCHITECTURE.md: nothing proves this: {first}"));
        }
    }
    for quoted in text.split('`').skip(1).step_by(2) {
        let Some((file, function)) = quoted.split_once(".rs::") else { continue };
        let file = format!("{file}.rs");
        let there = exists(&file) && read(&file).contains(&format!("fn {function}("));
        if !there {
            mistakes.push(format!("ARCHITECTURE.md: {file} has no test `{function}`"));
        }
    }
    mistakes
}

/// Floors and crates that the map does not show.
pub fn unmapped(text: &str) -> Vec<String> {
    let floors = FLOORS.iter().flat_map(|names| names.iter()).map(|name| format!("engine/src/{name}"));
    let crates = ["shaders", "engine/api", "app", "tests", "packaging/xtask"].map(String::from);
    let missing = floors.chain(crates).filter(|place| !text.contains(&format!("`{place}`")));
    missing.map(|place| format!("ARCHITECTURE.md does not mention `{place}`")).collect()
}

#[test]
fn planted_mistakes_are_found() {
    let links = "[a](Cargo.toml) [b](nowhere.md) [c](https://example.org/x) [d](#here)\n```\nx[e](f)\n```\n";
    assert_eq!(dead_links("NEW.md", links).len(), 1);
    assert_eq!(dead_links("tests/NEW.md", "[a](deny.toml)").len(), 1);
    let invariants = "Invariant: all is well.\n\n".repeat(12);
    assert_eq!(unproven_invariants(&invariants).len(), 12);
    let proven = "Invariant: true (`tests/tidy.rs::documents_are_short_and_true`).\n\n".repeat(12);
    assert_eq!(unproven_invariants(&proven).len(), 0);
    assert_eq!(unproven_invariants(&format!("{proven} `tests/tidy.rs::nothing_like_it`")).len(), 1);
    assert_eq!(unmapped("").len(), 14);
}
