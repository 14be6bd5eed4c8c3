//! Lines over the picture: they have a light and a dark half, so that they show on anything.

use super::Sight;
use crate::design::{Tokens, size};
use egui::{Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

/// Both strokes of a line over the picture, the dark one first.
fn strokes() -> [Stroke; 2] {
    let [light, dark] = crate::design::of(egui::Theme::Dark).over;
    [Stroke::new(3.0 * size::LINE, dark), Stroke::new(size::LINE, light)]
}

/// The outline of a shape with these corners on the screen.
pub fn outline(painter: &Painter, corners: &[Pos2]) {
    for stroke in strokes() {
        painter.add(Shape::closed_line(corners.to_vec(), stroke));
    }
}

/// The outline of the ellipse that touches the four sides of a rectangle, turned or not.
pub fn ellipse(painter: &Painter, quad: [Pos2; 4]) {
    let middle = quad[0] + (quad[2] - quad[0]) / 2.0;
    let (across, down) = ((quad[1] - quad[0]) / 2.0, (quad[3] - quad[0]) / 2.0);
    let corner = |step: u32| {
        let (sin, cos) = (step as f32 * std::f32::consts::TAU / ELLIPSE_CORNERS as f32).sin_cos();
        middle + across * cos + down * sin
    };
    outline(painter, &(0..ELLIPSE_CORNERS).map(corner).collect::<Vec<_>>());
}

/// Something to take hold of.
pub fn handle(painter: &Painter, at: Pos2) {
    let [light, dark] = crate::design::of(egui::Theme::Dark).over;
    let rect = Rect::from_center_size(at, Vec2::splat(size::HANDLE));
    painter.rect(rect, size::LINE, light, Stroke::new(size::LINE, dark), StrokeKind::Outside);
}

/// Words beside something, such as its size.
pub fn words(painter: &Painter, at: Pos2, text: &str) {
    let [light, dark] = crate::design::of(egui::Theme::Dark).over;
    let galley = painter.layout_no_wrap(text.to_owned(), egui::FontId::proportional(size::TYPE_SMALL), light);
    let rect = egui::Align2::CENTER_TOP.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(vec2(size::GAP, size::LINE)), size::CORNER, dark);
    painter.galley(rect.min, galley, light);
}

/// Fills a rectangle of the document, turned or not, with one colour.
pub fn fill(painter: &Painter, quad: [Pos2; 4], colour: egui::Color32) {
    let mut mesh = egui::Mesh::default();
    add_quad(&mut mesh, quad, colour);
    painter.add(Shape::mesh(mesh));
}

/// Darkens `whole` except for `frame`, both in document pixels.
pub fn shade_around(painter: &Painter, sight: &Sight, whole: Rect, frame: Rect) {
    let shade = crate::design::of(egui::Theme::Dark).shade;
    let frame = frame.intersect(whole);
    let rect = |left, top, right, bottom| Rect::from_min_max(pos2(left, top), pos2(right, bottom));
    for part in [
        rect(whole.left(), whole.top(), whole.right(), frame.top()),
        rect(whole.left(), frame.bottom(), whole.right(), whole.bottom()),
        rect(whole.left(), frame.top(), frame.left(), frame.bottom()),
        rect(frame.right(), frame.top(), whole.right(), frame.bottom()),
    ] {
        if part.is_positive() {
            fill(painter, sight.quad(part), shade);
        }
    }
}

/// Adds two triangles in one colour.
fn add_quad(mesh: &mut egui::Mesh, quad: [Pos2; 4], colour: egui::Color32) {
    let first = mesh.vertices.len() as u32;
    quad.iter().for_each(|&corner| mesh.colored_vertex(corner, colour));
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first, first + 2, first + 3);
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

/// The pattern that stands for transparency. Its squares stay the same size at every zoom and turn with the picture.
pub fn checkerboard(painter: &Painter, sight: &Sight, tokens: &Tokens) {
    let side = size::CHECK / sight.scale;
    let picture = super::whole(sight.size);
    let visible = picture.intersect(sight.visible());
    if !visible.is_positive() {
        return;
    }
    fill(painter, sight.quad(visible), tokens.checks[0]);
    let mut mesh = egui::Mesh::default();
    let (columns, rows) =
        (steps(visible.left(), visible.right(), side), steps(visible.top(), visible.bottom(), side));
    for row in rows {
        for column in columns.clone().filter(|column| (row + column) % 2 != 0) {
            let corner = pos2(column as f32, row as f32) * side;
            let square = Rect::from_min_size(corner, Vec2::splat(side)).intersect(visible);
            add_quad(&mut mesh, sight.quad(square), tokens.checks[1]);
        }
    }
    painter.add(Shape::mesh(mesh));
}

/// The squares of one length that a stretch touches.
fn steps(from: f32, to: f32, side: f32) -> std::ops::RangeInclusive<i32> {
    (from / side).floor() as i32..=(to / side).floor() as i32
}

/// The grid of pixels, from near.
pub fn pixel_grid(painter: &Painter, sight: &Sight, tokens: &Tokens) {
    if sight.zoom < size::GRID_FROM {
        return;
    }
    let visible = sight.visible().intersect(super::whole(sight.size));
    let stroke = Stroke::new(size::LINE, tokens.grid);
    let line =
        |from: Pos2, to: Pos2| painter.line_segment([sight.to_screen(from), sight.to_screen(to)], stroke);
    for x in visible.left().ceil() as u32..=visible.right() as u32 {
        line(pos2(x as f32, visible.top()), pos2(x as f32, visible.bottom()));
    }
    for y in visible.top().ceil() as u32..=visible.bottom() as u32 {
        line(pos2(visible.left(), y as f32), pos2(visible.right(), y as f32));
    }
}

/// Corners of the line that stands for an ellipse.
const ELLIPSE_CORNERS: u32 = 96;
