//! The canvas in the middle of the window: what it shows, and the gestures that it takes.

use super::Studio;
use crate::canvas::{Gesture, Rough, Shown, listen, overlay};
use crate::document::{DocumentError, Region};
use crate::tools::ToolContext;
use egui::{CursorIcon, Role, Sense, Ui, WidgetInfo};
use engine_api::Picture;

/// Numbers of pictures over the document: results count from 1 up.
const ORIGINAL: u64 = u64::MAX;

impl Studio {
    /// Draws the document into all of `ui`, and lets the tool in hand work on it.
    pub(crate) fn stage(&mut self, ui: &mut Ui) {
        let rect = ui.available_rect_before_wrap();
        let response = ui.allocate_rect(rect, Sense::click_and_drag());
        let words = self.canvas_in_words();
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words.as_str()));
        let Some(open) = &mut self.open else { return };
        let size = open.history.document().size();
        let gestures = {
            let sight = self.canvas.view.sight(size, rect, ui.ctx().pixels_per_point());
            listen(ui, &response, &sight)
        };
        for gesture in gestures {
            if let Err(error) = self.gesture(gesture, rect, ui.ctx().pixels_per_point()) {
                if let Some(open) = &mut self.open {
                    self.toolbox.in_hand().0.cancel(&mut open.history);
                }
                self.complain(&error);
            }
        }
        self.paint(ui, rect);
        self.cursor(ui, &response);
        self.divider(ui, rect);
    }

    fn gesture(
        &mut self,
        gesture: Gesture,
        rect: egui::Rect,
        pixels_per_point: f32,
    ) -> Result<(), DocumentError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let view = &mut self.canvas.view;
        let sight = view.sight(open.history.document().size(), rect, pixels_per_point);
        match gesture {
            Gesture::Pan(by) => view.pan(&sight, by),
            Gesture::Zoom(at, factor) => view.zoom_at(&sight, at, factor),
            Gesture::Tool(event) => {
                let (tool, settings) = self.toolbox.in_hand();
                let (history, active) = (&mut open.history, &mut open.active);
                return tool.event(event, &mut ToolContext { history, active, view, sight, settings });
            }
        }
        Ok(())
    }

    fn paint(&mut self, ui: &Ui, rect: egui::Rect) {
        let Some(open) = &self.open else { return };
        let document = open.history.document();
        let size = document.size();
        let fits = |picture: &&Picture| (picture.width(), picture.height()) == (size.width, size.height);
        let before = self.look.before;
        let here = self.review.shown().filter(|result| self.belongs_here(result));
        let result = here.map(|result| (result.number, &result.picture));
        let changes = here.filter(|_| self.compare.changes && !before);
        let changes = changes.and_then(|result| Some((result.number, result.changes()?)));
        let after = self.after_side(rect);
        // Before and after: without the result, or, where none waits, the picture as it was opened.
        let original = open.original.as_ref().filter(fits).map(|picture| (ORIGINAL, picture));
        let over = if before { original.filter(|_| result.is_none()) } else { result };
        let job = self
            .jobs
            .running()
            .filter(|job| job.asked.document == Some(self.documents) && job.shows_on_canvas());
        let preview = job.filter(|_| !before).and_then(|job| {
            let part = job.plan.as_ref().and_then(|plan| plan.part);
            let whole = Region::whole(size);
            let part = part.map_or(whole, |[x, y, width, height]| Region::new(x, y, width, height));
            let (number, preview) = ((job.id.0 << 32) | job.preview_number, job.preview.as_ref()?);
            Some(Rough { number, preview, part: part.intersection(whole), mask: job.asked.mask.as_ref() })
        });
        // Marks would hide what is looked at.
        let masks = self.look.masks && over.is_none() && preview.is_none() && !before;
        let shown = Shown { document, masks, result: over, after, changes, preview };
        let sight = self.canvas.paint(ui, rect, &shown);
        self.toolbox.current().overlay(&ui.painter().with_clip_rect(rect), &sight);
    }

    /// The brush of true size, or the tool's cursor.
    fn cursor(&self, ui: &Ui, response: &egui::Response) {
        let Some(at) = response.hover_pos() else { return };
        if ui.input(|input| input.key_down(egui::Key::Space) || input.pointer.middle_down()) {
            ui.set_cursor_icon(CursorIcon::Grab);
            return;
        }
        let tool = self.toolbox.current();
        ui.set_cursor_icon(tool.cursor());
        if let (Some(diameter), Some(sight)) = (tool.diameter(&self.toolbox.settings), self.canvas.sight) {
            overlay::brush(&ui.painter().with_clip_rect(response.rect), at, diameter * sight.scale);
        }
    }

    /// The canvas for those who cannot see it.
    fn canvas_in_words(&self) -> String {
        let Some(open) = &self.open else { return "Canvas, empty".into() };
        let size = open.history.document().size();
        let waits = if self.review.is_empty() { "" } else { ", a result waits" };
        format!("Canvas, {} of {} by {} pixels{waits}", open.name, size.width, size.height)
    }
}
