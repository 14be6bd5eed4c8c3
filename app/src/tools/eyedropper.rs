//! Eyedropper: takes the colour under the pointer for the paint brush.

use super::{Meta, Pointer, Tool, ToolContext, ToolKind};
use crate::design::icon::Icon;
use crate::document::{DocumentError, Region};

pub(super) struct EyedropperTool;

impl Tool for EyedropperTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Eyedropper,
            name: "Eyedropper",
            icon: Icon::Eyedropper,
            hint: "Press to take the colour under the pointer",
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let (Pointer::Press(pen) | Pointer::Move(pen)) = event else { return Ok(()) };
        let document = context.history.document();
        let (x, y) = (pen.at.x.floor(), pen.at.y.floor());
        // Casting saturates; what lies left of or above the picture is told by its sign.
        if x >= 0.0 && y >= 0.0 && Region::whole(document.size()).contains(x as u32, y as u32) {
            let [red, green, blue, alpha] = document.colour_at(x as u32, y as u32)?;
            if alpha > 0 {
                context.settings.colour = [red, green, blue];
            }
        }
        Ok(())
    }
}
