//! The starter pack does what its description says, on the sample picture. It never saw that scene.

use crate::program::{Answer, Desk, in_repository};
use image::RgbaImage;

/// Runs the program where it finds the pack.
fn run(desk: &Desk, words: &[&str]) -> Answer {
    let starter = in_repository("assets/starter");
    desk.command(words).env("ROSTRUM_STARTER", starter).output().unwrap().into()
}

/// An edit of the sample picture on the processor.
fn edited(desk: &Desk, prompt: &str, more: &[&str]) -> RgbaImage {
    let harbour = in_repository("assets/samples/harbour.png");
    let mut words = vec!["edit", "--model", "starter", "--image", &harbour, "--prompt", prompt];
    words.extend(["--device", "cpu", "--seed", "7", "-o", "out.png"]);
    words.extend(more);
    run(desk, &words).done();
    desk.open("out.png")
}

fn harbour() -> RgbaImage {
    image::open(in_repository("assets/samples/harbour.png")).unwrap().into_rgba8()
}

/// Mean of a value over the pixels for which `counts`.
fn mean(picture: &RgbaImage, counts: impl Fn(u32, u32) -> bool, value: impl Fn([u8; 4]) -> f64) -> f64 {
    let inside = picture.enumerate_pixels().filter(|(x, y, _)| counts(*x, *y));
    let (sum, count) =
        inside.fold((0.0, 0.0), |(sum, count), (_, _, pixel)| (sum + value(pixel.0), count + 1.0));
    sum / count
}

fn light(pixel: [u8; 4]) -> f64 {
    pixel[..3].iter().map(|&value| f64::from(value)).sum::<f64>() / 3.0
}

#[test]
fn it_is_listed_as_what_it_is() {
    let desk = Desk::new();
    let listed = run(&desk, &["models", "list"]).done().out;
    for words in ["starter", "starter-motion", "learned from drawn scenes", "learned from drawn clips"] {
        assert!(listed.contains(words), "{listed}");
    }
    assert!(!desk.run(&["models", "list"]).done().out.contains("drawn"));
    for name in ["starter", "starter-motion"] {
        run(&desk, &["models", "verify", name]).done();
    }
}

#[test]
fn day_turns_into_night_at_the_size_of_the_picture() {
    let desk = Desk::new();
    let night = edited(&desk, "make it night", &[]);
    let day = harbour();
    assert_eq!(night.dimensions(), day.dimensions());
    let [before, after] = [&day, &night].map(|picture| mean(picture, |_, _| true, light));
    assert!(after < before * 0.6, "{before} before, {after} after");
}

#[test]
fn the_balloon_goes_and_everything_outside_the_mask_stays() {
    let desk = Desk::new();
    let mask = in_repository("assets/samples/harbour-mask.png");
    let without = edited(&desk, "remove the balloon", &["--mask", &mask]);
    let (with, mask) = (harbour(), image::open(&mask).unwrap().into_luma8());
    let is_marked = |x: u32, y: u32| mask.get_pixel(x, y).0[0] > 0;
    let is_same =
        |(x, y, pixel): (u32, u32, &image::Rgba<u8>)| is_marked(x, y) || pixel == with.get_pixel(x, y);
    assert!(without.enumerate_pixels().all(is_same));
    // Sky and hills are blue and green; only the balloon is red.
    let red = |pixel: [u8; 4]| if pixel[0] > 150 && pixel[1] < 70 { 1.0 } else { 0.0 };
    let [before, after] = [&with, &without].map(|picture| mean(picture, is_marked, red));
    assert!(before > 0.1 && after < before * 0.2, "{before} before, {after} after");
}

#[test]
fn a_pan_moves_the_picture_the_other_way() {
    let desk = Desk::new();
    let harbour = in_repository("assets/samples/harbour.png");
    let words = ["animate", "--model", "starter-motion", "--image", &harbour, "--prompt", "pan left"];
    run(&desk, &[&words[..], &["--device", "cpu", "--seed", "7", "-o", "clip/"]].concat()).done();
    assert!(desk.path("clip/00016.png").is_file() && !desk.path("clip/00017.png").exists());
    let [first, last] = ["clip/00000.png", "clip/00016.png"].map(|name| desk.open(name));
    let (width, _) = first.dimensions();
    // By a quarter of the width over the clip; what comes in at the left was never seen.
    let moved = width / 4;
    let off = |by: u32| {
        let pixels = last.enumerate_pixels().filter(|(x, _, _)| *x >= moved);
        let differences =
            pixels.map(|(x, y, pixel)| (light(pixel.0) - light(first.get_pixel(x - by, y).0)).powi(2));
        differences.sum::<f64>()
    };
    assert!(off(moved) < 0.5 * off(0), "{} when moved, {} when not", off(moved), off(0));
}
