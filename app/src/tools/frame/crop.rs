//! Crop: a frame with handles; Enter keeps what lies in it, on all layers.

use super::handles::{self, ASPECTS, Grip, Hold, snapped};
use crate::canvas::{overlay, whole};
use crate::design::icon::Icon;
use crate::design::size;
use crate::document::{DocumentError, History, Region};
use crate::live::Changed;
use crate::tools::{Meta, Pen, Pointer, Scene, Tool, ToolContext, ToolKind, named};
use egui::{ComboBox, CursorIcon, DragValue, Painter, Pos2, Rect, Ui, Vec2, pos2, vec2};
use engine_api::Size;

#[derive(Default)]
pub(in crate::tools) struct CropTool {
    /// In whole document pixels; `None` means all of it.
    frame: Option<Rect>,
    /// The document that it lies in.
    size: Option<Size>,
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Ready,
    /// A side or a corner follows the pointer.
    Sizing {
        grip: Grip,
        start: Pos2,
        from: Rect,
    },
    Moving {
        start: Pos2,
        from: Rect,
    },
    /// A new frame, from one corner to the opposite one.
    Drawing {
        start: Pos2,
    },
}

/// Drags shorter than this many points on the screen are clicks.
const SHORTEST: f32 = 3.0;

impl CropTool {
    fn shown(&self, size: Size) -> Rect {
        self.frame.unwrap_or_else(|| whole(size))
    }

    fn press(&mut self, pen: Pen, context: &ToolContext<'_>, size: Size) {
        let from = self.shown(size);
        self.state = match (handles::hold(context.sight.quad(from), pen.screen), self.frame) {
            (Hold::Grip(grip), _) => State::Sizing { grip, start: pen.at, from },
            (Hold::Inside, Some(_)) => State::Moving { start: pen.at, from },
            _ => State::Drawing { start: pen.at },
        };
    }

    fn drag(&mut self, pen: Pen, size: Size, ratio: Option<f32>, scale: f32) {
        let all = whole(size);
        let frame = match self.state {
            State::Ready => return,
            State::Sizing { grip, start, from } => {
                let handle = from.center() + from.size() / 2.0 * grip.vec();
                resized(from, grip, handle + (pen.at - start), ratio, all)
            }
            State::Moving { start, from } => {
                let way = (pen.at - start).clamp(all.min - from.min, all.max - from.max);
                from.translate(way)
            }
            // A click is not a frame.
            State::Drawing { start } if start.distance(pen.at) * scale < SHORTEST => return,
            State::Drawing { start } => {
                let start = start.clamp(all.min, all.max);
                let grip = Grip { x: (pen.at.x - start.x).signum(), y: (pen.at.y - start.y).signum() };
                resized(Rect::from_min_max(start, start), grip, pen.at, ratio, all)
            }
        };
        self.frame = Some(snapped(frame)).filter(|frame| *frame != all);
    }
}

impl Tool for CropTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Crop,
            name: "Crop",
            icon: Icon::Crop,
            hint: "Drag the handles or a new frame. Enter cuts everything else off, Escape lets it be",
        }
    }

    fn look(&mut self, context: &mut ToolContext<'_>) {
        let size = context.history.document().size();
        if self.size.replace(size).is_some_and(|last| last != size) {
            (self.frame, self.state) = (None, State::Ready);
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let size = context.history.document().size();
        let (ratio, scale) = (context.settings.aspect.map(ratio), context.sight.scale);
        match event {
            Pointer::Press(pen) => self.press(pen, context, size),
            Pointer::Move(pen) => self.drag(pen, size, ratio, scale),
            Pointer::Release(pen) => {
                self.drag(pen, size, ratio, scale);
                self.state = State::Ready;
            }
        }
        Ok(())
    }

    fn nudges(&self) -> bool {
        true
    }

    fn nudge(&mut self, way: Vec2, far: bool, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let all = whole(context.history.document().size());
        match &mut self.frame {
            Some(frame) => {
                let way = way * if far { 10.0 } else { 1.0 };
                *frame = frame.translate(way.clamp(all.min - frame.min, all.max - frame.max));
            }
            None => *context.say = Some("Draw a frame or type its size; then the arrow keys move it"),
        }
        Ok(())
    }

    fn is_pending(&self) -> bool {
        self.frame.is_some()
    }

    fn apply(&mut self, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        self.state = State::Ready;
        let Some(frame) = self.frame.take() else { return Ok(()) };
        let part =
            Region::new(frame.left() as u32, frame.top() as u32, frame.width() as u32, frame.height() as u32);
        let grown = [-frame.left(), -frame.top()];
        context.change(move |history| {
            history.crop(part)?;
            Ok(Changed { grown, ..Changed::NOTHING })
        });
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        self.state = State::Ready;
        self.frame.take().is_some()
    }

    fn has_options(&self) -> bool {
        true
    }

    fn options(&mut self, ui: &mut Ui, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let size = context.history.document().size();
        let all = whole(size);
        self.aspects(ui, context, size);
        let mut frame = self.shown(size);
        let mut edges = [frame.left(), frame.top(), frame.width(), frame.height()].map(|edge| edge as u32);
        let most = [size.width - 1, size.height - 1, size.width, size.height];
        let names = [
            ("X", "Crop from the left"),
            ("Y", "Crop from the top"),
            ("W", "Crop width"),
            ("H", "Crop height"),
        ];
        let mut changed = false;
        for ((edge, most), (name, label)) in edges.iter_mut().zip(most).zip(names) {
            let least = u32::from(matches!(name, "W" | "H"));
            let field = DragValue::new(edge).range(least..=most);
            changed |= named(ui, name, |ui| ui.add(field).accessible_name(label)).changed();
        }
        if changed {
            let [x, y, width, height] = edges.map(|edge| edge as f32);
            frame = Rect::from_min_size(pos2(x, y), vec2(width, height)).intersect(all);
            self.frame = Some(snapped(frame)).filter(|frame| *frame != all);
        }
        if ui.add_enabled(self.is_pending(), egui::Button::new("Crop now")).clicked() {
            self.apply(context)?;
        }
        Ok(())
    }

    fn overlay(&self, painter: &Painter, scene: &Scene<'_>) {
        let frame = self.shown(scene.sight.size);
        overlay::shade_around(painter, scene.sight, whole(scene.sight.size), frame);
        let quad = scene.sight.quad(frame);
        if self.frame.is_some() {
            thirds(painter, quad);
            let bottom = quad.iter().fold(f32::MIN, |bottom, corner| bottom.max(corner.y));
            let middle = quad[0] + (quad[2] - quad[0]) / 2.0;
            let text = format!("{} \u{d7} {}", frame.width(), frame.height());
            overlay::words(painter, pos2(middle.x, bottom + size::PAD), &text);
        }
        handles::paint(painter, quad);
    }

    fn cursor(&self, scene: &Scene<'_>) -> CursorIcon {
        let inside = if self.frame.is_some() { CursorIcon::Move } else { CursorIcon::Crosshair };
        let quad = scene.sight.quad(self.shown(scene.sight.size));
        handles::cursor(quad, scene.pointer, inside, CursorIcon::Crosshair)
    }
}

impl CropTool {
    fn aspects(&mut self, ui: &mut Ui, context: &mut ToolContext<'_>, size: Size) {
        let own = (None, "Any shape");
        let as_is = (Some([size.width, size.height]), "As it is");
        let listed = ASPECTS.map(|(name, aspect)| (Some(aspect), name));
        let choices = [own, as_is].into_iter().chain(listed);
        let aspect = context.settings.aspect;
        let name = choices.clone().find(|choice| choice.0 == aspect).map_or(own.1, |choice| choice.1);
        let chosen = ComboBox::from_id_salt("crop shape").selected_text(name).show_ui(ui, |ui| {
            let chosen =
                choices.filter(|(value, name)| ui.selectable_label(*value == aspect, *name).clicked()).last();
            chosen.inspect(|_| ui.close())
        });
        chosen.response.accessible_name("Shape of the crop");
        if let Some((aspect, _)) = chosen.inner.flatten() {
            context.settings.aspect = aspect;
            if let Some(aspect) = aspect {
                let all = whole(size);
                let frame = snapped(largest(self.shown(size), ratio(aspect)));
                self.frame = Some(frame).filter(|frame| *frame != all);
            }
        }
    }
}

fn ratio([across, down]: [u32; 2]) -> f32 {
    across.max(1) as f32 / down.max(1) as f32
}

/// The largest rectangle of a shape in the middle of another.
fn largest(rect: Rect, ratio: f32) -> Rect {
    let width = rect.width().min(rect.height() * ratio);
    Rect::from_center_size(rect.center(), vec2(width, width / ratio))
}

/// A frame whose side or corner was drawn to a point, inside `all`; the opposite side or corner stays.
fn resized(from: Rect, grip: Grip, at: Pos2, ratio: Option<f32>, all: Rect) -> Rect {
    let at = at.clamp(all.min, all.max);
    let mut rect = from;
    let along = |grip: f32, at: f32, [min, max]: [f32; 2]| match grip {
        g if g < 0.0 => [at.min(max), max],
        g if g > 0.0 => [min, at.max(min)],
        _ => [min, max],
    };
    [rect.min.x, rect.max.x] = along(grip.x, at.x, [from.min.x, from.max.x]);
    [rect.min.y, rect.max.y] = along(grip.y, at.y, [from.min.y, from.max.y]);
    let Some(ratio) = ratio else { return rect };
    // What stays: the opposite side or corner, or the middle where both sides move.
    let fixed = from.center() - from.size() / 2.0 * grip.vec();
    let room = |grip: f32, fixed: f32, [min, max]: [f32; 2]| match grip {
        g if g < 0.0 => fixed - min,
        g if g > 0.0 => max - fixed,
        _ => 2.0 * (fixed - min).min(max - fixed),
    };
    let most =
        vec2(room(grip.x, fixed.x, [all.min.x, all.max.x]), room(grip.y, fixed.y, [all.min.y, all.max.y]));
    let wanted = match (grip.x != 0.0, grip.y != 0.0) {
        (true, false) => rect.width(),
        (false, true) => rect.height() * ratio,
        _ => rect.width().max(rect.height() * ratio),
    };
    let width = wanted.min(most.x).min(most.y * ratio);
    let size = vec2(width, width / ratio);
    Rect::from_center_size(fixed + size / 2.0 * grip.vec(), size)
}

/// Lines at the thirds, for composing.
fn thirds(painter: &Painter, quad: [Pos2; 4]) {
    let at = |x: f32, y: f32| Grip { x, y }.on(quad);
    let colour = crate::design::of(egui::Theme::Dark).grid;
    let stroke = egui::Stroke::new(size::LINE, colour);
    for third in [-1.0 / 3.0, 1.0 / 3.0] {
        painter.line_segment([at(third, -1.0), at(third, 1.0)], stroke);
        painter.line_segment([at(-1.0, third), at(1.0, third)], stroke);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Rect = Rect { min: Pos2::ZERO, max: Pos2 { x: 400.0, y: 300.0 } };

    #[test]
    fn sides_and_corners_follow_the_pointer_inside_the_picture() {
        let left = resized(ALL, Grip { x: -1.0, y: 0.0 }, pos2(120.0, 900.0), None, ALL);
        assert_eq!(left, Rect::from_min_max(pos2(120.0, 0.0), ALL.max));
        let corner = resized(ALL, Grip { x: 1.0, y: 1.0 }, pos2(500.0, 100.0), None, ALL);
        assert_eq!(corner, Rect::from_min_max(ALL.min, pos2(400.0, 100.0)));
        assert_eq!(snapped(resized(ALL, Grip { x: -1.0, y: 0.0 }, pos2(400.0, 0.0), None, ALL)).width(), 1.0);
    }

    #[test]
    fn an_aspect_is_kept_and_never_leaves_the_picture() {
        let square = Some(1.0);
        let corner = resized(ALL, Grip { x: 1.0, y: 1.0 }, pos2(390.0, 100.0), square, ALL);
        assert_eq!(corner, Rect::from_min_max(ALL.min, pos2(300.0, 300.0)), "no room for 390");
        let start = Rect::from_min_max(pos2(200.0, 200.0), pos2(200.0, 200.0));
        let drawn = resized(start, Grip { x: -1.0, y: -1.0 }, pos2(150.0, 180.0), square, ALL);
        assert_eq!(drawn, Rect::from_min_max(pos2(150.0, 150.0), pos2(200.0, 200.0)));
        let top = resized(ALL, Grip { x: 0.0, y: -1.0 }, pos2(0.0, 200.0), Some(2.0), ALL);
        assert_eq!(top, Rect::from_min_max(pos2(100.0, 200.0), pos2(300.0, 300.0)), "the middle stays");
        assert_eq!(largest(ALL, 0.5).size(), vec2(150.0, 300.0));
    }
}
