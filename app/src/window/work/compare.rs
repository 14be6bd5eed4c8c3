//! Looking at what a result changed: before and after side by side at a divider, and the map of changes.

use super::Studio;
use super::review::Looked;
use crate::canvas::overlay;
use crate::design::size;
use crate::live::{Changes, Errand};
use egui::{CursorIcon, EventFilter, Id, Key, Rect, Sense, Ui, WidgetInfo, pos2};

/// How the result that waits is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Compare {
    /// Where the divider stands, as a share of the canvas's width; `None` while the result fills the canvas.
    pub split: Option<f32>,
    /// Whether the map of changes is shown.
    pub changes: bool,
}

/// How far a key moves the divider.
const STEP: f32 = 0.05;

impl Compare {
    /// Moves the divider by steps; shows it first where it is hidden.
    pub(super) fn move_divider(&mut self, steps: f32) {
        self.split = Some((self.split.unwrap_or(0.5) + steps * STEP).clamp(0.0, 1.0));
    }
}

impl Studio {
    /// Shows the divider in the middle of what was worked on, or takes it away.
    pub(super) fn toggle_split(&mut self) {
        if self.compare.split.take().is_some() {
            return;
        }
        let place = self.review.shown().zip(self.canvas.sight).map(|(result, sight)| {
            let middle = result.part.x as f32 + result.part.width as f32 / 2.0;
            (sight.to_screen(pos2(middle, 0.0)).x - sight.rect.left()) / sight.rect.width().max(1.0)
        });
        self.compare.split = Some(place.filter(|place| (0.0..=1.0).contains(place)).unwrap_or(0.5));
    }

    /// The part of the canvas in which the result shows.
    pub(in crate::window) fn after_side(&self, canvas: Rect) -> Rect {
        match self.compare.split {
            Some(share) => canvas.with_min_x(canvas.left() + share * canvas.width()),
            None => canvas,
        }
    }

    /// The divider between before and after: dragged, or moved with the arrow keys when it has the focus.
    pub(in crate::window) fn divider(&mut self, ui: &mut Ui, canvas: Rect) {
        let Some(share) = self.compare.split.filter(|_| !self.review.is_empty()) else { return };
        let x = canvas.left() + share * canvas.width();
        let grip = Rect::from_x_y_ranges(x - size::GAP..=x + size::GAP, canvas.y_range());
        let response = ui.interact(grip, Id::unique("divider"), Sense::click_and_drag());
        let percent = f64::from((share * 100.0).round());
        response.widget_info(|| WidgetInfo::slider(true, percent, "Divider between before and after"));
        let mut moved = response.drag_delta().x / canvas.width().max(1.0);
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            let pressed = |key| if ui.input(|input| input.key_pressed(key)) { STEP } else { 0.0 };
            moved += pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        }
        if moved != 0.0 {
            self.compare.split = Some((share + moved).clamp(0.0, 1.0));
            ui.ctx().request_repaint();
        }
        if response.hovered() || response.dragged() {
            ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
        overlay::divider(&ui.painter().with_clip_rect(canvas), canvas, x, response.has_focus());
    }

    /// Begins to compare the result that is shown, where its changes are asked for, and takes the answer.
    pub(super) fn look_at_changes(&mut self) {
        let is_wanted = self.compare.changes;
        let Some(result) = self.review.shown_mut() else { return };
        match &result.looked {
            Looked::NotYet if is_wanted => {
                let Some(before) = result.source.clone() else { return };
                let (after, mask, reach) = (result.picture.clone(), result.mask.clone(), result.fades_over);
                let work = move || Changes::between(&before, &after, mask.as_ref(), reach);
                match Errand::start(self.doors.aside.as_ref(), work) {
                    Ok(errand) => result.looked = Looked::Waiting(errand),
                    Err(error) => {
                        self.compare.changes = false;
                        self.complain(&error);
                    }
                }
            }
            Looked::Waiting(errand) => match errand.try_take() {
                Some(Ok(changes)) => result.looked = Looked::Done(changes),
                Some(Err(error)) => {
                    result.looked = Looked::Done(None);
                    self.complain(&error);
                }
                None => {}
            },
            Looked::NotYet | Looked::Done(_) => {}
        }
    }
}
