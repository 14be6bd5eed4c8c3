//! Hand: moves the picture about.

use crate::design::icon::Icon;
use crate::document::{DocumentError, History};
use crate::tools::{Meta, Pointer, Scene, Tool, ToolContext, ToolKind};
use egui::{CursorIcon, Pos2};

#[derive(Default)]
pub(in crate::tools) struct HandTool {
    /// Where the pointer was last while it is down.
    held: Option<Pos2>,
}

impl Tool for HandTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Hand,
            name: "Hand",
            icon: Icon::Hand,
            hint: "Drag the picture. With any tool: hold Space, or the middle button",
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        match (self.held, event) {
            // Ready → Held
            (None, Pointer::Press(pen)) => self.held = Some(pen.screen),
            // Held → Held
            (Some(last), Pointer::Move(pen)) => {
                context.view.pan(&context.sight, pen.screen - last);
                self.held = Some(pen.screen);
            }
            // Held → Ready
            (Some(_), Pointer::Release(_)) => self.held = None,
            (None, _) | (Some(_), Pointer::Press(_)) => {}
        }
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        self.held.take().is_some()
    }

    fn cursor(&self, _scene: &Scene<'_>) -> CursorIcon {
        if self.held.is_some() { CursorIcon::Grabbing } else { CursorIcon::Grab }
    }
}
