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

/// Everything in the order in which it happened: a fast stroke has several points per frame. `pressure` is a pen's
/// last one and is kept between frames; `None` for a mouse. What the system tells of pens and fingers comes as touches.
pub fn listen(ui: &Ui, response: &Response, sight: &Sight, pressure: &mut Option<f32>) -> Vec<Gesture> {
    let mut gestures = Vec::new();
    pan_and_zoom(ui, response, &mut gestures);
    let pans = ui.input(|input| input.key_down(Key::Space)) && !ui.ctx().text_edit_focused();
    if pans {
        if response.dragged_by(PointerButton::Primary) {
            gestures.push(Gesture::Pan(response.drag_delta()));
        }
        return gestures;
    }
    let is_held = response.is_pointer_button_down_on();
    ui.input(|input| {
        let mut is_lifted = false;
        let pen = |screen: Pos2, pressure: Option<f32>| Pen {
            at: sight.to_document(screen),
            screen,
            pressure: pressure.filter(|force| *force > 0.0).unwrap_or(1.0).min(1.0),
            modifiers: input.modifiers,
        };
        for event in &input.events {
            match *event {
                Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, .. }
                    if response.contains_pointer() =>
                {
                    gestures.push(Gesture::Tool(Pointer::Press(pen(pos, *pressure))));
                }
                Event::PointerMoved(at) if is_held => {
                    gestures.push(Gesture::Tool(Pointer::Move(pen(at, *pressure))));
                }
                Event::PointerButton { pos, button: PointerButton::Primary, pressed: false, .. } => {
                    gestures.push(Gesture::Tool(Pointer::Release(pen(pos, *pressure))));
                }
                // The movement of the pointer that belongs to it follows.
                Event::Touch { phase: TouchPhase::Start | TouchPhase::Move, force, .. } => {
                    (*pressure, is_lifted) = (force, false);
                }
                Event::Touch { .. } => is_lifted = true,
                _ => {}
            }
        }
        if is_lifted {
            *pressure = None;
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
