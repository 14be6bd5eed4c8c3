//! The files that the rules look at.

use crate::scan;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing of ours.
const FOREIGN: [&str; 3] = ["target", "out", "__pycache__"];

/// A Rust file in three readings.
pub struct RustFile {
    /// From the repository's root, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// Without comments and without the inside of literals.
    pub code: String,
    /// As `code`, and without tests; empty in a file that is there for tests only.
    pub product: String,
}

impl RustFile {
    pub fn new(path: &str, text: &str) -> Self {
        let code = scan::without_words(text);
        let (product, _) = scan::without_tests(&code);
        Self { path: path.into(), text: text.into(), code, product }
    }

    /// Name of a rule's finding: file, line and what stands there.
    pub fn at(&self, offset: usize, complaint: &str) -> String {
        let line = scan::line_of(&self.code, offset);
        let text = self.text.lines().nth(line - 1).unwrap_or_default().trim();
        format!("{}:{line}: {complaint}: {text}", self.path)
    }

    /// The modules that the file stands in, from the crate's root: `engine/src/nn/mod.rs` is `["nn"]`.
    pub fn modules(&self) -> Vec<&str> {
        let inside = self.path.split_once("/src/").map_or("", |(_, inside)| inside);
        let mut names: Vec<&str> = inside.trim_end_matches(".rs").split('/').collect();
        if matches!(names.last(), Some(&("mod" | "lib" | "main"))) {
            names.pop();
        }
        names
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the workspace").into()
}

/// Paths from the root of all files whose names end with `ending`, in order.
pub fn files(ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(&root(), &mut found);
    let mut found: Vec<String> = found
        .iter()
        .map(|path| path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"))
        .filter(|path| path.ends_with(ending))
        .collect();
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if path.is_dir() && !name.starts_with('.') && !FOREIGN.contains(&name.as_ref()) {
            walk(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

/// A file's text.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Whether there is such a file or folder.
pub fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// Every Rust file of the repository.
pub fn rust_files() -> Vec<RustFile> {
    let mut all: Vec<RustFile> = files(".rs").iter().map(|path| RustFile::new(path, &read(path))).collect();
    let mut for_tests = Vec::new();
    for file in &all {
        let folder = match file.path.rsplit_once('/') {
            Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder,
            _ => file.path.trim_end_matches(".rs"),
        };
        for module in scan::without_tests(&file.code).1 {
            for_tests.push(format!("{folder}/{module}.rs"));
            for_tests.push(format!("{folder}/{module}/"));
        }
    }
    for file in &mut all {
        if for_tests
            .iter()
            .any(|path| file.path == *path || path.ends_with('/') && file.path.starts_with(path))
        {
            file.product.clear();
        }
    }
    all
}
