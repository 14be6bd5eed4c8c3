//! Zoom: drag to the right to come closer, to the left to step back; a click is one step.

use crate::design::icon::Icon;
use crate::document::{DocumentError, History};
use crate::tools::{Meta, Pointer, Scene, Tool, ToolContext, ToolKind};
use egui::{CursorIcon, Pos2};

#[derive(Default)]
pub(in crate::tools) struct ZoomTool {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Ready,
    Held {
        from: Pos2,
        last: Pos2,
        moved: bool,
    },
}

/// Points of a drag that double the zoom.
const DOUBLING: f32 = 120.0;
/// Points below which a drag is a click.
const CLICK: f32 = 3.0;

impl Tool for ZoomTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Zoom,
            name: "Zoom",
            icon: Icon::Zoom,
            hint: "Click to come closer, Alt-click to step back, or drag. With any tool: turn the wheel",
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        match (&mut self.state, event) {
            // Ready → Held
            (State::Ready, Pointer::Press(pen)) => {
                self.state = State::Held { from: pen.screen, last: pen.screen, moved: false };
            }
            // Held → Held
            (State::Held { from, last, moved }, Pointer::Move(pen)) => {
                *moved |= from.distance(pen.screen) > CLICK;
                if *moved {
                    let factor = 2f32.powf((pen.screen.x - last.x) / DOUBLING);
                    context.view.zoom_at(&context.sight, *from, factor);
                    *last = pen.screen;
                }
            }
            // Held → Ready
            (State::Held { moved, .. }, Pointer::Release(pen)) => {
                if !*moved {
                    let factor = if pen.modifiers.alt { 0.5 } else { 2.0 };
                    context.view.zoom_at(&context.sight, pen.screen, factor);
                }
                self.state = State::Ready;
            }
            (State::Ready, _) | (State::Held { .. }, Pointer::Press(_)) => {}
        }
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        matches!(std::mem::take(&mut self.state), State::Held { .. })
    }

    fn cursor(&self, _scene: &Scene<'_>) -> CursorIcon {
        CursorIcon::ZoomIn
    }
}
