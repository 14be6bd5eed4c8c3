//! Move: the chosen layer follows the pointer, or the arrow keys. What then lies beyond the canvas is cut off when
//! the pointer is let go, which is said, and undo brings it back.

use crate::canvas::Floating;
use crate::design::icon::Icon;
use crate::document::{Affine, DocumentError, History, LayerId};
use crate::live::Changed;
use crate::tools::{Meta, Pen, Pointer, Scene, Tool, ToolContext, ToolKind};
use egui::{CursorIcon, Pos2, Vec2, vec2};

#[derive(Default)]
pub(in crate::tools) struct MoveTool {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Ready,
    Moving {
        layer: LayerId,
        start: Pos2,
        by: Vec2,
    },
}

/// What is said when a movement cost pixels.
const CUT: &str = "What reached past the canvas is cut off. Undo brings it back";

/// Pixels of an arrow key with Shift.
const FAR: f32 = 10.0;

impl MoveTool {
    fn put(layer: LayerId, by: Vec2, context: &mut ToolContext<'_>) {
        if by != Vec2::ZERO {
            let shift = Affine::shift([f64::from(by.x), f64::from(by.y)]);
            context.change(move |history| transformed(history, layer, &shift));
        }
    }
}

/// Moves a layer, and says so where that costs pixels.
pub(super) fn transformed(
    history: &mut History,
    layer: LayerId,
    by: &Affine,
) -> Result<Changed, DocumentError> {
    let cuts = history.document().would_cut(layer, by)?;
    history.transform(layer, by)?;
    Ok(Changed { say: cuts.then_some(CUT), ..Changed::NOTHING })
}

impl Tool for MoveTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Move,
            name: "Move layer",
            icon: Icon::Move,
            hint: "Drag the chosen layer, or press arrow keys; Shift keeps it straight. What leaves the canvas is cut off",
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        match (&mut self.state, event) {
            // Ready → Moving
            (State::Ready, Pointer::Press(pen)) => {
                if let Some(layer) = context.movable()? {
                    self.state = State::Moving { layer, start: pen.at, by: Vec2::ZERO };
                }
            }
            // Moving → Moving
            (State::Moving { start, by, .. }, Pointer::Move(pen)) => *by = way(*start, pen),
            // Moving → Ready
            (State::Moving { layer, start, .. }, Pointer::Release(pen)) => {
                let (layer, by) = (*layer, way(*start, pen));
                self.state = State::Ready;
                Self::put(layer, by, context);
            }
            (State::Ready, _) | (State::Moving { .. }, Pointer::Press(_)) => {}
        }
        Ok(())
    }

    fn nudges(&self) -> bool {
        true
    }

    fn nudge(&mut self, way: Vec2, far: bool, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let Some(layer) = context.movable()? else { return Ok(()) };
        Self::put(layer, way * if far { FAR } else { 1.0 }, context);
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        matches!(std::mem::take(&mut self.state), State::Moving { .. })
    }

    fn floating(&self) -> Option<Floating> {
        let State::Moving { layer, by, .. } = self.state else { return None };
        let by = Affine::shift([f64::from(by.x), f64::from(by.y)]);
        (by != Affine::IDENTITY).then_some(Floating { layer, by })
    }

    fn cursor(&self, _scene: &Scene<'_>) -> CursorIcon {
        CursorIcon::Move
    }
}

/// The way from the start in whole pixels; with Shift along one axis only.
fn way(start: Pos2, pen: Pen) -> Vec2 {
    let way = pen.at - start;
    let way = match (pen.modifiers.shift, way.x.abs() >= way.y.abs()) {
        (false, _) => way,
        (true, true) => vec2(way.x, 0.0),
        (true, false) => vec2(0.0, way.y),
    };
    way.round()
}
