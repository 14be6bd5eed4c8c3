//! The bar of tools, and the options of the one in hand.

use super::parts::{command_button, floating, icon_button, with_key};
use crate::design::icon::Icon;
use crate::design::size;
use crate::document::{Brush, Combine};
use crate::tools::{Meta, ToolKind, ToolSettings, together};
use crate::window::{Command, Studio, commands};
use egui::{Align2, Area, Id, Order, Slider, Ui};

/// One button per tool.
pub(super) fn tools(ui: &mut Ui, studio: &mut Studio) {
    let current = studio.toolbox.current().meta().kind;
    let metas: Vec<Meta> = studio.toolbox.metas().collect();
    ui.spacing_mut().item_spacing.y = size::PAD_SMALL / 2.0;
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| buttons(ui, studio, &metas, current));
}

fn buttons(ui: &mut Ui, studio: &mut Studio, metas: &[Meta], current: ToolKind) {
    for meta in metas {
        if matches!(meta.kind, ToolKind::Rectangle | ToolKind::Paint | ToolKind::Move | ToolKind::Hand) {
            ui.separator();
        }
        let tip = format!("{}\n{}", with_key(ui, Command::Tool(meta.kind)), meta.hint);
        let button = icon_button(ui, meta.icon, meta.name, meta.kind == current, size::TOOL);
        if button.on_hover_text(tip).clicked() {
            studio.ask_for(Command::Tool(meta.kind));
        }
    }
}

/// What the tool in hand can be told, floating over the canvas.
pub(super) fn options(ui: &Ui, studio: &mut Studio) {
    let kind = studio.toolbox.current().meta().kind;
    let has_brush = matches!(kind, ToolKind::MaskBrush | ToolKind::MaskEraser | ToolKind::Paint);
    let has_colour = matches!(kind, ToolKind::Paint | ToolKind::Eyedropper);
    let has_own = studio.toolbox.current().has_options();
    let marks = matches!(
        kind,
        ToolKind::Rectangle
            | ToolKind::Ellipse
            | ToolKind::Lasso
            | ToolKind::Polygon
            | ToolKind::Wand
            | ToolKind::ColourRange
    );
    if studio.open.is_none() || !(has_brush || has_colour || has_own || marks) {
        return;
    }
    let corner = ui.max_rect().left_top() + egui::Vec2::splat(size::PAD);
    let room = ui.max_rect().width() - 6.0 * size::PAD;
    Area::new(Id::unique("tool options"))
        .order(Order::Middle)
        .pivot(Align2::LEFT_TOP)
        .fixed_pos(corner)
        .show(ui.ctx(), |ui| {
            floating(ui).show(ui, |ui| {
                // An area is as wide as in the last frame unless it is told otherwise.
                ui.set_max_width(room);
                ui.horizontal_wrapped(|ui| {
                    if has_colour {
                        together(ui, "colours", |ui| colours(ui, studio));
                    }
                    if has_brush {
                        brush(ui, studio, kind);
                    }
                    if marks {
                        meeting(ui, studio);
                    }
                    studio.with_tool(|tool, context| tool.options(ui, context));
                    if marks {
                        amounts(ui, studio);
                    }
                });
            });
        });
}

/// The colour to draw with and the one that waits.
fn colours(ui: &mut Ui, studio: &mut Studio) {
    let settings = &mut studio.toolbox.settings;
    ui.color_edit_button_srgb(&mut settings.colour).accessible_name("Colour");
    if command_button(ui, Icon::Swap, Command::SwapColours) {
        studio.ask_for(Command::SwapColours);
    }
    ui.color_edit_button_srgb(&mut studio.toolbox.settings.other_colour).accessible_name("Other colour");
}

/// How new marks meet those that are there.
fn meeting(ui: &mut Ui, studio: &mut Studio) {
    let choices = [
        ("New", Combine::Replace),
        ("Add", Combine::Add),
        ("Take away", Combine::Subtract),
        ("Shared", Combine::Intersect),
    ];
    let mut asked = None;
    together(ui, "meeting", |ui| {
        ui.spacing_mut().item_spacing.x = size::PAD_SMALL / 2.0;
        for (name, how) in choices {
            let (is_chosen, command) = (studio.toolbox.settings.combine == how, Command::Combine(how));
            let label = commands::of(command).name;
            let button = ui.selectable_label(is_chosen, name).accessible_name(label);
            if button.on_hover_text(with_key(ui, command)).clicked() {
                asked = Some(command);
            }
        }
    });
    asked.into_iter().for_each(|command| studio.ask_for(command));
}

/// How far the commands widen and soften what is marked, with the commands.
fn amounts(ui: &mut Ui, studio: &mut Studio) {
    let settings = &mut studio.toolbox.settings;
    let most = ToolSettings::MOST_SPREAD;
    let field = |value| egui::DragValue::new(value).range(0.0..=most).max_decimals(0).suffix(" px");
    let mut asked = None;
    together(ui, "widen", |ui| {
        for (name, command) in
            [("Grow", Command::Grow), ("Shrink", Command::Shrink), ("Border", Command::Border)]
        {
            if ui.button(name).on_hover_text(with_key(ui, command)).clicked() {
                asked = Some(command);
            }
        }
        ui.weak("by");
        ui.add(field(&mut settings.grow)).accessible_name("Grow and shrink by");
    });
    together(ui, "soften", |ui| {
        if ui.button("Feather").on_hover_text(with_key(ui, Command::Feather)).clicked() {
            asked = Some(Command::Feather);
        }
        ui.weak("by");
        ui.add(field(&mut settings.feather)).accessible_name("Feather by");
    });
    if let Some(command) = asked {
        studio.ask_for(command);
    }
}

fn brush(ui: &mut Ui, studio: &mut Studio, kind: ToolKind) {
    ui.spacing_mut().slider_width = size::LABEL;
    let settings = &mut studio.toolbox.settings;
    let diameter = settings.diameter_mut(kind);
    together(ui, "size", |ui| {
        ui.weak("Size");
        let slider =
            Slider::new(diameter, 1.0..=Brush::LARGEST).logarithmic(true).fixed_decimals(0).suffix(" px");
        ui.add(slider).accessible_name("Brush size");
    });
    for (name, value) in [("Hardness", &mut settings.hardness), ("Opacity", &mut settings.opacity)] {
        together(ui, name, |ui| {
            ui.weak(name);
            let mut percent = *value * 100.0;
            let slider = Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %");
            if ui.add(slider).accessible_name(format!("Brush {}", name.to_lowercase())).changed() {
                *value = percent / 100.0;
            }
        });
    }
    together(ui, "pressure", |ui| {
        ui.weak("Pressure");
        ui.toggle_value(&mut settings.pressure_size, "Size").accessible_name("Pressure changes the size");
        ui.toggle_value(&mut settings.pressure_opacity, "Opacity")
            .accessible_name("Pressure changes the opacity");
    });
}
