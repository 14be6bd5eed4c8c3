//! The list of layers, the uppermost first, with what can be done to the chosen one.

use super::parts::{command_button, icon_button, setting};
use crate::design::icon::Icon;
use crate::design::{size, tokens};
use crate::document::{Blend, Layer, LayerId, LayerKind, Properties};
use crate::window::{Action, Command, LayerChange, Studio};
use egui::{Button, ComboBox, Id, RichText, Slider, TextEdit, Ui};

pub(super) fn show(ui: &mut Ui, studio: &mut Studio) {
    let Some(open) = &studio.open else { return };
    let chosen = open.chosen();
    let mut asked = Vec::new();
    ui.spacing_mut().item_spacing.y = size::PAD_SMALL / 2.0;
    for (depth, layer) in open.history.document().listed() {
        row(ui, layer, (depth, chosen == Some(layer.id())), &mut asked);
    }
    ui.add_space(size::GAP);
    if let Some(layer) = chosen.and_then(|id| open.history.document().layer(id).ok()) {
        details(ui, layer, &mut asked);
    }
    studio.actions.extend(asked.into_iter().map(|(id, change)| Action::Layer(id, change)));
    buttons(ui, studio);
}

type Asked = Vec<(LayerId, LayerChange)>;

fn row(ui: &mut Ui, layer: &Layer, (depth, is_chosen): (usize, bool), asked: &mut Asked) {
    let (id, properties) = (layer.id(), layer.properties());
    ui.horizontal(|ui| {
        ui.add_space(depth as f32 * size::PAD);
        let (icon, verb) = if properties.visible { (Icon::Eye, "Hide") } else { (Icon::EyeClosed, "Show") };
        if icon_button(ui, icon, &format!("{verb} {}", properties.name), false, size::ROW).clicked() {
            asked.push((id, LayerChange::Show(!properties.visible)));
        }
        if renaming(ui, id, properties, asked) {
            return;
        }
        let colour = if properties.visible { tokens(ui).text } else { tokens(ui).weak };
        let text = RichText::new(&properties.name).color(colour);
        let room = egui::vec2(ui.available_width(), size::ROW);
        let button = Button::selectable(is_chosen, text)
            .truncate()
            .min_size(room)
            .shortcut_text(RichText::new(kind(layer)).small().color(tokens(ui).weak));
        let response = ui.add(button);
        if response.double_clicked() {
            ui.data_mut(|data| data.insert_temp(naming(), Some((id, properties.name.clone()))));
        } else if response.clicked() {
            asked.push((id, LayerChange::Choose));
        }
        let described =
            layer.recipe().map_or("Double-click to rename".to_owned(), |recipe| recipe.prompt.clone());
        response.on_hover_text(described);
    });
}

/// What sort of layer it is, where its name does not say so.
fn kind(layer: &Layer) -> &'static str {
    let kind = match layer.kind() {
        LayerKind::Mask => "mask",
        LayerKind::Result => "result",
        LayerKind::Group => "group",
        LayerKind::Paint => "paint",
        LayerKind::Picture => "picture",
    };
    if layer.name().to_lowercase().starts_with(kind) { "" } else { kind }
}

fn naming() -> Id {
    Id::unique("layer being renamed")
}

/// The field for a new name, where this layer is being renamed.
fn renaming(ui: &mut Ui, id: LayerId, properties: &Properties, asked: &mut Asked) -> bool {
    let current: Option<(LayerId, String)> = ui.data(|data| data.get_temp(naming())).flatten();
    let Some((_, mut name)) = current.filter(|(renamed, _)| *renamed == id) else { return false };
    let field =
        ui.add(TextEdit::singleline(&mut name).desired_width(f32::INFINITY)).accessible_name("Layer name");
    let ends = field.lost_focus();
    if !ends && !field.has_focus() {
        field.request_focus();
    }
    let keeps = ends && !ui.input(|input| input.key_pressed(egui::Key::Escape));
    if keeps && !name.trim().is_empty() && name != properties.name {
        asked.push((id, LayerChange::Rename(name.clone())));
    }
    ui.data_mut(|data| data.insert_temp(naming(), (!ends).then_some((id, name))));
    true
}

/// Opacity and blend mode of the chosen layer.
fn details(ui: &mut Ui, layer: &Layer, asked: &mut Asked) {
    let (id, properties) = (layer.id(), layer.properties());
    let mut percent = properties.opacity * 100.0;
    setting(ui, "Opacity", |ui| {
        ui.spacing_mut().slider_width = (ui.available_width() - 2.0 * size::TOOL).max(size::TOOL);
        let slider = ui.add(Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %"));
        if slider.drag_started() {
            asked.push((id, LayerChange::BeginOpacity));
        }
        if slider.changed() {
            asked.push((id, LayerChange::Opacity(percent / 100.0)));
        }
        if slider.drag_stopped() {
            asked.push((id, LayerChange::EndOpacity));
        }
        slider
    });
    if layer.kind() == LayerKind::Mask {
        return;
    }
    let mut blend = properties.blend;
    setting(ui, "Blend", |ui| {
        ComboBox::from_id_salt("blend")
            .selected_text(blend.words())
            .show_ui(ui, |ui| {
                for mode in Blend::ALL {
                    ui.selectable_value(&mut blend, mode, mode.words());
                }
            })
            .response
    });
    if blend != properties.blend {
        asked.push((id, LayerChange::Blend(blend)));
    }
}

fn buttons(ui: &mut Ui, studio: &mut Studio) {
    let has_chosen = studio.open.as_ref().is_some_and(|open| open.chosen().is_some());
    ui.horizontal(|ui| {
        if command_button(ui, Icon::Plus, Command::NewPaintLayer) {
            studio.ask_for(Command::NewPaintLayer);
        }
        ui.add_enabled_ui(has_chosen, |ui| {
            let list = [
                (Icon::Copy, Command::Duplicate),
                (Icon::Merge, Command::MergeDown),
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
