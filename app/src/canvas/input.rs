//! From egui's input to gestures on the canvas.

use super::Sight;
use crate::tools::{Pen, Pointer};
use egui::{Event, Key, PointerButton, Pos2, Response, TouchPhase, Ui, Vec2};

/// What the user did on the canvas in this frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gesture {
    /// For the tool in hand.
    Tool(Pointer),
    /// Moves the picture by this way on the screen.
    Pan(Vec2),
    /// Zooms by this factor around this point of the screen.
    Zoom(Pos2, f32),
}

/// The pen or the mouse between two frames.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Hand {
    /// The pen's last pressure; `None` for a mouse. What the system tells of pens and fingers comes as touches.
    pressure: Option<f32>,
    /// Whether a gesture of the tool is under way.
    is_down: bool,
}

/// Everything in the order in which it happened: a fast stroke has several points per frame, and on a slow machine a
/// frame may hold all of one. `is_free` is false where something on the canvas takes presses for itself.
pub fn listen(ui: &Ui, response: &Response, sight: &Sight, hand: &mut Hand, is_free: bool) -> Vec<Gesture> {
    let mut gestures = Vec::new();
    pan_and_zoom(ui, response, &mut gestures);
    let pans = ui.input(|input| input.key_down(Key::Space)) && !ui.ctx().text_edit_focused();
    if pans && !hand.is_down {
        if response.dragged_by(PointerButton::Primary) {
            gestures.push(Gesture::Pan(response.drag_delta()));
        }
        return gestures;
    }
    let may_begin = is_free && response.contains_pointer();
    ui.input(|input| {
        let mut is_lifted = false;
        for event in &input.events {
            let pen = |screen: Pos2| Pen {
                at: sight.to_document(screen),
                screen,
                pressure: hand.pressure.filter(|force| *force > 0.0).unwrap_or(1.0).min(1.0),
                modifiers: input.modifiers,
            };
            match *event {
                Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, .. }
                    if may_begin =>
                {
                    gestures.push(Gesture::Tool(Pointer::Press(pen(pos))));
                    hand.is_down = true;
                }
                Event::PointerMoved(at) if hand.is_down => {
                    gestures.push(Gesture::Tool(Pointer::Move(pen(at))));
                }
                Event::PointerButton { pos, button: PointerButton::Primary, pressed: false, .. }
                    if hand.is_down =>
                {
                    gestures.push(Gesture::Tool(Pointer::Release(pen(pos))));
                    hand.is_down = false;
                }
                // The movement of the pointer that belongs to it follows.
                Event::Touch { phase: TouchPhase::Start | TouchPhase::Move, force, .. } => {
                    (hand.pressure, is_lifted) = (force, false);
                }
                Event::Touch { .. } => is_lifted = true,
                _ => {}
            }
        }
        if is_lifted {
            hand.pressure = None;
        }
    });
    gestures
}

fn pan_and_zoom(ui: &Ui, response: &Response, gestures: &mut Vec<Gesture>) {
    if response.dragged_by(PointerButton::Middle) {
        gestures.push(Gesture::Pan(response.drag_delta()));
    }
    let Some(at) = response.hover_pos() else { return };
    let (turned, pinched, sideways) = ui.input(|input| {
        let delta = input.smooth_scroll_delta;
        // With Shift the wheel goes sideways, and a touchpad scrolls both ways.
        (delta.y, input.zoom_delta(), delta.x)
    });
    if pinched != 1.0 {
        gestures.push(Gesture::Zoom(at, pinched));
    } else if turned != 0.0 {
        gestures.push(Gesture::Zoom(at, (turned * ZOOM_PER_POINT).exp()));
    }
    if sideways != 0.0 {
        gestures.push(Gesture::Pan(Vec2::new(sideways, 0.0)));
    }
}

/// How much a point of the wheel zooms: one notch is about a fifth.
const ZOOM_PER_POINT: f32 = 0.004;
