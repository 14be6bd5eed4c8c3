//! Frames and what of them is taken hold of: eight handles, the inside, the outside.

use crate::canvas::overlay;
use crate::design::size;
use egui::{CursorIcon, Painter, Pos2, Rect, Vec2};

/// A corner or the middle of a side: -1 is left or top, 0 the middle, 1 right or bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grip {
    pub x: f32,
    pub y: f32,
}

/// What lies under the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum Hold {
    Grip(Grip),
    Inside,
    #[default]
    Outside,
}

/// Corners first: they are easier to miss.
pub(super) const GRIPS: [Grip; 8] = [
    Grip { x: -1.0, y: -1.0 },
    Grip { x: 1.0, y: -1.0 },
    Grip { x: 1.0, y: 1.0 },
    Grip { x: -1.0, y: 1.0 },
    Grip { x: 0.0, y: -1.0 },
    Grip { x: 1.0, y: 0.0 },
    Grip { x: 0.0, y: 1.0 },
    Grip { x: -1.0, y: 0.0 },
];

impl Grip {
    /// Where it lies on a frame on the screen, whose corners go clockwise from the upper left one.
    pub fn on(self, quad: [Pos2; 4]) -> Pos2 {
        let (across, down) = (quad[1] - quad[0], quad[3] - quad[0]);
        quad[0] + across * ((self.x + 1.0) / 2.0) + down * ((self.y + 1.0) / 2.0)
    }

    pub fn is_corner(self) -> bool {
        self.x != 0.0 && self.y != 0.0
    }

    pub fn vec(self) -> Vec2 {
        Vec2::new(self.x, self.y)
    }
}

/// What of a frame on the screen is under a point: corners, then sides along their whole length.
pub(super) fn hold(quad: [Pos2; 4], at: Pos2) -> Hold {
    let corner = GRIPS[..4].iter().find(|grip| grip.on(quad).distance(at) <= size::REACH);
    let side = |grip: &&Grip| {
        let along = if grip.x == 0.0 { quad[1] - quad[0] } else { quad[3] - quad[0] };
        let (middle, length) = (grip.on(quad), along.length().max(1.0));
        let way = at - middle;
        let forward = way.dot(along) / length;
        let aside = (way.length_sq() - forward * forward).max(0.0).sqrt();
        forward.abs() <= length / 2.0 && aside <= size::REACH / 2.0 + size::LINE
            || way.length() <= size::REACH
    };
    if let Some(&grip) = corner.or_else(|| GRIPS[4..].iter().find(side)) {
        return Hold::Grip(grip);
    }
    if contains(quad, at) { Hold::Inside } else { Hold::Outside }
}

/// The outline with its handles.
pub(super) fn paint(painter: &Painter, quad: [Pos2; 4]) {
    overlay::outline(painter, &quad);
    GRIPS.iter().for_each(|grip| overlay::handle(painter, grip.on(quad)));
}

/// The cursor over a part of a frame; `inside` and `outside` are the caller's.
pub(super) fn cursor(
    quad: [Pos2; 4],
    at: Option<Pos2>,
    inside: CursorIcon,
    outside: CursorIcon,
) -> CursorIcon {
    let Some(at) = at else { return outside };
    let grip = match hold(quad, at) {
        Hold::Grip(grip) => grip,
        Hold::Inside => return inside,
        Hold::Outside => return outside,
    };
    let middle = quad[0] + (quad[2] - quad[0]) / 2.0;
    // In eighths of a turn; opposite directions look the same.
    let eighth = ((grip.on(quad) - middle).angle() / std::f32::consts::FRAC_PI_4).round() as i32;
    match eighth.rem_euclid(4) {
        0 => CursorIcon::ResizeHorizontal,
        1 => CursorIcon::ResizeNwSe,
        2 => CursorIcon::ResizeVertical,
        _ => CursorIcon::ResizeNeSw,
    }
}

/// Width to height of a choice of aspects, for crop and expand.
pub(super) const ASPECTS: [(&str, [u32; 2]); 9] = [
    ("Square 1:1", [1, 1]),
    ("Portrait 4:5", [4, 5]),
    ("Portrait 3:4", [3, 4]),
    ("Portrait 2:3", [2, 3]),
    ("Story 9:16", [9, 16]),
    ("Photo 4:3", [4, 3]),
    ("Photo 3:2", [3, 2]),
    ("Wide 16:9", [16, 9]),
    ("Banner 21:9", [21, 9]),
];

/// Whole pixels, at least one each way.
pub(super) fn snapped(rect: Rect) -> Rect {
    let min = rect.min.round();
    Rect::from_min_max(min, rect.max.round().max(min + Vec2::splat(1.0)))
}

fn contains(quad: [Pos2; 4], at: Pos2) -> bool {
    let cross = |i: usize| {
        let (from, to) = (quad[i], quad[(i + 1) % 4]); // proof: a remainder of four
        (to - from).rot90().dot(at - from)
    };
    let sides = [cross(0), cross(1), cross(2), cross(3)];
    sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn corners_sides_inside_and_outside_are_told_apart_at_every_angle() {
        for degrees in [0.0f32, 30.0, 90.0, 215.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let turned = |x: f32, y: f32| pos2(300.0 + cos * x - sin * y, 200.0 + sin * x + cos * y);
            let quad = [turned(-80.0, -50.0), turned(80.0, -50.0), turned(80.0, 50.0), turned(-80.0, 50.0)];
            let grip = |x, y| Hold::Grip(Grip { x, y });
            assert_eq!(hold(quad, turned(78.0, -52.0)), grip(1.0, -1.0));
            assert_eq!(hold(quad, turned(-30.0, 53.0)), grip(0.0, 1.0));
            assert_eq!(hold(quad, turned(-80.0, 3.0)), grip(-1.0, 0.0));
            assert_eq!(hold(quad, turned(10.0, 10.0)), Hold::Inside);
            assert_eq!(hold(quad, turned(110.0, 0.0)), Hold::Outside);
        }
    }

    #[test]
    fn cursors_point_along_the_way_that_a_handle_goes() {
        let quad = [pos2(0.0, 0.0), pos2(100.0, 0.0), pos2(100.0, 100.0), pos2(0.0, 100.0)];
        let at = |x, y| cursor(quad, Some(pos2(x, y)), CursorIcon::Move, CursorIcon::Crosshair);
        assert_eq!(at(100.0, 50.0), CursorIcon::ResizeHorizontal);
        assert_eq!(at(50.0, 0.0), CursorIcon::ResizeVertical);
        assert_eq!(at(0.0, 0.0), CursorIcon::ResizeNwSe);
        assert_eq!(at(100.0, 0.0), CursorIcon::ResizeNeSw);
        assert_eq!(at(50.0, 50.0), CursorIcon::Move);
    }
}
