//! Pieces of the bar of options: what belongs together stays in one row where letters are large and the bar has to break.

use crate::design::size;
use egui::{Align, Id, Layout, Ui};

/// Controls that stay beside each other; how wide they are is known from the last frame.
pub fn together<T>(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui) -> T) -> T {
    let id = Id::unique(("tool options", name));
    let wide = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(size::LABEL);
    let place = egui::vec2(wide, size::ROW);
    let shown = ui.allocate_ui_with_layout(place, Layout::left_to_right(Align::Center), contents);
    let width = shown.response.rect.width();
    if (width - wide).abs() > size::LINE {
        ui.data_mut(|data| data.insert_temp(id, width));
        ui.ctx().request_repaint();
    }
    shown.inner
}

/// The same for a control with its name in front of it.
pub fn named<T>(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui) -> T) -> T {
    together(ui, name, |ui| {
        ui.weak(name);
        control(ui)
    })
}
