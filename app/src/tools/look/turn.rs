//! Turn: turns the view around the middle of the canvas, as one turns a sheet of paper. The picture stays as it is.

use crate::design::icon::Icon;
use crate::document::{DocumentError, History};
use crate::tools::{Meta, Pointer, Scene, Tool, ToolContext, ToolKind, named};
use egui::{CursorIcon, DragValue, Pos2, Ui};

#[derive(Default)]
pub(in crate::tools) struct TurnTool {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Ready,
    /// Where the pointer took hold, and how the view was turned then.
    Held { from: Pos2, degrees: f32 },
}

/// With Shift the view is turned in steps of so many degrees.
const STEP: f32 = 15.0;

impl Tool for TurnTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Turn,
            name: "Turn the view",
            icon: Icon::Turn,
            hint: "Drag around the middle; Shift turns in steps. With any tool: 4 and 6 turn, 5 sets upright",
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        match (&self.state, event) {
            // Ready → Held
            (State::Ready, Pointer::Press(pen)) => {
                self.state = State::Held { from: pen.screen, degrees: context.view.degrees() };
            }
            // Held → Held
            (&State::Held { from, degrees }, Pointer::Move(pen)) => {
                let middle = context.sight.rect.center();
                let by = (pen.screen - middle).angle() - (from - middle).angle();
                let wanted = degrees + by.to_degrees();
                let wanted = if pen.modifiers.shift { (wanted / STEP).round() * STEP } else { wanted };
                context.view.turn_to(wanted);
            }
            // Held → Ready
            (State::Held { .. }, Pointer::Release(_)) => self.state = State::Ready,
            (State::Ready, _) | (State::Held { .. }, Pointer::Press(_)) => {}
        }
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        matches!(std::mem::take(&mut self.state), State::Held { .. })
    }

    fn has_options(&self) -> bool {
        true
    }

    fn options(&mut self, ui: &mut Ui, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let mut degrees = context.view.degrees();
        let field = DragValue::new(&mut degrees).range(-180.0..=180.0).max_decimals(1).suffix(" °");
        if named(ui, "Angle", |ui| ui.add(field).accessible_name("Angle of the view")).changed() {
            context.view.turn_to(degrees);
        }
        if ui.button("Upright").clicked() {
            context.view.turn_to(0.0);
        }
        Ok(())
    }

    fn cursor(&self, _scene: &Scene<'_>) -> CursorIcon {
        CursorIcon::Grab
    }
}
