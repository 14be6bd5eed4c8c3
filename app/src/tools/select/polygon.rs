//! Polygon: marks what lies between corners that are set one by one.

use crate::canvas::overlay;
use crate::design::icon::Icon;
use crate::design::size;
use crate::document::{Combine, DocumentError, History, Shape};
use crate::tools::{Meta, Pointer, Scene, Tool, ToolContext, ToolKind, combine, point};
use egui::{Painter, Pos2};

#[derive(Default)]
pub(in crate::tools) struct PolygonTool {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Ready,
    Drawing {
        corners: Vec<Pos2>,
        /// As the keys were held when it was begun.
        how: Combine,
    },
}

/// A second press this near to the last one, in points, ends the line: a double click.
const DOUBLE: f32 = 3.0;

impl Tool for PolygonTool {
    fn meta(&self) -> Meta {
        Meta {
            kind: ToolKind::Polygon,
            name: "Polygon",
            icon: Icon::Polygon,
            hint: "Click the corners; click the first one again, double-click or press Enter to close. Shift adds, Alt takes away",
        }
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let Pointer::Press(pen) = event else { return Ok(()) };
        match &mut self.state {
            // Ready → Drawing
            State::Ready => {
                self.state =
                    State::Drawing { corners: vec![pen.at], how: combine(pen.modifiers, context.settings) };
            }
            // Drawing → Drawing, or Ready when it closes
            State::Drawing { corners, .. } => {
                let far = |corner: &Pos2| context.sight.to_screen(*corner).distance(pen.screen);
                let closes =
                    corners.len() > 2 && corners.first().is_some_and(|first| far(first) <= size::REACH);
                let repeats = corners.last().is_some_and(|last| far(last) <= DOUBLE);
                if closes || repeats {
                    return self.apply(context);
                }
                corners.push(pen.at);
            }
        }
        Ok(())
    }

    fn is_pending(&self) -> bool {
        matches!(self.state, State::Drawing { .. })
    }

    fn apply(&mut self, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        let State::Drawing { corners, how } = std::mem::take(&mut self.state) else { return Ok(()) };
        if corners.len() < 3 {
            return Ok(());
        }
        let shape = Shape::Polygon(corners.into_iter().map(point).collect());
        context.change_mask(move |history, mask| history.select(mask, &shape, how));
        Ok(())
    }

    fn cancel(&mut self, _history: &mut History) -> bool {
        matches!(std::mem::take(&mut self.state), State::Drawing { .. })
    }

    fn overlay(&self, painter: &Painter, scene: &Scene<'_>) {
        let State::Drawing { corners, .. } = &self.state else { return };
        let set: Vec<Pos2> = corners.iter().map(|&corner| scene.sight.to_screen(corner)).collect();
        overlay::line(painter, set.iter().copied().chain(scene.pointer).collect());
        if let Some(&first) = set.first() {
            overlay::handle(painter, first);
        }
    }
}
