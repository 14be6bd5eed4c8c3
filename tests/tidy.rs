//! The house rules that a program can check: floors, room sizes, the five places of a kernel, names, panics,
//! documents. Each rule lives in `tidy/`, beside a test that plants mistakes and sees them found.

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/kernels.rs"]
mod kernels;
#[path = "tidy/promises.rs"]
mod promises;
#[path = "tidy/scan.rs"]
mod scan;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/tree.rs"]
mod tree;

use tree::{RustFile, files, read, rust_files};

fn report(mut mistakes: Vec<String>) {
    mistakes.sort();
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

fn everywhere(rule: impl Fn(&RustFile) -> Vec<String>) -> Vec<String> {
    let all = rust_files();
    assert!(all.len() > 100, "only {} Rust files were found", all.len());
    all.iter().flat_map(rule).collect()
}

#[test]
fn imports_go_down_only() {
    report(everywhere(floors::upward_imports));
}

#[test]
fn crates_and_floors_know_only_their_own_trade() {
    let mut mistakes = everywhere(floors::strangers);
    mistakes.extend(floors::silent_floors());
    report(mistakes);
}

#[test]
fn manifests_keep_the_walls_between_crates() {
    let manifests = files("Cargo.toml");
    let members = manifests.iter().filter(|path| path.as_str() != "Cargo.toml");
    report(members.flat_map(|path| floors::manifest_mistakes(path, &read(path))).collect());
}

#[test]
fn only_the_service_owns_threads_and_channels_and_the_engine_is_silent() {
    report(everywhere(floors::hidden_activity));
}

#[test]
fn files_functions_and_folders_have_human_size() {
    let mut mistakes = everywhere(sizes::long_rooms);
    mistakes.extend(sizes::long_shaders());
    mistakes.extend(sizes::full_folders(files(".rs").iter().map(String::as_str)));
    report(mistakes);
}

#[test]
fn every_file_says_what_it_is_for() {
    report(promises::mute_files(&rust_files()));
}

#[test]
fn names_say_what_things_are() {
    report(everywhere(promises::empty_names));
}

#[test]
fn product_code_panics_only_with_a_proof() {
    report(everywhere(promises::unproven_panics));
}

#[test]
fn no_test_is_silenced_without_a_reason() {
    report(everywhere(promises::silenced_tests));
}

#[test]
fn nothing_names_a_path_of_one_machine() {
    let endings = [".rs", ".wgsl", ".toml", ".md", ".py", ".json"];
    let ours = endings
        .iter()
        .flat_map(|ending| files(ending))
        .chain([".ci/run".into(), ".cargo/config.toml".into()]);
    report(ours.flat_map(|path| promises::private_paths(&path, &read(&path))).collect());
}

#[test]
fn a_kernel_stands_in_all_its_places() {
    report(kernels::missing_places(&kernels::candidates(), &|name| shaders::kernel(name).is_ok()));
}

#[test]
fn documents_are_short_and_true() {
    let mut mistakes = documents::lengths();
    let architecture = read("ARCHITECTURE.md");
    mistakes.extend(documents::unproven_invariants(&architecture));
    mistakes.extend(documents::unmapped(&architecture));
    mistakes.extend(files(".md").iter().flat_map(|path| documents::dead_links(path, &read(path))));
    report(mistakes);
}
