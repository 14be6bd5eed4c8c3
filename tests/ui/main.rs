//! The window as its user meets it: controls are found by their names for screen readers, and whole stories are
//! played, without a display and with an engine that draws nothing real.

mod calm;
mod closing;
mod compare;
mod fake;
mod hand;
mod keys;
mod lengthy;
mod panels;
mod queue;
mod snapshots;
mod story;
mod tools;
mod written;

use app::window::commands::ENTRIES;
use app::window::{Command, Studio};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
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

/// What stands without a name, for those who hear the window.
fn nameless(harness: &Harness<'static, Option<Studio>>) -> Vec<String> {
    use egui::Role::{
        Button, CheckBox, ComboBox, MultilineTextInput, RadioButton, Slider, SpinButton, TextInput,
    };
    let controls =
        [Button, CheckBox, ComboBox, MultilineTextInput, RadioButton, Slider, SpinButton, TextInput];
    let nodes = harness.root().children_recursive();
    let silent = nodes.filter(|node| {
        let node = node.accesskit_node();
        let named =
            node.label().is_some_and(|label| !label.trim().is_empty()) || node.labelled_by().next().is_some();
        controls.contains(&node.role()) && !named
    });
    silent.map(|node| format!("{:?} at {:?}", node.accesskit_node().role(), node.rect())).collect()
}

#[test]
fn every_control_has_a_name_whatever_tool_is_in_hand() {
    let fake = Fake::default();
    assert_eq!(nameless(&fake.window(Vec::new())), Vec::<String>::new(), "in an empty window");
    let mut harness = with_picture(&fake);
    for section in ["More settings", "What to avoid", "References", "History"] {
        harness.get_by_label(section).click();
        harness.run_ok();
    }
    for entry in ENTRIES.iter().filter(|entry| matches!(entry.command, Command::Tool(_))) {
        harness.get_by_label(entry.name).click();
        harness.run_ok();
        assert_eq!(nameless(&harness), Vec::<String>::new(), "with {}", entry.name);
    }
    assert!(harness.root().children_recursive().count() > 60, "the controls are looked at");
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
