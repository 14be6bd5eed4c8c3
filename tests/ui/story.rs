//! Stories from opening a picture to a finished edit.

use crate::fake::{Fake, SIZE};
use crate::hand::{colour_in_the_middle, drag, layers, middle, paint_and_ask, perform, studio};
use crate::{type_prompt, with_picture};
use app::document::{LayerKind, Region};
use app::window::Command;
use egui::{Event, Key, Modifiers, PointerButton, pos2};
use egui_kittest::kittest::Queryable;
use engine_api::{CancelMode, EngineError, ErrorKind, EventKind, Intent, JobId};

#[test]
fn paint_type_generate_accept_undo_redo() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    harness.get_by_label("Edit everything");
    paint_and_ask(&mut harness);
    let requests = fake.requests();
    assert_eq!((requests.len(), requests[0].prompt.as_str()), (1, "a red beret"));
    let Intent::Edit(edit) = &requests[0].intent else { panic!("not an edit") };
    let mask = edit.mask.as_ref().expect("something is marked");
    let at = (SIZE.height / 2 * SIZE.width + SIZE.width / 2) as usize;
    assert_eq!((mask.gray()[at], mask.gray()[0]), (255, 0));
    harness.get_by_label("Edit selection");

    let job = JobId(1);
    fake.begin(job, [100, 75, 200, 150]);
    harness.run_ok();
    harness.get_by_label_contains("Drawing, step 1 of 4");
    fake.step(job, 1);
    harness.run_ok();
    harness.get_by_label_contains("Drawing, step 2 of 4 \u{2013} about 6 seconds left");
    fake.finish(job, [200, 0, 0, 255]);
    harness.run_ok();
    harness.get_by_label_contains("0 px changed outside the mask");
    assert_eq!(layers(&harness, LayerKind::Result), 0, "nothing happens before it is accepted");

    harness.get_by_label("Accept").click();
    harness.run_ok();
    assert_eq!(layers(&harness, LayerKind::Result), 1);
    assert_eq!(colour_in_the_middle(&harness), [200, 0, 0, 255]);
    let document = studio(&harness).document().expect("a document is open");
    let corner = document.composite(Region::new(0, 0, 1, 1)).expect("inside the picture");
    assert_eq!(corner, [90, 120, 160, 255], "only the part that was worked on is placed");

    perform(&mut harness, Command::Undo);
    assert_eq!(
        (layers(&harness, LayerKind::Result), colour_in_the_middle(&harness)),
        (0, [90, 120, 160, 255])
    );
    perform(&mut harness, Command::Redo);
    assert_eq!((layers(&harness, LayerKind::Result), colour_in_the_middle(&harness)), (1, [200, 0, 0, 255]));
}

#[test]
fn a_discarded_result_can_be_brought_back() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    paint_and_ask(&mut harness);
    fake.begin(JobId(1), [0, 0, 400, 300]);
    fake.finish(JobId(1), [1, 2, 3, 255]);
    harness.run_ok();
    assert_eq!(studio(&harness).results(), 1);
    harness.get_by_label("Discard").click();
    harness.run_ok();
    assert_eq!(studio(&harness).results(), 0);
    perform(&mut harness, Command::BringBack);
    assert_eq!(studio(&harness).results(), 1);
}

#[test]
fn a_job_is_cancelled_or_kept_and_the_picture_stays() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    paint_and_ask(&mut harness);
    fake.begin(JobId(1), [0, 0, 400, 300]);
    fake.step(JobId(1), 1);
    harness.run_ok();
    harness.get_by_label("Stop and keep").click();
    harness.run_ok();
    assert_eq!(fake.cancelled(), [(JobId(1), CancelMode::KeepStep)]);
    harness.get_by_label("Finishing this step");
    fake.tell(JobId(1), EventKind::Cancelled);
    harness.run_ok();
    harness.get_by_label("Cancelled. Your picture is untouched");
    assert_eq!(layers(&harness, LayerKind::Result), 0);
}

#[test]
fn trouble_is_one_sentence_and_what_to_do() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    paint_and_ask(&mut harness);
    let error = EngineError::new(ErrorKind::Memory, "The picture needs 12 GiB and 8 GiB are free");
    fake.tell(
        JobId(1),
        EventKind::Failed(error.with_hint("Close other programs, or choose a smaller picture")),
    );
    harness.run_ok();
    let text =
        "The picture needs 12 GiB and 8 GiB are free. Close other programs, or choose a smaller picture.";
    harness.get_by_label(text);
    harness.get_by_label("Close the message").click();
    harness.run_ok();
    assert!(harness.query_by_label(text).is_none());
}

#[test]
fn selections_are_drawn_and_escape_takes_a_gesture_back() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    let at = middle(&harness);
    harness.key_press(Key::M);
    harness.run_ok();
    drag(&mut harness, &[at - egui::vec2(60.0, 40.0), at + egui::vec2(60.0, 40.0)]);
    harness.get_by_label("Edit selection");
    perform(&mut harness, Command::Deselect);
    harness.get_by_label("Edit everything");
    harness.key_press(Key::L);
    harness.run_ok();
    let corners = [pos2(-50.0, -50.0), pos2(50.0, -50.0), pos2(0.0, 60.0)];
    drag(&mut harness, &corners.map(|corner| at + corner.to_vec2()));
    harness.get_by_label("Edit selection");
    perform(&mut harness, Command::Undo);

    harness.key_press(Key::B);
    harness.run_ok();
    harness.event(Event::PointerMoved(at));
    let press = Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed: true,
        modifiers: Modifiers::NONE,
    };
    harness.event(press);
    harness.event(Event::PointerMoved(at + egui::vec2(30.0, 0.0)));
    harness.run_ok();
    harness.key_press(Key::Escape);
    harness.run_ok();
    harness.get_by_label("Edit everything");
}

#[test]
fn export_gives_what_is_seen() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.run_ok();
    let saved = fake.saved();
    assert_eq!((saved.len(), saved[0].width(), saved[0].height()), (1, SIZE.width, SIZE.height));
    assert_eq!(saved[0].rgba()[..4], [90, 120, 160, 255]);
    harness.get_by_label("Saved as out.png");
}

#[test]
fn an_empty_canvas_is_generated_on_and_a_reference_is_taken_along() {
    let fake = Fake::default();
    let mut harness = fake.window(Vec::new());
    harness.get_by_label("References").click();
    harness.run_ok();
    harness.get_by_label("Add a reference").click();
    harness.run_ok();
    harness.get_by_label("Remove reference chosen");
    type_prompt(&mut harness, "a lighthouse");
    harness.get_by_label("Generate").click();
    harness.run_ok();
    let requests = fake.requests();
    assert!(matches!(requests[0].intent, Intent::Generate(Some(size)) if size.width == 1024));
}
