//! Changes of very large pictures, which are made beside the window.

use crate::fake::Fake;
use crate::hand::{Window, document, layers, paint_and_ask, perform, studio};
use crate::with_picture;
use app::document::{LayerKind, Region};
use app::window::Command;
use egui::Key;
use egui_kittest::kittest::Queryable;
use engine_api::JobId;

fn marked(harness: &Window) -> u64 {
    let document = document(harness);
    let values = document.mask_values(Region::whole(document.size())).expect("all of it");
    values.into_iter().map(u64::from).sum()
}

fn steps(harness: &Window) -> Vec<String> {
    studio(harness).history().iter().map(|step| step.name.to_owned()).collect()
}

/// A window whose picture counts as very large, with the work beside it held back.
fn held() -> (Fake, Window) {
    let fake = Fake::default();
    fake.treat_as_large();
    let harness = with_picture(&fake);
    fake.hold_work();
    (fake, harness)
}

fn go_on(fake: &Fake, harness: &mut Window) {
    fake.let_work_go();
    harness.run_ok();
}

#[test]
fn a_change_of_a_large_picture_is_made_beside_the_window() {
    let (fake, mut harness) = held();
    let all = document(&harness).size().pixels() * 255;
    perform(&mut harness, Command::SelectAll);
    harness.get_by_label("Working\u{2026}");
    assert_eq!((marked(&harness), studio(&harness).steps()), (0, 0), "nothing changes until it is done");
    perform(&mut harness, Command::Generate);
    assert!(fake.requests().is_empty(), "what would be asked for is not there yet");
    // A second change waits for the first one.
    perform(&mut harness, Command::Invert);
    go_on(&fake, &mut harness);
    assert_eq!(steps(&harness), ["Select all", "Invert mask"]);
    assert!(harness.query_by_label("Working\u{2026}").is_none());
    assert_eq!(marked(&harness), 0);
    perform(&mut harness, Command::Undo);
    assert_eq!(marked(&harness), all);
    perform(&mut harness, Command::Undo);
    perform(&mut harness, Command::Redo);
    assert_eq!(marked(&harness), all);
}

#[test]
fn where_the_picture_moved_on_meanwhile_the_change_is_made_on_what_is_there_now() {
    let (fake, mut harness) = held();
    perform(&mut harness, Command::SelectAll);
    perform(&mut harness, Command::NewPaintLayer);
    assert_eq!(steps(&harness), ["Add paint layer"]);
    go_on(&fake, &mut harness);
    assert_eq!(steps(&harness), ["Add paint layer", "Select all"]);
    assert_eq!(layers(&harness, LayerKind::Paint), 1);
    assert!(marked(&harness) > 0);
    // The same where only a lock changed, which no tile tells.
    let (fake, mut harness) = held();
    perform(&mut harness, Command::SelectAll);
    perform(&mut harness, Command::LockLayer);
    go_on(&fake, &mut harness);
    assert_eq!(steps(&harness), ["Lock layer", "Select all"]);
    assert!(document(&harness).layers()[0].properties().locked);
}

#[test]
fn escape_and_undo_give_it_up() {
    for way in [None, Some(Command::Undo)] {
        let (fake, mut harness) = held();
        perform(&mut harness, Command::Fill);
        match way {
            None => harness.key_press(Key::Escape),
            Some(undo) => perform(&mut harness, undo),
        }
        harness.run_ok();
        let message = studio(&harness).message().expect("it is said");
        assert_eq!(message.text, "Given up. Your picture is as it was");
        go_on(&fake, &mut harness);
        assert_eq!((studio(&harness).steps(), layers(&harness, LayerKind::Paint)), (0, 0));
        perform(&mut harness, Command::Fill);
        assert_eq!(steps(&harness), ["Fill"], "it can be done again");
    }
}

#[test]
fn a_result_is_lost_neither_while_it_is_accepted_nor_when_that_is_given_up() {
    let (fake, mut harness) = held();
    fake.let_work_go();
    paint_and_ask(&mut harness);
    fake.begin(JobId(1), [0, 0, 400, 300]);
    fake.finish(JobId(1), [200, 0, 0, 255]);
    harness.run_ok();
    fake.hold_work();
    perform(&mut harness, Command::Accept);
    assert_eq!((studio(&harness).results(), layers(&harness, LayerKind::Result)), (0, 0));
    assert_eq!(fake.results().len(), 1, "it is still written down");
    // The first one leaves the prompt.
    for _ in 0..2 {
        harness.key_press(Key::Escape);
        harness.run_ok();
    }
    assert_eq!(studio(&harness).results(), 1, "it waits again");
    perform(&mut harness, Command::Accept);
    go_on(&fake, &mut harness);
    assert_eq!((studio(&harness).results(), layers(&harness, LayerKind::Result)), (0, 1));
    assert!(fake.results().is_empty());
}

#[test]
fn without_room_for_a_thread_it_is_said_and_nothing_changes() {
    let (fake, mut harness) = held();
    fake.refuse_work();
    perform(&mut harness, Command::SelectAll);
    assert!(studio(&harness).message().expect("it is said").is_trouble);
    assert!(!studio(&harness).is_changing());
    assert_eq!(studio(&harness).steps(), 0);
}

#[test]
fn a_picture_changed_beside_the_window_is_the_same_as_one_changed_at_once() {
    let orders = [
        Command::SelectAll,
        Command::Shrink,
        Command::Feather,
        Command::Border,
        Command::Fill,
        Command::Invert,
        Command::Grow,
        Command::MergeDown,
        Command::Duplicate,
        Command::Undo,
    ];
    let play = |large: bool| {
        let fake = Fake::default();
        if large {
            fake.treat_as_large();
        }
        let mut harness = with_picture(&fake);
        for order in orders {
            perform(&mut harness, order);
        }
        let snapshot = document(&harness).snapshot().expect("small enough");
        (snapshot.picture, snapshot.mask, steps(&harness))
    };
    let (direct, beside) = (play(false), play(true));
    assert!(direct == beside, "{:?} and {:?}", direct.2, beside.2);
    assert!(direct.2.len() >= 6, "{:?}", direct.2);
}

#[test]
fn a_large_picture_is_opened_beside_the_window_and_what_comes_after_it_lies_on_top() {
    let fake = Fake::default();
    fake.treat_as_large();
    fake.hold_work();
    let mut harness = fake.window(vec!["meadow.png".into(), "cloud.png".into()]);
    assert!(studio(&harness).document().is_none());
    go_on(&fake, &mut harness);
    let names: Vec<&str> = document(&harness).layers().iter().map(|layer| layer.name()).collect();
    assert_eq!(names, ["meadow", "Mask", "cloud"]);
    assert_eq!(steps(&harness), ["Add picture"]);
}
