//! Who may know whom: floors inside the engine, crates among each other, threads, printing.

use crate::scan::{is_name, places};
use crate::tree::{RustFile, read};

/// Floors of `engine/src`, lowest first; floors on one line do not know each other. The first stands on floor 1,
/// because floor 0 is the crate `shaders`.
pub const FLOORS: [&[&str]; 7] = [
    &["device"],
    &["kernels"],
    &["weights", "picture", "clip"],
    &["nn"],
    &["models"],
    &["pipelines"],
    &["service"],
];

/// Folder → crates and modules that nothing in it may name.
const STRANGERS: [(&str, &[&str]); 13] = [
    ("shaders/src/", &["wgpu", "burn", "cubecl", "engine", "engine_api"]),
    ("engine/api/src/", &["engine", "burn", "wgpu", "cubecl", "crossbeam_channel"]),
    ("engine/src/", &["app", "egui", "eframe", "anyhow", "clap"]),
    ("engine/src/device/", &["engine_api", "shaders"]),
    ("engine/src/kernels/", &["engine_api", "wgpu"]),
    ("engine/src/weights/", &["engine_api", "wgpu", "cubecl", "burn_cubecl", "burn_dispatch", "burn_flex"]),
    ("engine/src/clip/", &["engine_api", "wgpu", "cubecl", "burn", "shaders"]),
    ("engine/src/picture/", &["engine_api", "wgpu", "cubecl", "burn", "shaders"]),
    (
        "engine/src/nn/",
        &["engine_api", "wgpu", "cubecl", "burn_cubecl", "burn_dispatch", "burn_flex", "shaders"],
    ),
    (
        "engine/src/models/",
        &["engine_api", "wgpu", "cubecl", "burn_cubecl", "burn_dispatch", "burn_flex", "shaders"],
    ),
    ("engine/src/pipelines/", &["wgpu", "cubecl", "burn_cubecl", "burn_dispatch", "burn_flex", "shaders"]),
    (
        "engine/src/service/",
        &["wgpu", "cubecl", "burn", "burn_cubecl", "burn_dispatch", "burn_flex", "shaders"],
    ),
    ("app/src/", &["burn", "wgpu", "cubecl", "shaders"]),
];

/// Files of the app that open the engine's doors; the rest talks `engine-api`.
const DOORS: [&str; 3] = ["app/src/main.rs", "app/src/engine_link.rs", "app/src/engine_link/clips.rs"];

/// Manifest → what none of its dependencies may be called or begin with.
const MANIFESTS: [(&str, &[&str]); 4] = [
    ("shaders/Cargo.toml", &["wgpu", "burn", "cubecl", "engine"]),
    ("engine/api/Cargo.toml", &["burn", "wgpu", "cubecl", "crossbeam", "engine", "shaders", "rayon"]),
    ("engine/Cargo.toml", &["app", "egui", "eframe", "anyhow", "clap"]),
    ("app/Cargo.toml", &["burn", "wgpu", "cubecl", "shaders"]),
];

fn level(name: &str) -> Option<usize> {
    FLOORS.iter().position(|names| names.contains(&name))
}

/// Uses of a floor that is not below the file's own.
pub fn upward_imports(file: &RustFile) -> Vec<String> {
    let modules = file.modules();
    let (true, Some(own)) = (file.path.starts_with("engine/src/"), modules.first()) else {
        return Vec::new();
    };
    let Some(own_level) = level(own) else {
        return vec![format!("{}: `{own}` is no floor; add it to FLOORS", file.path)];
    };
    let upward = |(at, name): (usize, String)| {
        let other = level(&name)?;
        let up = name != *own && other >= own_level;
        up.then(|| file.at(at, &format!("`{own}` uses `{name}`, which is not below it")))
    };
    from_the_root(&file.product, modules.len()).into_iter().filter_map(upward).collect()
}

/// First names of all paths that begin at the crate's root, spelled `crate::…` or with enough `super::`.
fn from_the_root(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let climb = "super::".repeat(depth);
    for start in ["crate::", climb.as_str()] {
        for at in places(code, start) {
            let climbs_further = start != "crate::" && code[..at].ends_with("super::");
            if !climbs_further {
                found.extend(first_names(&code[at + start.len()..]).into_iter().map(|name| (at, name)));
            }
        }
    }
    found
}

/// `a::b` → a; `{a::{b, c}, d}` → a, d.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| is_name(*c)).collect::<String>();
    let Some(list) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut names, mut start) = (0usize, Vec::new(), 0);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(name(&list[start..at]));
                return names;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(name(&list[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

/// Paths that begin with a crate which the folder must not know.
pub fn strangers(file: &RustFile) -> Vec<String> {
    let mut mistakes = Vec::new();
    let named = |name: &str, complaint: &str| -> Vec<String> {
        let start = format!("{name}::");
        let own = |at: &usize| !file.product[..*at].ends_with("::");
        places(&file.product, &start).filter(own).map(|at| file.at(at, complaint)).collect()
    };
    for (folder, names) in STRANGERS {
        if file.path.starts_with(folder) {
            mistakes.extend(names.iter().flat_map(|name| named(name, &format!("must not know `{name}`"))));
        }
    }
    if file.path.starts_with("app/src/") && !DOORS.contains(&file.path.as_str()) {
        mistakes.extend(named("engine", "only main.rs and engine_link.rs know the engine"));
    }
    mistakes
}

/// Threads and channels outside the service, and anything printed by the engine.
pub fn hidden_activity(file: &RustFile) -> Vec<String> {
    let engine = ["engine/", "shaders/"].iter().any(|folder| file.path.starts_with(folder));
    let mut mistakes = Vec::new();
    let mut forbid = |words: &[&str], complaint: &str| {
        let found = words.iter().flat_map(|word| places(&file.product, word));
        mistakes.extend(found.map(|at| file.at(at, complaint)));
    };
    if engine && !file.path.starts_with("engine/src/service/") {
        let words = [
            "thread::spawn",
            "thread::Builder",
            "thread::scope",
            "crossbeam_channel",
            "mpsc::",
            "rayon::spawn",
        ];
        forbid(&words, "only the service owns threads and channels");
    }
    if engine {
        let words = ["println!", "eprintln!", "print!", "eprint!", "dbg!", "process::exit"];
        forbid(&words, "the engine prints nothing and ends no process; it tells by events and errors");
    }
    mistakes
}

/// What a manifest's dependencies are called.
fn dependencies(text: &str, manifest: &str) -> Vec<(String, toml::Value)> {
    let table: toml::Table = toml::from_str(text).unwrap_or_else(|e| panic!("{manifest}: {e}"));
    let list = table.get("dependencies").and_then(|d| d.as_table()).cloned().unwrap_or_default();
    list.into_iter().collect()
}

/// Dependencies that would break a wall, or that do not take their version from the workspace.
pub fn manifest_mistakes(manifest: &str, text: &str) -> Vec<String> {
    let forbidden = MANIFESTS.iter().find(|(path, _)| *path == manifest).map_or(&[][..], |(_, names)| names);
    let mut mistakes = Vec::new();
    for (name, value) in dependencies(text, manifest) {
        let engine_api = name == "engine-api" && manifest == "app/Cargo.toml";
        if !engine_api && forbidden.iter().any(|f| name == *f || name.starts_with(&format!("{f}-"))) {
            mistakes.push(format!("{manifest}: must not depend on {name}"));
        }
        if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
            mistakes.push(format!("{manifest}: {name} must take its version from the workspace"));
        }
    }
    let table: toml::Table = toml::from_str(text).unwrap();
    if table.get("lints").and_then(|l| l.get("workspace")).and_then(toml::Value::as_bool) != Some(true) {
        mistakes.push(format!("{manifest}: [lints] must be the workspace's"));
    }
    mistakes
}

/// Folders of floors that do not say on which one they stand.
pub fn silent_floors() -> Vec<String> {
    let mut mistakes = Vec::new();
    for (index, names) in FLOORS.iter().enumerate() {
        for name in *names {
            let path = format!("engine/src/{name}/mod.rs");
            let start = format!("//! Floor {}: ", index + 1);
            if !read(&path).starts_with(&start) {
                mistakes.push(format!("{path}: must begin with `{start}`"));
            }
        }
    }
    if !read("shaders/src/lib.rs").contains("//! Floor 0: ") {
        mistakes.push("shaders/src/lib.rs: must say `Floor 0`".into());
    }
    mistakes
}

#[test]
fn planted_mistakes_are_found() {
    let found = |path: &str, text: &str| {
        let file = RustFile::new(path, text);
        (upward_imports(&file).len(), strangers(&file).len(), hidden_activity(&file).len())
    };
    assert_eq!(found("engine/src/nn/a.rs", "use crate::models::A;"), (1, 0, 0));
    assert_eq!(
        found("engine/src/nn/a.rs", "use crate::{\n    kernels::B,\n    pipelines::{C, D},\n};"),
        (1, 0, 0)
    );
    assert_eq!(found("engine/src/nn/a.rs", "use super::super::service::S; use super::b;"), (1, 0, 0));
    assert_eq!(found("engine/src/nn/mod.rs", "use super::models; mod models;"), (1, 0, 0));
    assert_eq!(found("engine/src/picture/a.rs", "use crate::weights::W; fn f() { burn::x() }"), (1, 1, 0));
    assert_eq!(
        found("engine/src/nn/a.rs", "// crate::models\n#[cfg(test)]\nmod tests { use crate::models::A; }"),
        (0, 0, 0)
    );
    assert_eq!(found("engine/src/other.rs", "").0, 1);
    assert_eq!(found("engine/src/device/a.rs", "use burn::tensor::wgpu::S; use wgpu::T;"), (0, 0, 0));
    assert_eq!(found("app/src/jobs.rs", "use engine_api::A; use engine::B;"), (0, 1, 0));
    assert_eq!(
        found("engine/src/nn/a.rs", "std::thread::spawn(f); eprintln!(); debug_println!();"),
        (0, 0, 2)
    );
    assert_eq!(found("engine/src/service/a.rs", "std::thread::spawn(f);"), (0, 0, 0));
    let wrong = "[dependencies]\nburn.workspace = true\nserde = \"1\"\n";
    assert_eq!(manifest_mistakes("shaders/Cargo.toml", wrong).len(), 3);
    let right = "[dependencies]\nserde.workspace = true\n[lints]\nworkspace = true\n";
    assert_eq!(manifest_mistakes("shaders/Cargo.toml", right).len(), 0);
}
