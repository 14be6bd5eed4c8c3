//! Whole runs on a small checkpoint: pictures, events, recipes, cancellation.

use crate::program::{Desk, in_middle, model};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn a_masked_edit_changes_not_one_pixel_outside_the_mask() {
    let desk = Desk::new();
    let words = ["--mask", "mask.png", "--grow", "0", "--feather", "0", "--json"];
    let finished = desk.edit(&words).done().last("finished");
    assert_eq!(finished["changed_outside_mask"], 0);
    let (before, after) = (desk.open("picture.png"), desk.open("out.png"));
    assert_eq!(before.dimensions(), after.dimensions());
    let differs = |x, y| before.get_pixel(x, y) != after.get_pixel(x, y);
    let pixels = || (0..50).flat_map(|x| (0..38).map(move |y| (x, y)));
    assert!(pixels().all(|(x, y)| in_middle(x, y) || !differs(x, y)));
    assert!(pixels().any(|(x, y)| differs(x, y)), "nothing changed at all");
}

#[test]
fn events_tell_the_job_in_order_and_its_peak_stays_below_the_plan() {
    let events = Desk::new().edit(&["--json", "--steps", "3"]).done().events();
    let place = |name: &str| {
        events.iter().position(|event| event["event"] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    assert!(place("started") < place("planned") && place("planned") < place("step"));
    assert!(events.iter().any(|event| event["event"] == "stage" && event["words"].is_string()));
    let steps: Vec<&Value> = events.iter().filter(|event| event["event"] == "step").collect();
    assert_eq!(steps.iter().map(|step| step["index"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(steps.iter().all(|step| step["total"] == 3 && step["seconds"].as_f64().unwrap() > 0.0));
    let (plan, finished) = (&events[place("planned")], events.last().unwrap());
    assert_eq!((plan["steps"].as_u64(), finished["event"].as_str()), (Some(3), Some("finished")));
    assert!(finished["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(finished["changed_outside_mask"], Value::Null, "there was no mask");
    assert!(finished["peak_vram"].as_u64().unwrap() <= plan["vram_bytes"].as_u64().unwrap());
    if cfg!(target_os = "linux") {
        assert!(finished["peak_rss"].as_u64().unwrap() <= plan["ram_bytes"].as_u64().unwrap());
    }
}

#[test]
fn a_picture_repeats_itself_and_options_override_it() {
    let desk = Desk::new();
    desk.draw("other.png", (30, 30), |x, _| [x as u8, 200, 0, 255]);
    let words =
        ["--mask", "mask.png", "--ref", "other.png", "--strength", "0.9", "--expand", "0,0,6,0", "--json"];
    let first = desk.edit(&words).done().last("finished");
    let second =
        desk.run(&["edit", "--from", "out.png", "--device", "cpu", "--json"]).done().last("finished");
    assert_eq!(second["output"], "out-2.png");
    assert_eq!(first["recipe"], second["recipe"]);
    assert_eq!(std::fs::read(desk.path("out.png")).unwrap(), std::fs::read(desk.path("out-2.png")).unwrap());
    let words =
        ["edit", "--from", "out.png", "--device", "cpu", "--seed", "8", "-o", "other-seed.png", "--json"];
    let third = desk.run(&words).done().last("finished");
    assert_eq!((&third["seed"], &third["recipe"]["steps"]), (&Value::from(8), &first["recipe"]["steps"]));
    assert_ne!(desk.open("out.png"), desk.open("other-seed.png"));
}

#[test]
fn a_source_that_changed_since_is_noticed() {
    let desk = Desk::new();
    desk.edit(&[]).done();
    desk.draw("picture.png", (50, 38), |_, _| [9, 9, 9, 255]);
    let answer = desk.run(&["edit", "--from", "out.png", "--device", "cpu"]).done();
    assert!(answer.out.contains("picture.png has changed since"), "{}", answer.out);
}

#[test]
fn a_generated_picture_has_the_size_asked_for_and_repeats_itself() {
    let desk = Desk::new();
    let model = model("generate");
    let words =
        ["generate", "--model", &model, "--prompt", "a house", "-o", "./", "--device", "cpu", "--steps", "2"];
    let answer = desk.run(&[&words[..], &["--width", "45", "--height", "37"]].concat()).done();
    assert!(answer.out.contains("00000.png (45 x 37)"), "{}", answer.out);
    assert!(!answer.out.contains("outside the mask"), "{}", answer.out);
    desk.run(&["edit", "--from", "00000.png", "--device", "cpu"]).done();
    assert_eq!(desk.open("00000.png").dimensions(), (45, 37));
    assert_eq!(desk.open("00000.png"), desk.open("00000-2.png"));
    let again =
        desk.run(&["generate", "--from", "00000.png", "-o", "./", "--device", "cpu", "--seed", "1"]).done();
    assert!(again.out.contains("00001.png") && again.out.contains("seed 1\n"), "{}", again.out);
}

#[test]
fn an_edited_picture_is_not_repeated_as_a_generated_one() {
    let desk = Desk::new();
    desk.edit(&[]).done();
    assert!(desk.run(&["generate", "--from", "out.png"]).failed().contains("rostrum edit --from"));
}

#[test]
fn the_ending_chooses_the_kind_of_file() {
    let desk = Desk::new();
    desk.edit(&["-o", "out.webp", "--mask", "mask.png"]).done();
    let jpeg = desk.edit(&["-o", "out.JPG", "--mask", "mask.png"]).done();
    assert!(jpeg.out.contains("JPEG changes every pixel"), "{}", jpeg.out);
    let format = |name: &str| image::guess_format(&std::fs::read(desk.path(name)).unwrap()).unwrap();
    assert_eq!(format("out.webp"), image::ImageFormat::WebP);
    assert_eq!(format("out.JPG"), image::ImageFormat::Jpeg);
}

#[test]
fn a_mask_of_another_size_is_fitted_with_a_note() {
    let desk = Desk::new();
    desk.draw("small.png", (25, 19), |x, _| if x > 12 { [255; 4] } else { [0, 0, 0, 255] });
    let answer = desk.edit(&["--mask", "small.png"]).done();
    assert!(answer.out.contains("Note: ") && answer.out.contains("25"), "{}", answer.out);
    assert!(answer.out.contains("Changed outside the mask: 0 px"), "{}", answer.out);
}

#[test]
fn a_reader_that_went_away_does_not_stop_the_picture() {
    let desk = Desk::new();
    let model = model("edit_plus");
    let words = ["edit", "--model", &model, "--image", "picture.png", "--prompt", "red", "-o", "out.png"];
    let mut command =
        desk.command(&[&words[..], &["--device", "cpu", "--steps", "2", "--work-size", "64x48"]].concat());
    let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    assert!(running.wait().unwrap().success());
    assert_eq!(desk.open("out.png").dimensions(), (64, 48), "without a mask the work size is the target");
}

#[cfg(unix)]
#[test]
fn an_interrupt_cancels_with_status_130_and_leaves_no_file() {
    let desk = Desk::new();
    let before = desk.names();
    let model = model("edit_plus");
    let words =
        ["edit", "--model", &model, "--image", "picture.png", "--prompt", "red", "-o", "out.png", "--json"];
    let mut command =
        desk.command(&[&words[..], &["--device", "cpu", "--steps", "1000", "--work-size", "64x48"]].concat());
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains(r#""event":"step""#)), "no step was ever made");
    let killed =
        std::process::Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.collect();
    let status = running.wait().unwrap().code();
    assert_eq!((status, rest.last().map(String::as_str)), (Some(130), Some(r#"{"event":"cancelled"}"#)));
    assert_eq!(desk.names(), before);
}
