//! Stories about the words: tasks, earlier prompts, shapes of canvases, the hint about movement.

use crate::fake::Fake;
use crate::hand::{Window, click, high_window, mark, perform};
use crate::type_prompt;
use app::window::{Command, Noted};
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable;
use engine_api::{EventKind, Intent, JobId, MaskSettings, Quality};

fn prompt(harness: &Window) -> String {
    harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").value().unwrap_or_default()
}

fn ask(harness: &mut Window) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_ok();
}

/// Opens a list by its command, types into it and presses Enter.
fn choose(harness: &mut Window, command: Command, field: &str, text: &str) {
    perform(harness, command);
    harness.get_by_label(field).type_text(text);
    harness.run_ok();
    harness.key_press(Key::Enter);
    harness.run_ok();
    assert!(harness.query_by_label(field).is_none(), "the list is closed");
}

#[test]
fn a_task_gives_its_sentence_with_the_placeholder_ready_for_typing() {
    let fake = Fake::default();
    let mut harness = high_window(&fake);
    choose(&mut harness, Command::Tasks, "Find a task", "remove");
    assert_eq!(prompt(&harness), "Remove the object and fill its place with what lies behind it");
    harness.get_by_label_contains("Mark what shall go");
    harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text("the red car");
    harness.run_ok();
    assert_eq!(prompt(&harness), "Remove the red car and fill its place with what lies behind it");
    mark(&mut harness);
    ask(&mut harness);
    let requests = fake.requests();
    assert_eq!(requests[0].prompt, prompt(&harness));
    let Intent::Edit(edit) = &requests[0].intent else { panic!("not an edit") };
    assert_eq!(edit.mask_settings, MaskSettings { context: 100.0, ..MaskSettings::default() });

    fake.tell(JobId(1), EventKind::Cancelled);
    harness.run_ok();
    choose(&mut harness, Command::Tasks, "Find a task", "natural");
    ask(&mut harness);
    let requests = fake.requests();
    assert_eq!((requests[1].quality, requests[1].steps), (Quality::Best, None));
}

#[test]
fn every_task_of_the_list_is_reached_with_keys_alone() {
    let mut harness = high_window(&Fake::default());
    let tasks = ["Remove object", "Replace background", "Relight", "Recolour", "Change outfit"];
    let all = [&tasks[..], &["Style transfer", "Enhance photo", "Make the face natural"]].concat();
    for (row, name) in all.into_iter().enumerate() {
        harness.key_press_modifiers(Modifiers::ALT, Key::T);
        harness.run_ok();
        harness.get_by_label(name);
        for _ in 0..row {
            harness.key_press(Key::ArrowDown);
            harness.run_ok();
        }
        let before = prompt(&harness);
        harness.key_press(Key::Enter);
        harness.run_ok();
        assert_ne!(prompt(&harness), before, "{name}");
    }
}

#[test]
fn earlier_prompts_are_listed_found_and_nothing_typed_is_lost() {
    let mut harness = high_window(&Fake::default());
    for text in ["a lighthouse", " at night", " in fog"] {
        let now = prompt(&harness);
        harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").focus();
        harness.run_ok();
        harness.key_press(Key::End);
        harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text(text);
        harness.run_ok();
        assert_eq!(prompt(&harness), format!("{now}{text}"));
        ask(&mut harness);
    }
    harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text("!");
    harness.run_ok();
    choose(&mut harness, Command::EarlierPrompts, "Find an earlier prompt", "fog");
    assert_eq!(prompt(&harness), "a lighthouse at night in fog");
    perform(&mut harness, Command::EarlierPrompts);
    harness.get_by_label("a lighthouse");
    harness.get_by_label("a lighthouse at night in fog!");
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert_eq!(prompt(&harness), "a lighthouse at night in fog", "escape changes nothing");
}

#[test]
fn the_users_own_presets_join_and_a_bad_file_is_named() {
    let fake = Fake::default();
    let mut harness = high_window(&fake);
    let file = |name: &str, text: &str| (name.to_owned(), Ok(text.to_owned()));
    let presets = vec![
        file("glow.json", r#"{"name": "Glow", "sentence": "Let {the lamp} glow", "quality": "draft"}"#),
        file("torn.json", "{"),
        file("posters.json", r#"{"shapes": [{"name": "Poster", "width": 704, "height": 1008}]}"#),
    ];
    fake.note(Noted { presets, times: None });
    harness.step();
    harness.run_ok();
    harness.get_by_label_contains("The preset torn.json (");
    choose(&mut harness, Command::Tasks, "Find a task", "glow");
    assert_eq!(prompt(&harness), "Let the lamp glow");

    perform(&mut harness, Command::NewCanvas);
    harness.get_by_role_and_label(Role::ComboBox, "Shape").click();
    harness.run_ok();
    harness.get_by_label("Hero, wide 16:9, 1280 \u{d7} 720");
    harness.get_by_label("Poster, 704 \u{d7} 1008").scroll_to_me();
    harness.run_ok();
    click(&mut harness, "Poster, 704 \u{d7} 1008");
    click(&mut harness, "Create");
    harness.get_by_label_contains("of 704 by 1008 pixels");
}

#[test]
fn words_that_ask_for_movement_get_a_hint_that_can_be_put_away() {
    let mut harness = high_window(&Fake::default());
    type_prompt(&mut harness, "running shoes in a moving box");
    assert!(harness.query_by_label_contains("asks for movement").is_none());
    harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text(", slow motion");
    harness.run_ok();
    harness.get_by_label_contains("\u{201c}slow motion\u{201d} asks for movement");
    click(&mut harness, "Close the hint");
    assert!(harness.query_by_label_contains("asks for movement").is_none());
}
