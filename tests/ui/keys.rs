//! Keys: what they reach, and that one which does nothing says why.

use crate::fake::Fake;
use crate::hand::{Window, drag, high_window, mark, perform, studio, with_two_results};
use crate::with_picture;
use app::document::{Blend, Combine, LayerKind, Region};
use app::tools::ToolKind;
use app::window::Command;
use egui::{Key, Modifiers, Role, pos2};
use egui_kittest::kittest::{NodeT, Queryable};

const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

fn press(harness: &mut Window, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_ok();
}

fn said(harness: &Window) -> String {
    studio(harness).message().map(|message| message.text.clone()).unwrap_or_default()
}

#[test]
fn a_key_that_does_nothing_says_why_in_one_sentence() {
    let mut harness = with_picture(&Fake::default());
    let cases = [
        (Modifiers::COMMAND, Key::D, "Nothing is marked"),
        (Modifiers::COMMAND, Key::Z, "There is nothing to undo"),
        (CTRL_SHIFT, Key::Z, "There is nothing to redo"),
        (Modifiers::NONE, Key::Enter, "No result is waiting"),
        (Modifiers::NONE, Key::Y, "No result is waiting"),
        (Modifiers::ALT, Key::ArrowRight, "No result is waiting"),
        (CTRL_SHIFT, Key::Backspace, "No result was discarded that could come back"),
        (Modifiers::SHIFT, Key::X, "No job is running or waiting"),
        (CTRL_SHIFT, Key::X, "No job is waiting"),
        (Modifiers::COMMAND, Key::PageDown, "The queue is empty"),
        (Modifiers::ALT, Key::ArrowUp, "There are no earlier prompts yet"),
        (CTRL_SHIFT, Key::G, "Choose a group first"),
        (Modifiers::COMMAND, Key::OpenBracket, "This layer is at the bottom already"),
        (Modifiers::ALT, Key::OpenBracket, "There is no layer below this one"),
        (CTRL_SHIFT, Key::M, "Choose a result layer first"),
        (
            Modifiers::NONE,
            Key::ArrowLeft,
            "Arrow keys do nothing with this tool; K takes a pen that they carry",
        ),
    ];
    for (modifiers, key, expected) in cases {
        press(&mut harness, modifiers, key);
        assert_eq!(said(&harness), expected, "{modifiers:?} {key:?}");
        press(&mut harness, Modifiers::NONE, Key::Escape);
        assert_eq!(said(&harness), "", "Escape puts it away");
    }
    press(&mut harness, Modifiers::NONE, Key::L);
    press(&mut harness, Modifiers::NONE, Key::CloseBracket);
    assert_eq!(said(&harness), "Take a brush first");
    assert!(studio(&harness).history().is_empty(), "none of them did anything");
}

#[test]
fn without_a_picture_keys_ask_for_one() {
    let mut harness = Fake::default().window(Vec::new());
    for (modifiers, key) in
        [(Modifiers::COMMAND, Key::S), (Modifiers::COMMAND, Key::A), (Modifiers::NONE, Key::G)]
    {
        press(&mut harness, modifiers, key);
        assert_eq!(said(&harness), "Open a picture first", "{key:?}");
        press(&mut harness, Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn marks_made_in_the_same_frame_count() {
    let mut harness = with_picture(&Fake::default());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::D);
    harness.run_ok();
    assert_eq!((said(&harness), studio(&harness).history().len()), (String::new(), 2));
}

#[test]
fn a_menu_says_why_an_entry_is_grey() {
    let mut harness = with_picture(&Fake::default());
    harness.get_by_label("Select").click();
    harness.run_ok();
    let entry = harness.get_by_label_contains("Clear the marks");
    assert!(entry.accesskit_node().is_disabled());
    entry.hover();
    for _ in 0..60 {
        harness.step();
    }
    harness.get_by_label("Nothing is marked");
}

#[test]
fn marks_are_added_and_taken_away_without_a_held_key() {
    let mut harness = with_picture(&Fake::default());
    let marks = |harness: &Window| {
        let document = studio(harness).document().expect("open");
        let values = document.mask_values(Region::whole(document.size())).expect("inside");
        values.iter().filter(|value| **value > 127).count()
    };
    let rectangle = |harness: &mut Window, from: [f32; 2], to: [f32; 2]| {
        let sight = studio(harness).sight().expect("drawn");
        let corners = [from, to].map(|[x, y]| sight.to_screen(pos2(x, y)));
        drag(harness, &corners);
    };
    press(&mut harness, Modifiers::NONE, Key::M);
    rectangle(&mut harness, [100.0, 100.0], [200.0, 200.0]);
    perform(&mut harness, Command::Combine(Combine::Add));
    rectangle(&mut harness, [200.0, 100.0], [300.0, 200.0]);
    assert_eq!(marks(&harness), 200 * 100);
    harness.get_by_label("New marks are taken away").click();
    harness.run_ok();
    rectangle(&mut harness, [100.0, 100.0], [200.0, 150.0]);
    assert_eq!(marks(&harness), 200 * 100 - 100 * 50);
    perform(&mut harness, Command::Combine(Combine::Intersect));
    rectangle(&mut harness, [100.0, 100.0], [150.0, 200.0]);
    assert_eq!(marks(&harness), 50 * 50);
}

#[test]
fn plain_arrows_turn_through_results_where_the_tool_has_no_use_for_them() {
    let fake = Fake::default();
    let mut harness = with_two_results(&fake);
    // The prompt lets go of the keyboard.
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.get_by_label("Result 2 of 2, chosen");
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    harness.get_by_label("Result 1 of 2, chosen");
    press(&mut harness, Modifiers::NONE, Key::V);
    let steps = studio(&harness).steps();
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    harness.get_by_label("Result 1 of 2, chosen");
    assert_eq!(studio(&harness).steps(), steps + 1, "the layer moved");
}

#[test]
fn opacity_and_blend_mode_are_set_with_keys_alone() {
    let mut harness = high_window(&Fake::default());
    perform(&mut harness, Command::NewPaintLayer);
    let top = |harness: &Window| {
        let document = studio(harness).document().expect("open");
        let listed = document.listed();
        let paint = listed.iter().find(|(_, layer)| layer.kind() == LayerKind::Paint);
        paint.expect("it was added").1.properties().clone()
    };
    harness.get_by_role_and_label(Role::Slider, "Opacity").focus();
    harness.run_ok();
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    assert!(top(&harness).opacity < 1.0);
    for (row, blend) in Blend::ALL.into_iter().enumerate() {
        harness.get_by_role_and_label(Role::ComboBox, "Blend").focus();
        harness.run_ok();
        press(&mut harness, Modifiers::NONE, Key::Space);
        for _ in 0..=row {
            press(&mut harness, Modifiers::NONE, Key::ArrowDown);
        }
        press(&mut harness, Modifiers::NONE, Key::Space);
        assert_eq!(top(&harness).blend, blend);
    }
}

#[test]
fn the_zoom_is_stepped_at_the_foot_and_by_keys_around_the_pointer() {
    let mut harness = with_picture(&Fake::default());
    let zoom = |harness: &Window| studio(harness).sight().expect("drawn").zoom;
    let fitted = zoom(&harness);
    for (label, larger) in [("Zoom in", true), ("Zoom out", false)] {
        let before = zoom(&harness);
        harness.get_by_label(label).click();
        harness.run_ok();
        assert_eq!(zoom(&harness) > before, larger, "{label}");
    }
    let at = studio(&harness).sight().expect("drawn").to_screen(pos2(40.0, 50.0));
    harness.hover_at(at);
    harness.run_ok();
    press(&mut harness, Modifiers::COMMAND, Key::Plus);
    let now = studio(&harness).sight().expect("drawn").to_screen(pos2(40.0, 50.0));
    assert!((now - at).length() < 1.0, "what lies under the pointer stays there: {at} {now}");
    harness.get_by_label("Zoom, press to fit the window").click();
    harness.run_ok();
    assert_eq!(zoom(&harness), fitted);
}

#[test]
fn letters_stay_beside_their_fields_at_every_size() {
    let pairs = [
        (ToolKind::Crop, vec![("X", "Crop from the left"), ("Y", "Crop from the top"), ("W", "Crop width")]),
        (ToolKind::Crop, vec![("H", "Crop height")]),
        (ToolKind::Transform, vec![("W", "Scale width"), ("H", "Scale height"), ("X", "Move across")]),
        (ToolKind::Transform, vec![("Y", "Move down"), ("Angle", "Angle of the layer")]),
        (ToolKind::Expand, vec![("Left", "Expand to the left"), ("Below", "Expand below")]),
        (ToolKind::Expand, vec![("Above", "Expand above"), ("Right", "Expand to the right")]),
    ];
    let mut harness = with_picture(&Fake::default());
    for _ in 0..=10 {
        for (tool, pairs) in &pairs {
            perform(&mut harness, Command::Tool(*tool));
            harness.run_ok();
            for (name, label) in pairs {
                let (name, field) = (harness.get_by_label(name).rect(), harness.get_by_label(label).rect());
                let is_beside =
                    (name.center().y - field.center().y).abs() < 3.0 && name.right() <= field.left();
                assert!(is_beside, "{label} at {}: {name} {field}", harness.ctx.zoom_factor());
            }
        }
        perform(&mut harness, Command::LargerInterface);
    }
}

#[test]
fn without_file_dialogs_a_name_is_typed() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    fake.without_dialogs();
    mark(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    let field = harness.get_by_role_and_label(Role::TextInput, "Name of the file");
    let name = std::path::Path::new("pictures").join("meadow-edited.png").display().to_string();
    assert_eq!(field.value(), Some(name));
    assert!(fake.saved().is_empty());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Name of the file").is_none() && fake.saved().is_empty());
    press(&mut harness, Modifiers::COMMAND, Key::S);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(fake.saved().len(), 1);
    assert!(said(&harness).starts_with("Saved as pictures"), "{}", said(&harness));
    press(&mut harness, CTRL_SHIFT, Key::O);
    harness.get_by_role_and_label(Role::TextInput, "Name of the file").type_text("cloud.png");
    harness.run_ok();
    harness.get_by_label("Add").click();
    harness.run_ok();
    harness.get_by_label_contains("cloud, picture layer");
}
