//! The list of steps: press one to go there.

use crate::design::{size, tokens};
use crate::window::{Action, Studio};
use egui::{Button, RichText, ScrollArea, Ui};

pub(super) fn show(ui: &mut Ui, studio: &mut Studio) {
    let Some(open) = &studio.open else { return };
    let steps = open.history.steps();
    let position = open.history.position();
    let mut wanted = None;
    ScrollArea::vertical().id_salt("history").max_height(size::LIST).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let names = std::iter::once("Opened").chain(steps.iter().map(|step| step.name));
        for (index, name) in names.enumerate() {
            let colour = if index <= position { tokens(ui).text } else { tokens(ui).weak };
            let row = Button::selectable(index == position, RichText::new(name).color(colour))
                .min_size(egui::vec2(ui.available_width(), size::ROW));
            let row = ui.add(row);
            if index == position {
                row.scroll_to_me(None);
            }
            if row.clicked() {
                wanted = Some(index);
            }
        }
    });
    studio.actions.extend(wanted.map(Action::GoTo));
}
