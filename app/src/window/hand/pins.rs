//! Reference pictures pinned to a spot of the canvas: small numbered pictures that can be dragged about.

use crate::canvas::{Sight, rect_of, whole};
use crate::design::{size, tokens};
use crate::live::{Doing, Reference};
use crate::panels::reference_texture;
use crate::window::Studio;
use egui::{
    Align2, EventFilter, FontId, Id, Key, Pos2, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

impl Studio {
    /// Lets the user drag pins, or move a focused one with the arrow keys; says whether the pointer is on one.
    pub(in crate::window) fn move_pins(&mut self, ui: &Ui) -> bool {
        let Some(sight) = self.canvas.sight else { return false };
        let most = vec2(sight.size.width as f32, sight.size.height as f32).to_pos2();
        let mut is_touched = false;
        for (index, reference) in self.wish.references.iter_mut().enumerate() {
            let Some(pin) = &mut reference.pin else { continue };
            let id = Id::unique(("pin", index));
            let response = ui.interact(spot(&sight, *pin).intersect(sight.rect), id, Sense::click_and_drag());
            let words = format!("Pin of picture {}, {}", index + 2, reference.name);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words.as_str()));
            is_touched |= response.contains_pointer() || response.dragged();
            let mut by = sight.unturned(response.drag_delta()) / sight.scale;
            if response.has_focus() {
                let filter =
                    EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
                ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
                by += arrows(ui);
            }
            let [x, y] = *pin;
            let moved = (Pos2::new(x, y) + by).clamp(Pos2::ZERO, most);
            *pin = [moved.x, moved.y];
            response.on_hover_cursor(egui::CursorIcon::Move).on_hover_text(words);
        }
        is_touched
    }

    /// Draws the pins over the canvas.
    pub(in crate::window) fn paint_pins(&self, ui: &Ui, sight: &Sight) {
        let (tokens, painter) = (tokens(ui), ui.painter().with_clip_rect(sight.rect));
        for (index, reference) in self.wish.references.iter().enumerate() {
            let Some(pin) = reference.pin else { continue };
            let rect = spot(sight, pin);
            painter.rect_filled(rect.expand(size::LINE * 2.0), size::CORNER, tokens.panel);
            let texture = reference_texture(ui, reference);
            let picture = texture.size_vec2();
            let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
            // The middle square of the picture.
            let part = Vec2::splat(picture.min_elem()) / picture;
            painter.image(
                texture.id(),
                rect,
                Rect::from_center_size(whole.center(), part),
                egui::Color32::WHITE,
            );
            let is_focused = ui.memory(|memory| memory.has_focus(Id::unique(("pin", index))));
            let line = if is_focused { tokens.accent } else { tokens.line };
            painter.rect_stroke(
                rect,
                size::CORNER,
                egui::Stroke::new(2.0 * size::LINE, line),
                StrokeKind::Outside,
            );
            let badge = Rect::from_min_size(rect.min, Vec2::splat(size::ICON));
            painter.rect_filled(badge, size::CORNER, tokens.accent);
            let number = (index + 2).to_string();
            let font = FontId::proportional(size::TYPE_SMALL);
            painter.text(badge.center(), Align2::CENTER_CENTER, number, font, tokens.on_accent);
        }
    }

    /// Pins a reference to the middle of what is seen, or takes its pin away.
    pub(crate) fn pin(&mut self, index: usize) {
        let Some(sight) = self.canvas.sight else { return };
        let middle = sight.to_document(sight.rect.center());
        let most = vec2(sight.size.width as f32, sight.size.height as f32).to_pos2();
        let middle = middle.clamp(Pos2::ZERO, most);
        if let Some(Reference { pin, .. }) = self.wish.references.get_mut(index) {
            *pin = if pin.is_some() { None } else { Some([middle.x, middle.y]) };
        }
    }
}

impl Studio {
    /// Adds to the prompt where a pinned reference belongs. A model is told in words only, and these can be read and
    /// changed before they are sent.
    pub(crate) fn say_where(&mut self, index: usize) {
        let Some(open) = &self.open else { return };
        let Some([x, y]) = self.wish.references.get(index).and_then(|reference| reference.pin) else {
            return;
        };
        let at = Pos2::new(x, y);
        // A model that works on a part of the picture sees no more than that.
        let area = match open.doing() {
            Doing::EditSelection(region) => Some(rect_of(region)).filter(|area| area.contains(at)),
            _ => None,
        };
        let area = area.unwrap_or_else(|| whole(open.history.document().size()));
        let place = in_words((at - area.min) / area.size());
        let prompt = &mut self.wish.prompt;
        let said = prompt.trim_end();
        let joint = match said.chars().last() {
            None => "",
            Some('.' | '!' | '?') => " ",
            Some(_) => ". ",
        };
        *prompt = format!("{said}{joint}Put what picture {} shows {place}.", index + 2);
        self.look.panels = true;
    }
}

/// A place from 0 to 1 across and down, in thirds.
fn in_words(share: Vec2) -> &'static str {
    const PLACES: [[&str; 3]; 3] = [
        ["in the upper left", "at the top", "in the upper right"],
        ["on the left", "in the middle", "on the right"],
        ["in the lower left", "at the bottom", "in the lower right"],
    ];
    // Casting saturates, so that no place lies outside.
    let third = |share: f32| ((share * 3.0) as usize).min(2);
    PLACES[third(share.y)][third(share.x)] // proof: each is at most 2
}

/// The square of a pin on the screen; its middle is the spot.
fn spot(sight: &Sight, [x, y]: [f32; 2]) -> Rect {
    Rect::from_center_size(sight.to_screen(Pos2::new(x, y)), Vec2::splat(size::PIN))
}

/// The way that the arrow keys ask for, in pixels; ten times as far with Shift.
fn arrows(ui: &Ui) -> Vec2 {
    ui.input(|input| {
        let far = if input.modifiers.shift { 10.0 } else { 1.0 };
        let count = |key| input.num_presses(key) as f32;
        let across = count(Key::ArrowRight) - count(Key::ArrowLeft);
        vec2(across, count(Key::ArrowDown) - count(Key::ArrowUp)) * far
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_in_thirds() {
        assert_eq!(in_words(vec2(0.1, 0.1)), "in the upper left");
        assert_eq!(in_words(vec2(0.5, 0.5)), "in the middle");
        assert_eq!(in_words(vec2(1.0, 0.4)), "on the right");
        assert_eq!(in_words(vec2(0.5, 7.0)), "at the bottom");
        assert_eq!(in_words(vec2(f32::NAN, -1.0)), "in the upper left");
    }
}
