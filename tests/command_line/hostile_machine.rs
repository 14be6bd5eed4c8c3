//! Disks, drivers, signals and file names that do not behave.

use crate::program::{Answer, Desk, model};
use std::fs;
use std::process::Stdio;

/// A few words that generate a small picture.
fn generate<'a>(model: &'a str, output: &'a str) -> Vec<&'a str> {
    let mut words = vec!["generate", "--model", model, "--prompt", "p", "-o", output, "--device", "cpu"];
    words.extend(["--steps", "1", "--width", "16", "--height", "16"]);
    words
}

#[test]
fn several_runs_into_one_folder_lose_no_picture() {
    let desk = Desk::new();
    fs::create_dir(desk.path("out")).unwrap();
    let model = model("generate");
    let running: Vec<_> = (0..5)
        .map(|_| desk.command(&generate(&model, "out/")).stdout(Stdio::null()).spawn().unwrap())
        .collect();
    for mut run in running {
        assert!(run.wait().unwrap().success());
    }
    let mut names: Vec<_> = fs::read_dir(desk.path("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["00000.png", "00001.png", "00002.png", "00003.png", "00004.png"]);
    let repeated: Vec<_> = (0..3)
        .map(|_| {
            desk.command(&["generate", "--from", "out/00000.png", "--device", "cpu"])
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut run in repeated {
        assert!(run.wait().unwrap().success());
    }
    assert_eq!(fs::read_dir(desk.path("out")).unwrap().count(), 8);
}

#[test]
fn names_that_no_file_can_have_are_refused_before_any_work() {
    let desk = Desk::new();
    let before = desk.names();
    let model = model("generate");
    let long = format!("{}.png", "x".repeat(300));
    for name in [long.as_str(), "out.png/", "out.png/.", "picture.png/out.png"] {
        let answer = desk.run(&generate(&model, name));
        assert!(!answer.out.contains("Opening"), "{name}: {}", answer.out);
        let line = answer.failed();
        assert!(line.contains(name.trim_end_matches("/out.png")), "{line}");
    }
    assert_eq!(desk.names(), before);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_pipes_are_left_alone() {
    let desk = Desk::new();
    fs::create_dir(desk.path("far")).unwrap();
    desk.write("far/target.png", b"old");
    std::os::unix::fs::symlink("far/target.png", desk.path("link.png")).unwrap();
    let model = model("generate");
    desk.run(&generate(&model, "link.png")).done();
    assert!(desk.path("link.png").is_symlink());
    assert_eq!(desk.open("far/target.png").dimensions(), (16, 16));
    assert!(std::process::Command::new("mkfifo").arg(desk.path("pipe.png")).status().unwrap().success());
    let line = desk.run_soon(&generate(&model, "pipe.png")).failed();
    assert!(line.contains("not an ordinary file"), "{line}");
    assert!(!desk.path("pipe.png").is_file() && desk.path("pipe.png").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_work() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    let odd = OsStr::from_bytes(b"m\xff\x1b[31m");
    crate::program::copy_folder(model("generate").as_ref(), &desk.path("all").join(odd));
    let folder = desk.path("all").join(odd);
    let run = |words: &[&OsStr]| -> Answer {
        let mut command = desk.command(&[]);
        command.args(words).output().unwrap().into()
    };
    let picture = OsStr::from_bytes(b"p\xfe.png");
    let words = ["--prompt", "p", "--device", "cpu", "--steps", "1", "--width", "16", "--height", "16"];
    let mut all = vec![OsStr::new("generate"), "--model".as_ref(), folder.as_ref(), "-o".as_ref(), picture];
    all.extend(words.map(OsStr::new));
    run(&all).done();
    assert!(desk.path("").join(picture).is_file());
    run(&["models".as_ref(), "inspect".as_ref(), folder.as_ref()]).done();
    let scanned = desk.run(&["models", "scan", "all"]).done();
    assert!(scanned.out.contains("Qwen-Image") && !scanned.out.contains('\u{1b}'), "{}", scanned.out);
}

#[cfg(target_os = "linux")]
#[test]
fn a_missing_driver_and_a_wrong_number_are_told_apart() {
    let desk = Desk::new();
    let model = model("generate");
    let words = [&generate(&model, "out.png")[..], &["--device", "gpu", "--json"]].concat();
    let mut command = desk.command(&words);
    command.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent");
    let answer = Answer::from(command.output().unwrap());
    assert_eq!(answer.last("failed")["kind"], "device");
    let line = answer.failed();
    assert!(line.contains("driver") && !line.contains("smaller picture"), "{line}");
    let number = [&generate(&model, "out.png")[..], &["--device", "gpu:99"]].concat();
    let line = desk.run(&number).failed();
    assert!(line.contains("99") && !line.contains("smaller picture"), "{line}");
}

#[test]
fn too_little_memory_says_which_option_allows_more() {
    let desk = Desk::new();
    assert!(desk.edit(&["--memory", "1M"]).failed().contains("--memory"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_heard_at_every_stage() {
    use std::io::{BufRead, BufReader};
    let desk = Desk::new();
    let before = desk.names();
    let model = model("edit_plus");
    let mut words = vec!["edit", "--model", &model, "--image", "picture.png", "--prompt", "red", "--json"];
    words.extend(["-o", "out.png", "--device", "cpu", "--mask", "mask.png", "--steps", "8"]);
    for (stage, signal) in [
        ("started", "-INT"),
        ("planned", "-INT"),
        ("reading_prompt", "-INT"),
        ("reading_pictures", "-INT"),
        ("drawing", "-INT"),
        ("developing", "-TERM"),
    ] {
        let large = [&words[..], &["--work-size", "256x192"]].concat();
        let mut running = desk.command(&large).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.contains(&format!("\"{stage}\""))), "there is no {stage}");
        let pid = running.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let last = lines.last();
        let answer = running.wait_with_output().unwrap();
        assert_eq!(answer.status.code(), Some(130), "{stage}");
        assert_eq!(last.as_deref(), Some(r#"{"event":"cancelled"}"#), "{stage}");
        assert_eq!(String::from_utf8(answer.stderr).unwrap(), "rostrum: Cancelled.\n", "{stage}");
        assert_eq!(desk.names(), before, "{stage}");
    }
}
