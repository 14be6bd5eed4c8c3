//! The canvas in the middle of the window: what it shows, and the gestures that it takes.

use super::Studio;
use crate::canvas::{Gesture, Rough, Shown, listen, overlay};
use crate::design::tokens;
use crate::document::Region;
use crate::tools::{Pointer, Scene, ToolKind, enlarged, paint_expansion};
use egui::{CursorIcon, Pos2, Role, Sense, Ui, Vec2, WidgetInfo};
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
        self.canvas.pointer = response.hover_pos();
        // A press on a pin is for the pin.
        let is_on_pin = self.move_pins(ui);
        let expands = self.tool() == ToolKind::Expand;
        let Some(open) = &mut self.open else { return };
        let size = open.history.document().size();
        // Room to draw the handles outwards.
        self.canvas.view.leave_room(expands || !open.expansion.is_none());
        let gestures = {
            let sight = self.canvas.view.sight(size, rect, ui.ctx().pixels_per_point());
            listen(ui, &response, &sight, &mut self.canvas.hand, !is_on_pin)
        };
        for gesture in gestures {
            // What stands around the canvas was drawn before it, and shows the change in the next frame.
            ui.ctx().request_repaint();
            self.gesture(gesture, rect, ui.ctx().pixels_per_point());
        }
        self.with_tool(|tool, context| {
            tool.look(context);
            Ok(())
        });
        self.paint(ui, rect, response.hover_pos());
        self.cursor(ui, &response);
        self.divider(ui, rect);
    }

    fn gesture(&mut self, gesture: Gesture, rect: egui::Rect, pixels_per_point: f32) {
        let Some(open) = &mut self.open else { return };
        let view = &mut self.canvas.view;
        let sight = view.sight(open.history.document().size(), rect, pixels_per_point);
        match gesture {
            Gesture::Pan(by) => view.pan(&sight, by),
            Gesture::Zoom(at, factor) => view.zoom_at(&sight, at, factor),
            Gesture::Tool(event) => {
                self.canvas.sight = Some(sight);
                if let Some(borrowed) = &mut self.borrowed {
                    borrowed.used |= matches!(event, Pointer::Press(_));
                }
                self.with_tool(|tool, context| tool.event(event, context));
            }
        }
    }

    fn paint(&mut self, ui: &Ui, rect: egui::Rect, pointer: Option<Pos2>) {
        let Some(open) = &self.open else { return };
        let document = open.history.document();
        let size = document.size();
        let fits = |picture: &&Picture| (picture.width(), picture.height()) == (size.width, size.height);
        let before = self.look.before;
        let here = self.review.shown().filter(|result| self.belongs_here(result));
        let beyond = here.filter(|_| !before).map_or(Vec2::ZERO, super::Pending::beyond);
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
            let expand = job.asked.expand;
            let whole = Region::whole(enlarged(size, expand));
            let part = part.map_or(whole, |[x, y, width, height]| Region::new(x, y, width, height));
            let (number, preview) = ((job.id.0 << 32) | job.preview_number, job.preview.as_ref()?);
            let (part, mask) = (part.intersection(whole), job.asked.mask.as_ref());
            Some(Rough { number, preview, part, mask, expand, size })
        });
        // Marks would hide what is looked at.
        let masks = self.look.masks && over.is_none() && preview.is_none() && !before;
        let tool = self.toolbox.current();
        let floating = tool.floating();
        // The tint of the area to be added would hide what comes into it.
        let is_bare = over.is_none() && preview.is_none();
        let shown = Shown { document, masks, result: over, after, changes, preview, beyond, floating };
        let sight = self.canvas.paint(ui, rect, &shown);
        let painter = ui.painter().with_clip_rect(rect);
        let scene =
            Scene { sight: &sight, settings: &self.toolbox.settings, expansion: open.expansion, pointer };
        if is_bare {
            paint_expansion(&painter, &scene, tokens(ui).mask);
        }
        tool.overlay(&painter, &scene);
        self.paint_pins(ui, &sight);
        self.paint_pen(&painter, &sight);
    }

    /// The brush of true size, or the tool's cursor.
    fn cursor(&self, ui: &Ui, response: &egui::Response) {
        let Some(at) = response.hover_pos() else { return };
        if ui.input(|input| input.key_down(egui::Key::Space) || input.pointer.middle_down()) {
            ui.set_cursor_icon(CursorIcon::Grab);
            return;
        }
        let tool = self.toolbox.current();
        let (Some(sight), Some(open)) = (self.canvas.sight, &self.open) else { return };
        let (settings, expansion) = (&self.toolbox.settings, open.expansion);
        ui.set_cursor_icon(tool.cursor(&Scene { sight: &sight, settings, expansion, pointer: Some(at) }));
        if let Some(diameter) = tool.diameter(settings) {
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
