//! One row of the list: fold, eye, small picture, name, lock.

use super::{Asked, LayerList};
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::document::{Layer, LayerKind};
use crate::panels::parts::icon_button;
use crate::window::{LayerChange, Open};
use egui::{Align, Button, Layout, Response, RichText, Sense, TextEdit, Ui};

/// A layer in the list.
pub(super) struct Row<'a> {
    pub layer: &'a Layer,
    pub depth: usize,
    pub is_chosen: bool,
    pub open: &'a Open,
}

impl Row<'_> {
    pub(super) fn show(&self, ui: &mut Ui, list: &mut LayerList, asked: &mut Asked) {
        let (id, properties) = (self.layer.id(), self.layer.properties());
        let room = egui::vec2(ui.available_width(), size::LAYER_ROW);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = size::PAD_SMALL / 2.0;
            ui.add_space(self.depth as f32 * size::PAD);
            let (icon, verb) =
                if properties.visible { (Icon::Eye, "Hide") } else { (Icon::EyeClosed, "Show") };
            if icon_button(ui, icon, &format!("{verb} {}", properties.name), false, size::ROW).clicked() {
                asked.push((id, LayerChange::Show(!properties.visible)));
            }
            self.picture(ui, list, asked);
            if self.renaming(ui, list, asked) {
                return;
            }
            let width = ui.available_width() - size::ROW - ui.spacing().item_spacing.x;
            let response = ui.add_sized([width, size::LAYER_ROW - 2.0 * size::LINE], self.button(ui));
            self.name(ui, response, list, asked);
            let (icon, verb) =
                if properties.locked { (Icon::Lock, "Unlock") } else { (Icon::LockOpen, "Lock") };
            let lock =
                icon_button(ui, icon, &format!("{verb} {}", properties.name), properties.locked, size::ROW);
            if lock.clicked() {
                asked.push((id, LayerChange::Lock(!properties.locked)));
            }
        });
    }

    /// The thumbnail; for a group the triangle that folds it.
    fn picture(&self, ui: &mut Ui, list: &mut LayerList, asked: &mut Asked) {
        let id = self.layer.id();
        if self.layer.kind() == LayerKind::Group {
            let is_folded = self.open.folded.contains(&id);
            let (icon, verb) = if is_folded { (Icon::Right, "Open") } else { (Icon::Down, "Fold") };
            let label = format!("{verb} {}", self.layer.name());
            if icon_button(ui, icon, &label, false, size::ROW).clicked() {
                asked.push((id, LayerChange::Fold(!is_folded)));
            }
            return;
        }
        let (place, _) = ui.allocate_exact_size(egui::Vec2::splat(size::LAYER_THUMB), Sense::hover());
        list.thumbs.paint(ui, self.layer, place, self.open.history.is_open());
    }

    fn button(&self, ui: &Ui) -> Button<'static> {
        let properties = self.layer.properties();
        let colour = if properties.visible { tokens(ui).text } else { tokens(ui).weak };
        Button::selectable(self.is_chosen, RichText::new(properties.name.clone()).color(colour))
            .truncate()
            .shortcut_text(RichText::new(kind(self.layer)).small().color(tokens(ui).weak))
            .sense(Sense::click_and_drag())
    }

    /// Clicks and drags of the name.
    fn name(&self, ui: &Ui, response: Response, list: &mut LayerList, asked: &mut Asked) {
        let id = self.layer.id();
        let response = response.accessible_name(self.words());
        if response.double_clicked() {
            list.rename(self.layer);
        } else if response.clicked() {
            let also = ui.input(|input| input.modifiers.command || input.modifiers.shift);
            asked.push((id, if also { LayerChange::ChooseAlso } else { LayerChange::Choose }));
        }
        if response.drag_started() {
            list.dragged = Some(id);
        }
        let described = match self.layer.recipe() {
            Some(recipe) => recipe.prompt.clone(),
            None => "Drag to reorder, double-click to rename".to_owned(),
        };
        if list.dragged.is_none() {
            response.on_hover_text(described);
        }
    }

    /// The row for those who cannot see it.
    fn words(&self) -> String {
        let properties = self.layer.properties();
        let mut words = format!("{}, {}", properties.name, self.layer.kind().words());
        for (said, word) in [(!properties.visible, ", hidden"), (properties.locked, ", locked")] {
            words.push_str(if said { word } else { "" });
        }
        words
    }

    /// The field for a new name, where this layer is being renamed.
    fn renaming(&self, ui: &mut Ui, list: &mut LayerList, asked: &mut Asked) -> bool {
        let id = self.layer.id();
        let Some((_, name)) = list.naming.as_mut().filter(|(renamed, _)| *renamed == id) else {
            return false;
        };
        let field = TextEdit::singleline(name).desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("Layer name");
        if !field.lost_focus() {
            field.request_focus();
            return true;
        }
        let keeps = !ui.input(|input| input.key_pressed(egui::Key::Escape));
        let name = name.trim().to_owned();
        list.naming = None;
        if keeps && !name.is_empty() && name != self.layer.name() {
            asked.push((id, LayerChange::Rename(name)));
        }
        true
    }
}

/// What sort of layer it is, where its name does not say so.
fn kind(layer: &Layer) -> &'static str {
    let kind = match layer.kind() {
        LayerKind::Mask => "mask",
        LayerKind::Result => "result",
        LayerKind::Group => "group",
        LayerKind::Paint => "paint",
        LayerKind::Picture => "picture",
    };
    if layer.name().to_lowercase().starts_with(kind) { "" } else { kind }
}
