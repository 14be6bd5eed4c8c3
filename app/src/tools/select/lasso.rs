//! Lasso: marks what a line drawn by hand goes around.

use crate::canvas::overlay;
use crate::design::icon::Icon;
use crate::document::{DocumentError, History, Shape};
use crate::tools::{Meta, Pointer, Scene, Tool, ToolContext, ToolKind, combine, point};
use egui::{Painter, Pos2};

#[derive(Default)]
pub(in crate::tools) struct LassoTool {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Ready,
    Drawing(Vec<Pos2>),
}

/// Shortest way between two points of the line, in points on the screen.
const STEP: f32 = 2.0;
/// Most points of a line; a longer one keeps every other point.
const MOST_POINTS: usize = 20_000;

impl Tool for LassoTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Lasso,
            name: "Lasso",
            icon: Icon::Lasso,
            hint: "Draw around what shall change. Shift adds, Alt takes away, both keep what is shared",
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        match (&mut self.state, event) {
            // Ready → Drawing
            (State::Ready, Pointer::Press(pen)) => self.state = State::Drawing(vec![pen.at]),
            // Drawing → Drawing
            (State::Drawing(line), Pointer::Move(pen)) => {
                let far = line.last().is_none_or(|last| last.distance(pen.at) * context.sight.scale >= STEP);
                if far {
                    line.push(pen.at);
                }
                if line.len() > MOST_POINTS {
                    *line = line.iter().copied().step_by(2).collect();
                }
            }
            // Drawing → Ready
            (State::Drawing(line), Pointer::Release(pen)) => {
                let line = std::mem::take(line);
                self.state = State::Ready;
                if line.len() < 3 {
                    return Ok(());
                }
                let shape = Shape::Polygon(line.into_iter().map(point).collect());
                let how = combine(pen.modifiers, context.settings);
                context.change_mask(move |history, mask| history.select(mask, &shape, how));
            }
            (State::Ready, _) | (State::Drawing(_), Pointer::Press(_)) => {}
        }
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        matches!(std::mem::take(&mut self.state), State::Drawing(_))
    }

    fn overlay(&self, painter: &Painter, scene: &Scene<'_>) {
        if let State::Drawing(line) = &self.state {
            overlay::line(painter, line.iter().map(|&at| scene.sight.to_screen(at)).collect());
        }
    }
}
