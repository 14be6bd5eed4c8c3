//! The window as its user meets it: controls are found by their names for screen readers, and whole stories are
//! played, without a display and with an engine that draws nothing real.

mod closing;
mod compare;
mod fake;
mod hand;
mod panels;
mod queue;
mod story;
mod tools;
mod written;

use app::window::commands::ENTRIES;
use app::window::{Command, Studio};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use fake::Fake;

/// A window on a picture of 400 x 300 pixels.
fn with_picture(fake: &Fake) -> Harness<'static, Option<Studio>> {
    let harness = fake.window(vec!["meadow.png".into()]);
    assert!(harness.state().as_ref().is_some_and(|studio| studio.document().is_some()));
    harness
}

#[test]
fn an_empty_window_says_what_can_be_done() {
    let harness = Fake::default().window(Vec::new());
    for name in ["Open a picture", "Start an empty canvas", "Prompt", "Generate", "Model", "Seed", "Commands"]
    {
        assert!(harness.query_all_by_label(name).next().is_some(), "{name}");
    }
}

/// Types into the prompt.
fn type_prompt(harness: &mut Harness<'static, Option<Studio>>, text: &str) {
    harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt").focus();
    harness.run_ok();
    harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt").type_text(text);
    harness.run_ok();
    let field = harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt");
    assert_eq!(field.value().as_deref(), Some(text));
}

#[test]
fn every_tool_can_be_taken_by_its_name() {
    let mut harness = with_picture(&Fake::default());
    for entry in ENTRIES.iter().filter(|entry| matches!(entry.command, Command::Tool(_))) {
        harness.get_by_label(entry.name).click();
        harness.run_ok();
        let in_hand = harness.state().as_ref().map(Studio::tool);
        assert_eq!(in_hand.map(Command::Tool), Some(entry.command));
    }
}

#[test]
fn every_command_is_reached_from_the_palette_with_the_keyboard_alone() {
    for entry in ENTRIES {
        let mut harness = with_picture(&Fake::default());
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
        harness.run_ok();
        harness.get_by_label("Find a command").type_text(entry.name.trim_end_matches('\u{2026}'));
        harness.run_ok();
        harness.key_press(egui::Key::Enter);
        harness.run_ok();
        let trouble = harness.state().as_ref().and_then(Studio::message).filter(|message| message.is_trouble);
        // Without words or layers to work on some commands say so; none falls over.
        assert!(trouble.is_none_or(|message| message.text.ends_with('.')), "{}: {trouble:?}", entry.name);
        assert!(
            entry.command == Command::Palette || harness.query_by_label("Find a command").is_none(),
            "{}",
            entry.name
        );
    }
}
