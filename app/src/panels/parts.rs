//! Small pieces that several panels are made of.

use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::window::{Command, commands};
use egui::{
    Align, ColorImage, Frame, Id, Layout, Margin, Response, Role, Sense, TextureHandle, TextureOptions, Ui,
    WidgetInfo,
};
use engine_api::Picture;

/// A square button with an icon; `label` is its name for screen readers and its tooltip.
pub fn icon_button(ui: &mut Ui, icon: Icon, label: &str, chosen: bool, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(egui::Vec2::splat(side), Sense::click());
    let is_enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, is_enabled, chosen, label));
    let visuals = *ui.style().interact(&response);
    let tokens = tokens(ui);
    let is_touched = response.hovered() || response.has_focus();
    if chosen || is_touched {
        let fill = if chosen { tokens.chosen } else { visuals.bg_fill };
        ui.painter().rect_filled(rect, size::CORNER, fill);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(size::LINE, tokens.accent);
        ui.painter().rect_stroke(rect, size::CORNER, stroke, egui::StrokeKind::Inside);
    }
    let colour = if !is_enabled {
        tokens.line
    } else if chosen || is_touched {
        tokens.strong
    } else {
        tokens.text
    };
    icon.paint(ui.painter(), rect, colour);
    response.on_hover_text(label)
}

/// The name of a command with its key, for tooltips.
pub fn with_key(ui: &Ui, command: Command) -> String {
    let entry = commands::of(command);
    let name = entry.name.trim_end_matches('\u{2026}');
    match entry.key {
        Some(key) => format!("{name} ({})", ui.ctx().format_shortcut(&key)),
        None => name.to_owned(),
    }
}

/// A button of a command: an icon, the name as tooltip.
pub fn command_button(ui: &mut Ui, icon: Icon, command: Command) -> bool {
    let label = commands::of(command).name.trim_end_matches('\u{2026}');
    let tip = with_key(ui, command);
    let response = icon_button(ui, icon, label, false, size::ROW);
    response.on_hover_text(tip).clicked()
}

/// A setting with its name in front; the name is the control's label.
pub fn setting(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui) -> Response) -> Response {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(size::LABEL, size::ROW), Sense::hover());
        // A child that takes no room of its own: the name has it already, whatever it measures.
        let place = egui::UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center));
        let weak = tokens(ui).weak;
        ui.new_child(place).add(egui::Label::new(egui::RichText::new(name).color(weak)).truncate());
        control(ui).accessible_name(name)
    })
    .inner
}

/// A row of a list that folds out: taking it closes the list, also with the keyboard.
pub fn choice<T: PartialEq>(ui: &mut Ui, value: &mut T, row: T, name: &str) {
    if ui.selectable_value(value, row, name).clicked() {
        ui.close();
    }
}

/// The texture of a small picture. It is kept for as long as it is asked for; `key` has to change with the picture.
pub fn texture(ui: &Ui, key: impl std::hash::Hash + std::fmt::Debug, picture: &Picture) -> TextureHandle {
    /// Frames after which a texture that nobody asked for is let go.
    const KEPT: u64 = 120;
    type Textures = egui::IdMap<(u64, TextureHandle)>;
    let (ctx, place, id) = (ui.ctx(), Id::unique("small pictures"), Id::unique(key));
    let frame = ctx.cumulative_frame_nr();
    let known = ctx.data_mut(|data| {
        let textures: &mut Textures = data.get_temp_mut_or_default(place);
        textures.retain(|_, (used, _)| *used + KEPT > frame);
        textures.get_mut(&id).map(|(used, texture)| {
            *used = frame;
            texture.clone()
        })
    });
    known.unwrap_or_else(|| {
        let size = [picture.width() as usize, picture.height() as usize];
        let image = ColorImage::from_rgba_unmultiplied(size, picture.rgba());
        let texture = ctx.load_texture("small picture", image, TextureOptions::LINEAR);
        ctx.data_mut(|data| {
            let textures: &mut Textures = data.get_temp_mut_or_default(place);
            textures.insert(id, (frame, texture.clone()));
        });
        texture
    })
}

/// A bar that floats over the canvas.
pub fn floating(ui: &Ui) -> Frame {
    let tokens = tokens(ui);
    Frame::new()
        .fill(tokens.panel)
        .stroke(egui::Stroke::new(size::LINE, tokens.line))
        .corner_radius(size::CORNER_LARGE)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin::symmetric(size::PAD as i8, size::GAP as i8))
}
