//! Numbers and texts that the model has its own ideas of: shown as "auto" until they are changed.

use super::parts::{choice, icon_button, setting};
use crate::design::icon::Icon;
use crate::design::size;
use crate::live::{Wish, new_seed};
use crate::presets::Shape;
use egui::{ComboBox, DragValue, TextEdit, Ui};
use engine_api::{LARGEST_SIDE, MOST_STEPS, Size};

const MOST_VARIANTS: u32 = 8;

/// The seed, with a lock and a new one.
pub(super) fn seed(ui: &mut Ui, wish: &mut Wish) {
    setting(ui, "Seed", |ui| {
        let room = ui.available_width() - 2.0 * (size::ROW + size::GAP);
        let field = ui.add_sized([room, size::ROW], DragValue::new(&mut wish.seed).speed(0.0));
        let (icon, name) = if wish.seed_locked {
            (Icon::Lock, "Seed stays the same")
        } else {
            (Icon::LockOpen, "Seed changes every time")
        };
        if icon_button(ui, icon, name, wish.seed_locked, size::ROW).clicked() {
            wish.seed_locked = !wish.seed_locked;
        }
        if icon_button(ui, Icon::Dice, "New seed", false, size::ROW).clicked() {
            wish.seed = new_seed();
        }
        field
    });
}

/// Steps, guidance, strength, mask edges, variants.
pub(super) fn numbers(ui: &mut Ui, wish: &mut Wish) {
    let mut steps = wish.steps.map(|steps| steps as f32);
    own(
        ui,
        "Steps",
        &mut steps,
        20.0,
        DragRange { least: 1.0, most: MOST_STEPS as f32, speed: 0.2, decimals: 0 },
    );
    wish.steps = steps.map(|steps| steps as u32);
    own(
        ui,
        "Guidance",
        &mut wish.guidance,
        4.0,
        DragRange { least: 0.0, most: 20.0, speed: 0.05, decimals: 1 },
    );
    own(
        ui,
        "Strength",
        &mut wish.strength,
        0.8,
        DragRange { least: 0.05, most: 1.0, speed: 0.01, decimals: 2 },
    );
    let settings = &mut wish.mask_settings;
    setting(ui, "Grow mask", |ui| ui.add(DragValue::new(&mut settings.grow).range(-64..=256).suffix(" px")));
    let mut feather = settings.feather.map(|pixels| pixels as f32);
    own(ui, "Feather", &mut feather, 16.0, DragRange { least: 0.0, most: 512.0, speed: 1.0, decimals: 0 });
    settings.feather = feather.map(|pixels| pixels as u32);
    setting(ui, "Context", |ui| {
        ui.add(DragValue::new(&mut settings.context).range(0.0..=400.0).suffix(" %"))
    });
    setting(ui, "Variants", |ui| {
        ui.add(DragValue::new(&mut wish.variants).range(1..=MOST_VARIANTS).speed(0.05))
    });
}

/// The negative prompt; empty and untouched means the model's own.
pub(super) fn negative(ui: &mut Ui, wish: &mut Wish) {
    let mut own = wish.negative.is_none();
    if ui.checkbox(&mut own, "The model's own choice").changed() {
        wish.negative = (!own).then(String::new);
    }
    if let Some(negative) = &mut wish.negative {
        let field = TextEdit::multiline(negative).desired_rows(2).desired_width(f32::INFINITY);
        ui.add(field.hint_text("blurry, text, watermark")).accessible_name("What to avoid");
    }
}

/// Width and height of a canvas.
pub fn canvas_size(ui: &mut Ui, wanted: &mut Size, shapes: &[Shape]) {
    shape(ui, wanted, shapes);
    let most = LARGEST_SIDE.min(crate::document::LARGEST_SIDE);
    for (name, side) in [("Width", &mut wanted.width), ("Height", &mut wanted.height)] {
        setting(ui, name, |ui| ui.add(DragValue::new(side).range(16..=most).suffix(" px")));
    }
}

/// The shapes that canvases are usually given, by what they are for.
pub(super) fn shape(ui: &mut Ui, wanted: &mut Size, shapes: &[Shape]) {
    let known = shapes.iter().find(|shape| shape.size() == *wanted);
    let chosen = known.map_or("Own size", |shape| &shape.name);
    setting(ui, "Shape", |ui| {
        let width = ui.available_width();
        ComboBox::from_id_salt("shape")
            .width(width)
            .height(size::SHAPE_LIST)
            .truncate()
            .selected_text(chosen)
            .show_ui(ui, |ui| {
                for shape in shapes {
                    let size = shape.size();
                    let text = format!("{}, {} \u{d7} {}", shape.name, size.width, size.height);
                    choice(ui, wanted, size, &text);
                }
            })
            .response
    });
}

/// Bounds of a number.
struct DragRange {
    least: f32,
    most: f32,
    speed: f64,
    decimals: usize,
}

/// A number that is the model's own until it is changed.
fn own(ui: &mut Ui, name: &str, value: &mut Option<f32>, first: f32, range: DragRange) {
    let mut number = value.unwrap_or(first);
    setting(ui, name, |ui| {
        let is_own = value.is_none();
        let drag = DragValue::new(&mut number)
            .range(range.least..=range.most)
            .speed(range.speed)
            .max_decimals(range.decimals)
            .custom_formatter(
                |number, _| if is_own { "auto".into() } else { format!("{number:.*}", range.decimals) },
            );
        let drag = ui.add(drag);
        if drag.changed() {
            *value = Some(number);
        }
        if !is_own {
            let label = format!("{name}: leave it to the model");
            if icon_button(ui, Icon::Close, &label, false, size::ROW).clicked() {
                *value = None;
            }
        }
        drag
    });
}
