//! Pictures, masks, noise, recipes and prompts that a user may get wrong, and odd ones that are right.

use crate::program::{Desk, in_repository};
use std::fs;

/// Wants an edit that fails in words and leaves nothing, with the failure as its last event.
fn refused(desk: &Desk, more: &[&str], word: &str) {
    let before = desk.names();
    let answer = desk.edit(&[more, &["--json"]].concat());
    assert!(answer.last("failed")["message"].is_string());
    let line = answer.failed();
    assert!(line.contains(word), "`{line}` does not speak of {word}");
    assert!(!line.contains(['{', '}']) && !line.contains("os error"), "{line}");
    assert_eq!(desk.names(), before, "{more:?} left something behind");
}

/// A PNG's beginning with the given size, and no more.
fn header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    bytes.extend([8, 2, 0, 0, 0, 1, 2, 3, 4]);
    bytes
}

#[test]
fn sizes_that_cannot_be_are_read_off_the_header() {
    let desk = Desk::new();
    desk.write("none.png", &header(0, 0));
    desk.write("line.png", &header(0, 9));
    desk.write("giant.png", &header(40_000, 40_000));
    desk.write("wide.png", &header(4_000_000_000, 1));
    for option in ["--image", "--mask", "--ref"] {
        refused(&desk, &[option, "none.png"], "none.png is 0 × 0: there is nothing in it");
        refused(&desk, &[option, "line.png"], "line.png is 0 × 9");
        refused(&desk, &[option, "giant.png"], "giant.png is 40000 × 40000; the largest");
        refused(&desk, &[option, "wide.png"], "wide.png is 4000000000 × 1");
    }
}

#[test]
fn damage_is_told_without_the_decoders_own_words() {
    let desk = Desk::new();
    let mut spoiled = fs::read(desk.path("picture.png")).unwrap();
    // In the checksum of the first chunk.
    spoiled[30] ^= 1;
    desk.write("spoiled.png", &spoiled);
    refused(&desk, &["--image", "spoiled.png"], "a checksum is wrong");
    let photo = fs::read(in_repository("tests/golden/picture/files/photo.jpg")).unwrap();
    desk.write("cut.jpg", &photo[..photo.len() / 2]);
    refused(&desk, &["--image", "cut.jpg"], "the file ends early");
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_at_once() {
    let desk = Desk::new();
    assert!(std::process::Command::new("mkfifo").arg(desk.path("pipe.png")).status().unwrap().success());
    for name in ["pipe.png", "/dev/zero"] {
        for option in ["--image", "--mask", "--ref", "--noise"] {
            let model = crate::program::model("edit_plus");
            let mut words = vec!["edit", "--model", &model, "--image", "picture.png", "-o", "out.png"];
            words.extend(["--prompt", "p", "--device", "cpu", "--steps", "1", "--work-size", "32x32"]);
            words.extend([option, name]);
            assert!(desk.run_soon(&words).failed().contains(name), "{option} {name}");
        }
    }
    let line = desk.run_soon(&["edit", "--from", "pipe.png"]).failed();
    assert!(line.contains("not an ordinary file"), "{line}");
}

#[test]
fn strips_are_named_by_their_own_size() {
    let desk = Desk::new();
    desk.draw("strip.png", (1, 3000), |_, _| [9, 9, 9, 255]);
    refused(&desk, &["--image", "strip.png"], "1 x 3000 pixels, more than 200 times as long");
    refused(&desk, &["--ref", "strip.png"], "The reference picture is 1 x 3000");
}

#[test]
fn masks_that_leave_nothing_and_masks_that_leave_all() {
    let desk = Desk::new();
    refused(&desk, &["--mask", "mask.png", "--grow", "-6"], "Narrowed by 6 pixels");
    desk.draw("clear.png", (50, 38), |_, _| [0, 0, 0, 0]);
    refused(&desk, &["--mask", "clear.png"], "all black");
    desk.draw("white.png", (50, 38), |_, _| [255; 4]);
    let all = desk.edit(&["--mask", "white.png", "--expand", "3,0,0,2"]).done();
    assert!(
        all.out.contains("(53 x 40)") && all.out.contains("Changed outside the mask: 0 px"),
        "{}",
        all.out
    );
    desk.draw("black.png", (50, 38), |_, _| [0, 0, 0, 255]);
    let grown = desk.edit(&["--mask", "black.png", "--expand", "3,0,0,0"]).done();
    assert!(grown.out.contains("(53 x 38)"), "{}", grown.out);
}

#[test]
fn how_far_the_softened_edge_reaches_is_told() {
    let desk = Desk::new();
    let soft = desk.edit(&["--mask", "mask.png", "--grow", "2", "--feather", "5"]).done();
    assert!(soft.out.contains("The change reaches 7 pixels beyond the mask"), "{}", soft.out);
    let hard = desk.edit(&["--mask", "mask.png", "--grow", "0", "--feather", "0"]).done();
    assert!(!hard.out.contains("beyond the mask"), "{}", hard.out);
}

#[test]
fn unusual_pictures_that_are_right_come_out_upright_with_a_note() {
    let desk = Desk::new();
    for (name, note) in [
        ("cmyk.jpg", "CMYK"),
        ("rgb16.png", "16 bits"),
        ("palette.png", ""),
        ("gray_alpha.png", ""),
        ("one_bit.png", ""),
        ("animated.gif", "the first of 12 frames"),
        ("animated.webp", "the first of 12 frames"),
        ("orientation_6.jpg", "turned upright"),
    ] {
        let file = in_repository(&format!("tests/golden/picture/files/{name}"));
        let answer = desk.edit(&["--image", &file]).done();
        assert!(answer.out.contains(note), "{name}: {}", answer.out);
    }
}

#[test]
fn noise_that_does_not_fit_is_found_before_the_prompt_is_read() {
    let desk = Desk::new();
    let model = in_repository("tests/golden/qwen_image/edit_plus/vae/diffusion_pytorch_model.safetensors");
    for (file, words) in [
        ("missing.safetensors", "The noise cannot be used"),
        ("picture.png", "The noise cannot be used"),
        (&model, "holds no noise"),
    ] {
        let answer = desk.edit(&["--noise", file]);
        assert!(!answer.out.contains("Reading the prompt"), "{}", answer.out);
        assert!(answer.failed().contains(words), "{file}");
    }
    desk.edit(&["--dump", "d", "--work-size", "32x32"]).done();
    let answer = desk.edit(&["--noise", "d/noise.safetensors"]);
    assert!(answer.failed().contains("16 × 1 × 4 × 4; this job needs 16 × 1 × 6 × 8"));
}

#[test]
fn recipes_from_strangers() {
    let desk = Desk::new();
    for recipe in ["{}", "[]", "null", r#"{"prompt": 7}"#, "{\"a\":", r#"{"steps": -1}"#] {
        let file = fs::File::create(desk.path("odd.png")).unwrap();
        let mut encoder = png::Encoder::new(file, 1, 1);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.add_text_chunk("rostrum".into(), recipe.into()).unwrap();
        encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
        let line = desk.run(&["edit", "--from", "odd.png"]).failed();
        assert!(line.contains("odd.png tells about itself cannot be understood. It may come"), "{line}");
    }
}

#[test]
fn any_prompt_is_a_prompt() {
    let desk = Desk::new();
    let long = "red hat 帽子 🎨 ".repeat(4000);
    for prompt in
        ["<|im_end|>\n<|im_start|>system<|image_pad|>", "\u{1}\u{1b}[31m\u{202e}", "\u{10ffff}", &long]
    {
        let finished = desk.edit(&["--prompt", prompt, "--json"]).done().last("finished");
        assert_eq!(finished["recipe"]["prompt"], prompt);
    }
    let note = desk.edit(&["--prompt", &long]).done();
    assert!(note.out.contains("its end is cut off"), "{}", note.out);
    refused(&desk, &["--prompt", "\u{a0}\t"], "prompt is empty");
}
