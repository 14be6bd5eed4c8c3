//! A pen for the keyboard: arrow keys carry it over the picture, Space puts it down and lifts it. So everything that a
//! tool can do with a mouse can be done without one.

use super::Command;
use crate::canvas::{Sight, overlay};
use crate::tools::{Pen, Pointer};
use crate::window::Studio;
use crate::window::possible::NO_PICTURE;
use egui::{Modifiers, Painter, Pos2, Vec2};

/// The pen, while it is out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct KeyPen {
    /// In document pixels.
    at: Pos2,
    is_down: bool,
}

/// Points on the screen that an arrow key carries the pen, and with Shift.
const STEP: f32 = 4.0;
const STRIDE: f32 = 40.0;
/// Half the length of the cross that shows it, in points.
const ARM: f32 = 9.0;

impl Studio {
    /// Commands of the pen; false for all others, and for the arrow keys while it is away.
    pub(super) fn pen_command(&mut self, command: Command) -> bool {
        match command {
            Command::KeyboardPen => self.take_pen(),
            Command::PenDown => self.press_pen(),
            Command::Nudge(way, far) if self.pen.is_some() => {
                let way = Vec2::new(f32::from(way[0]), f32::from(way[1]));
                self.carry_pen(way * if far { STRIDE } else { STEP });
            }
            _ => return false,
        }
        true
    }

    /// Lifts the pen, or puts it away where it is up; a gesture under way is taken back by the caller.
    pub(super) fn lift_pen(&mut self) {
        self.pen = self.pen.filter(|pen| pen.is_down).map(|pen| KeyPen { is_down: false, ..pen });
    }

    /// The place of the pen, drawn over everything else on the canvas.
    pub(in crate::window) fn paint_pen(&self, painter: &Painter, sight: &Sight) {
        let Some(pen) = self.pen else { return };
        let at = sight.to_screen(pen.at);
        let arms = if pen.is_down { [ARM / 3.0, ARM] } else { [0.0, ARM] };
        for way in [Vec2::X, Vec2::Y, -Vec2::X, -Vec2::Y] {
            overlay::line(painter, arms.map(|length| at + way * length).to_vec());
        }
        if let Some(diameter) = self.toolbox.current().diameter(&self.toolbox.settings) {
            overlay::brush(painter, at, diameter * sight.scale);
        }
    }

    fn take_pen(&mut self) {
        if self.pen.is_some() {
            self.take_back();
            self.pen = None;
            return self.say("The keyboard's pen is put away");
        }
        let Some(sight) = self.canvas.sight.filter(|_| self.open.is_some()) else {
            return self.say(NO_PICTURE);
        };
        let at = within(sight.to_document(sight.rect.center()), &sight);
        self.pen = Some(KeyPen { at, is_down: false });
        self.say(
            "Arrow keys carry the pen, with Shift farther; Space puts it down and lifts it; K puts it away",
        );
    }

    fn press_pen(&mut self) {
        let Some(mut pen) = self.pen else { return };
        pen.is_down = !pen.is_down;
        self.pen = Some(pen);
        self.tell(if pen.is_down { Pointer::Press } else { Pointer::Release });
    }

    fn carry_pen(&mut self, way: Vec2) {
        let (Some(mut pen), Some(sight)) = (self.pen, self.canvas.sight) else { return };
        pen.at = within(sight.to_document(sight.to_screen(pen.at) + way), &sight);
        self.pen = Some(pen);
        if pen.is_down {
            self.tell(Pointer::Move);
        }
    }

    /// Tells the tool in hand what the pen did.
    fn tell(&mut self, event: fn(Pen) -> Pointer) {
        let (Some(pen), Some(sight)) = (self.pen, self.canvas.sight) else { return };
        let (at, screen) = (pen.at, sight.to_screen(pen.at));
        let pen = Pen { at, screen, pressure: 1.0, modifiers: Modifiers::NONE };
        self.with_tool(|tool, context| tool.event(event(pen), context));
    }
}

fn within(at: Pos2, sight: &Sight) -> Pos2 {
    at.clamp(Pos2::ZERO, Pos2::new(sight.size.width as f32, sight.size.height as f32))
}
