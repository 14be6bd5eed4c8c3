//! The list of steps: press one to go there.

use crate::design::{size, tokens};
use crate::window::{Action, Studio};
use egui::{Button, RichText, ScrollArea, Ui};

pub(super) fn show(ui: &mut Ui, studio: &mut Studio) {
    let Some(open) = &studio.open else { return };
    let steps = open.history.steps();
    let position = open.history.position();
    let mut wanted = None;
    // The list follows the history, and stays where the user scrolled it otherwise.
    let (id, now) = (ui.scope_id().with("position"), (position, steps.len()));
    let moved = ui.data_mut(|data| data.get_temp(id)) != Some(now);
    ui.data_mut(|data| data.insert_temp(id, now));
    ScrollArea::vertical().id_salt("history").max_height(size::LIST).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let names = std::iter::once("Opened").chain(steps.iter().map(|step| step.name));
        for (index, name) in names.enumerate() {
            let (is_here, is_undone) = (index == position, index > position);
            let colour = if is_undone { tokens(ui).weak } else { tokens(ui).text };
            // Where one is, and what was undone, is said in words and not by colour alone.
            let mark = match (is_here, is_undone) {
                (true, _) => "you are here",
                (_, true) => "undone",
                _ => "",
            };
            let row = Button::selectable(is_here, RichText::new(name).color(colour))
                .truncate()
                .shortcut_text(RichText::new(mark).small().color(tokens(ui).weak))
                .min_size(egui::vec2(ui.available_width(), size::ROW));
            let words = if mark.is_empty() { name.to_owned() } else { format!("{name}, {mark}") };
            let row = ui.add(row).accessible_name(format!("Step {index}: {words}"));
            if is_here && moved {
                row.scroll_to_me(None);
            }
            if row.clicked() {
                wanted = Some(index);
            }
        }
    });
    studio.actions.extend(wanted.map(Action::GoTo));
}
