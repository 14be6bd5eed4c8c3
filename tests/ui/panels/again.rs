//! Stories about a result's recipe: reading it, using it again, making the result again.

use crate::fake::{Fake, SIZE};
use crate::hand::{Window, click, document, high_window, layer, layers, listed, mark, perform, studio};
use crate::type_prompt;
use app::document::LayerKind;
use app::window::Command;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use engine_api::{ImageRequest, Intent, JobId};

/// A window with an accepted result of "a red beret", made from marks.
fn with_result(fake: &Fake) -> Window {
    let mut harness = high_window(fake);
    mark(&mut harness);
    type_prompt(&mut harness, "a red beret");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_ok();
    accept(fake, &mut harness, 1, [200, 0, 0, 255]);
    harness
}

fn accept(fake: &Fake, harness: &mut Window, job: u64, colour: [u8; 4]) {
    fake.begin(JobId(job), [100, 75, 200, 150]);
    fake.finish(JobId(job), colour);
    harness.run_ok();
    click(harness, "Accept");
}

fn middle(harness: &Window) -> [u8; 4] {
    document(harness).colour_at(SIZE.width / 2, SIZE.height / 2).expect("inside the picture")
}

/// Pixels that a request marks; 0 where it marks nothing.
fn marked(request: &ImageRequest) -> usize {
    let Intent::Edit(edit) = &request.intent else { return 0 };
    edit.mask.as_ref().map_or(0, |mask| mask.gray().iter().filter(|&&value| value > 0).count())
}

#[test]
fn the_recipe_is_told_and_its_settings_and_marks_are_used_again() {
    let fake = Fake::default();
    let mut harness = with_result(&fake);
    harness.get_by_label_contains("Toy, just now");
    let seed = fake.requests()[0].seed;
    harness.get_by_label_contains(&format!("Seed {seed}, 4 steps, guidance 1, standard quality"));

    perform(&mut harness, Command::Deselect);
    harness.get_by_label("Edit everything");
    let steps = harness.get_all_by_label("Use these settings again").count();
    assert_eq!(steps, 1);
    type_prompt_over(&mut harness, "something else");
    click(&mut harness, "Use these settings again");
    let field = harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt");
    assert_eq!(field.value().as_deref(), Some("a red beret"));
    harness.get_by_label("Edit selection");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_ok();
    let requests = fake.requests();
    assert_eq!((requests[1].seed, requests[1].steps), (seed, Some(4)));
    assert_eq!(marked(&requests[1]), marked(&requests[0]));
    perform(&mut harness, Command::Undo);
    harness.get_by_label("Edit everything");
    perform(&mut harness, Command::EarlierPrompt);
    perform(&mut harness, Command::EarlierPrompt);
    let field = harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt");
    assert_eq!(field.value().as_deref(), Some("something else"), "what was typed is not lost");
}

fn type_prompt_over(harness: &mut Window, text: &str) {
    harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt").focus();
    harness.run_ok();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_ok();
    type_prompt(harness, text);
}

#[test]
fn a_result_is_made_again_from_the_layers_below_it_and_the_old_one_is_kept() {
    let fake = Fake::default();
    let mut harness = with_result(&fake);
    perform(&mut harness, Command::NewPaintLayer);
    let result = layer(&harness, "a red beret");
    click(&mut harness, "a red beret, result layer");
    perform(&mut harness, Command::Deselect);
    type_prompt_over(&mut harness, "a blue beret");
    click(&mut harness, "Make it again here");
    let requests = fake.requests();
    assert_eq!((requests.len(), requests[1].prompt.as_str()), (2, "a blue beret"));
    let Intent::Edit(edit) = &requests[1].intent else { panic!("not an edit") };
    assert_eq!(edit.image.rgba()[..4], [90, 120, 160, 255]);
    assert!(edit.image.rgba().chunks(4).all(|pixel| pixel == [90, 120, 160, 255]), "the result is no source");
    assert!(edit.mask.is_none(), "what is marked now counts, and that is nothing");

    let steps = studio(&harness).history().len();
    accept(&fake, &mut harness, 2, [0, 0, 200, 255]);
    assert_eq!(listed(&harness)[..3], ["0 Paint", "0 a blue beret", "0 a red beret"].map(String::from));
    assert!(document(&harness).layer(result).is_ok_and(|old| !old.properties().visible));
    assert_eq!(middle(&harness), [0, 0, 200, 255]);
    assert_eq!(studio(&harness).history().len(), steps + 1, "one step");
    perform(&mut harness, Command::Undo);
    assert_eq!((middle(&harness), layers(&harness, LayerKind::Result)), ([200, 0, 0, 255], 1));
}

#[test]
fn a_layer_without_a_recipe_says_so() {
    let mut harness = high_window(&Fake::default());
    for command in [Command::UseRecipe, Command::MakeAgain] {
        perform(&mut harness, command);
        harness.get_by_label("Choose a result layer first");
        perform(&mut harness, Command::Fit);
        click(&mut harness, "Close the message");
    }
}
