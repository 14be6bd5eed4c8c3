//! Icons, drawn with lines on a grid of 16 units, so that they are sharp at every scale and follow the theme.

use super::size;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

/// The icons by what they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Brush,
    Eraser,
    Rectangle,
    Ellipse,
    Lasso,
    Paint,
    Eyedropper,
    Hand,
    Zoom,
    Eye,
    EyeClosed,
    Lock,
    LockOpen,
    Plus,
    Trash,
    Copy,
    Merge,
    Up,
    Down,
    Left,
    Right,
    Dice,
    Close,
}

type Line = &'static [(f32, f32)];

/// Open lines of every icon, from point to point.
const LINES: &[(Icon, &[Line])] = &[
    (
        Icon::Brush,
        &[
            &[(13.5, 2.5), (7.5, 8.5)],
            &[
                (7.5, 8.5),
                (5.0, 8.6),
                (3.6, 10.4),
                (3.4, 12.2),
                (2.2, 13.5),
                (5.2, 13.6),
                (7.2, 12.6),
                (8.0, 10.8),
                (7.5, 8.5),
            ],
        ],
    ),
    (
        Icon::Eraser,
        &[
            &[(9.5, 2.5), (13.5, 6.5), (7.5, 12.5), (5.0, 12.5), (2.5, 10.0), (9.5, 2.5)],
            &[(6.0, 6.2), (10.0, 10.2)],
            &[(5.0, 13.8), (13.5, 13.8)],
        ],
    ),
    (Icon::Rectangle, &[&[(2.5, 3.5), (13.5, 3.5), (13.5, 12.5), (2.5, 12.5), (2.5, 3.5)]]),
    (Icon::Zoom, &[&[(10.4, 10.4), (14.0, 14.0)]]),
    (
        Icon::Lasso,
        &[
            &[
                (4.5, 10.4),
                (2.9, 8.8),
                (2.4, 6.6),
                (4.2, 3.8),
                (8.0, 2.8),
                (11.8, 3.8),
                (13.6, 6.4),
                (12.2, 9.2),
                (8.6, 10.4),
                (5.4, 10.0),
            ],
            &[(5.4, 10.0), (5.8, 11.6), (4.8, 13.4), (3.0, 13.8)],
        ],
    ),
    (
        Icon::Paint,
        &[
            &[(2.6, 13.4), (3.4, 10.2), (11.0, 2.6), (13.4, 5.0), (5.8, 12.6), (2.6, 13.4)],
            &[(9.2, 4.4), (11.6, 6.8)],
        ],
    ),
    (
        Icon::Eyedropper,
        &[
            &[(8.6, 4.6), (3.4, 9.8), (2.6, 13.4), (6.2, 12.6), (11.4, 7.4)],
            &[(7.6, 3.6), (12.4, 8.4)],
            &[(9.6, 5.4), (11.8, 2.8), (13.2, 4.2), (10.8, 6.6)],
        ],
    ),
    (
        Icon::Hand,
        &[&[
            (5.2, 9.0),
            (5.2, 4.4),
            (6.6, 4.4),
            (6.6, 2.8),
            (8.2, 2.8),
            (8.2, 3.4),
            (9.8, 3.4),
            (9.8, 4.6),
            (11.4, 4.6),
            (11.4, 10.2),
            (9.8, 13.6),
            (6.0, 13.6),
            (2.8, 9.6),
            (3.8, 8.4),
            (5.2, 9.8),
        ]],
    ),
    (
        Icon::Eye,
        &[&[
            (1.8, 8.0),
            (4.6, 5.0),
            (8.0, 3.9),
            (11.4, 5.0),
            (14.2, 8.0),
            (11.4, 11.0),
            (8.0, 12.1),
            (4.6, 11.0),
            (1.8, 8.0),
        ]],
    ),
    (
        Icon::EyeClosed,
        &[
            &[(1.8, 7.4), (4.6, 10.2), (8.0, 11.2), (11.4, 10.2), (14.2, 7.4)],
            &[(4.6, 10.2), (3.6, 12.0)],
            &[(8.0, 11.2), (8.0, 13.2)],
            &[(11.4, 10.2), (12.4, 12.0)],
        ],
    ),
    (
        Icon::Lock,
        &[
            &[(3.5, 7.5), (12.5, 7.5), (12.5, 13.5), (3.5, 13.5), (3.5, 7.5)],
            &[(5.5, 7.5), (5.5, 4.5), (7.0, 2.8), (9.0, 2.8), (10.5, 4.5), (10.5, 7.5)],
        ],
    ),
    (
        Icon::LockOpen,
        &[
            &[(3.5, 7.5), (12.5, 7.5), (12.5, 13.5), (3.5, 13.5), (3.5, 7.5)],
            &[(5.5, 7.5), (5.5, 4.5), (7.0, 2.8), (9.0, 2.8), (10.5, 4.0)],
        ],
    ),
    (Icon::Plus, &[&[(8.0, 3.0), (8.0, 13.0)], &[(3.0, 8.0), (13.0, 8.0)]]),
    (
        Icon::Trash,
        &[
            &[(3.0, 4.5), (13.0, 4.5)],
            &[(6.0, 4.5), (6.4, 2.6), (9.6, 2.6), (10.0, 4.5)],
            &[(4.2, 4.5), (4.9, 13.5), (11.1, 13.5), (11.8, 4.5)],
        ],
    ),
    (
        Icon::Copy,
        &[
            &[(5.5, 5.5), (13.5, 5.5), (13.5, 13.5), (5.5, 13.5), (5.5, 5.5)],
            &[(5.5, 10.5), (2.5, 10.5), (2.5, 2.5), (10.5, 2.5), (10.5, 5.5)],
        ],
    ),
    (
        Icon::Merge,
        &[
            &[(8.0, 2.0), (8.0, 9.0)],
            &[(5.2, 6.4), (8.0, 9.2), (10.8, 6.4)],
            &[(2.5, 10.0), (2.5, 13.5), (13.5, 13.5), (13.5, 10.0)],
        ],
    ),
    (Icon::Up, &[&[(4.0, 10.0), (8.0, 6.0), (12.0, 10.0)]]),
    (Icon::Down, &[&[(4.0, 6.0), (8.0, 10.0), (12.0, 6.0)]]),
    (Icon::Left, &[&[(10.0, 4.0), (6.0, 8.0), (10.0, 12.0)]]),
    (Icon::Right, &[&[(6.0, 4.0), (10.0, 8.0), (6.0, 12.0)]]),
    (Icon::Dice, &[&[(2.8, 2.8), (13.2, 2.8), (13.2, 13.2), (2.8, 13.2), (2.8, 2.8)]]),
    (Icon::Close, &[&[(4.0, 4.0), (12.0, 12.0)], &[(12.0, 4.0), (4.0, 12.0)]]),
];

impl Icon {
    /// Draws the icon in the middle of `rect`.
    pub fn paint(self, painter: &Painter, rect: Rect, colour: Color32) {
        let origin = rect.center() - vec2(size::ICON, size::ICON) / 2.0;
        let unit = size::ICON / 16.0;
        let at = |(x, y): (f32, f32)| -> Pos2 { pos2(origin.x + x * unit, origin.y + y * unit) };
        let stroke = Stroke::new(size::ICON_LINE, colour);
        for line in self.lines() {
            painter.add(Shape::line(line.iter().copied().map(at).collect(), stroke));
        }
        for &(x, y, width, height) in self.ellipses() {
            painter.add(egui::epaint::EllipseShape::stroke(at((x, y)), vec2(width, height) * unit, stroke));
        }
    }

    fn lines(self) -> &'static [Line] {
        LINES.iter().find(|(icon, _)| *icon == self).map_or(&[], |(_, lines)| lines)
    }

    /// Middle and radii of the icon's round parts.
    fn ellipses(self) -> &'static [(f32, f32, f32, f32)] {
        match self {
            Self::Ellipse => &[(8.0, 8.0, 6.0, 4.8)],
            Self::Zoom => &[(6.8, 6.8, 4.6, 4.6)],
            Self::Eye => &[(8.0, 8.0, 2.0, 2.0)],
            Self::Dice => {
                &[(5.8, 5.8, 0.7, 0.7), (10.2, 10.2, 0.7, 0.7), (10.2, 5.8, 0.7, 0.7), (5.8, 10.2, 0.7, 0.7)]
            }
            _ => &[],
        }
    }
}
