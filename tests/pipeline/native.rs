//! Models that know one size: what they say of themselves is heard, and pictures of other sizes come back at their own.

use super::rules::Listener;
use super::{edit, golden_folder, request};
use engine::pipelines::{foresee, model, run};
use engine_api::{Edit, ImageRequest, Intent, Outcome, Picture, Prospect, Size};
use std::fs;
use std::path::Path;
use tests::copy_folder;

const CARD: &str = r#"{"name": "Smallish", "says": "knows 64 pixels.", "native_size": [64, 64], "steps": 2, "guidance": 1.0}"#;

/// A golden checkpoint with a card.
fn with_card(checkpoint: &str, card: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&golden_folder().join(checkpoint), folder.path());
    fs::write(folder.path().join("rostrum.json"), card).unwrap();
    folder
}

fn gradient(width: u32, height: u32) -> Picture {
    let pixel = |i: u32| [(i % width * 255 / width) as u8, (i / width * 255 / height) as u8, 90, 255];
    Picture::new(width, height, (0..width * height).flat_map(pixel).collect::<Vec<u8>>()).unwrap()
}

fn done(model: &Path, intent: Intent, report: &Listener) -> Outcome {
    let wanted =
        ImageRequest { model: model.into(), steps: None, guidance: None, ..request("edit_plus", intent) };
    run(&wanted, report).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_large_picture_is_worked_on_at_the_native_size_and_comes_back_at_its_own() {
    let folder = with_card("edit_plus", CARD);
    let report = Listener::default();
    let wanted = Edit { work_size: None, ..edit(gradient(300, 150)) };
    let outcome = done(folder.path(), Intent::Edit(Box::new(wanted)), &report);
    assert_eq!((outcome.picture.width(), outcome.picture.height()), (300, 150));
    let plan = report.plans.into_inner().unwrap().remove(0);
    assert_eq!((plan.work_size.width, plan.work_size.height, plan.steps), (96, 48, 2));
    assert_eq!(outcome.settings.family, "Smallish");
    let notes = report.notes.into_inner().unwrap().join("\n");
    assert!(notes.contains("Smallish: knows 64 pixels.") && notes.contains("96 x 48"), "{notes}");
}

#[test]
fn a_new_picture_is_drawn_small_and_enlarged_to_the_size_asked_for() {
    let folder = with_card("edit_plus", CARD);
    let report = Listener::default();
    let size = Size { width: 200, height: 100 };
    let outcome = done(folder.path(), Intent::Generate(Some(size)), &report);
    assert_eq!((outcome.picture.width(), outcome.picture.height()), (200, 100));
    let plan = report.plans.into_inner().unwrap().remove(0);
    assert_eq!((plan.work_size.width, plan.work_size.height), (96, 48));
    let usual = done(folder.path(), Intent::Generate(None), &Listener::default());
    assert_eq!((usual.picture.width(), usual.picture.height()), (64, 64));
}

#[test]
fn what_is_foreseen_names_the_model_and_its_size() {
    let folder = with_card("edit_plus", CARD);
    let request = request("edit_plus", Intent::Generate(None));
    let prospect = Prospect {
        model: folder.path().into(),
        canvas: Size { width: 1024, height: 1024 },
        edit: None,
        prompt_bytes: 9,
        negative: None,
        steps: None,
        guidance: None,
        quality: request.quality,
        device: request.device,
        memory: None,
    };
    let foreseen = foresee(&prospect).unwrap();
    assert_eq!((foreseen.family.as_str(), foreseen.plan.work_size.width), ("Smallish", 64));
    assert!(foreseen.plan.notes.iter().any(|note| note.contains("knows 64 pixels")));
    assert_eq!(model::said_of(folder.path()).as_deref(), Some("Smallish: knows 64 pixels."));
}

#[test]
fn an_impossible_card_is_one_clear_error() {
    let folder = with_card("edit_plus", &CARD.replace("[64, 64]", "[64, 0]"));
    let error = model::check(folder.path()).unwrap_err().to_string();
    assert!(error.contains("rostrum.json") && error.contains("native_size"), "{error}");
}
