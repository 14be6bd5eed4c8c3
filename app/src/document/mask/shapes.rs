//! Shapes turned into mask values: lines of spans, sixteen to a pixel row, with exact ends.

use super::{MaskPixels, Shape};
use crate::document::DocumentError;
use crate::document::region::Region;
use engine_api::Size;

/// Lines per pixel row; a power of two, so that shapes with corners on pixel corners come out exact.
const LINES: u32 = 16;

impl Shape {
    /// The values of the shape in a document of this size: how much of each pixel it covers.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when a corner is not a number.
    pub fn fill(&self, size: Size) -> Result<MaskPixels, DocumentError> {
        match self {
            Self::Rectangle { from, to } => {
                let [[left, top], [right, bottom]] = corners(*from, *to)?;
                fill([left, top, right, bottom], size, |y, out| {
                    if (top..bottom).contains(&y) {
                        out.extend([left, right]);
                    }
                })
            }
            Self::Ellipse { from, to } => {
                let [[left, top], [right, bottom]] = corners(*from, *to)?;
                let (middle, half) = ((left + right) / 2.0, (right - left) / 2.0);
                let (height, half_height) = ((top + bottom) / 2.0, (bottom - top) / 2.0);
                fill([left, top, right, bottom], size, |y, out| {
                    let part = (y - height) / half_height;
                    if part.abs() < 1.0 {
                        let reach = half * (1.0 - part * part).sqrt();
                        out.extend([middle - reach, middle + reach]);
                    }
                })
            }
            Self::Polygon(points) => polygon(points, size),
        }
    }
}

/// One side of a polygon: from the upper end to the lower, and how far it leans per line downwards.
struct Side {
    top: f64,
    bottom: f64,
    x: f64,
    lean: f64,
}

fn polygon(points: &[[f32; 2]], size: Size) -> Result<MaskPixels, DocumentError> {
    let points = points.iter().map(|point| finite(*point)).collect::<Result<Vec<_>, _>>()?;
    let next = points.iter().cycle().skip(1);
    let mut sides: Vec<Side> = points.iter().zip(next).filter_map(|(a, b)| side(*a, *b)).collect();
    sides.sort_by(|a, b| a.top.total_cmp(&b.top));
    let mut box_around = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for [x, y] in &points {
        box_around =
            [box_around[0].min(*x), box_around[1].min(*y), box_around[2].max(*x), box_around[3].max(*y)];
    }
    let (mut waiting, mut active) = (sides.into_iter().peekable(), Vec::<Side>::new());
    fill(box_around, size, |y, out| {
        while let Some(side) = waiting.next_if(|side| side.top <= y) {
            active.push(side);
        }
        active.retain(|side| side.bottom > y);
        out.extend(active.iter().map(|side| side.x + (y - side.top) * side.lean));
        out.sort_by(f64::total_cmp);
    })
}

/// `None` for level sides, which no line crosses.
fn side(a: [f64; 2], b: [f64; 2]) -> Option<Side> {
    let [upper, lower] = if a[1] <= b[1] { [a, b] } else { [b, a] };
    let lean = (lower[0] - upper[0]) / (lower[1] - upper[1]);
    (upper[1] < lower[1]).then_some(Side { top: upper[1], bottom: lower[1], x: upper[0], lean })
}

/// Fills between the 1st and 2nd, 3rd and 4th, … crossing of each line; `crossings` is asked from the top downwards.
fn fill(
    [left, top, right, bottom]: [f64; 4],
    size: Size,
    mut crossings: impl FnMut(f64, &mut Vec<f64>),
) -> Result<MaskPixels, DocumentError> {
    let region = Region::around(left, top, right, bottom, size);
    let mut values = Vec::with_capacity(region.pixels());
    let mut row = vec![0.0f64; region.width as usize];
    let mut found = Vec::new();
    for y in region.y..region.bottom() {
        row.fill(0.0);
        for line in 0..LINES {
            found.clear();
            crossings(f64::from(y) + (f64::from(line) + 0.5) / f64::from(LINES), &mut found);
            for span in found.chunks_exact(2) {
                add_span(&mut row, span[0] - f64::from(region.x), span[1] - f64::from(region.x));
            }
        }
        values.extend(row.iter().map(|cover| (cover * 255.0 / f64::from(LINES) + 0.5) as u8));
    }
    Ok(MaskPixels { region, values })
}

/// Adds 1 to the pixels of a span, and to those at its ends the part that it covers.
fn add_span(row: &mut [f64], from: f64, to: f64) {
    let (from, to) = (from.max(0.0), to.min(row.len() as f64));
    if to <= from {
        return;
    }
    let (first, last) = (from as usize, (to.ceil() as usize).saturating_sub(1));
    for (at, value) in row.iter_mut().enumerate().take(last + 1).skip(first) {
        *value += to.min(at as f64 + 1.0) - from.max(at as f64);
    }
}

fn corners(from: [f32; 2], to: [f32; 2]) -> Result<[[f64; 2]; 2], DocumentError> {
    let ([x, y], [other_x, other_y]) = (finite(from)?, finite(to)?);
    Ok([[x.min(other_x), y.min(other_y)], [x.max(other_x), y.max(other_y)]])
}

fn finite(point: [f32; 2]) -> Result<[f64; 2], DocumentError> {
    if point.iter().all(|value| value.is_finite()) {
        Ok(point.map(f64::from))
    } else {
        Err(DocumentError::Shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 40, height: 30 };

    fn sum(shape: &Shape) -> f64 {
        shape.fill(SIZE).unwrap().values.iter().map(|value| f64::from(*value) / 255.0).sum()
    }

    #[test]
    fn a_rectangle_covers_its_area_with_soft_edges() {
        let whole = Shape::Rectangle { from: [12.0, 9.0], to: [2.0, 4.0] }.fill(SIZE).unwrap();
        assert_eq!((whole.region, whole.values), (Region::new(2, 4, 10, 5), vec![255; 50]));
        let half = Shape::Rectangle { from: [2.5, 4.25], to: [4.0, 6.0] }.fill(SIZE).unwrap();
        assert_eq!(half.values, [96, 191, 128, 255]);
        let outside = Shape::Rectangle { from: [-50.0, -50.0], to: [-1.0, 10.0] }.fill(SIZE).unwrap();
        assert!(outside.values.is_empty());
        assert!(Shape::Polygon(vec![]).fill(SIZE).unwrap().values.is_empty());
        assert_eq!(Shape::Polygon(vec![[f32::NAN, 0.0]]).fill(SIZE), Err(DocumentError::Shape));
    }

    #[test]
    fn areas_are_those_of_geometry() {
        let ellipse = Shape::Ellipse { from: [3.3, 4.1], to: [33.3, 24.1] };
        assert!((sum(&ellipse) - std::f64::consts::PI * 15.0 * 10.0).abs() < 0.6, "{}", sum(&ellipse));
        let triangle = Shape::Polygon(vec![[1.0, 1.0], [31.0, 1.0], [1.0, 21.0]]);
        assert!((sum(&triangle) - 300.0).abs() < 0.3, "{}", sum(&triangle));
    }

    #[test]
    fn where_a_line_crosses_itself_twice_is_a_hole() {
        let frame = [[2.0, 2.0], [22.0, 2.0], [22.0, 22.0], [2.0, 22.0], [2.0, 2.0]];
        let hole = [[7.0, 7.0], [17.0, 7.0], [17.0, 17.0], [7.0, 17.0], [7.0, 7.0]];
        let shape = Shape::Polygon(frame.into_iter().chain(hole).collect());
        assert!((sum(&shape) - 300.0).abs() < 1e-9);
    }
}
