//! Pictures that guide the next edit.

use super::parts::{icon_button, with_key};
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::live::Reference;
use crate::window::{Command, Studio};
use egui::{Align, ColorImage, Id, Image, Layout, TextureHandle, TextureOptions, Ui};
use engine_api::Picture;

pub(super) fn show(ui: &mut Ui, studio: &mut Studio) {
    let (mut gone, mut pinned, mut told) = (None, None, None);
    let can_pin = studio.open.is_some();
    for (index, reference) in studio.wish.references.iter().enumerate() {
        ui.horizontal(|ui| {
            thumbnail(ui, reference);
            // The picture that is edited counts as the first one.
            let text = format!("Picture {} \u{b7} {}", index + 2, reference.name);
            let buttons = 2.0 * (size::ROW + ui.spacing().item_spacing.x);
            let room = egui::vec2(ui.available_width() - buttons, size::ROW);
            ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(room.x);
                ui.add(egui::Label::new(text).truncate());
            });
            let is_pinned = reference.pin.is_some();
            let label = format!("Pin reference {} to the canvas", reference.name);
            let pin = |ui: &mut Ui| icon_button(ui, Icon::Pin, &label, is_pinned, size::ROW).clicked();
            if ui.add_enabled_ui(can_pin, pin).inner {
                pinned = Some(index);
            }
            let label = format!("Remove reference {}", reference.name);
            if icon_button(ui, Icon::Close, &label, false, size::ROW).clicked() {
                gone = Some(index);
            }
        });
        if can_pin && reference.pin.is_some() {
            let label = format!("Say in the prompt where {} belongs", reference.name);
            let tip = "The model is told in words; they are added to the prompt, where you can change them";
            if ui.button("Put its place into words").on_hover_text(tip).accessible_name(label).clicked() {
                told = Some(index);
            }
        }
    }
    told.into_iter().for_each(|index| studio.say_where(index));
    if let Some(index) = pinned {
        studio.pin(index);
    }
    if let Some(index) = gone {
        studio.wish.references.remove(index);
    }
    if studio.wish.references.is_empty() {
        ui.label(
            egui::RichText::new("A face, a style or an object that the edit shall follow")
                .small()
                .color(tokens(ui).weak),
        );
    }
    let tip = with_key(ui, Command::AddReference);
    if ui.button("Add a reference").on_hover_text(tip).clicked() {
        studio.ask_for(Command::AddReference);
    }
}

fn thumbnail(ui: &mut Ui, reference: &Reference) {
    let texture = texture(ui, reference);
    let image = Image::from_texture(&texture)
        .max_size(egui::Vec2::splat(size::THUMBNAIL))
        .corner_radius(size::CORNER);
    ui.add(image.alt_text(&reference.name));
}

/// The reference at the size of a thumbnail.
pub(crate) fn texture(ui: &Ui, reference: &Reference) -> TextureHandle {
    let id = Id::unique(("reference", &reference.name, reference.picture.rgba().as_ptr() as usize));
    let kept: Option<TextureHandle> = ui.data(|data| data.get_temp(id));
    kept.unwrap_or_else(|| {
        let texture =
            ui.ctx().load_texture(&reference.name, small(&reference.picture), TextureOptions::LINEAR);
        ui.data_mut(|data| data.insert_temp(id, texture.clone()));
        texture
    })
}

/// A picture at the size of a thumbnail: the mean of a few points in every square.
pub(super) fn small(picture: &Picture) -> ColorImage {
    const SIDE: u32 = 128;
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height).max(SIDE);
    let side = |length: u32| (u64::from(length) * u64::from(SIDE) / u64::from(longer)).max(1) as usize;
    let size = [side(width), side(height)];
    let mut rgba = Vec::with_capacity(size[0] * size[1] * 4);
    for y in 0..size[1] {
        for x in 0..size[0] {
            let at = |step: usize, steps: usize, length: u32| step * length as usize / steps;
            let pixel = |dx: usize, dy: usize| {
                let (column, row) = (at(4 * x + dx, 4 * size[0], width), at(4 * y + dy, 4 * size[1], height));
                let start = (row * width as usize + column) * 4;
                picture.rgba().get(start..start + 4).unwrap_or(&[0; 4])
            };
            let samples = [pixel(0, 0), pixel(2, 1), pixel(1, 2), pixel(3, 3)];
            rgba.extend((0..4).map(|channel| {
                let sum: u32 = samples
                    .iter()
                    .filter_map(|sample| sample.get(channel))
                    .map(|&value| u32::from(value))
                    .sum();
                (sum / 4) as u8
            }));
        }
    }
    ColorImage::from_rgba_unmultiplied(size, &rgba)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_keep_aspect_and_colour() {
        let picture = Picture::new(400, 200, [10, 20, 30, 255].repeat(400 * 200)).unwrap();
        let image = small(&picture);
        assert_eq!(image.size, [128, 64]);
        assert!(image.pixels.iter().all(|pixel| *pixel == egui::Color32::from_rgb(10, 20, 30)));
        assert_eq!(small(&Picture::new(1, 8000, vec![0; 32_000]).unwrap()).size, [1, 128]);
    }
}
