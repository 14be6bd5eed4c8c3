//! Changes of a whole mask: grow and shrink by true distances, feather by blurring, invert, border.

use super::MaskChange;
use crate::document::DocumentError;
use crate::document::bands::{Stop, each_piece};
use crate::document::region::Region;
use crate::document::tiles::Tiles;

/// Farther than any two pixels of a document; three times as far still fits.
const NOWHERE: i32 = 1 << 20;

/// The mask after a change.
///
/// # Errors
/// [`DocumentError::Number`] for a distance outside 0 to [`MaskChange::FARTHEST`], [`DocumentError::GivenUp`].
pub fn changed(mask: &Tiles, change: MaskChange, stop: &Stop) -> Result<Tiles, DocumentError> {
    let size = mask.size();
    let mut out = Tiles::empty(size, 1)?;
    match change {
        MaskChange::Clear => Ok(out),
        MaskChange::Fill => each_tile(&mut out, stop, |_, values| values.fill(255)),
        MaskChange::Invert => {
            let inverted = |region, values: &mut Vec<u8>| {
                if let Ok(old) = mask.read(region) {
                    *values = old.into_iter().map(|value| 255 - value).collect();
                }
            };
            each_tile(&mut out, stop, inverted)
        }
        MaskChange::Grow(by) => around(mask, by, by, stop, |area| area.grown(by)),
        MaskChange::Shrink(by) => around(mask, by, 0.0, stop, |area| area.shrunk(by)),
        MaskChange::Border(by) => around(mask, by, by, stop, |area| {
            let inside = area.shrunk(by);
            let outside = area.grown(by).into_iter();
            outside.zip(inside).map(|(outside, inside)| outside.min(255 - inside)).collect()
        }),
        // Three boxes reach one and a half times their widths; two times the distance is enough for that.
        MaskChange::Feather(by) => around(mask, by, by * 2.0, stop, |area| area.softened(by)),
    }
}

/// A cut-out of a mask, with unmarked pixels around the marked ones unless the document ends there.
struct Area<'a> {
    width: usize,
    values: Vec<u8>,
    stop: &'a Stop,
}

fn each_tile(
    out: &mut Tiles,
    stop: &Stop,
    make: impl Fn(Region, &mut Vec<u8>),
) -> Result<Tiles, DocumentError> {
    let size = out.size();
    for index in Region::whole(size).tiles() {
        stop.check()?;
        let region = index.region(size);
        let mut values = vec![0; region.pixels()];
        make(region, &mut values);
        out.write(region, &values)?;
    }
    Ok(out.clone())
}

fn around(
    mask: &Tiles,
    distance: f32,
    reach: f32,
    stop: &Stop,
    make: impl FnOnce(&Area<'_>) -> Vec<u8>,
) -> Result<Tiles, DocumentError> {
    if !(0.0..=MaskChange::FARTHEST).contains(&distance) {
        let (value, most) = (f64::from(distance), f64::from(MaskChange::FARTHEST));
        return Err(DocumentError::Number { what: "The distance", value, least: 0.0, most });
    }
    let Some(bounds) = mask.bounds() else { return Ok(mask.clone()) };
    let region = bounds.widened(reach.ceil() as u32 + 2, mask.size());
    let area = Area { width: region.width as usize, values: mask.read(region)?, stop };
    let mut out = Tiles::empty(mask.size(), 1)?;
    let made = make(&area);
    stop.check()?;
    out.write(region, &made)?;
    Ok(out)
}

impl Area<'_> {
    /// Every pixel within `by` of a marked one, with an edge one pixel wide. A pixel counts as marked from one half on,
    /// and its edge then lies by its value farther out.
    fn grown(&self, by: f32) -> Vec<u8> {
        let (width, rows) = (self.width, self.nearest_rows());
        // Farther away nothing is reached.
        let most = f64::from(by) + 1.0;
        let mut out = self.values.clone();
        each_piece(&mut out, width, self.stop, |y, out| {
            let rows = &rows[y * width..(y + 1) * width];
            let near = |x: usize| f64::from((rows[x] - y as i32).abs()) <= most;
            if out.iter().all(|own| *own == 255) {
                return;
            }
            nearest_columns(rows, y as i32, near, |x, other| {
                let (dx, dy) = (x as f64 - other as f64, f64::from(y as i32 - rows[other]));
                let squared = dx * dx + dy * dy;
                if out[x] == 255 || squared > most * most {
                    return;
                }
                let edge =
                    f64::from(by) + f64::from(self.values[rows[other] as usize * width + other]) / 255.0;
                let cover = (edge - squared.sqrt()).clamp(0.0, 1.0);
                out[x] = out[x].max((cover * 255.0 + 0.5) as u8);
            });
        });
        out
    }

    fn shrunk(&self, by: f32) -> Vec<u8> {
        let values = self.values.iter().map(|value| 255 - value).collect();
        let inverse = Area { width: self.width, values, stop: self.stop };
        inverse.grown(by).into_iter().map(|value| 255 - value).collect()
    }

    /// For every pixel the row of the nearest one in its column that is at least one half; [`NOWHERE`] where none is.
    fn nearest_rows(&self) -> Vec<i32> {
        let (width, height) = (self.width, self.values.len() / self.width);
        let mut rows = vec![NOWHERE; self.values.len()];
        // Row by row, so that memory is met in its order.
        let mut last = vec![-NOWHERE; width];
        for y in 0..height {
            let line = y * width..(y + 1) * width;
            for ((value, last), row) in self.values[line.clone()].iter().zip(&mut last).zip(&mut rows[line]) {
                *last = if *value >= 128 { y as i32 } else { *last };
                *row = *last;
            }
        }
        let mut last = vec![NOWHERE * 2; width];
        for y in (0..height).rev() {
            let line = y * width..(y + 1) * width;
            for ((value, last), row) in self.values[line.clone()].iter().zip(&mut last).zip(&mut rows[line]) {
                *last = if *value >= 128 { y as i32 } else { *last };
                *row = if *last - (y as i32) < y as i32 - *row { *last } else { *row };
            }
        }
        rows
    }

    /// Three box blurs, together nearly a Gauss curve of standard deviation `over / 2`. At the document's edge the
    /// outermost pixels count on.
    fn softened(&self, over: f32) -> Vec<u8> {
        // Three boxes of width w have variance (w² - 1) / 4.
        let wanted = (f64::from(over) * f64::from(over) + 1.0).sqrt();
        let radius = ((wanted - 1.0) / 2.0).round() as usize;
        let (width, height) = (self.width, self.values.len() / self.width);
        // Across and down can be done one after the other, so that either runs along memory.
        let mut across = vec![0.0f32; self.values.len()];
        each_piece(&mut across, width, self.stop, |y, row| {
            let own = &self.values[y * width..(y + 1) * width];
            row.iter_mut().zip(own).for_each(|(to, value)| *to = f32::from(*value));
            blur(row, radius);
        });
        let mut down = turned(&across, width, self.stop);
        drop(across);
        each_piece(&mut down, height, self.stop, |_, column| blur(column, radius));
        let bytes = turned(&down, height, self.stop);
        bytes.into_iter().map(|value| (value + 0.5) as u8).collect()
    }
}

/// For every column of a row the one whose marked pixel (in row `rows[x]`) lies nearest, among those that are `near`
/// enough in their own column: Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions (2012).
fn nearest_columns(rows: &[i32], y: i32, near: impl Fn(usize) -> bool, mut tell: impl FnMut(usize, usize)) {
    let lift = |x: usize| i64::from(rows[x] - y).pow(2);
    // From which column on the parabola over x lies lower than that over the earlier column.
    let crossing = |earlier: usize, x: usize| {
        let (p, q) = (earlier as i64, x as i64);
        (lift(x) + q * q - lift(earlier) - p * p) as f64 / (2 * (q - p)) as f64
    };
    let mut hull: Vec<(usize, f64)> = Vec::new();
    for x in (0..rows.len()).filter(|&x| near(x)) {
        let mut from = f64::NEG_INFINITY;
        while let Some((earlier, begin)) = hull.last() {
            from = crossing(*earlier, x);
            if from > *begin {
                break;
            }
            from = f64::NEG_INFINITY;
            hull.pop();
        }
        hull.push((x, from));
    }
    let mut at = 0;
    for x in 0..rows.len() {
        while hull.get(at + 1).is_some_and(|(_, begin)| *begin <= x as f64) {
            at += 1;
        }
        let Some((column, _)) = hull.get(at) else { return };
        tell(x, *column);
    }
}

/// Three running means over `2 * radius + 1` values of a line. Beyond its ends the outermost values count on.
fn blur(line: &mut [f32], radius: usize) {
    let (Some(&first), width) = (line.first(), (2 * radius + 1) as f64) else { return };
    if line.iter().all(|value| *value == first) {
        return;
    }
    let (last, reach) = (line.len() as isize - 1, radius as isize);
    let mut before = line.to_vec();
    for _ in 0..3 {
        before.copy_from_slice(line);
        let clamped = |at: isize| f64::from(before[at.clamp(0, last) as usize]);
        let mut sum: f64 = (-reach..=reach).map(clamped).sum();
        for (at, value) in (0..).zip(line.iter_mut()) {
            *value = (sum / width) as f32;
            sum += clamped(at + reach + 1) - clamped(at - reach);
        }
    }
}

/// Rows of `width` values as columns.
fn turned(values: &[f32], width: usize, stop: &Stop) -> Vec<f32> {
    /// Rows turned at once, so that the lines of memory that are met stay at hand.
    const SIDE: usize = 32;
    let height = values.len() / width.max(1);
    let mut out = vec![0.0; values.len()];
    each_piece(&mut out, height * SIDE, stop, |at, columns| {
        for top in (0..height).step_by(SIDE) {
            for (x, column) in (at * SIDE..).zip(columns.chunks_exact_mut(height)) {
                let rows = top..height.min(top + SIDE);
                column[rows.clone()].iter_mut().zip(rows).for_each(|(to, y)| *to = values[y * width + x]);
            }
        }
    });
    out
}
