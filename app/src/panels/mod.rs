//! What stands around the canvas: bars and panels. They read the window's state and leave actions.

mod bars;
mod foot;
mod history;
mod layers;
mod parts;
mod prompt;
mod queue;
mod references;
mod settings;
mod toolbar;

pub(crate) use layers::LayerList;
pub(crate) use prompt::{Chooser, Choosing, choose};
pub(crate) use references::texture as reference_texture;
pub use settings::canvas_size;

use crate::design::{size, tokens};
use crate::window::Studio;
use egui::{CentralPanel, CollapsingHeader, Frame, Margin, Panel, RichText, ScrollArea, Ui, UiBuilder};

/// Everything, from the outside in.
pub(crate) fn show(ui: &mut Ui, studio: &mut Studio) {
    let tokens = tokens(ui);
    let bar = Frame::new()
        .fill(tokens.panel)
        .inner_margin(Margin::symmetric(size::PAD as i8, size::PAD_SMALL as i8));
    Panel::top("menu").frame(bar).show_separator_line(true).show(ui, |ui| bars::top(ui, studio));
    Panel::bottom("status").frame(bar).show(ui, |ui| bars::status(ui, studio));
    if studio.look.panels {
        let tools = Frame::new().fill(tokens.panel).inner_margin(Margin::same(size::GAP as i8));
        Panel::left("tools")
            .frame(tools)
            .resizable(false)
            .exact_size(size::TOOLBAR)
            .show(ui, |ui| toolbar::tools(ui, studio));
        let side = Frame::new().fill(tokens.panel).inner_margin(Margin::same(size::PAD as i8));
        Panel::right("panels")
            .frame(side)
            .default_size(size::PANEL)
            .size_range(size::PANEL_LEAST..=size::PANEL_MOST)
            .show(ui, |ui| {
                // In a child that takes what room there is: what is a hair wider than the panel, by rounding or by long
                // words, must not widen it frame by frame.
                let room = ui.available_rect_before_wrap();
                side_panels(&mut ui.new_child(UiBuilder::new().max_rect(room)), studio);
                ui.advance_cursor_after_rect(room);
            });
    }
    CentralPanel::default().frame(Frame::new().fill(tokens.desk)).show(ui, |ui| {
        studio.stage(ui);
        toolbar::options(ui, studio);
        foot::bars(ui, studio);
        if studio.open.is_none() {
            bars::welcome(ui, studio);
        }
        bars::drop_hint(ui, studio);
    });
}

fn side_panels(ui: &mut Ui, studio: &mut Studio) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        prompt::show(ui, studio);
        if queue::is_needed(studio) {
            section(ui, "Queue", true, |ui| queue::show(ui, studio));
        }
        // A picture that was just added is to be seen, also where the section was folded away.
        let references = studio.wish.references.len();
        let is_new = references > std::mem::replace(&mut studio.look.references, references);
        section_opened(ui, "References", (false, is_new), |ui| references::show(ui, studio));
        if studio.open.is_some() {
            section(ui, "Layers", true, |ui| layers::show(ui, studio));
            section(ui, "History", false, |ui| history::show(ui, studio));
        }
    });
}

/// A part of the side panel that can be folded away.
fn section(ui: &mut Ui, title: &str, open: bool, contents: impl FnOnce(&mut Ui)) {
    section_opened(ui, title, (open, false), contents);
}

/// The same, opened in this frame where `now` says so.
fn section_opened(ui: &mut Ui, title: &str, (open, now): (bool, bool), contents: impl FnOnce(&mut Ui)) {
    ui.add_space(size::GAP);
    ui.separator();
    let heading = RichText::new(title).strong();
    let header = CollapsingHeader::new(heading).id_salt(title).default_open(open);
    header.open(now.then_some(true)).show_unindented(ui, contents);
}
