//! The palette of all commands, and the questions that stand in front of everything.

use super::commands::{ENTRIES, Entry};
use super::{Action, Question, Studio};
use crate::design::{size, tokens};
use egui::{Align, Button, Frame, Id, Key, Layout, Modal, RichText, ScrollArea, TextEdit, Ui};

/// The list of all commands, with a field to find one.
#[derive(Default)]
pub(crate) struct Palette {
    open: bool,
    text: String,
    at: usize,
}

impl Palette {
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn open(&mut self) {
        *self = Self { open: true, ..Self::default() };
    }

    /// Commands with all typed words in their names.
    fn found(&self) -> Vec<&'static Entry> {
        let words: Vec<String> = self.text.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let fits = |entry: &&Entry| {
            let name = format!("{} {}", entry.name, entry.menu.name()).to_lowercase();
            words.iter().all(|word| name.contains(word))
        };
        ENTRIES.iter().filter(fits).collect()
    }
}

impl Studio {
    pub(super) fn show_palette(&mut self, ui: &Ui) {
        if !self.palette.open {
            return;
        }
        let modal = Modal::new(Id::unique("palette")).show(ui.ctx(), |ui| {
            ui.set_width(size::PALETTE_WIDTH);
            let field = TextEdit::singleline(&mut self.palette.text)
                .hint_text("Find a command")
                .desired_width(f32::INFINITY);
            let field = ui.add(field).accessible_name("Find a command");
            field.request_focus();
            if field.changed() {
                self.palette.at = 0;
            }
            let found = self.palette.found();
            move_in_list(ui, &mut self.palette.at, found.len());
            let chosen = list(ui, &found, self.palette.at);
            let entered = ui.input(|input| input.key_pressed(Key::Enter));
            chosen.or_else(|| found.get(self.palette.at).filter(|_| entered).copied())
        });
        let should_close = modal.should_close();
        if let Some(entry) = modal.inner {
            self.palette.open = false;
            self.actions.push(Action::Do(entry.command));
        } else if should_close {
            self.palette.open = false;
        }
    }

    /// Shows the question that has to be answered first.
    pub(super) fn ask(&mut self, ui: &Ui) {
        let Some(question) = &self.question else { return };
        let (title, text, yes, no) = match question {
            Question::Replace(open) => (
                format!("Open {}?", open.name),
                "The picture that is open has changes that are not exported. They will be lost.",
                "Open it",
                "Stay here",
            ),
            Question::NewCanvas => {
                ("New canvas".into(), "An empty canvas to generate a picture on.", "Create", "Cancel")
            }
            Question::DiscardEarlier => (
                format!("Discard {}?", self.earlier),
                "What was waiting when Rostrum closed cannot be brought back then.",
                "Discard",
                "Keep",
            ),
            Question::Close => (
                "Close Rostrum?".into(),
                "The picture has changes that are not exported. They will be lost.",
                "Close",
                "Stay here",
            ),
        };
        let asks_size = matches!(question, Question::NewCanvas);
        let modal = Modal::new(Id::unique("question")).show(ui.ctx(), |ui| {
            ui.set_width(size::PANEL);
            ui.heading(title);
            ui.label(text);
            if asks_size {
                crate::panels::canvas_size(ui, &mut self.look.new_size, &self.presets.shapes);
            }
            ui.add_space(size::PAD);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let (first, second) = (ui.button(yes), ui.button(no));
                // Enter answers at once, and loses nothing.
                let safe = if asks_size { &first } else { &second };
                if ui.memory(|memory| memory.focused().is_none()) {
                    safe.request_focus();
                }
                first.clicked().then_some(true).or(second.clicked().then_some(false))
            })
            .inner
        });
        // A press in a list that hangs out of the question is no press beside it.
        let closes = modal.should_close() && !modal.any_popup_open;
        let answer = modal.inner.or(closes.then_some(false));
        self.actions.extend(answer.map(Action::Answer));
    }
}

/// Arrow keys.
pub(crate) fn move_in_list(ui: &Ui, at: &mut usize, number: usize) {
    let (up, down) = ui.input(|input| (input.key_pressed(Key::ArrowUp), input.key_pressed(Key::ArrowDown)));
    if down {
        *at = (*at + 1).min(number.saturating_sub(1));
    }
    if up {
        *at = at.saturating_sub(1);
    }
}

fn list(ui: &mut Ui, found: &[&'static Entry], at: usize) -> Option<&'static Entry> {
    let mut chosen = None;
    ScrollArea::vertical().max_height(size::PALETTE_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
        if found.is_empty() {
            ui.weak("No command of this name");
        }
        for (index, entry) in found.iter().enumerate() {
            let key = entry.key.map(|key| ui.ctx().format_shortcut(&key)).unwrap_or_default();
            let weak = tokens(ui).weak;
            let button = Button::selectable(index == at, entry.name)
                .shortcut_text(RichText::new(key).color(weak))
                .min_size(egui::vec2(ui.available_width(), size::ROW));
            let row = Frame::NONE.show(ui, |ui| ui.add(button)).inner;
            if index == at {
                row.scroll_to_me(None);
            }
            if row.clicked() {
                chosen = Some(*entry);
            }
        }
    });
    chosen
}
