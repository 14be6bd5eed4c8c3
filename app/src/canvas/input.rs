//! From egui's input to gestures on the canvas.

use super::Sight;
use crate::tools::{Pen, Pointer};
use egui::{Event, Key, PointerButton, Pos2, Response, Ui, Vec2};

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

/// Everything in the order in which it happened: a fast stroke has several points per frame.
pub fn listen(ui: &Ui, response: &Response, sight: &Sight) -> Vec<Gesture> {
    let mut gestures = Vec::new();
    pan_and_zoom(ui, response, &mut gestures);
    let pans = ui.input(|input| input.key_down(Key::Space)) && !ui.ctx().text_edit_focused();
    if pans {
        if response.dragged_by(PointerButton::Primary) {
            gestures.push(Gesture::Pan(response.drag_delta()));
        }
        return gestures;
    }
    let is_down = response.is_pointer_button_down_on();
    ui.input(|input| {
        let mut is_held = held_at_first(&input.events, is_down);
        let pressure = input.events.iter().rev().find_map(|event| match event {
            Event::Touch { force, .. } => *force,
            _ => None,
        });
        let pen = |screen: Pos2| Pen {
            at: sight.to_document(screen),
            screen,
            pressure: pressure.filter(|force| *force > 0.0).unwrap_or(1.0).min(1.0),
            modifiers: input.modifiers,
        };
        for event in &input.events {
            match *event {
                Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, .. }
                    if response.contains_pointer() || is_down =>
                {
                    is_held = true;
                    gestures.push(Gesture::Tool(Pointer::Press(pen(pos))));
                }
                Event::PointerMoved(at) if is_held => gestures.push(Gesture::Tool(Pointer::Move(pen(at)))),
                Event::PointerButton { pos, button: PointerButton::Primary, pressed: false, .. } => {
                    is_held = false;
                    gestures.push(Gesture::Tool(Pointer::Release(pen(pos))));
                }
                _ => {}
            }
        }
    });
    gestures
}

/// Whether the button was held when the frame's first event came. A whole stroke may lie in one frame of a busy machine.
fn held_at_first(events: &[Event], is_down: bool) -> bool {
    let button = |event: &Event| match event {
        Event::PointerButton { button: PointerButton::Primary, pressed, .. } => Some(!pressed),
        _ => None,
    };
    events.iter().find_map(button).unwrap_or(is_down)
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
