//! Stories about the list of steps, and what counts as one step.

use crate::fake::Fake;
use crate::hand::{Window, click, document, drag, high_window, mark, perform, studio};
use app::window::Command;
use egui::vec2;
use egui_kittest::kittest::Queryable;

fn names(harness: &Window) -> Vec<(String, bool)> {
    studio(harness).history().iter().map(|step| (step.name.to_owned(), step.done)).collect()
}

#[test]
fn every_step_is_named_and_a_click_goes_there() {
    let mut harness = high_window(&Fake::default());
    mark(&mut harness);
    perform(&mut harness, Command::Feather);
    perform(&mut harness, Command::NewPaintLayer);
    perform(&mut harness, Command::ToggleLayer);
    let done = ["Paint mask", "Feather mask", "Add paint layer", "Hide layer"];
    assert_eq!(names(&harness), done.map(|name| (name.to_owned(), true)));
    click(&mut harness, "History");
    harness.get_by_label("Step 0: Opened");
    harness.get_by_label("Step 4: Hide layer, you are here");
    let revision = document(&harness).revision();
    click(&mut harness, "Step 1: Paint mask");
    assert_ne!(document(&harness).revision(), revision);
    assert_eq!(names(&harness).iter().filter(|(_, done)| *done).count(), 1);
    harness.get_by_label("Step 1: Paint mask, you are here");
    harness.get_by_label("Step 3: Add paint layer, undone");
    click(&mut harness, "Step 4: Hide layer, undone");
    assert_eq!(names(&harness), done.map(|name| (name.to_owned(), true)));
    click(&mut harness, "Step 0: Opened");
    assert!(names(&harness).iter().all(|(_, done)| !done));
    harness.get_by_label("Edit everything");
}

#[test]
fn each_gesture_is_one_step() {
    let mut harness = high_window(&Fake::default());
    perform(&mut harness, Command::NewPaintLayer);
    let steps = |harness: &Window| names(harness).len();
    let before = steps(&harness);
    mark(&mut harness);
    assert_eq!(steps(&harness), before + 1, "a stroke");
    let slider = harness.get_by_role_and_label(egui::Role::Slider, "Opacity").rect();
    let at = |share: f32| slider.left_top() + vec2(slider.width() * share, slider.height() / 2.0);
    drag(&mut harness, &[at(0.9), at(0.7), at(0.5), at(0.2)]);
    assert_eq!(steps(&harness), before + 2, "a slider");
    perform(&mut harness, Command::Undo);
    perform(&mut harness, Command::Redo);
    assert_eq!(names(&harness).iter().filter(|(_, done)| *done).count(), before + 2);
}
