//! Lines over the picture: they have a light and a dark half, so that they show on anything.

use super::Sight;
use crate::design::{Tokens, size};
use egui::epaint::EllipseShape;
use egui::{Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};
use engine_api::Size;

/// Both strokes of a line over the picture, the dark one first.
fn strokes() -> [Stroke; 2] {
    let [light, dark] = crate::design::of(egui::Theme::Dark).over;
    [Stroke::new(3.0 * size::LINE, dark), Stroke::new(size::LINE, light)]
}

/// The outline of a rectangle on the screen.
pub fn rectangle(painter: &Painter, rect: Rect) {
    for stroke in strokes() {
        painter.rect_stroke(rect, 0, stroke, StrokeKind::Middle);
    }
}

/// The outline of the ellipse in a rectangle on the screen.
pub fn ellipse(painter: &Painter, rect: Rect) {
    for stroke in strokes() {
        painter.add(EllipseShape::stroke(rect.center(), rect.size() / 2.0, stroke));
    }
}

/// An open line on the screen.
pub fn line(painter: &Painter, points: Vec<Pos2>) {
    let [dark, light] = strokes();
    painter.add(Shape::line(points.clone(), dark));
    painter.add(Shape::line(points, light));
}

/// The divider between before and after, with a grip in the middle that fills when it has the focus.
pub fn divider(painter: &Painter, canvas: Rect, x: f32, has_focus: bool) {
    line(painter, vec![pos2(x, canvas.top()), pos2(x, canvas.bottom())]);
    let at = pos2(x, canvas.center().y);
    let [light, dark] = crate::design::of(egui::Theme::Dark).over;
    painter.circle_filled(at, size::PAD, if has_focus { light } else { dark });
    for stroke in strokes() {
        painter.circle_stroke(at, size::PAD, stroke);
    }
}

/// The brush: a circle of its true size, with a dot where it is too small to see.
pub fn brush(painter: &Painter, at: Pos2, diameter: f32) {
    let radius = diameter / 2.0;
    for stroke in strokes() {
        painter.circle_stroke(at, radius.max(1.5 * size::LINE), stroke);
        if radius < size::PAD_SMALL {
            let arm = Vec2::splat(size::GAP);
            painter.line_segment([at - vec2(arm.x, 0.0), at - vec2(size::PAD_SMALL, 0.0)], stroke);
            painter.line_segment([at + vec2(size::PAD_SMALL, 0.0), at + vec2(arm.x, 0.0)], stroke);
        }
    }
}

/// The pattern that stands for transparency. Its squares stay the same size at every zoom.
pub fn checkerboard(painter: &Painter, picture: Rect, tokens: &Tokens) {
    let visible = picture.intersect(painter.clip_rect());
    if !visible.is_positive() {
        return;
    }
    painter.rect_filled(visible, 0, tokens.checks[0]);
    let mut mesh = egui::Mesh::default();
    let first = |from: f32, start: f32| ((from - start) / size::CHECK).floor() as i32;
    let (left, right) = (first(visible.left(), picture.left()), first(visible.right(), picture.left()));
    let (top, bottom) = (first(visible.top(), picture.top()), first(visible.bottom(), picture.top()));
    for row in top..=bottom {
        for column in (left..=right).filter(|column| (row + column) % 2 != 0) {
            let corner = picture.min + vec2(column as f32, row as f32) * size::CHECK;
            let square = Rect::from_min_size(corner, Vec2::splat(size::CHECK)).intersect(visible);
            mesh.add_colored_rect(square, tokens.checks[1]);
        }
    }
    painter.add(Shape::mesh(mesh));
}

/// The grid of pixels, from near.
pub fn pixel_grid(painter: &Painter, sight: &Sight, document: Size, tokens: &Tokens) {
    if sight.zoom < size::GRID_FROM {
        return;
    }
    let picture = Rect::from_min_max(pos2(0.0, 0.0), pos2(document.width as f32, document.height as f32));
    let visible = sight.visible().intersect(picture);
    let screen = sight.rect_to_screen(visible);
    let stroke = Stroke::new(size::LINE, tokens.grid);
    for x in visible.left().ceil() as u32..=visible.right() as u32 {
        painter.vline(sight.to_screen(pos2(x as f32, 0.0)).x, screen.y_range(), stroke);
    }
    for y in visible.top().ceil() as u32..=visible.bottom() as u32 {
        painter.hline(screen.x_range(), sight.to_screen(pos2(0.0, y as f32)).y, stroke);
    }
}
