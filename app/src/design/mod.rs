//! Design tokens: the only place with literal colours, sizes and type.
//!
//! Few colours: greys that keep out of the picture's way, one accent for what can be done next, one tint for
//! the mask. Both themes are held to a contrast of 4.5 to 1 for text.

pub mod icon;
pub mod size;

use egui::style::WidgetVisuals;
use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Visuals,
};

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tokens {
    /// Around the picture.
    pub desk: Color32,
    /// Panels and bars.
    pub panel: Color32,
    /// Fields to type in, and the trough of a bar.
    pub field: Color32,
    /// Buttons at rest.
    pub raised: Color32,
    /// Buttons under the pointer.
    pub hovered: Color32,
    /// Buttons held down, and rows that are chosen.
    pub chosen: Color32,
    /// Lines between things.
    pub line: Color32,
    pub text: Color32,
    /// Text of second rank.
    pub weak: Color32,
    pub strong: Color32,
    /// The next thing to do.
    pub accent: Color32,
    pub accent_hovered: Color32,
    pub on_accent: Color32,
    /// Something went wrong.
    pub alarm: Color32,
    /// Laid over the marked area.
    pub mask: Color32,
    /// Laid over what a result changed.
    pub changed: Color32,
    /// The same where nothing should have changed.
    pub changed_outside: Color32,
    /// The transparency pattern.
    pub checks: [Color32; 2],
    /// Lines over the picture: light inside dark, so that they show on anything.
    pub over: [Color32; 2],
    pub grid: Color32,
    pub shade: Color32,
}

/// A colour whose mask tint lets the picture through.
const fn tint(red: u8, green: u8, blue: u8, alpha: u8) -> Color32 {
    // Premultiplied by hand: egui's own function is not const.
    const fn part(value: u8, alpha: u8) -> u8 {
        (value as u16 * alpha as u16 / 255) as u8
    }
    Color32::from_rgba_premultiplied(part(red, alpha), part(green, alpha), part(blue, alpha), alpha)
}

const OVER: [Color32; 2] = [Color32::from_gray(250), tint(0, 0, 0, 170)];
const MASK: Color32 = tint(232, 84, 92, 118);
const CHANGED: Color32 = tint(255, 176, 32, 200);
const CHANGED_OUTSIDE: Color32 = tint(40, 200, 255, 235);

const DARK: Tokens = Tokens {
    desk: Color32::from_rgb(0x1a, 0x1b, 0x1e),
    panel: Color32::from_rgb(0x25, 0x26, 0x2a),
    field: Color32::from_rgb(0x1c, 0x1d, 0x20),
    raised: Color32::from_rgb(0x33, 0x35, 0x3a),
    hovered: Color32::from_rgb(0x3e, 0x40, 0x47),
    chosen: Color32::from_rgb(0x38, 0x43, 0x57),
    line: Color32::from_rgb(0x35, 0x37, 0x3c),
    text: Color32::from_rgb(0xd3, 0xd5, 0xda),
    weak: Color32::from_rgb(0x9c, 0xa0, 0xa9),
    strong: Color32::from_rgb(0xf2, 0xf3, 0xf5),
    accent: Color32::from_rgb(0x3f, 0x6f, 0xc4),
    accent_hovered: Color32::from_rgb(0x4a, 0x7d, 0xd6),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    alarm: Color32::from_rgb(0xf0, 0x8a, 0x80),
    mask: MASK,
    changed: CHANGED,
    changed_outside: CHANGED_OUTSIDE,
    checks: [Color32::from_gray(0x4a), Color32::from_gray(0x56)],
    over: OVER,
    grid: tint(255, 255, 255, 40),
    shade: tint(0, 0, 0, 120),
};

const LIGHT: Tokens = Tokens {
    desk: Color32::from_rgb(0xd3, 0xd5, 0xd9),
    panel: Color32::from_rgb(0xf3, 0xf4, 0xf6),
    field: Color32::from_rgb(0xff, 0xff, 0xff),
    raised: Color32::from_rgb(0xe3, 0xe5, 0xe9),
    hovered: Color32::from_rgb(0xd6, 0xd9, 0xdf),
    chosen: Color32::from_rgb(0xcf, 0xdd, 0xf5),
    line: Color32::from_rgb(0xd2, 0xd5, 0xda),
    text: Color32::from_rgb(0x2b, 0x2d, 0x33),
    weak: Color32::from_rgb(0x5f, 0x64, 0x6e),
    strong: Color32::from_rgb(0x10, 0x11, 0x14),
    accent: Color32::from_rgb(0x2d, 0x5f, 0xb8),
    accent_hovered: Color32::from_rgb(0x25, 0x52, 0xa3),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    alarm: Color32::from_rgb(0xa8, 0x2a, 0x22),
    mask: MASK,
    changed: CHANGED,
    changed_outside: CHANGED_OUTSIDE,
    checks: [Color32::from_gray(0xff), Color32::from_gray(0xe4)],
    over: OVER,
    grid: tint(0, 0, 0, 46),
    shade: tint(20, 22, 26, 60),
};

/// The tokens of a theme.
pub const fn of(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// The tokens of the theme at hand.
pub fn tokens(ui: &egui::Ui) -> &'static Tokens {
    of(if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light })
}

/// Gives egui both themes.
pub fn apply(ctx: &Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals(theme);
            style.text_styles = type_sizes();
            style.spacing.item_spacing = egui::vec2(size::GAP, size::GAP);
            style.spacing.button_padding = egui::vec2(size::PAD, size::PAD_SMALL);
            style.spacing.interact_size = egui::vec2(size::TOUCH, size::ROW);
            style.spacing.slider_width = size::SLIDER;
            style.spacing.combo_width = size::SLIDER;
            style.spacing.menu_margin = Margin::same(size::GAP as i8);
            style.spacing.scroll = egui::style::ScrollStyle::thin();
            style.interaction.selectable_labels = false;
            style.interaction.tooltip_delay = size::TOOLTIP_AFTER;
        });
    }
}

fn type_sizes() -> std::collections::BTreeMap<TextStyle, FontId> {
    let proportional = |size| FontId::new(size, FontFamily::Proportional);
    [
        (TextStyle::Small, proportional(size::TYPE_SMALL)),
        (TextStyle::Body, proportional(size::TYPE)),
        (TextStyle::Button, proportional(size::TYPE)),
        (TextStyle::Heading, proportional(size::TYPE_HEADING)),
        (TextStyle::Monospace, FontId::new(size::TYPE_SMALL, FontFamily::Monospace)),
    ]
    .into()
}

fn visuals(theme: Theme) -> Visuals {
    let tokens = of(theme);
    let mut visuals = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    let corner = CornerRadius::same(size::CORNER);
    let look = |fill: Color32, text: Color32, border: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, border),
        corner_radius: corner,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = look(tokens.panel, tokens.text, tokens.line);
    widgets.inactive = look(tokens.raised, tokens.text, tokens.raised);
    widgets.hovered = look(tokens.hovered, tokens.strong, tokens.hovered);
    widgets.active = look(tokens.chosen, tokens.strong, tokens.chosen);
    widgets.open = look(tokens.hovered, tokens.strong, tokens.hovered);
    visuals.selection.bg_fill = tokens.chosen;
    visuals.selection.stroke = Stroke::new(1.0, tokens.strong);
    visuals.weak_text_color = Some(tokens.weak);
    visuals.error_fg_color = tokens.alarm;
    visuals.warn_fg_color = tokens.alarm;
    visuals.hyperlink_color = tokens.accent;
    visuals.faint_bg_color = tokens.field;
    visuals.extreme_bg_color = tokens.field;
    visuals.text_edit_bg_color = Some(tokens.field);
    visuals.panel_fill = tokens.panel;
    visuals.window_fill = tokens.panel;
    visuals.window_stroke = Stroke::new(1.0, tokens.line);
    visuals.window_corner_radius = CornerRadius::same(size::CORNER_LARGE);
    visuals.menu_corner_radius = CornerRadius::same(size::CORNER_LARGE);
    let shadow = Shadow { offset: [0, 6], blur: 20, spread: 0, color: tokens.shade };
    visuals.popup_shadow = shadow;
    visuals.window_shadow = shadow;
    visuals.slider_trailing_fill = true;
    // Narrow, so that it does not hide the rail of a short slider.
    visuals.handle_shape = egui::style::HandleShape::Rect { aspect_ratio: 0.35 };
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two opaque colours after WCAG 2.
    fn contrast(one: Color32, other: Color32) -> f32 {
        let light = |colour: Color32| {
            let [red, green, blue, _] = egui::Rgba::from(colour).to_array();
            0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
        };
        let (one, other) = (light(one), light(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for theme in [Theme::Dark, Theme::Light] {
            let t = of(theme);
            for ground in [t.panel, t.field, t.raised, t.hovered, t.chosen] {
                assert!(contrast(t.text, ground) >= 4.5, "text on {ground:?} in {theme:?}");
            }
            for (text, ground) in
                [(t.weak, t.panel), (t.weak, t.field), (t.on_accent, t.accent), (t.alarm, t.panel)]
            {
                assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?} in {theme:?}");
            }
        }
    }
}
