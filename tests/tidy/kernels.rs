//! A kernel is one name in five places.

use crate::tree;

/// Where a kernel has a file of its own, beside `shaders/wgsl/<name>.wgsl`.
const PLACES: [&str; 4] =
    ["shaders/src/reference", "shaders/src/cases", "engine/src/kernels", "tests/kernels"];

/// Kernels that lack a place, and twins or cases of kernels that do not exist.
pub fn missing_places(files: &[String], listed: &dyn Fn(&str) -> bool) -> Vec<String> {
    let stem = |path: &str, folder: &str, ending: &str| {
        let name = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(ending)?;
        (!name.contains('/')).then(|| name.to_string())
    };
    let kernels: Vec<String> = files.iter().filter_map(|path| stem(path, "shaders/wgsl", ".wgsl")).collect();
    let mut mistakes = Vec::new();
    for name in &kernels {
        if !listed(name) {
            mistakes.push(format!("shaders/wgsl/{name}.wgsl: not in variants.toml"));
        }
        for place in PLACES {
            let (file, folder) = (format!("{place}/{name}.rs"), format!("{place}/{name}/mod.rs"));
            if !files.contains(&file) && !files.contains(&folder) {
                mistakes.push(format!("shaders/wgsl/{name}.wgsl: {file} is missing"));
            }
        }
    }
    for place in &PLACES[..2] {
        let names = files.iter().filter_map(|path| stem(path, place, ".rs"));
        for name in names.filter(|name| name != "mod" && !kernels.contains(name)) {
            mistakes.push(format!("{place}/{name}.rs: there is no kernel of this name"));
        }
    }
    mistakes
}

/// All files that the rule looks at.
pub fn candidates() -> Vec<String> {
    tree::files(".wgsl").into_iter().chain(tree::files(".rs")).collect()
}

#[test]
fn planted_mistakes_are_found() {
    let mut files: Vec<String> = PLACES.iter().map(|place| format!("{place}/blur.rs")).collect();
    files.push("shaders/wgsl/blur.wgsl".into());
    files.push("shaders/wgsl/shared/tile.wgsl".into());
    files.push("shaders/src/cases/mod.rs".into());
    assert_eq!(missing_places(&files, &|_| true).len(), 0);
    assert_eq!(missing_places(&files, &|_| false).len(), 1);
    assert_eq!(missing_places(&files[1..], &|_| true).len(), 1);
    files.push("shaders/src/reference/sharpen.rs".into());
    assert_eq!(missing_places(&files, &|_| true).len(), 1);
}
