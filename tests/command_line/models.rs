//! `rostrum models` and how models are found by name.

use crate::program::{Desk, copy_folder, in_repository, model};
use std::fs;

/// A copy of a golden checkpoint under a name, with a README.
fn install(desk: &Desk, name: &str, readme: &str) {
    let to = desk.path("data/rostrum/models").join(name);
    copy_folder(model("generate").as_ref(), &to);
    fs::write(to.join("README.md"), readme).unwrap();
}

#[test]
fn installed_models_are_listed_with_their_licence_and_used_by_name() {
    let desk = Desk::new();
    assert!(desk.run(&["models", "list"]).done().out.contains("--model"));
    install(&desk, "Tiny", "---\nlicense: apache-2.0\n---\nA model for tests.");
    let listed = desk.run(&["models", "list", "--json"]).done().last("model");
    assert_eq!((&listed["name"], &listed["licence"]), (&"Tiny".into(), &"apache-2.0".into()));
    assert_eq!(listed["usable"], true);
    assert!(
        listed["what"].as_str().unwrap().contains("Qwen-Image")
            && listed["bytes"].as_u64().unwrap() > 100_000
    );
    let words =
        ["generate", "--model", "tiny", "--prompt", "p", "-o", "out.png", "--device", "cpu", "--steps", "1"];
    desk.run(&[&words[..], &["--width", "32", "--height", "32"]].concat()).done();
    assert!(desk.run(&["models", "inspect", "Tiny"]).done().out.contains("apache-2.0"));
}

#[test]
fn scanning_finds_models_in_other_folders() {
    let desk = Desk::new();
    let found = desk.run(&["models", "scan", &in_repository("tests/golden"), "--json"]).done().events();
    let names: Vec<&str> = found.iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"edit_plus") && names.contains(&"generate"), "{names:?}");
    assert!(desk.run(&["models", "scan", "nowhere"]).failed().contains("nowhere"));
}

#[test]
fn inspecting_says_what_is_missing() {
    let desk = Desk::new();
    install(&desk, "half", "");
    fs::remove_dir_all(desk.path("data/rostrum/models/half/vae")).unwrap();
    let answer = desk.run(&["models", "inspect", "half"]);
    assert!(answer.out.contains("vae") && answer.out.contains("missing"), "{}", answer.out);
    assert!(answer.failed().contains("VAE is missing"));
}

#[test]
fn a_video_model_is_described_with_both_experts_and_what_it_lacks() {
    let desk = Desk::new();
    let whole = desk.run(&["models", "inspect", &in_repository("tests/golden/wan/t2v")]).done().out;
    for words in ["Wan text-to-video (WanPipeline), complete", "Two experts", "down to 875", "transformer_2"]
    {
        assert!(whole.contains(words), "{whole}");
    }
    let one = desk.run(&["models", "inspect", &in_repository("tests/golden/wan/ti2v")]).done().out;
    assert!(one.contains("Wan 2.2 text-and-image-to-video") && !one.contains("Two experts"), "{one}");
    copy_folder(in_repository("tests/golden/wan/i2v").as_ref(), &desk.path("m"));
    fs::remove_dir_all(desk.path("m/transformer_2")).unwrap();
    let half = desk.run(&["models", "inspect", "m"]);
    assert!(half.out.contains("transformer_2"), "{}", half.out);
    let line = half.failed();
    assert!(line.contains("second transformer") && line.contains("missing"), "{line}");
    let words = ["generate", "--model", "m", "--prompt", "p", "-o", "out.png", "--device", "cpu"];
    assert!(desk.run(&words).failed().contains("makes clips and no pictures"));
}

#[test]
fn verifying_reads_every_weight() {
    let desk = Desk::new();
    install(&desk, "Tiny", "");
    assert!(desk.run(&["models", "verify", "Tiny"]).done().out.contains("is whole: 3 files"));
    let file = desk.path("data/rostrum/models/Tiny/vae/diffusion_pytorch_model.safetensors");
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.len();
    bytes[end - 2..].copy_from_slice(&[0xff, 0xff]);
    fs::write(&file, &bytes).unwrap();
    assert!(desk.run(&["models", "verify", "Tiny"]).failed().contains("NaN"));
    fs::write(&file, &bytes[..end - 2]).unwrap();
    assert!(desk.run(&["models", "verify", "Tiny", "--json"]).failed().contains("damaged"));
}
