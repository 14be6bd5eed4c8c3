//! Where the picture lies on the screen: pan and zoom.

use crate::design::size;
use egui::{Pos2, Rect, Vec2};
use engine_api::Size;

/// Zoom steps of the keyboard: halves, thirds and whole multiples, as painters know them.
const STEPS: [f32; 19] = [
    0.02, 0.05, 0.1, 0.167, 0.25, 0.333, 0.5, 0.667, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0,
    32.0,
];

/// Pan and zoom of one document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Screen pixels per document pixel; 1 is 100 %.
    zoom: f32,
    /// The document point in the middle of the canvas.
    centre: Pos2,
    /// Whether the picture follows the size of the window.
    fits: bool,
}

/// A view on a canvas of a certain size: the way between document and screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// Points per document pixel.
    pub scale: f32,
    /// Screen pixels per document pixel.
    pub zoom: f32,
    centre: Pos2,
    /// The canvas on the screen.
    pub rect: Rect,
}

impl Default for View {
    fn default() -> Self {
        Self { zoom: 1.0, centre: Pos2::ZERO, fits: true }
    }
}

impl View {
    /// The zoom as a number for people: 100 is one to one.
    pub fn percent(&self) -> f32 {
        self.zoom * 100.0
    }

    /// Shows the whole picture, now and when the window changes.
    pub fn fit(&mut self) {
        self.fits = true;
    }

    /// One document pixel on one screen pixel.
    pub fn actual_pixels(&mut self, sight: &Sight) {
        self.zoom_at(sight, sight.rect.center(), 1.0 / self.zoom);
    }

    /// To the next step of the scale, `up` or down, around the middle of the canvas.
    pub fn step(&mut self, sight: &Sight, up: bool) {
        let next = if up {
            STEPS.iter().find(|&&step| step > self.zoom * 1.01)
        } else {
            STEPS.iter().rev().find(|&&step| step < self.zoom * 0.99)
        };
        if let Some(&next) = next {
            self.zoom_at(sight, sight.rect.center(), next / self.zoom);
        }
    }

    /// Zooms by a factor; the point of the picture under `at` stays where it is.
    pub fn zoom_at(&mut self, sight: &Sight, at: Pos2, factor: f32) {
        let fixed = sight.to_document(at);
        let zoom = (self.zoom * factor).clamp(STEPS[0], STEPS[STEPS.len() - 1]);
        let scale = sight.scale * zoom / self.zoom;
        self.centre = fixed - (at - sight.rect.center()) / scale;
        self.zoom = zoom;
        self.fits = false;
    }

    /// Moves the picture by a way on the screen.
    pub fn pan(&mut self, sight: &Sight, by: Vec2) {
        self.centre -= by / sight.scale;
        self.fits = false;
    }

    /// The view on this canvas; a fitted picture is fitted anew.
    pub fn sight(&mut self, size: Size, rect: Rect, pixels_per_point: f32) -> Sight {
        let picture = Vec2::new(size.width as f32, size.height as f32);
        if self.fits {
            let room =
                (rect.size() - Vec2::splat(2.0 * size::FIT_MARGIN)).max(Vec2::splat(1.0)) * pixels_per_point;
            let zoom = (room.x / picture.x).min(room.y / picture.y);
            // Small pictures are not blown up to mush: at most to a whole multiple.
            let zoom = if zoom > 1.0 { zoom.floor() } else { zoom };
            self.zoom = zoom.clamp(STEPS[0], STEPS[STEPS.len() - 1]);
            self.centre = (picture / 2.0).to_pos2();
        }
        // Something of the picture always stays in sight.
        self.centre = self.centre.clamp(Pos2::ZERO, picture.to_pos2());
        Sight { scale: self.zoom / pixels_per_point, zoom: self.zoom, centre: self.centre, rect }
    }
}

impl Sight {
    /// From a document point, in pixels, to the screen.
    pub fn to_screen(&self, point: Pos2) -> Pos2 {
        self.rect.center() + (point - self.centre) * self.scale
    }

    /// From the screen to a document point, in pixels.
    pub fn to_document(&self, point: Pos2) -> Pos2 {
        self.centre + (point - self.rect.center()) / self.scale
    }

    /// A rectangle of document pixels on the screen.
    pub fn rect_to_screen(&self, rect: Rect) -> Rect {
        Rect::from_min_max(self.to_screen(rect.min), self.to_screen(rect.max))
    }

    /// The part of the document that can be seen.
    pub fn visible(&self) -> Rect {
        Rect::from_min_max(self.to_document(self.rect.min), self.to_document(self.rect.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    const SIZE: Size = Size { width: 2000, height: 1000 };

    fn canvas() -> Rect {
        Rect::from_min_size(pos2(50.0, 20.0), vec2(1048.0, 648.0))
    }

    #[test]
    fn a_large_picture_is_fitted_and_a_small_one_grows_by_whole_multiples() {
        let sight = View::default().sight(SIZE, canvas(), 1.0);
        assert_eq!(sight.zoom, 0.5);
        assert_eq!(sight.to_screen(pos2(1000.0, 500.0)), canvas().center());
        let small = View::default().sight(Size { width: 300, height: 100 }, canvas(), 1.0);
        assert_eq!(small.zoom, 3.0);
        let sharp = View::default().sight(SIZE, canvas(), 2.0);
        assert_eq!((sharp.zoom, sharp.scale), (1.0, 0.5));
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let mut view = View::default();
        let at = pos2(400.0, 300.0);
        let mut sight = view.sight(SIZE, canvas(), 1.25);
        let under = sight.to_document(at);
        for factor in [1.3, 2.0, 0.4, 1.7] {
            view.zoom_at(&sight, at, factor);
            sight = view.sight(SIZE, canvas(), 1.25);
            assert!((sight.to_document(at) - under).length() < 0.01);
        }
    }

    #[test]
    fn steps_go_through_the_scale_and_panning_never_loses_the_picture() {
        let mut view = View::default();
        let sight = view.sight(SIZE, canvas(), 1.0);
        view.step(&sight, true);
        assert!((view.percent() - 66.7).abs() < 0.1);
        let sight = view.sight(SIZE, canvas(), 1.0);
        view.actual_pixels(&sight);
        assert!((view.percent() - 100.0).abs() < 0.01);
        let sight = view.sight(SIZE, canvas(), 1.0);
        view.pan(&sight, vec2(1e6, -1e6));
        let sight = view.sight(SIZE, canvas(), 1.0);
        assert_eq!(sight.to_document(canvas().center()), pos2(0.0, 1000.0));
    }
}
