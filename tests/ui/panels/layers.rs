//! Stories about the list of layers.

use crate::fake::Fake;
use crate::hand::{
    Window, click, document, drag, high_window, layer, layers, listed, move_to, perform, press, release,
    studio,
};
use app::document::LayerKind;
use app::window::Command;
use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable;

/// Paint layers with these names above picture and mask, the last one on top.
fn with_layers(names: &[&str]) -> Window {
    let mut harness = high_window(&Fake::default());
    for name in names {
        perform(&mut harness, Command::NewPaintLayer);
        rename(&mut harness, name);
    }
    harness
}

fn rename(harness: &mut Window, name: &str) {
    harness.key_press(Key::F2);
    harness.run_ok();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_ok();
    harness.get_by_label("Layer name").type_text(name);
    harness.run_ok();
    harness.key_press(Key::Enter);
    harness.run_ok();
}

/// A point on a row of the list, at this share of its height.
fn on_row(harness: &Window, name: &str, share: f32) -> Pos2 {
    let row = harness.get_by_label_contains(&format!("{name}, ")).rect();
    row.left_top() + vec2(row.width() / 2.0, row.height() * share)
}

#[test]
fn a_layer_is_dragged_into_a_group_and_out_of_it() {
    let mut harness = with_layers(&["one", "two"]);
    assert_eq!(listed(&harness), ["0 two", "0 one", "0 meadow"].map(String::from));
    let (from, to) = (on_row(&harness, "one", 0.5), on_row(&harness, "two", 0.1));
    drag(&mut harness, &[from, from - vec2(0.0, 8.0), to]);
    assert_eq!(listed(&harness)[..2], ["0 one", "0 two"].map(String::from));

    perform(&mut harness, Command::GroupLayers);
    assert_eq!(listed(&harness)[..3], ["0 one", "0 Group", "1 two"].map(String::from));
    let (from, to) = (on_row(&harness, "one", 0.5), on_row(&harness, "Group", 0.5));
    drag(&mut harness, &[from, from + vec2(0.0, 8.0), to]);
    assert_eq!(listed(&harness)[..3], ["0 Group", "1 one", "1 two"].map(String::from));
    let (from, to) = (on_row(&harness, "two", 0.5), on_row(&harness, "meadow", 0.1));
    drag(&mut harness, &[from, from + vec2(0.0, 8.0), to]);
    assert_eq!(listed(&harness)[..4], ["0 Group", "1 one", "0 two", "0 meadow"].map(String::from));
    perform(&mut harness, Command::Undo);
    assert_eq!(listed(&harness)[..3], ["0 Group", "1 one", "1 two"].map(String::from), "one drag, one step");
}

#[test]
fn escape_ends_a_drag_and_nothing_moved() {
    let mut harness = with_layers(&["one", "two"]);
    let before = listed(&harness);
    let (from, to) = (on_row(&harness, "one", 0.5), on_row(&harness, "two", 0.1));
    press(&mut harness, from, Modifiers::NONE);
    move_to(&mut harness, from - vec2(0.0, 8.0));
    move_to(&mut harness, to);
    harness.key_press(Key::Escape);
    harness.run_ok();
    release(&mut harness, to);
    assert_eq!(listed(&harness), before);
}

#[test]
fn layers_move_through_groups_with_the_keyboard() {
    let mut harness = with_layers(&["one", "two"]);
    perform(&mut harness, Command::GroupLayers);
    perform(&mut harness, Command::LayerBelow);
    perform(&mut harness, Command::LayerBelow);
    let ctrl = Modifiers::COMMAND;
    let mut orders = vec![listed(&harness)[..3].to_vec()];
    for _ in 0..3 {
        harness.key_press_modifiers(ctrl, Key::CloseBracket);
        harness.run_ok();
        orders.push(listed(&harness)[..3].to_vec());
    }
    let expected = [
        ["0 Group", "1 two", "0 one"],
        ["0 Group", "1 two", "1 one"],
        ["0 Group", "1 one", "1 two"],
        ["0 one", "0 Group", "1 two"],
    ];
    assert_eq!(orders, expected.map(|order| order.map(String::from).to_vec()));
    harness.key_press_modifiers(ctrl, Key::OpenBracket);
    harness.run_ok();
    assert_eq!(listed(&harness)[..3], ["0 Group", "1 one", "1 two"].map(String::from));
}

#[test]
fn several_layers_are_grouped_locked_and_deleted_in_one_step_each() {
    let mut harness = with_layers(&["one", "two", "three"]);
    harness.key_press_modifiers(Modifiers::ALT | Modifiers::SHIFT, Key::OpenBracket);
    harness.run_ok();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::G);
    harness.run_ok();
    assert_eq!(listed(&harness)[..4], ["0 Group", "1 three", "1 two", "0 one"].map(String::from));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::G);
    harness.run_ok();
    assert_eq!(listed(&harness)[..3], ["0 three", "0 two", "0 one"].map(String::from));

    click(&mut harness, "one, paint layer");
    harness.get_by_label("two, paint layer").click_modifiers(Modifiers::COMMAND);
    harness.run_ok();
    perform(&mut harness, Command::LockLayer);
    let locked = |harness: &Window, name: &str| {
        document(harness).layer(layer(harness, name)).is_ok_and(|layer| layer.properties().locked)
    };
    assert!(locked(&harness, "one") && locked(&harness, "two") && !locked(&harness, "three"));
    perform(&mut harness, Command::DeleteLayer);
    let message = studio(&harness).message().map(|message| message.text.clone()).unwrap_or_default();
    assert!(message.contains("locked"), "{message}");
    assert_eq!(layers(&harness, LayerKind::Paint), 3, "refused as a whole");
    perform(&mut harness, Command::Undo);
    assert!(!locked(&harness, "one") && !locked(&harness, "two"));
    perform(&mut harness, Command::DeleteLayer);
    assert_eq!(layers(&harness, LayerKind::Paint), 1);
    perform(&mut harness, Command::Undo);
    assert_eq!(layers(&harness, LayerKind::Paint), 3);
}

#[test]
fn a_folded_group_hides_its_rows_and_nothing_else() {
    let mut harness = with_layers(&["one"]);
    perform(&mut harness, Command::GroupLayers);
    harness.get_by_label("one, paint layer");
    click(&mut harness, "Fold Group");
    assert!(harness.query_by_label("one, paint layer").is_none());
    assert_eq!(layers(&harness, LayerKind::Paint), 1);
    perform(&mut harness, Command::FoldGroup);
    harness.get_by_label("one, paint layer");
}

#[test]
fn every_row_says_what_it_is_and_its_buttons_have_names() {
    let mut harness = with_layers(&["sky"]);
    for name in ["sky, paint layer", "meadow, picture layer", "Mask, mask layer", "Hide sky", "Lock sky"] {
        harness.get_by_label(name);
    }
    click(&mut harness, "Lock sky");
    click(&mut harness, "Hide sky");
    harness.get_by_label("sky, paint layer, hidden, locked");
    harness.get_by_label("Unlock sky");
    harness.key_press(Key::F2);
    harness.run_ok();
    harness.get_by_label("Layer name").type_text("other");
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert_eq!(listed(&harness)[0], "0 sky", "escape keeps the name");
}

#[test]
fn a_slider_is_one_step_even_where_it_vanishes_under_the_pointer() {
    let mut harness = with_layers(&["one"]);
    let opacity = |harness: &Window| {
        document(harness).layer(layer(harness, "one")).map(|layer| layer.properties().opacity).ok()
    };
    let place = |harness: &Window| harness.get_by_role_and_label(egui::Role::Slider, "Opacity").rect();
    let slider = place(&harness);
    let at = |share: f32| slider.left_top() + vec2(slider.width() * share, slider.height() / 2.0);
    drag(&mut harness, &[at(0.7), at(0.5), at(0.3)]);
    assert!(opacity(&harness).is_some_and(|opacity| opacity < 0.6));
    perform(&mut harness, Command::Undo);
    assert_eq!(opacity(&harness), Some(1.0), "the whole drag is one step");

    press(&mut harness, at(0.7), Modifiers::NONE);
    move_to(&mut harness, at(0.4));
    perform(&mut harness, Command::TogglePanels);
    release(&mut harness, at(0.4));
    harness.run_ok();
    perform(&mut harness, Command::Undo);
    assert_eq!(opacity(&harness), Some(1.0));
    assert!(studio(&harness).message().is_none());
}
