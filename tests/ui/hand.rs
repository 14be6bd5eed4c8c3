//! What a user's hands do, for stories about the panels.

use crate::fake::{Fake, SIZE};
use app::document::{Document, LayerId, LayerKind};
use app::window::{Command, Studio};
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use engine_api::JobId;

pub type Window = Harness<'static, Option<Studio>>;

/// A window high enough for all panels, on a picture of 400 x 300 pixels with its mask.
pub fn high_window(fake: &Fake) -> Window {
    let mut harness = crate::with_picture(fake);
    harness.set_size(egui::vec2(1280.0, 1600.0));
    harness.run_ok();
    harness
}

pub fn studio(harness: &Window) -> &Studio {
    harness.state().as_ref().expect("the first frame makes it")
}

pub fn document(harness: &Window) -> &Document {
    studio(harness).document().expect("a document is open")
}

/// The list of layers but the masks from the top down, as "depth name".
pub fn listed(harness: &Window) -> Vec<String> {
    let listed = document(harness).listed();
    let seen = listed.iter().filter(|(_, layer)| layer.kind() != LayerKind::Mask);
    seen.map(|(depth, layer)| format!("{depth} {}", layer.name())).collect()
}

pub fn layer(harness: &Window, name: &str) -> LayerId {
    let listed = document(harness).listed();
    let found = listed.iter().find(|(_, layer)| layer.name() == name);
    found.unwrap_or_else(|| panic!("no layer {name}")).1.id()
}

pub fn layers(harness: &Window, kind: LayerKind) -> usize {
    document(harness).listed().iter().filter(|(_, layer)| layer.kind() == kind).count()
}

pub fn perform(harness: &mut Window, command: Command) {
    let ctx = harness.ctx.clone();
    harness.state_mut().as_mut().expect("the first frame makes it").perform(&ctx, command);
    harness.run_ok();
}

pub fn click(harness: &mut Window, label: &str) {
    harness.get_by_label(label).click();
    harness.run_ok();
}

/// Presses at a point.
pub fn press(harness: &mut Window, at: Pos2, modifiers: Modifiers) {
    harness.event(Event::PointerMoved(at));
    harness.event(Event::PointerButton { pos: at, button: PointerButton::Primary, pressed: true, modifiers });
    harness.run_ok();
}

pub fn move_to(harness: &mut Window, at: Pos2) {
    harness.event(Event::PointerMoved(at));
    harness.run_ok();
}

pub fn release(harness: &mut Window, at: Pos2) {
    let modifiers = Modifiers::NONE;
    harness.event(Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed: false,
        modifiers,
    });
    harness.run_ok();
}

/// Presses at the first point, goes through the others and lets go at the last.
pub fn drag(harness: &mut Window, points: &[Pos2]) {
    press(harness, points[0], Modifiers::NONE);
    points.iter().for_each(|&point| move_to(harness, point));
    release(harness, points[points.len() - 1]);
}

pub fn middle(harness: &Window) -> Pos2 {
    harness.get_by_label_contains("Canvas, ").rect().center()
}

pub fn colour_in_the_middle(harness: &Window) -> [u8; 4] {
    document(harness).colour_at(SIZE.width / 2, SIZE.height / 2).expect("inside the picture")
}

/// Marks a spot in the middle of the picture.
pub fn mark(harness: &mut Window) {
    let at = middle(harness);
    drag(harness, &[at, at + egui::vec2(12.0, 0.0), at + egui::vec2(20.0, 6.0)]);
}

/// Marks a spot, says what is wanted there and asks for it.
pub fn paint_and_ask(harness: &mut Window) {
    mark(harness);
    crate::type_prompt(harness, "a red beret");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_ok();
}

/// A picture with two finished results that wait.
pub fn with_two_results(fake: &Fake) -> Window {
    let mut harness = crate::with_picture(fake);
    paint_and_ask(&mut harness);
    perform(&mut harness, Command::Generate);
    for job in [JobId(1), JobId(2)] {
        fake.begin(job, [0, 0, 400, 300]);
        fake.finish(job, [1, 2, 3, 255]);
        harness.run_ok();
    }
    harness
}
