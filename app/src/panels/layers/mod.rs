//! The list of layers, the uppermost first, with what can be done to the chosen ones. `row` draws a line of the
//! list, `drop` says where a dragged layer would land, `thumbs` keeps the small pictures, `details` has the settings
//! of the chosen layer and `recipe` tells how a result was made.

mod details;
mod drop;
mod recipe;
mod row;
mod thumbs;

use super::parts::command_button;
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::document::{Layer, LayerId};
use crate::window::{Action, Command, LayerChange, Open, Studio};
use drop::Drop;
use egui::{Key, Pos2, Rect, ScrollArea, Ui};
use row::Row;
use thumbs::Thumbs;

/// Lists up to this long are drawn whole, so that screen readers find every layer; of longer ones only what can be
/// seen.
const ALWAYS_DRAWN: usize = 60;

/// What the list remembers from frame to frame. None of it belongs to the document.
#[derive(Default)]
pub(crate) struct LayerList {
    /// The layer that is being renamed, with what is typed.
    naming: Option<(LayerId, String)>,
    /// The layer that the pointer drags.
    dragged: Option<LayerId>,
    /// Whether the list shall show the chosen layer.
    reveal: bool,
    thumbs: Thumbs,
}

/// What the rows ask for.
type Asked = Vec<(LayerId, LayerChange)>;

impl LayerList {
    /// Opens the field for a new name.
    pub(crate) fn rename(&mut self, layer: &Layer) {
        self.naming = Some((layer.id(), layer.name().to_owned()));
        self.reveal = true;
    }

    /// Scrolls to the chosen layer in the next frame.
    pub(crate) fn reveal(&mut self) {
        self.reveal = true;
    }
}

pub(super) fn show(ui: &mut Ui, studio: &mut Studio) {
    let Studio { open: Some(open), layer_list, .. } = studio else { return };
    let mut asked = Vec::new();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = size::LINE;
        let area = ScrollArea::vertical().id_salt("layers").max_height(size::LAYER_LIST);
        area.show(ui, |ui| list(ui, open, layer_list, &mut asked));
    });
    // Right below the list, where they stay whatever is chosen.
    buttons(ui, studio);
    ui.add_space(size::GAP);
    let Studio { open: Some(open), actions, .. } = studio else { return };
    if let Some(layer) = open.chosen().and_then(|id| open.history.document().layer(id).ok()) {
        details::show(ui, layer, &mut asked);
        if let Some(made) = layer.made() {
            actions.extend(recipe::show(ui, made).map(Action::Do));
        }
    }
    actions.extend(asked.into_iter().map(|(id, change)| Action::Layer(id, change)));
}

fn list(ui: &mut Ui, open: &Open, list: &mut LayerList, asked: &mut Asked) {
    let rows = open.rows();
    let (width, all) = (ui.available_width(), rows.len() <= ALWAYS_DRAWN);
    let mut places: Vec<(Rect, usize, &Layer)> = Vec::with_capacity(rows.len());
    for (depth, layer) in rows {
        let place = Rect::from_min_size(ui.cursor().min, egui::vec2(width, size::LAYER_ROW));
        places.push((place, depth, layer));
        let is_active = open.active == Some(layer.id());
        if is_active && std::mem::take(&mut list.reveal) {
            ui.scroll_to_rect(place, None);
        }
        if !all && !ui.is_rect_visible(place) {
            ui.allocate_space(place.size());
            continue;
        }
        Row { layer, depth, is_chosen: is_active || open.also.contains(&layer.id()), open }
            .show(ui, list, asked);
    }
    list.thumbs.forget_all_but(open.history.document());
    drag(ui, open, list, &places, asked);
}

/// The line where the dragged layer would land, and its landing.
fn drag(ui: &Ui, open: &Open, list: &mut LayerList, places: &[(Rect, usize, &Layer)], asked: &mut Asked) {
    let Some(dragged) = list.dragged else { return };
    let pointer = ui.input(|input| input.pointer.interact_pos());
    if ui.input(|input| input.key_pressed(Key::Escape)) || pointer.is_none() {
        list.dragged = None;
        return;
    }
    let Some((drop, line)) = pointer.and_then(|at| under(places, open, at)) else { return };
    let target = drop::place(open.history.document(), dragged, drop);
    if ui.input(|input| !input.pointer.primary_down()) {
        list.dragged = None;
        asked.extend(target.map(|place| (dragged, LayerChange::MoveTo(place))));
        return;
    }
    ui.set_cursor_icon(if target.is_some() { egui::CursorIcon::Grabbing } else { egui::CursorIcon::NoDrop });
    if target.is_some() {
        let stroke = egui::Stroke::new(size::DROP_LINE, tokens(ui).accent);
        if line.height() > 0.0 {
            ui.painter().rect_stroke(line, size::CORNER, stroke, egui::StrokeKind::Inside);
        } else {
            ui.painter().hline(line.x_range(), line.top(), stroke);
            ui.painter().circle_filled(line.left_top(), size::DROP_LINE, tokens(ui).accent);
        }
    }
    scroll_at_the_edge(ui, pointer);
}

/// What lies under the pointer: where the layer would go, and the line (or the box of the group) that shows it.
fn under(places: &[(Rect, usize, &Layer)], open: &Open, at: Pos2) -> Option<(Drop, Rect)> {
    let line = |place: &Rect, depth: usize, y: f32| {
        let left = place.left() + depth as f32 * size::PAD;
        Rect::from_min_max(egui::pos2(left, y), egui::pos2(place.right(), y))
    };
    let (first, last) = (places.first()?, places.last()?);
    if at.y >= last.0.bottom() {
        return Some((Drop::Bottom, line(&last.0, 0, last.0.bottom())));
    }
    let found = places.iter().find(|(place, ..)| at.y < place.bottom()).unwrap_or(first);
    let (place, depth, layer) = found;
    let share = ((at.y - place.top()) / place.height()).clamp(0.0, 1.0);
    let drop = Drop::at(layer, share, open.folded.contains(&layer.id()));
    let shown = match drop {
        Drop::Above(_) => line(place, *depth, place.top()),
        Drop::Below(_) | Drop::Bottom => line(place, *depth, place.bottom()),
        Drop::Into(_) => *place,
    };
    Some((drop, shown))
}

/// A list that is longer than its room moves when the pointer comes to its edge.
fn scroll_at_the_edge(ui: &Ui, pointer: Option<Pos2>) {
    let (Some(at), room) = (pointer, ui.clip_rect()) else { return };
    let by = if at.y < room.top() + size::PAD {
        size::PAD
    } else if at.y > room.bottom() - size::PAD {
        -size::PAD
    } else {
        return;
    };
    ui.scroll_with_delta(egui::vec2(0.0, by));
    ui.ctx().request_repaint();
}

fn buttons(ui: &mut Ui, studio: &mut Studio) {
    let has_chosen = studio.open.as_ref().is_some_and(|open| open.chosen().is_some());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::PAD_SMALL / 2.0;
        if command_button(ui, Icon::Plus, Command::NewPaintLayer) {
            studio.ask_for(Command::NewPaintLayer);
        }
        ui.add_enabled_ui(has_chosen, |ui| {
            let list = [
                (Icon::Copy, Command::Duplicate),
                (Icon::Merge, Command::MergeDown),
                (Icon::Folder, Command::GroupLayers),
                (Icon::Up, Command::RaiseLayer),
                (Icon::Down, Command::LowerLayer),
                (Icon::Trash, Command::DeleteLayer),
            ];
            for (icon, command) in list {
                if command_button(ui, icon, command) {
                    studio.ask_for(command);
                }
            }
        });
    });
}
