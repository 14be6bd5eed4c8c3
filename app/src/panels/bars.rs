//! The bar above with menus, the line below with hints, and the first sight of an empty window.

use super::parts::{command_button, with_key};
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::window::commands::{ENTRIES, Menu};
use crate::window::{Command, Studio};
use egui::{Align, Align2, Area, Button, Id, Layout, MenuBar, Order, RichText, Ui};

/// Menus on the left, what is needed most on the right.
pub(super) fn top(ui: &mut Ui, studio: &mut Studio) {
    MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            ui.menu_button(menu.name(), |ui| entries(ui, menu, studio));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (command, name) in
                [(Command::Palette, "Commands"), (Command::Export, "Export"), (Command::Open, "Open")]
            {
                let tip = with_key(ui, command);
                if ui.button(name).on_hover_text(tip).clicked() {
                    studio.ask_for(command);
                }
            }
            if let Some(open) = &studio.open {
                let dot = if open.is_unsaved() { " \u{2022}" } else { "" };
                ui.weak(format!("{}{dot}", open.name));
            }
        });
    });
}

fn entries(ui: &mut Ui, menu: Menu, studio: &mut Studio) {
    for entry in ENTRIES.iter().filter(|entry| entry.menu == menu) {
        let key = entry.key.map(|key| ui.ctx().format_shortcut(&key)).unwrap_or_default();
        let (button, obstacle) = (Button::new(entry.name).shortcut_text(key), studio.obstacle(entry.command));
        let response = ui.add_enabled(obstacle.is_none(), button);
        let response = obstacle.into_iter().fold(response, egui::Response::on_disabled_hover_text);
        if response.clicked() {
            studio.ask_for(entry.command);
            ui.close();
        }
    }
}

/// What the tool does, the zoom, and the picture's size.
pub(super) fn status(ui: &mut Ui, studio: &mut Studio) {
    let hint = match studio.open {
        Some(_) => studio.toolbox.current().meta().hint,
        None => "Open a picture to change it, or say what a new one shall show",
    };
    ui.horizontal(|ui| {
        // The right end first: the hint is cut off in the room that it leaves.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(open) = &studio.open {
                let size = open.history.document().size();
                ui.small(format!("{} \u{d7} {}", size.width, size.height));
                zoom(ui, studio);
            }
            if studio.look.frame_times {
                frame_times(ui, studio);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(hint).small().color(tokens(ui).weak)).truncate());
            });
        });
    });
}

/// Nearer, the zoom in percent, and farther: from the right to the left, as the line is filled.
fn zoom(ui: &mut Ui, studio: &mut Studio) {
    ui.spacing_mut().item_spacing.x = 0.0;
    ui.add_space(size::PAD);
    if command_button(ui, Icon::Plus, Command::ZoomIn) {
        studio.ask_for(Command::ZoomIn);
    }
    // As wide for 3 % as for 3200 %, so that the buttons stay under the pointer.
    let percent = RichText::new(format!("{:.0} %", studio.canvas.view.percent())).small();
    let button = Button::new(percent).frame_when_inactive(false).min_size(egui::vec2(size::ZOOM, size::ROW));
    let tip = with_key(ui, Command::Fit);
    if ui.add(button).accessible_name("Zoom, press to fit the window").on_hover_text(tip).clicked() {
        studio.ask_for(Command::Fit);
    }
    if command_button(ui, Icon::Minus, Command::ZoomOut) {
        studio.ask_for(Command::ZoomOut);
    }
    ui.spacing_mut().item_spacing.x = size::GAP;
}

/// The slowest of a hundred frames but five, and the tiles that the last one sent.
fn frame_times(ui: &mut Ui, studio: &Studio) {
    let mut times: Vec<f32> = studio.frames.iter().copied().collect();
    times.sort_by(f32::total_cmp);
    let slow = times.get(times.len() * 95 / 100).copied().unwrap_or_default() * 1000.0;
    let sent = studio.canvas.uploads.sent;
    ui.add(egui::Label::new(
        RichText::new(format!("95 % of frames within {slow:.1} ms, {sent} tiles sent")).small(),
    ));
}

/// What can be done before there is a picture.
pub(super) fn welcome(ui: &Ui, studio: &mut Studio) {
    let middle = ui.max_rect().center();
    // Where letters are large there is less room than the words would like.
    let width = (ui.max_rect().width() - 2.0 * size::PAD).min(size::PALETTE_WIDTH);
    Area::new(Id::unique("welcome"))
        .order(Order::Middle)
        .pivot(Align2::CENTER_CENTER)
        .fixed_pos(middle)
        .show(ui.ctx(), |ui| {
            ui.set_width(width);
            ui.vertical_centered(|ui| {
                ui.label(RichText::new("Drop a picture here").size(size::TYPE_HEADING).strong());
                ui.weak("or start from one of these. Nothing leaves this computer.");
                ui.add_space(size::PAD);
                for (command, name) in
                    [(Command::Open, "Open a picture"), (Command::NewCanvas, "Start an empty canvas")]
                {
                    let button = Button::new(name).min_size(egui::vec2(size::PANEL_LEAST, size::PRIMARY));
                    let tip = with_key(ui, command);
                    if ui.add(button).on_hover_text(tip).clicked() {
                        studio.ask_for(command);
                    }
                }
                if studio.models.is_empty() {
                    first_model(ui, studio);
                }
            });
        });
}

/// What letting go of a dragged file would do.
pub(super) fn drop_hint(ui: &Ui, studio: &Studio) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let words = if studio.open.is_some() { "Drop to add as a layer" } else { "Drop to open" };
    let (tokens, place) = (tokens(ui), ui.max_rect());
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("drop hint")));
    painter.rect_filled(place, 0.0, tokens.shade);
    let inner = place.shrink(size::PAD_LARGE);
    let stroke = egui::Stroke::new(size::FRAME, tokens.accent);
    painter.rect_stroke(inner, size::CORNER_LARGE, stroke, egui::StrokeKind::Inside);
    let font = egui::FontId::proportional(size::TYPE_HEADING);
    let galley = painter.layout_no_wrap(words.to_owned(), font, tokens.strong);
    let text = Align2::CENTER_CENTER.anchor_size(inner.center(), galley.size());
    painter.rect_filled(text.expand(size::PAD), size::CORNER_LARGE, tokens.panel);
    painter.galley(text.min, galley, tokens.strong);
}

/// What to do where there is nothing yet that could draw.
fn first_model(ui: &mut Ui, studio: &mut Studio) {
    ui.add_space(size::PAD_LARGE);
    ui.label(RichText::new("A model draws the pictures; there is none yet").strong());
    if let Some(folder) = &studio.doors.model_folder {
        ui.weak("Put the folder of one, as it was downloaded, into");
        ui.add(egui::Label::new(RichText::new(folder.display().to_string()).monospace()).wrap());
    }
    ui.add_space(size::GAP);
    let button = Button::new("Look again").min_size(egui::vec2(size::PANEL_LEAST, size::ROW));
    if ui.add(button).on_hover_text(with_key(ui, Command::FindModels)).clicked() {
        studio.ask_for(Command::FindModels);
    }
}
