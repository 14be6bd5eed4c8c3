//! Tools that change the view only: hand, zoom, turn.

mod hand;
mod turn;
mod zoom;

pub(super) use hand::HandTool;
pub(super) use turn::TurnTool;
pub(super) use zoom::ZoomTool;
