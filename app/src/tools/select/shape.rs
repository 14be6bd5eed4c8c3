//! Rectangle and ellipse: marks an area from one corner to the opposite one.

use crate::canvas::overlay;
use crate::design::icon::Icon;
use crate::document::{DocumentError, History, Shape};
use crate::tools::{Meta, Pen, Pointer, Scene, Tool, ToolContext, ToolKind, combine, point};
use egui::{Painter, Pos2, Rect, Vec2};

/// A selection with corners.
pub(in crate::tools) struct ShapeTool {
    meta: Meta,
    state: State,
}

enum State {
    Ready,
    Dragging { from: Pos2, to: Pos2 },
}

/// Drags shorter than this many points on the screen are clicks and mark nothing.
const SHORTEST: f32 = 3.0;

const RECTANGLE: Meta = Meta {
    kind: ToolKind::Rectangle,
    name: "Rectangle",
    icon: Icon::Rectangle,
    hint: "Drag to mark. Shift adds, Alt takes away, both keep what is shared; Ctrl makes a square",
};
const ELLIPSE: Meta = Meta {
    kind: ToolKind::Ellipse,
    name: "Ellipse",
    icon: Icon::Ellipse,
    hint: "Drag to mark. Shift adds, Alt takes away, both keep what is shared; Ctrl makes a circle",
};

impl ShapeTool {
    pub(in crate::tools) fn rectangle() -> Self {
        Self { meta: RECTANGLE, state: State::Ready }
    }

    pub(in crate::tools) fn ellipse() -> Self {
        Self { meta: ELLIPSE, state: State::Ready }
    }
}

impl Tool for ShapeTool {
    fn meta(&self) -> Meta {
        self.meta
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        match (&mut self.state, event) {
            // Ready → Dragging
            (State::Ready, Pointer::Press(pen)) => self.state = State::Dragging { from: pen.at, to: pen.at },
            // Dragging → Dragging
            (State::Dragging { from, to }, Pointer::Move(pen)) => *to = corner(*from, pen),
            // Dragging → Ready
            (State::Dragging { from, .. }, Pointer::Release(pen)) => {
                let (from, to) = (*from, corner(*from, pen));
                self.state = State::Ready;
                let drag = (to - from) * context.sight.scale;
                if drag.x.abs() < SHORTEST || drag.y.abs() < SHORTEST {
                    return Ok(());
                }
                let (from, to) = (point(from), point(to));
                let shape = match self.meta.kind {
                    ToolKind::Ellipse => Shape::Ellipse { from, to },
                    _ => Shape::Rectangle { from, to },
                };
                let how = combine(pen.modifiers, context.settings);
                context.change_mask(move |history, mask| history.select(mask, &shape, how));
            }
            (State::Ready, _) | (State::Dragging { .. }, Pointer::Press(_)) => {}
        }
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        matches!(std::mem::replace(&mut self.state, State::Ready), State::Dragging { .. })
    }

    fn overlay(&self, painter: &Painter, scene: &Scene<'_>) {
        let State::Dragging { from, to } = self.state else { return };
        let quad = scene.sight.quad(Rect::from_two_pos(from, to));
        if self.meta.kind == ToolKind::Ellipse {
            overlay::ellipse(painter, quad);
        } else {
            overlay::outline(painter, &quad);
        }
    }
}

/// The corner under the pen; with Ctrl the sides are equal.
fn corner(from: Pos2, pen: Pen) -> Pos2 {
    if !pen.modifiers.command {
        return pen.at;
    }
    let drag = pen.at - from;
    let side = drag.x.abs().max(drag.y.abs());
    from + Vec2::new(side.copysign(drag.x), side.copysign(drag.y))
}
