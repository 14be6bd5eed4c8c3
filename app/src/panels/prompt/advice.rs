//! Lines below the words: which kind of model they ask for.

use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::panels::parts::icon_button;
use crate::presets;
use crate::window::Studio;
use egui::{Label, RichText, Ui};

/// Says that a still picture does not move, where the words ask for movement; can be put away.
pub(super) fn movement(ui: &mut Ui, studio: &mut Studio) {
    if studio.look.hint_closed {
        return;
    }
    let Some(phrase) = presets::movement().found(&studio.wish.prompt) else { return };
    let text = format!(
        "\u{201c}{phrase}\u{201d} asks for movement. These models make still pictures; a video model sets one in motion."
    );
    ui.horizontal(|ui| {
        let room = ui.available_width() - size::ROW - size::GAP;
        ui.allocate_ui(egui::vec2(room, size::ROW), |ui| {
            ui.add(Label::new(RichText::new(text).small().color(tokens(ui).weak)).wrap());
        });
        studio.look.hint_closed = icon_button(ui, Icon::Close, "Close the hint", false, size::ROW).clicked();
    });
}
