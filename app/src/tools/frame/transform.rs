//! Transform: the chosen layer is moved, scaled and turned by handles; Enter resamples it once. What then lies beyond
//! the canvas is cut off, which is said, and undo brings it back.

use super::handles::{self, Grip, Hold};
use super::shift::transformed;
use crate::canvas::Floating;
use crate::design::icon::Icon;
use crate::document::{Affine, DocumentError, History, LayerId};
use crate::tools::{Meta, Pen, Pointer, Scene, Tool, ToolContext, ToolKind, named};
use egui::{CursorIcon, DragValue, Painter, Pos2, Rect, Ui, Vec2, pos2, vec2};

#[derive(Default)]
pub(in crate::tools) struct TransformTool {
    target: Option<Target>,
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Ready,
    Dragging {
        hold: Hold,
        start: Pos2,
        from: Placement,
    },
}

/// The layer in the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Target {
    layer: LayerId,
    /// [`crate::document::Document::revision`] when its bounds were looked up.
    revision: u64,
    /// What its pixels take up; `None` for an empty layer.
    bounds: Option<Rect>,
    placed: Placement,
}

/// Where a layer was put: scaled and turned around the middle of its pixels, then moved.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Placement {
    shift: Vec2,
    scale: Vec2,
    degrees: f32,
}

/// With Shift turned in steps of so many degrees.
const STEP: f32 = 15.0;
/// Pixels of an arrow key with Shift.
const FAR: f32 = 10.0;

impl Default for Placement {
    fn default() -> Self {
        Self { shift: Vec2::ZERO, scale: Vec2::splat(1.0), degrees: 0.0 }
    }
}

impl Placement {
    fn affine(&self, bounds: Rect) -> Affine {
        let wide = |vec: Vec2| [f64::from(vec.x), f64::from(vec.y)];
        let middle = wide(bounds.center().to_vec2());
        Affine::around(middle, wide(self.scale), f64::from(self.degrees))
            .then(Affine::shift(wide(self.shift)))
    }

    fn turned(&self, way: Vec2) -> Vec2 {
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        vec2(cos * way.x - sin * way.y, sin * way.x + cos * way.y)
    }

    fn unturned(&self, way: Vec2) -> Vec2 {
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        vec2(cos * way.x + sin * way.y, cos * way.y - sin * way.x)
    }

    /// What a drag of a handle by `way` makes of it: the opposite side stays, or with Alt the middle; corners keep the
    /// shape unless Shift is held.
    fn scaled(self, bounds: Rect, grip: Grip, way: Vec2, pen: Pen) -> Self {
        let half = bounds.size() / 2.0;
        let arm = half * grip.vec() * self.scale;
        // How far it is from what stays to the handle; with Alt half as far.
        let reach = if pen.modifiers.alt { arm } else { arm * 2.0 };
        let drawn = reach + self.unturned(way);
        let factor = |drawn: f32, reach: f32| if reach == 0.0 { 1.0 } else { drawn / reach };
        let by = if grip.is_corner() && !pen.modifiers.shift {
            Vec2::splat(drawn.dot(reach) / reach.length_sq().max(f32::MIN_POSITIVE))
        } else {
            vec2(factor(drawn.x, reach.x), factor(drawn.y, reach.y))
        };
        let scale = vec2(
            at_least(self.scale.x * by.x, bounds.width()),
            at_least(self.scale.y * by.y, bounds.height()),
        );
        let shift = if pen.modifiers.alt {
            self.shift
        } else {
            self.shift + self.turned(half * grip.vec() * (scale - self.scale))
        };
        Self { shift, scale, ..self }
    }

    fn dragged(self, bounds: Rect, hold: Hold, start: Pos2, pen: Pen) -> Self {
        let way = pen.at - start;
        match hold {
            Hold::Grip(grip) => self.scaled(bounds, grip, way, pen),
            Hold::Inside => {
                let straight = if way.x.abs() >= way.y.abs() { vec2(way.x, 0.0) } else { vec2(0.0, way.y) };
                let way = if pen.modifiers.shift { straight } else { way };
                Self { shift: (self.shift + way).round(), ..self }
            }
            Hold::Outside => {
                let middle = bounds.center() + self.shift;
                let by = ((pen.at - middle).angle() - (start - middle).angle()).to_degrees();
                let degrees = self.degrees + by;
                let degrees = if pen.modifiers.shift { (degrees / STEP).round() * STEP } else { degrees };
                Self { degrees: (degrees + 180.0).rem_euclid(360.0) - 180.0, ..self }
            }
        }
    }
}

/// Scales never make a layer thinner than a pixel.
fn at_least(scale: f32, length: f32) -> f32 {
    let least = 1.0 / length.max(1.0);
    if scale.abs() < least { least.copysign(scale) } else { scale }
}

impl Target {
    fn quad(&self, to_screen: impl Fn(Pos2) -> Pos2) -> Option<[Pos2; 4]> {
        let bounds = self.bounds?;
        let by = self.placed.affine(bounds);
        let corners = [bounds.left_top(), bounds.right_top(), bounds.right_bottom(), bounds.left_bottom()];
        Some(corners.map(|corner| {
            let [x, y] = by.apply([f64::from(corner.x), f64::from(corner.y)]);
            to_screen(pos2(x as f32, y as f32))
        }))
    }

    fn is_placed(&self) -> bool {
        self.placed != Placement::default()
    }
}

impl Tool for TransformTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Transform,
            name: "Transform layer",
            icon: Icon::Transform,
            hint: "Drag handles to scale, outside to turn, inside to move. Enter applies and cuts off what leaves the canvas",
        }
    }

    fn look(&mut self, context: &mut ToolContext<'_>) {
        let document = context.history.document();
        let wanted = match self.target.filter(Target::is_placed) {
            Some(target) => Some(target.layer),
            None => *context.active,
        };
        let Some(id) = wanted.filter(|&id| document.layer(id).is_ok()) else {
            (self.target, self.state) = (None, State::Ready);
            return;
        };
        let revision = document.revision();
        let known = self.target.filter(|target| target.layer == id);
        if known.is_some_and(|target| target.revision == revision) {
            return;
        }
        let bounds = document.layer_bounds(id).ok().flatten().map(crate::canvas::rect_of);
        // Where its pixels became others, the frame begins anew.
        let kept = known.filter(|target| target.bounds == bounds);
        let placed = kept.map_or_else(Placement::default, |target| target.placed);
        self.target = Some(Target { layer: id, revision, bounds, placed });
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        self.look(context);
        let Some((target, bounds)) =
            self.target.as_mut().and_then(|target| target.bounds.map(|b| (target, b)))
        else {
            if matches!(event, Pointer::Press(_)) && context.movable()?.is_some() {
                *context.say = Some("This layer is empty");
            }
            return Ok(());
        };
        match (&self.state, event) {
            // Ready → Dragging
            (State::Ready, Pointer::Press(pen)) => {
                let sight = context.sight;
                if let (Some(_), Some(quad)) = (context.movable()?, target.quad(|at| sight.to_screen(at))) {
                    let hold = handles::hold(quad, pen.screen);
                    self.state = State::Dragging { hold, start: pen.at, from: target.placed };
                }
            }
            // Dragging → Dragging
            (&State::Dragging { hold, start, from }, Pointer::Move(pen)) => {
                target.placed = from.dragged(bounds, hold, start, pen);
            }
            // Dragging → Ready
            (&State::Dragging { hold, start, from }, Pointer::Release(pen)) => {
                target.placed = from.dragged(bounds, hold, start, pen);
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
        self.look(context);
        match self.target.as_mut().filter(|target| target.bounds.is_some()) {
            Some(target) => target.placed.shift += way * if far { FAR } else { 1.0 },
            None => *context.say = Some("Choose a layer that is not empty"),
        }
        Ok(())
    }

    fn is_pending(&self) -> bool {
        self.target.is_some_and(|target| target.is_placed())
    }

    fn apply(&mut self, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        self.state = State::Ready;
        let Some(Target { layer, bounds: Some(bounds), placed, .. }) = self.target.take() else {
            return Ok(());
        };
        if placed == Placement::default() {
            return Ok(());
        }
        let by = placed.affine(bounds);
        context.change(move |history| transformed(history, layer, &by));
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        self.state = State::Ready;
        self.target.take().is_some_and(|target| target.is_placed())
    }

    fn has_options(&self) -> bool {
        true
    }

    fn options(&mut self, ui: &mut Ui, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        self.look(context);
        let Some(target) = self.target.as_mut().filter(|target| target.bounds.is_some()) else {
            ui.weak("Choose a layer that is not empty");
            return Ok(());
        };
        numbers(ui, &mut target.placed);
        let pending = target.is_placed();
        if ui.add_enabled(pending, egui::Button::new("Apply")).clicked() {
            self.apply(context)?;
        }
        if ui.add_enabled(pending, egui::Button::new("Reset")).clicked() {
            self.cancel(context.history);
        }
        Ok(())
    }

    fn overlay(&self, painter: &Painter, scene: &Scene<'_>) {
        if let Some(quad) = self.target.and_then(|target| target.quad(|at| scene.sight.to_screen(at))) {
            handles::paint(painter, quad);
        }
    }

    fn floating(&self) -> Option<Floating> {
        let target = self.target.filter(Target::is_placed)?;
        Some(Floating { layer: target.layer, by: target.placed.affine(target.bounds?) })
    }

    fn cursor(&self, scene: &Scene<'_>) -> CursorIcon {
        let quad = self.target.and_then(|target| target.quad(|at| scene.sight.to_screen(at)));
        let Some(quad) = quad else { return CursorIcon::Default };
        handles::cursor(quad, scene.pointer, CursorIcon::Move, CursorIcon::Alias)
    }
}

fn numbers(ui: &mut Ui, placed: &mut Placement) {
    for (name, label, value) in
        [("X", "Move across", &mut placed.shift.x), ("Y", "Move down", &mut placed.shift.y)]
    {
        let field = DragValue::new(value).range(-8192.0..=8192.0).max_decimals(0).suffix(" px");
        named(ui, name, |ui| ui.add(field).accessible_name(label));
    }
    for (name, label, value) in
        [("W", "Scale width", &mut placed.scale.x), ("H", "Scale height", &mut placed.scale.y)]
    {
        let mut percent = *value * 100.0;
        let field = DragValue::new(&mut percent).range(-3200.0..=3200.0).max_decimals(1).suffix(" %");
        if named(ui, name, |ui| ui.add(field).accessible_name(label)).changed() && percent.abs() >= 0.1 {
            *value = percent / 100.0;
        }
    }
    let field = DragValue::new(&mut placed.degrees).range(-180.0..=180.0).max_decimals(1).suffix(" °");
    named(ui, "Angle", |ui| ui.add(field).accessible_name("Angle of the layer"));
    if ui.button("Flip").on_hover_text("Mirror left and right").clicked() {
        placed.scale.x = -placed.scale.x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Modifiers;

    const BOUNDS: Rect = Rect { min: Pos2 { x: 100.0, y: 100.0 }, max: Pos2 { x: 200.0, y: 150.0 } };

    fn pen(at: Pos2, modifiers: Modifiers) -> Pen {
        Pen { at, screen: at, pressure: 1.0, modifiers }
    }

    fn place(placed: Placement, x: f64, y: f64) -> [f64; 2] {
        placed.affine(BOUNDS).apply([x, y])
    }

    fn near(a: [f64; 2], b: [f64; 2]) -> bool {
        (a[0] - b[0]).abs() < 1e-3 && (a[1] - b[1]).abs() < 1e-3
    }

    #[test]
    fn a_corner_keeps_the_shape_and_the_opposite_corner_stays_at_every_angle() {
        for degrees in [0.0, 30.0, -120.0] {
            let from = Placement { degrees, ..Placement::default() };
            let [x, y] = place(from, 200.0, 150.0);
            let corner = pos2(x as f32, y as f32);
            let to = corner + from.turned(vec2(100.0, 50.0));
            let grip = Hold::Grip(Grip { x: 1.0, y: 1.0 });
            let scaled = from.dragged(BOUNDS, grip, corner, pen(to, Modifiers::NONE));
            assert!((scaled.scale - vec2(2.0, 2.0)).length() < 1e-4, "{scaled:?}");
            assert!(near(place(scaled, 100.0, 100.0), place(from, 100.0, 100.0)));
            assert!(near(place(scaled, 200.0, 150.0), [f64::from(to.x), f64::from(to.y)]));
        }
    }

    #[test]
    fn a_side_goes_alone_and_alt_keeps_the_middle() {
        let side = Hold::Grip(Grip { x: -1.0, y: 0.0 });
        let wide = Placement::default().dragged(
            BOUNDS,
            side,
            pos2(100.0, 125.0),
            pen(pos2(50.0, 999.0), Modifiers::NONE),
        );
        assert_eq!(wide.scale, vec2(1.5, 1.0));
        assert!(
            near(place(wide, 200.0, 150.0), [200.0, 150.0]) && near(place(wide, 100.0, 100.0), [50.0, 100.0])
        );
        let both = Placement::default().dragged(
            BOUNDS,
            side,
            pos2(100.0, 125.0),
            pen(pos2(50.0, 125.0), Modifiers::ALT),
        );
        assert_eq!((both.scale, both.shift), (vec2(2.0, 1.0), Vec2::ZERO));
        let through = Placement::default().dragged(
            BOUNDS,
            side,
            pos2(100.0, 125.0),
            pen(pos2(300.0, 125.0), Modifiers::NONE),
        );
        assert_eq!(through.scale, vec2(-1.0, 1.0), "drawn through the other side it is mirrored");
    }

    #[test]
    fn the_outside_turns_and_shift_turns_in_steps() {
        let middle = BOUNDS.center();
        let turn = |modifiers| {
            let to = middle + 200.0 * Vec2::angled(40f32.to_radians());
            Placement::default().dragged(BOUNDS, Hold::Outside, middle + vec2(200.0, 0.0), pen(to, modifiers))
        };
        assert!((turn(Modifiers::NONE).degrees - 40.0).abs() < 1e-3);
        assert!((turn(Modifiers::SHIFT).degrees - 45.0).abs() < 1e-3);
    }
}
