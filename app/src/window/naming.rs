//! Naming a file by its path, where the system has no dialog for that.

use super::{Action, Purpose, Studio};
use crate::design::size;
use egui::{Align, Id, Key, Layout, Modal, TextEdit, Ui};
use std::path::{Path, PathBuf};

/// What a file is named for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Open(Purpose),
    Export,
}

/// The field, while it is there.
pub(crate) struct Naming {
    wanted: Wanted,
    text: String,
}

impl Studio {
    /// Asks for a path, beginning with a folder.
    pub(super) fn name_file(&mut self, wanted: Wanted, folder: &Path) {
        let name = match (wanted, &self.open) {
            (Wanted::Export, Some(open)) => format!("{}.png", open.export_name()),
            _ => String::new(),
        };
        let text = folder.join(name).display().to_string();
        self.naming = Some(Naming { wanted, text });
    }

    /// Shows the field.
    pub(super) fn show_naming(&mut self, ui: &Ui) {
        let Some(Naming { wanted, text }) = &mut self.naming else { return };
        let (title, verb) = match wanted {
            Wanted::Open(Purpose::Document) => ("Open a picture", "Open"),
            Wanted::Open(Purpose::Layer) => ("Add a picture as a layer", "Add"),
            Wanted::Open(Purpose::Reference) => ("Add a reference picture", "Add"),
            Wanted::Export => ("Export", "Save"),
        };
        let modal = Modal::new(Id::unique("naming")).show(ui.ctx(), |ui| {
            ui.set_width(size::PALETTE_WIDTH);
            ui.heading(title);
            ui.label("This system opened no file dialog, so type the whole name of the file.");
            let field = TextEdit::singleline(text).desired_width(f32::INFINITY);
            let field = ui.add(field).accessible_name("Name of the file");
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if ui.memory(|memory| memory.focused().is_none()) && !is_entered {
                field.request_focus();
            }
            ui.add_space(size::PAD);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let (first, second) = (ui.button(verb), ui.button("Cancel"));
                (is_entered || first.clicked()).then_some(true).or(second.clicked().then_some(false))
            })
            .inner
        });
        let answer = modal.inner.or(modal.should_close().then_some(false));
        self.actions.extend(answer.map(Action::Named));
    }

    /// Opens or writes the file that was named; nothing where that was called off or no name was typed.
    pub(super) fn named(&mut self, goes_on: bool) {
        let Some(Naming { wanted, text }) = self.naming.take().filter(|_| goes_on) else { return };
        let name = text.trim().trim_matches('"');
        if name.is_empty() {
            return;
        }
        let file = PathBuf::from(name);
        match wanted {
            Wanted::Open(purpose) => self.doors.files.open(file, purpose),
            Wanted::Export => {
                if let Some((document, details)) = self.what_to_export() {
                    self.doors.files.save(file, document, details);
                }
            }
        }
    }
}
