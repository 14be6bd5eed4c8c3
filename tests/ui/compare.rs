//! Stories of results: the strip of variants, before and after at a divider, the map of changes.

use crate::fake::Fake;
use crate::hand::{Window, colour_in_the_middle, drag, layers, paint_and_ask, perform, studio};
use crate::with_picture;
use app::document::LayerKind;
use app::live::Told;
use app::window::Command;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use engine_api::JobId;

/// Two results wait, a red and a blue one.
fn red_and_blue_result(fake: &Fake) -> Window {
    let mut harness = with_picture(fake);
    harness.state_mut().as_mut().expect("the first frame makes it").write_prompt("a red beret");
    for (number, colour) in [(1, [200, 0, 0, 255]), (2, [0, 0, 200, 255])] {
        perform(&mut harness, Command::Generate);
        fake.begin(JobId(number), [0, 0, 400, 300]);
        fake.finish(JobId(number), colour);
        harness.run_ok();
    }
    assert_eq!(studio(&harness).results(), 2);
    harness
}

#[test]
fn variants_are_chosen_in_a_strip_and_with_the_arrow_keys() {
    let mut harness = red_and_blue_result(&Fake::default());
    harness.get_by_label("Result 2 of 2, chosen");
    harness.get_by_label("Result 1 of 2").click();
    harness.run_ok();
    harness.get_by_label("Result 1 of 2, chosen");
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowRight);
    harness.run_ok();
    harness.get_by_label("Result 2 of 2, chosen");
    perform(&mut harness, Command::PreviousResult);
    perform(&mut harness, Command::Accept);
    assert_eq!(colour_in_the_middle(&harness), [200, 0, 0, 255]);
    assert_eq!(studio(&harness).results(), 1, "the other one still waits");
}

#[test]
fn a_new_result_does_not_tear_away_from_the_one_that_was_chosen() {
    let fake = Fake::default();
    let mut harness = red_and_blue_result(&fake);
    perform(&mut harness, Command::PreviousResult);
    perform(&mut harness, Command::Generate);
    fake.finish(JobId(3), [0, 200, 0, 255]);
    harness.run_ok();
    harness.get_by_label("Result 1 of 3, chosen");
}

#[test]
fn all_results_become_layers_in_one_step() {
    let mut harness = red_and_blue_result(&Fake::default());
    perform(&mut harness, Command::PreviousResult);
    harness.get_by_label("Accept all").click();
    harness.run_ok();
    assert_eq!((layers(&harness, LayerKind::Result), studio(&harness).results()), (2, 0));
    assert_eq!(colour_in_the_middle(&harness), [200, 0, 0, 255], "the one that was shown is seen");
    perform(&mut harness, Command::Undo);
    assert_eq!(layers(&harness, LayerKind::Result), 0);
    assert_eq!(colour_in_the_middle(&harness), [90, 120, 160, 255]);
}

#[test]
fn results_survive_closed_panels_and_another_document() {
    let fake = Fake::default();
    let mut harness = red_and_blue_result(&fake);
    perform(&mut harness, Command::TogglePanels);
    assert_eq!(studio(&harness).results(), 2);
    harness.get_by_label("Result 2 of 2, chosen");
    perform(&mut harness, Command::TogglePanels);
    perform(&mut harness, Command::Open);
    harness.get_by_label("Made for another picture");
    assert_eq!(studio(&harness).results(), 2);
    let picture = fake.results().pop().expect("both are on disk").picture;
    perform(&mut harness, Command::Accept);
    assert_eq!((fake.results().len(), studio(&harness).results()), (1, 1));
    // The next session gets the other one; nothing unsaved is open that could be asked for.
    assert!(harness.state_mut().as_mut().expect("it is there").may_close());
    drop(harness);
    let result = fake.results().pop().expect("it is still there");
    assert_ne!(result.picture, picture);
    let mut harness = with_picture(&fake);
    fake.shelf_tells(Told::Found { jobs: 0, results: 1 });
    harness.run_ok();
    harness.get_by_label("1 result was waiting when Rostrum closed");
    perform(&mut harness, Command::ContinueEarlier);
    fake.shelf_tells(Told::Result(Box::new(result)));
    harness.run_ok();
    perform(&mut harness, Command::Accept);
    assert_eq!(colour_in_the_middle(&harness), [200, 0, 0, 255]);
    assert!(fake.results().is_empty(), "what was decided on is not offered again");
    // It still knows what it was made with.
    perform(&mut harness, Command::UseRecipe);
    let prompt = harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt").value();
    assert_eq!(prompt.as_deref(), Some("a red beret"));
}

#[test]
fn a_result_that_is_not_opened_after_all_goes_on_waiting() {
    let fake = Fake::default();
    let mut harness = red_and_blue_result(&fake);
    perform(&mut harness, Command::Open);
    perform(&mut harness, Command::SelectAll);
    perform(&mut harness, Command::Accept);
    harness.get_by_label("Stay here").click();
    harness.run_ok();
    assert_eq!((studio(&harness).results(), fake.results().len()), (2, 2));
    perform(&mut harness, Command::Accept);
    harness.get_by_label("Open it").click();
    harness.run_ok();
    assert_eq!((studio(&harness).results(), fake.results().len()), (1, 1));
}

#[test]
fn the_divider_is_dragged_and_moved_with_keys() {
    let mut harness = red_and_blue_result(&Fake::default());
    let label = "Divider between before and after";
    assert!(harness.query_by_label(label).is_none());
    harness.key_press(Key::Y);
    harness.run_ok();
    let at = |harness: &Window| harness.get_by_label(label).rect().center();
    let start = at(&harness);
    drag(&mut harness, &[start, start + egui::vec2(80.0, 0.0)]);
    assert!((at(&harness).x - start.x - 80.0).abs() < 1.0, "{:?} to {:?}", start, at(&harness));
    harness.get_by_label(label).focus();
    harness.run_ok();
    let dragged = at(&harness);
    harness.key_press(Key::ArrowLeft);
    harness.run_ok();
    let moved = at(&harness);
    assert!(moved.x < dragged.x);
    harness.key_press_modifiers(Modifiers { shift: true, ..Modifiers::ALT }, Key::ArrowRight);
    harness.run_ok();
    assert!((at(&harness).x - dragged.x).abs() < 1.0);
    perform(&mut harness, Command::Split);
    assert!(harness.query_by_label(label).is_none());
}

#[test]
fn the_map_of_changes_is_made_beside_the_window_and_counts_what_is_outside() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    paint_and_ask(&mut harness);
    fake.begin(JobId(1), [100, 75, 200, 150]);
    // The engine claims that nothing outside changed, and hands over a picture that is red all over.
    fake.finish(JobId(1), [200, 0, 0, 255]);
    harness.run_ok();
    harness.get_by_label_contains("0 px changed outside the mask");
    fake.hold_work();
    perform(&mut harness, Command::Changes);
    harness.get_by_label_contains("0 px changed outside the mask");
    fake.let_work_go();
    harness.run_ok();
    let facts = harness.get_by_label_contains("120000 px in all").value().expect("it is text");
    let outside = facts.split(' ').next().and_then(|number| number.parse::<u64>().ok());
    assert!(outside.is_some_and(|outside| (60_000..120_000).contains(&outside)), "{facts}");
}
