//! Opacity and blend mode of the chosen layer.

use super::Asked;
use crate::design::size;
use crate::document::{Blend, Layer, LayerKind};
use crate::panels::parts::{choice, setting};
use crate::window::LayerChange;
use egui::{ComboBox, Slider, Ui};

pub(super) fn show(ui: &mut Ui, layer: &Layer, asked: &mut Asked) {
    opacity(ui, layer, asked);
    if layer.kind() == LayerKind::Mask {
        return;
    }
    let mut blend = layer.properties().blend;
    setting(ui, "Blend", |ui| {
        ComboBox::from_id_salt("blend")
            .selected_text(blend.words())
            .show_ui(ui, |ui| {
                for mode in Blend::ALL {
                    choice(ui, &mut blend, mode, mode.words());
                }
            })
            .response
    });
    if blend != layer.properties().blend {
        asked.push((layer.id(), LayerChange::Blend(blend)));
    }
}

fn opacity(ui: &mut Ui, layer: &Layer, asked: &mut Asked) {
    let id = layer.id();
    let mut percent = layer.properties().opacity * 100.0;
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
}
