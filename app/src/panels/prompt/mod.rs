//! The prompt panel: words, model, care, and the button that says what will happen. `advice` has the lines below the
//! words, `preflight` those below the button, `chooser` the lists of tasks and of earlier prompts.

mod advice;
mod chooser;
mod preflight;

pub(crate) use chooser::{Chooser, Choosing, choose};

use super::parts::{choice, command_button, setting, with_key};
use super::settings;
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::live::Doing;
use crate::window::{Command, Studio};
use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Button, CollapsingHeader, ComboBox, Id, RichText, TextEdit, Ui};
use engine_api::Quality;

/// Rows of the prompt field.
const ROWS: usize = 4;

pub(super) fn show(ui: &mut Ui, studio: &mut Studio) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Prompt").strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let has_earlier = !studio.wish.earlier().is_empty();
            ui.add_enabled_ui(has_earlier, |ui| {
                if command_button(ui, Icon::Down, Command::LaterPrompt) {
                    studio.ask_for(Command::LaterPrompt);
                }
                if command_button(ui, Icon::Up, Command::EarlierPrompt) {
                    studio.ask_for(Command::EarlierPrompt);
                }
                list_button(ui, studio, "Earlier", Command::EarlierPrompts);
            });
            list_button(ui, studio, "Tasks", Command::Tasks);
        });
    });
    prompt(ui, studio);
    advice::movement(ui, studio);
    if studio.open.is_none() {
        settings::shape(ui, &mut studio.look.new_size, &studio.presets.shapes);
    }
    generate(ui, studio);
    ui.add_space(size::GAP);
    model(ui, studio);
    quality(ui, studio);
    settings::seed(ui, &mut studio.wish);
    // Below what it depends on: its lines come and go, and nothing shall move away from under the pointer.
    preflight::show(ui, studio);
    CollapsingHeader::new("More settings").default_open(false).show_unindented(ui, |ui| {
        settings::numbers(ui, &mut studio.wish);
    });
    CollapsingHeader::new("What to avoid").default_open(false).show_unindented(ui, |ui| {
        settings::negative(ui, &mut studio.wish);
    });
}

fn list_button(ui: &mut Ui, studio: &mut Studio, name: &str, command: Command) {
    let tip = with_key(ui, command);
    if ui.small_button(name).on_hover_text(tip).clicked() {
        studio.ask_for(command);
    }
}

fn prompt(ui: &mut Ui, studio: &mut Studio) {
    let hint = match studio.doing() {
        Doing::Generate(_) => "What shall the picture show?",
        Doing::EditSelection(_) => "What shall be in the marked area?",
        Doing::EditEverything(_) => "What shall change?",
        Doing::Expand(_) => "What shall be around the picture?",
    };
    let id = Id::unique("prompt");
    let is_wanted = studio.look.focus_prompt || studio.look.select.is_some();
    // A list in front of everything keeps the keyboard for one frame after it closed.
    let is_free = ui.memory(|memory| memory.allows_interaction(ui.layer_id()));
    if is_wanted && is_free {
        // Before the field is shown, because a field without the focus forgets a selection.
        ui.memory_mut(|memory| memory.request_focus(id));
        studio.look.focus_prompt = false;
    } else if is_wanted {
        ui.ctx().request_repaint();
    }
    let selected = if is_free { studio.look.select.take() } else { None };
    if let Some([from, to]) = selected {
        let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
        let range = CCursorRange::two(CCursor::new(from), CCursor::new(to));
        state.cursor.set_char_range(Some(range));
        state.store(ui.ctx(), id);
    }
    let field = TextEdit::multiline(&mut studio.wish.prompt)
        .id(id)
        .hint_text(hint)
        .desired_rows(ROWS)
        .desired_width(f32::INFINITY)
        .margin(egui::Margin::same(size::GAP as i8));
    let field = ui.add(field).accessible_name("Prompt");
    studio.look.prompt = Some(field.id);
}

/// The button, with what it will do and why it cannot.
fn generate(ui: &mut Ui, studio: &mut Studio) {
    let (doing, tokens) = (studio.doing(), tokens(ui));
    let obstacle = obstacle(studio);
    let verb = match studio.wish.variants {
        0 | 1 => doing.button(),
        number => format!("{}, {number} times", doing.button()),
    };
    let text = RichText::new(verb).color(tokens.on_accent).strong();
    let button =
        Button::new(text).fill(tokens.accent).min_size(egui::vec2(ui.available_width(), size::PRIMARY));
    let response = ui.vertical_centered_justified(|ui| ui.add_enabled(obstacle.is_none(), button)).inner;
    let key = with_key(ui, Command::Generate);
    if response.on_hover_text(key).clicked() {
        studio.ask_for(Command::Generate);
    }
    let line = obstacle.unwrap_or_else(|| doing.explained());
    ui.label(RichText::new(line).small().color(tokens.weak));
}

fn obstacle(studio: &Studio) -> Option<String> {
    if studio.models.is_empty() {
        return Some("No model is installed yet; the File menu looks for models again".into());
    }
    studio.wish.prompt.trim().is_empty().then(|| "Say in a sentence what you want".to_owned())
}

fn model(ui: &mut Ui, studio: &mut Studio) {
    if studio.models.is_empty() {
        return;
    }
    let Studio { wish, models, .. } = studio;
    let chosen = wish.model.clone().unwrap_or_else(|| "Choose a model".into());
    setting(ui, "Model", |ui| {
        let width = ui.available_width();
        ComboBox::from_id_salt("model")
            .width(width)
            .truncate()
            .selected_text(chosen)
            .show_ui(ui, |ui| {
                for model in models {
                    choice(ui, &mut wish.model, Some(model.name.clone()), &model.name);
                }
            })
            .response
    });
}

fn quality(ui: &mut Ui, studio: &mut Studio) {
    let quality = &mut studio.wish.quality;
    setting(ui, "Quality", |ui| {
        let choices = [(Quality::Draft, "Draft"), (Quality::Standard, "Standard"), (Quality::Best, "Best")];
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = size::PAD_SMALL / 2.0;
            for (value, name) in choices {
                ui.selectable_value(quality, value, name);
            }
        })
        .response
    });
}
