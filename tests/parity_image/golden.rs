//! The golden files of the Qwen-Image family.

use serde_json::Value;
use std::path::PathBuf;
pub use tests::golden::{Tensors, compare, count, floats, largest_difference};

/// A path inside `tests/golden/qwen_image`.
pub fn path(inside: &str) -> PathBuf {
    tests::golden::folder("qwen_image").join(inside)
}

pub fn json(inside: &str) -> Value {
    tests::golden::json(&path(inside))
}

/// The tensors of a file.
pub fn tensors(inside: &str) -> Tensors {
    Tensors::read(&path(inside))
}

/// Runs `check` on every case of a kind in `blocks/about.json`.
pub fn for_each_case(kind: &str, check: impl Fn(&str, &Value)) {
    let about = json("blocks/about.json");
    let cases = about[kind].as_object().unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(|(name, about)| check(name, about));
}
