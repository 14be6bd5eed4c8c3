//! Where the picture lies on the screen: pan, zoom and turn.

use crate::design::size;
use egui::{Pos2, Rect, Vec2};
use engine_api::Size;

/// Zoom steps of the keyboard: halves, thirds and whole multiples, as painters know them.
const STEPS: [f32; 19] = [
    0.02, 0.05, 0.1, 0.167, 0.25, 0.333, 0.5, 0.667, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0,
    32.0,
];

/// Pan, zoom and turn of one document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Screen pixels per document pixel; 1 is 100 %.
    zoom: f32,
    /// The document point in the middle of the canvas.
    centre: Pos2,
    /// Clockwise, in degrees, above -180 and up to 180.
    degrees: f32,
    /// Whether the picture follows the size of the window.
    fits: bool,
    /// Whether a fitted picture leaves room around it.
    has_room: bool,
}

/// A view on a canvas of a certain size: the way between document and screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// Points per document pixel.
    pub scale: f32,
    /// Screen pixels per document pixel.
    pub zoom: f32,
    /// Size of the document.
    pub size: Size,
    centre: Pos2,
    /// Cosine and sine of the angle by which the picture is turned.
    turn: [f32; 2],
    /// The canvas on the screen.
    pub rect: Rect,
}

impl Default for View {
    fn default() -> Self {
        Self { zoom: 1.0, centre: Pos2::ZERO, degrees: 0.0, fits: true, has_room: false }
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

    /// Whether a fitted picture leaves room around it, for handles that are drawn outwards.
    pub fn leave_room(&mut self, has_room: bool) {
        self.has_room = has_room;
    }

    /// One document pixel on one screen pixel, around a point of the screen.
    pub fn actual_pixels(&mut self, sight: &Sight, at: Pos2) {
        self.zoom_at(sight, at, 1.0 / self.zoom);
    }

    /// To the next step of the scale, `up` or down, around a point of the screen.
    pub fn step(&mut self, sight: &Sight, at: Pos2, up: bool) {
        let next = if up {
            STEPS.iter().find(|&&step| step > self.zoom * 1.01)
        } else {
            STEPS.iter().rev().find(|&&step| step < self.zoom * 0.99)
        };
        if let Some(&next) = next {
            self.zoom_at(sight, at, next / self.zoom);
        }
    }

    /// Zooms by a factor; the point of the picture under `at` stays where it is.
    pub fn zoom_at(&mut self, sight: &Sight, at: Pos2, factor: f32) {
        let fixed = sight.to_document(at);
        let zoom = (self.zoom * factor).clamp(STEPS[0], STEPS[STEPS.len() - 1]);
        let scale = sight.scale * zoom / self.zoom;
        self.centre = fixed - sight.unturned(at - sight.rect.center()) / scale;
        self.zoom = zoom;
        self.fits = false;
    }

    /// Moves the picture by a way on the screen.
    pub fn pan(&mut self, sight: &Sight, by: Vec2) {
        self.centre -= sight.unturned(by) / sight.scale;
        self.fits = false;
    }

    /// By how much the picture is turned, clockwise, in degrees.
    pub fn degrees(&self) -> f32 {
        self.degrees
    }

    /// Turns the picture around the middle of the canvas, clockwise, by so many degrees.
    pub fn turn(&mut self, by: f32) {
        if by.is_finite() {
            self.turn_to(self.degrees + by);
        }
    }

    /// Turns the picture to an angle.
    pub fn turn_to(&mut self, degrees: f32) {
        // Fitting anew at every angle would make the picture breathe.
        self.fits &= degrees == 0.0;
        let degrees = degrees.rem_euclid(360.0);
        self.degrees = if degrees > 180.0 { degrees - 360.0 } else { degrees };
    }

    /// Keeps what is seen in its place when pixels are added left of and above the picture.
    pub fn grow(&mut self, left: f32, top: f32) {
        self.centre += Vec2::new(left, top);
    }

    /// The view on this canvas; a fitted picture is fitted anew.
    pub fn sight(&mut self, size: Size, rect: Rect, pixels_per_point: f32) -> Sight {
        let picture = Vec2::new(size.width as f32, size.height as f32);
        let angle = self.degrees.to_radians();
        // Upright to the last bit where it is not turned.
        let turn = if self.degrees == 0.0 { [1.0, 0.0] } else { [angle.cos(), angle.sin()] };
        if self.fits {
            let share = if self.has_room { size::FIT_WITH_ROOM } else { 1.0 };
            let room = (rect.size() - Vec2::splat(2.0 * size::FIT_MARGIN)).max(Vec2::splat(1.0))
                * (share * pixels_per_point);
            let [cos, sin] = turn.map(f32::abs);
            let across = Vec2::new(picture.x * cos + picture.y * sin, picture.x * sin + picture.y * cos);
            let zoom = (room.x / across.x).min(room.y / across.y);
            // Small pictures are not blown up to mush: at most to a whole multiple.
            let zoom = if zoom > 1.0 { zoom.floor() } else { zoom };
            self.zoom = zoom.clamp(STEPS[0], STEPS[STEPS.len() - 1]);
            self.centre = (picture / 2.0).to_pos2();
        }
        // Something of the picture always stays in sight.
        self.centre = self.centre.clamp(Pos2::ZERO, picture.to_pos2());
        Sight { scale: self.zoom / pixels_per_point, zoom: self.zoom, size, centre: self.centre, turn, rect }
    }
}

impl Sight {
    /// From a document point, in pixels, to the screen.
    pub fn to_screen(&self, point: Pos2) -> Pos2 {
        self.rect.center() + self.turned((point - self.centre) * self.scale)
    }

    /// From the screen to a document point, in pixels.
    pub fn to_document(&self, point: Pos2) -> Pos2 {
        self.centre + self.unturned(point - self.rect.center()) / self.scale
    }

    /// The corners of a rectangle of document pixels on the screen: clockwise, from its upper left corner.
    pub fn quad(&self, rect: Rect) -> [Pos2; 4] {
        [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()]
            .map(|corner| self.to_screen(corner))
    }

    /// The smallest upright rectangle of document pixels around all that can be seen.
    pub fn visible(&self) -> Rect {
        let rect = self.rect;
        let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
        Rect::from_points(&corners.map(|corner| self.to_document(corner)))
    }

    /// The sight on a picture whose upper left corner lies at this point of the document.
    pub fn on(&self, corner: Vec2, size: Size) -> Self {
        Self { centre: self.centre - corner, size, ..*self }
    }

    /// Whether the picture is not turned.
    pub fn is_upright(&self) -> bool {
        self.turn == [1.0, 0.0]
    }

    /// A way in the document's directions as one on the screen, of the same length.
    pub fn turned(&self, way: Vec2) -> Vec2 {
        let [cos, sin] = self.turn;
        Vec2::new(cos * way.x - sin * way.y, sin * way.x + cos * way.y)
    }

    /// A way on the screen in the document's directions, of the same length.
    pub fn unturned(&self, way: Vec2) -> Vec2 {
        let [cos, sin] = self.turn;
        Vec2::new(cos * way.x + sin * way.y, cos * way.y - sin * way.x)
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
        view.step(&sight, canvas().center(), true);
        assert!((view.percent() - 66.7).abs() < 0.1);
        let sight = view.sight(SIZE, canvas(), 1.0);
        view.actual_pixels(&sight, canvas().center());
        assert!((view.percent() - 100.0).abs() < 0.01);
        let sight = view.sight(SIZE, canvas(), 1.0);
        view.pan(&sight, vec2(1e6, -1e6));
        let sight = view.sight(SIZE, canvas(), 1.0);
        assert_eq!(sight.to_document(canvas().center()), pos2(0.0, 1000.0));
    }

    #[test]
    fn screen_and_document_agree_at_every_angle() {
        let mut view = View::default();
        for step in 0..48 {
            view.turn(step as f32 * 7.5);
            let mut sight = view.sight(SIZE, canvas(), 1.5);
            view.zoom_at(&sight, pos2(333.0, 222.0), 1.07);
            sight = view.sight(SIZE, canvas(), 1.5);
            for at in [pos2(60.0, 30.0), pos2(700.5, 100.25), canvas().max] {
                assert!((sight.to_screen(sight.to_document(at)) - at).length() < 0.01, "{at:?}");
                assert!(sight.visible().expand(0.01).contains(sight.to_document(at)));
            }
            let (from, to) = (sight.to_document(pos2(100.0, 100.0)), sight.to_document(pos2(110.0, 100.0)));
            assert!(((to - from).length() * sight.scale - 10.0).abs() < 0.01);
        }
    }

    #[test]
    fn turning_is_clockwise_and_goes_around_the_middle() {
        let mut view = View::default();
        let before = view.sight(SIZE, canvas(), 1.0);
        view.turn(90.0);
        let sight = view.sight(SIZE, canvas(), 1.0);
        assert_eq!(sight.scale, before.scale, "turning does not zoom");
        let right = sight.to_screen(pos2(1100.0, 500.0)) - canvas().center();
        assert!((right - vec2(0.0, 100.0 * sight.scale)).length() < 0.01, "right is now below: {right}");
        let under = sight.to_document(pos2(300.0, 200.0));
        view.pan(&sight, vec2(10.0, -20.0));
        let sight = view.sight(SIZE, canvas(), 1.0);
        assert!((sight.to_screen(under) - pos2(310.0, 180.0)).length() < 0.01);
        view.turn(100.0);
        assert_eq!(view.degrees(), -170.0);
        view.turn_to(0.0);
        assert!(view.sight(SIZE, canvas(), 1.0).is_upright());
        view.turn_to(90.0);
        view.fit();
        let fitted = view.sight(SIZE, canvas(), 1.0);
        assert!((fitted.zoom - 0.3).abs() < 1e-3, "2000 pixels stand upright in 600: {}", fitted.zoom);
    }
}
