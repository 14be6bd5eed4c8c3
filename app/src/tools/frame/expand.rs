//! Expand: handles that are drawn outwards say how much shall be painted around the picture. Nothing of the document
//! changes until a result is accepted.

use super::handles::{self, ASPECTS, Grip, Hold};
use crate::canvas::{overlay, whole};
use crate::design::icon::Icon;
use crate::design::size;
use crate::document::{DocumentError, History, LARGEST_SIDE};
use crate::tools::{Meta, Pointer, Scene, Tool, ToolContext, ToolKind, named};
use egui::{ComboBox, CursorIcon, DragValue, Painter, Pos2, Rect, Ui, Vec2, vec2};
use engine_api::{Expansion, Size};

#[derive(Default)]
pub(in crate::tools) struct ExpandTool {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Ready,
    Dragging {
        grip: Grip,
        start: Pos2,
        from: Expansion,
    },
}

/// Pixels that an arrow key adds on its side.
const STEP: f32 = 8.0;
const FAR_STEP: f32 = 64.0;

impl Tool for ExpandTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Expand,
            name: "Expand",
            icon: Icon::Expand,
            hint: "Drag a handle outwards, then say what shall be there. Alt does both sides, arrow keys add, Escape clears",
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let size = context.history.document().size();
        match (&self.state, event) {
            // Ready → Dragging
            (State::Ready, Pointer::Press(pen)) => {
                let quad = context.sight.quad(frame(size, *context.expansion));
                if let Hold::Grip(grip) = handles::hold(quad, pen.screen) {
                    self.state = State::Dragging { grip, start: pen.at, from: *context.expansion };
                }
            }
            // Dragging → Dragging
            (&State::Dragging { grip, start, from }, Pointer::Move(pen)) => {
                *context.expansion = drawn(size, from, grip, pen.at - start, pen.modifiers.alt);
            }
            // Dragging → Ready
            (&State::Dragging { grip, start, from }, Pointer::Release(pen)) => {
                *context.expansion = drawn(size, from, grip, pen.at - start, pen.modifiers.alt);
                self.state = State::Ready;
            }
            (State::Ready, _) | (State::Dragging { .. }, Pointer::Press(_)) => {}
        }
        Ok(())
    }

    fn nudges(&self) -> bool {
        true
    }

    fn nudge(&mut self, way: Vec2, far: bool, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let size = context.history.document().size();
        let way = way * if far { FAR_STEP } else { STEP };
        let grip =
            Grip { x: way.x.signum() * way.x.abs().min(1.0), y: way.y.signum() * way.y.abs().min(1.0) };
        *context.expansion = drawn(size, *context.expansion, grip, way, false);
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        matches!(std::mem::take(&mut self.state), State::Dragging { .. })
    }

    fn has_options(&self) -> bool {
        true
    }

    fn options(&mut self, ui: &mut Ui, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let size = context.history.document().size();
        let wanted = &mut *context.expansion;
        for (name, label, side, length) in [
            ("Left", "Expand to the left", 0, size.width),
            ("Above", "Expand above", 1, size.height),
            ("Right", "Expand to the right", 2, size.width),
            ("Below", "Expand below", 3, size.height),
        ] {
            let opposite = *side_mut(wanted, (side + 2) % 4);
            let most = LARGEST_SIDE.saturating_sub(length).saturating_sub(opposite);
            let field = DragValue::new(side_mut(wanted, side)).range(0..=most).suffix(" px");
            named(ui, name, |ui| ui.add(field).accessible_name(label));
        }
        let chosen = enlarged(size, *wanted);
        let shapes = ComboBox::from_id_salt("expand to").selected_text("Shape").show_ui(ui, |ui| {
            for (name, aspect) in ASPECTS {
                let shaped = towards(size, aspect);
                let is_chosen = *wanted == shaped && enlarged(size, shaped) == chosen;
                if ui.selectable_label(is_chosen, name).clicked() {
                    *wanted = shaped;
                    ui.close();
                }
            }
        });
        shapes.response.accessible_name("Shape to expand to");
        if ui.add_enabled(!wanted.is_none(), egui::Button::new("Clear")).clicked() {
            *wanted = Expansion::default();
        }
        Ok(())
    }

    fn overlay(&self, painter: &Painter, scene: &Scene<'_>) {
        let rect = frame(scene.sight.size, scene.expansion);
        handles::paint(painter, scene.sight.quad(rect));
        if scene.expansion.is_none() {
            return;
        }
        let Expansion { left, top, right, bottom } = scene.expansion;
        let inner = whole(scene.sight.size);
        let middle = inner.center();
        for (pixels, at) in [
            (left, Pos2::new((rect.left() + inner.left()) / 2.0, middle.y)),
            (top, Pos2::new(middle.x, (rect.top() + inner.top()) / 2.0)),
            (right, Pos2::new((rect.right() + inner.right()) / 2.0, middle.y)),
            (bottom, Pos2::new(middle.x, (rect.bottom() + inner.bottom()) / 2.0)),
        ] {
            if pixels > 0 {
                let at = scene.sight.to_screen(at) - vec2(0.0, size::TYPE_SMALL / 2.0);
                overlay::words(painter, at, &format!("+{pixels}"));
            }
        }
    }

    fn cursor(&self, scene: &Scene<'_>) -> CursorIcon {
        let quad = scene.sight.quad(frame(scene.sight.size, scene.expansion));
        handles::cursor(quad, scene.pointer, CursorIcon::Default, CursorIcon::Default)
    }
}

/// The area that shall be added, with the new size; shown with every tool, because the next edit fills it.
pub fn paint_expansion(painter: &Painter, scene: &Scene<'_>, tint: egui::Color32) {
    if scene.expansion.is_none() {
        return;
    }
    let (inner, rect) = (whole(scene.sight.size), frame(scene.sight.size, scene.expansion));
    let sides = [
        Rect::from_min_max(rect.min, Pos2::new(rect.right(), inner.top())),
        Rect::from_min_max(Pos2::new(rect.left(), inner.bottom()), rect.max),
        Rect::from_min_max(Pos2::new(rect.left(), inner.top()), inner.left_bottom()),
        Rect::from_min_max(inner.right_top(), Pos2::new(rect.right(), inner.bottom())),
    ];
    for side in sides.into_iter().filter(Rect::is_positive) {
        overlay::fill(painter, scene.sight.quad(side), tint);
    }
    let quad = scene.sight.quad(rect);
    overlay::outline(painter, &quad);
    let bottom = quad.iter().fold(f32::MIN, |bottom, corner| bottom.max(corner.y));
    let middle = quad[0] + (quad[2] - quad[0]) / 2.0;
    let Size { width, height } = enlarged(scene.sight.size, scene.expansion);
    let at = Pos2::new(middle.x, bottom + size::PAD);
    overlay::words(painter, at, &format!("{width} \u{d7} {height}"));
}

/// The size of the picture with what shall be added.
pub fn enlarged(size: Size, by: Expansion) -> Size {
    Size {
        width: size.width.saturating_add(by.left).saturating_add(by.right),
        height: size.height.saturating_add(by.top).saturating_add(by.bottom),
    }
}

/// The enlarged picture in document pixels.
fn frame(size: Size, by: Expansion) -> Rect {
    let rect = whole(size);
    let [left, top, right, bottom] = [by.left, by.top, by.right, by.bottom].map(|pixels| pixels as f32);
    Rect::from_min_max(rect.min - vec2(left, top), rect.max + vec2(right, bottom))
}

fn side_mut(by: &mut Expansion, side: usize) -> &mut u32 {
    match side {
        0 => &mut by.left,
        1 => &mut by.top,
        2 => &mut by.right,
        _ => &mut by.bottom,
    }
}

/// What a movement of a handle makes of an expansion; with `both`, the opposite side follows.
fn drawn(size: Size, from: Expansion, grip: Grip, way: Vec2, both: bool) -> Expansion {
    let axis = |grip: f32, way: f32, [before, after]: [u32; 2], length: u32| -> [u32; 2] {
        let most = LARGEST_SIDE.saturating_sub(length);
        // Casting saturates, so that nothing is drawn inwards.
        let by = |old: u32, way: f32, most: u32| ((old as f32 + way).round() as u32).min(most);
        match grip {
            0.0 => [before, after],
            _ if both => {
                let by = by(if grip < 0.0 { before } else { after }, way * grip, most / 2);
                [by, by]
            }
            g if g < 0.0 => [by(before, -way, most.saturating_sub(after)), after],
            _ => [before, by(after, way, most.saturating_sub(before))],
        }
    };
    let [left, right] = axis(grip.x, way.x, [from.left, from.right], size.width);
    let [top, bottom] = axis(grip.y, way.y, [from.top, from.bottom], size.height);
    Expansion { left, top, right, bottom }
}

/// What makes a picture this much wider than high, or higher than wide, with the old one in its middle.
fn towards(size: Size, [across, down]: [u32; 2]) -> Expansion {
    let most = u64::from(LARGEST_SIDE);
    let side = |other: u32, ratio: [u32; 2]| {
        (u64::from(other) * u64::from(ratio[0])).div_ceil(u64::from(ratio[1].max(1))).min(most) as u32
    };
    let width = side(size.height, [across, down]).max(size.width) - size.width;
    let height = if width > 0 { 0 } else { side(size.width, [down, across]).max(size.height) - size.height };
    Expansion { left: width / 2, top: height / 2, right: width - width / 2, bottom: height - height / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 400, height: 300 };
    const NONE: Expansion = Expansion { left: 0, top: 0, right: 0, bottom: 0 };

    #[test]
    fn handles_add_on_their_own_sides_and_never_cut() {
        let right = drawn(SIZE, NONE, Grip { x: 1.0, y: 0.0 }, vec2(63.6, 500.0), false);
        assert_eq!(right, Expansion { right: 64, ..NONE });
        let corner = drawn(SIZE, right, Grip { x: -1.0, y: -1.0 }, vec2(-10.0, -20.0), false);
        assert_eq!(corner, Expansion { left: 10, top: 20, ..right });
        assert_eq!(drawn(SIZE, corner, Grip { x: -1.0, y: 0.0 }, vec2(200.0, 0.0), false).left, 0);
        let both = drawn(SIZE, NONE, Grip { x: 0.0, y: -1.0 }, vec2(0.0, -30.0), true);
        assert_eq!(both, Expansion { top: 30, bottom: 30, ..NONE });
        let far = drawn(SIZE, right, Grip { x: -1.0, y: 0.0 }, vec2(-1e9, 0.0), false);
        assert_eq!(enlarged(SIZE, far).width, LARGEST_SIDE);
        let far = drawn(SIZE, NONE, Grip { x: 1.0, y: 1.0 }, vec2(1e9, 1e9), true);
        assert_eq!(enlarged(SIZE, far), Size { width: LARGEST_SIDE, height: LARGEST_SIDE });
    }

    #[test]
    fn shapes_keep_the_picture_in_the_middle() {
        assert_eq!(towards(SIZE, [1, 1]), Expansion { top: 50, bottom: 50, ..NONE });
        let wide = towards(SIZE, [16, 9]);
        assert_eq!((enlarged(SIZE, wide), wide.left), (Size { width: 534, height: 300 }, 67));
        assert_eq!(towards(SIZE, [4, 3]), NONE);
    }
}
