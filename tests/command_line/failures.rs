//! Everything that can be wrong with the input ends in one clear line, status 1, and no file.

use crate::program::{Desk, model};
use std::fs;

/// Runs an edit that must fail, and checks that the line speaks of `word` and that no file came of it.
fn check(desk: &Desk, words: &[&str], word: &str) {
    let before = desk.names();
    let line = desk.edit(words).failed();
    assert!(line.contains(word), "`{line}` does not speak of {word}");
    assert_eq!(desk.names(), before, "{words:?} left something behind");
}

#[test]
fn where_to_write_is_checked_before_any_work() {
    let desk = Desk::new();
    check(&desk, &["-o", "no/such/folder/out.png"], "no/such/folder");
    check(&desk, &["-o", "missing/"], "missing");
    check(&desk, &["-o", "out.tiff"], ".png");
    check(&desk, &["-o", "out"], ".png");
    check(&desk, &["-o", "picture.png"], "overwritten");
    check(&desk, &["--mask", "mask.png", "-o", "./mask.png"], "overwritten");
    // The folder is named although the model is missing, too: it is looked at first.
    let words = ["generate", "--model", "none", "--prompt", "p", "-o", "no/out.png"];
    assert!(desk.run(&words).failed().contains("The folder no does not exist"));
}

#[test]
fn requests_that_cannot_be_met() {
    let desk = Desk::new();
    check(&desk, &["--prompt", ""], "prompt is empty");
    check(&desk, &["--prompt", " \n "], "prompt is empty");
    check(&desk, &["--work-size", "40000x40000"], "40000 x 40000");
    check(&desk, &["--expand", "16384,0,0,0"], "16434 x 38");
    check(&desk, &["--expand", "4294967295,0,0,0"], "finished picture");
    let words =
        ["generate", "--model", &model("generate"), "--prompt", "p", "-o", "out.png", "--width", "40000"];
    let words = [&words[..], &["--height", "40000"]].concat();
    assert!(desk.run(&words).failed().contains("40000 x 40000"));
    check(&desk, &["--memory", "1M"], "memory");
    check(&desk, &["--device", "gpu:99"], "99");
}

#[test]
fn models_that_are_none() {
    let desk = Desk::new();
    check(&desk, &["--model", "no such model"], "no such model");
    check(&desk, &["--model", "."], "model");
    check(&desk, &["--model", "picture.png"], "picture.png");
    fs::create_dir(desk.path("half")).unwrap();
    fs::copy(format!("{}/model_index.json", model("edit_plus")), desk.path("half/model_index.json")).unwrap();
    check(&desk, &["--model", "half"], "missing");
}

#[test]
fn pictures_and_masks_that_cannot_be_read() {
    let desk = Desk::new();
    let whole = fs::read(desk.path("picture.png")).unwrap();
    desk.write("short.png", &whole[..whole.len() / 2]);
    desk.write("nothing.png", b"");
    desk.write("words.png", b"not a picture at all");
    fs::create_dir(desk.path("folder.png")).unwrap();
    desk.draw("black.png", (50, 38), |_, _| [0, 0, 0, 255]);
    // The size in the header, with the checksum that belongs to it left wrong, is enough for a refusal.
    let mut huge = whole.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0x9c, 0x40, 0, 0, 0x9c, 0x40]);
    desk.write("huge.png", &huge);
    for name in ["missing.png", "short.png", "nothing.png", "words.png", "folder.png", "huge.png"] {
        check(&desk, &["--image", name], name);
        check(&desk, &["--mask", name], name);
        check(&desk, &["--ref", "picture.png", name], name);
    }
    check(&desk, &["--mask", "black.png"], "all black");
}

#[test]
fn noise_and_recipes_that_cannot_be_read() {
    let desk = Desk::new();
    check(&desk, &["--noise", "missing.safetensors"], "missing.safetensors");
    check(&desk, &["--noise", "picture.png"], "picture.png");
    let line = desk.run(&["edit", "--from", "picture.png"]).failed();
    assert!(line.contains("does not tell how it was made"), "{line}");
    assert!(desk.run(&["edit", "--from", "missing.png"]).failed().contains("missing.png"));
}

#[test]
fn json_tells_the_failure_as_an_event_too() {
    let desk = Desk::new();
    let answer = desk.edit(&["--image", "missing.png", "--json"]);
    let failed = answer.last("failed");
    assert_eq!(failed["kind"], "input");
    assert!(failed["message"].as_str().unwrap().contains("missing.png"), "{failed}");
    assert!(failed["hint"].is_string(), "{failed}");
    assert!(answer.failed().contains("missing.png"));
}
