//! Mask brush, mask eraser and paint brush: one gesture, three uses.

use super::{Meta, Pen, Pointer, Scene, Tool, ToolContext, ToolKind, ToolSettings};
use crate::design::icon::Icon;
use crate::document::{Brush, BrushMode, DocumentError, History, StrokePoint};
use egui::CursorIcon;

/// A brush on a mask or on a paint layer.
pub(super) struct BrushTool {
    meta: Meta,
    mode: BrushMode,
    state: State,
}

enum State {
    Ready,
    Drawing,
}

const MASK_BRUSH: Meta = Meta {
    kind: ToolKind::MaskBrush,
    name: "Mask brush",
    icon: Icon::Brush,
    hint: "Paint over what shall change. [ and ] change the size, Alt erases",
};
const MASK_ERASER: Meta = Meta {
    kind: ToolKind::MaskEraser,
    name: "Mask eraser",
    icon: Icon::Eraser,
    hint: "Wipe marks away. [ and ] change the size, Alt paints",
};
const PAINT: Meta = Meta {
    kind: ToolKind::Paint,
    name: "Paint brush",
    icon: Icon::Paint,
    hint: "Sketch in colour on a layer of its own. Alt erases",
};

impl BrushTool {
    pub(super) fn mask(mode: BrushMode) -> Self {
        let meta = if mode == BrushMode::Add { MASK_BRUSH } else { MASK_ERASER };
        Self { meta, mode, state: State::Ready }
    }

    pub(super) fn paint() -> Self {
        Self { meta: PAINT, mode: BrushMode::Add, state: State::Ready }
    }

    fn brush(&self, pen: Pen, settings: &ToolSettings) -> Brush {
        let mode = match (self.mode, pen.modifiers.alt) {
            (mode, false) => mode,
            (BrushMode::Add, true) => BrushMode::Erase,
            (BrushMode::Erase, true) => BrushMode::Add,
        };
        Brush {
            mode,
            colour: settings.colour,
            size: self.diameter(settings).unwrap_or(settings.size),
            hardness: settings.hardness,
            opacity: settings.opacity,
            pressure_size: settings.pressure_size,
            pressure_opacity: settings.pressure_opacity,
            ..Brush::default()
        }
    }
}

impl Tool for BrushTool {
    fn meta(&self) -> Meta {
        self.meta
    }

    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        match (&self.state, event) {
            // Ready → Drawing
            (State::Ready, Pointer::Press(pen)) => {
                let layer =
                    if self.meta.kind == ToolKind::Paint { context.paint()? } else { context.mask()? };
                context.history.begin_stroke(layer, self.brush(pen, context.settings), point(pen))?;
                self.state = State::Drawing;
            }
            // Drawing → Drawing
            (State::Drawing, Pointer::Move(pen)) => {
                context.history.stroke_to(point(pen)).inspect_err(|_| self.state = State::Ready)?;
            }
            // Drawing → Ready
            (State::Drawing, Pointer::Release(_)) => {
                self.state = State::Ready;
                context.history.end_stroke()?;
            }
            (State::Ready, _) | (State::Drawing, Pointer::Press(_)) => {}
        }
        Ok(())
    }

    fn cancel(&mut self, history: &mut History) -> bool {
        let drawing = matches!(self.state, State::Drawing);
        if drawing {
            history.abort();
            self.state = State::Ready;
        }
        drawing
    }

    fn diameter(&self, settings: &ToolSettings) -> Option<f32> {
        Some(if self.meta.kind == ToolKind::Paint { settings.paint_size } else { settings.size })
    }

    fn cursor(&self, _scene: &Scene<'_>) -> CursorIcon {
        CursorIcon::None
    }
}

fn point(pen: Pen) -> StrokePoint {
    StrokePoint { pressure: pen.pressure, ..StrokePoint::new(pen.at.x, pen.at.y) }
}
