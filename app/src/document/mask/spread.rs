//! Changes of a whole mask: grow and shrink by true distances, feather by blurring, invert, border.

use super::MaskChange;
use crate::document::DocumentError;
use crate::document::region::Region;
use crate::document::tiles::Tiles;

/// Farther than any two pixels of a document; its square still fits.
const NOWHERE: i64 = 1 << 20;

/// The mask after a change.
///
/// # Errors
/// [`DocumentError::Number`] for a distance outside 0 to [`MaskChange::FARTHEST`].
pub fn changed(mask: &Tiles, change: MaskChange) -> Result<Tiles, DocumentError> {
    let size = mask.size();
    let mut out = Tiles::empty(size, 1)?;
    match change {
        MaskChange::Clear => Ok(out),
        MaskChange::Fill => each_tile(&mut out, |_, values| values.fill(255)),
        MaskChange::Invert => {
            let inverted = |region, values: &mut Vec<u8>| {
                if let Ok(old) = mask.read(region) {
                    *values = old.into_iter().map(|value| 255 - value).collect();
                }
            };
            each_tile(&mut out, inverted)
        }
        MaskChange::Grow(by) => around(mask, by, by, |area| area.grown(by)),
        MaskChange::Shrink(by) => around(mask, by, 0.0, |area| area.shrunk(by)),
        MaskChange::Border(by) => around(mask, by, by, |area| {
            let inside = area.shrunk(by);
            let outside = area.grown(by).into_iter();
            outside.zip(inside).map(|(outside, inside)| outside.min(255 - inside)).collect()
        }),
        // Three boxes reach one and a half times their widths; two times the distance is enough for that.
        MaskChange::Feather(by) => around(mask, by, by * 2.0, |area| area.softened(by)),
    }
}

/// A cut-out of a mask, with unmarked pixels around the marked ones unless the document ends there.
struct Area {
    width: usize,
    values: Vec<u8>,
}

fn each_tile(out: &mut Tiles, make: impl Fn(Region, &mut Vec<u8>)) -> Result<Tiles, DocumentError> {
    let size = out.size();
    for index in Region::whole(size).tiles() {
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
    make: impl FnOnce(&Area) -> Vec<u8>,
) -> Result<Tiles, DocumentError> {
    if !(0.0..=MaskChange::FARTHEST).contains(&distance) {
        let (value, most) = (f64::from(distance), f64::from(MaskChange::FARTHEST));
        return Err(DocumentError::Number { what: "The distance", value, least: 0.0, most });
    }
    let Some(bounds) = mask.bounds() else { return Ok(mask.clone()) };
    let region = bounds.widened(reach.ceil() as u32 + 2, mask.size());
    let area = Area { width: region.width as usize, values: mask.read(region)? };
    let mut out = Tiles::empty(mask.size(), 1)?;
    out.write(region, &make(&area))?;
    Ok(out)
}

impl Area {
    /// Every pixel within `by` of a marked one, with an edge one pixel wide. A pixel counts as marked from one half on,
    /// and its edge then lies by its value farther out.
    fn grown(&self, by: f32) -> Vec<u8> {
        let nearest = self.nearest_marked();
        let width = self.width;
        let place = |at: usize| ((at % width) as f64, (at / width) as f64);
        let value = |at: usize| {
            let own = self.values[at];
            let Some(marked) = nearest[at] else { return own };
            let ((x, y), (other_x, other_y)) = (place(at), place(marked as usize));
            let edge = f64::from(by) + f64::from(self.values[marked as usize]) / 255.0;
            let cover = (edge - (x - other_x).hypot(y - other_y)).clamp(0.0, 1.0);
            own.max((cover * 255.0 + 0.5) as u8)
        };
        (0..self.values.len()).map(value).collect()
    }

    fn shrunk(&self, by: f32) -> Vec<u8> {
        let inverse =
            Self { width: self.width, values: self.values.iter().map(|value| 255 - value).collect() };
        inverse.grown(by).into_iter().map(|value| 255 - value).collect()
    }

    /// The nearest pixel of at least one half for every pixel: Felzenszwalb and Huttenlocher, Distance Transforms of
    /// Sampled Functions (2012), with the place kept beside the distance.
    fn nearest_marked(&self) -> Vec<Option<u32>> {
        let (width, height) = (self.width, self.values.len() / self.width);
        let mut rows = vec![NOWHERE; self.values.len()];
        for x in 0..width {
            let mut last = -NOWHERE;
            let marked = |y: usize| self.values[y * width + x] >= 128;
            for y in 0..height {
                last = if marked(y) { y as i64 } else { last };
                rows[y * width + x] = last;
            }
            let mut last = NOWHERE * 2;
            for y in (0..height).rev() {
                last = if marked(y) { y as i64 } else { last };
                let above = &mut rows[y * width + x];
                if last - (y as i64) < y as i64 - *above {
                    *above = last;
                }
            }
        }
        let mut out = Vec::with_capacity(self.values.len());
        for y in 0..height {
            let columns = nearest_columns(&rows[y * width..(y + 1) * width], y as i64);
            out.extend(columns.into_iter().map(|x| {
                let row = rows[y * width + x];
                (0..height as i64).contains(&row).then_some((row as usize * width + x) as u32)
            }));
        }
        out
    }

    /// Three box blurs, together nearly a Gauss curve of standard deviation `over / 2`. At the document's edge the
    /// outermost pixels count on.
    fn softened(&self, over: f32) -> Vec<u8> {
        // Three boxes of width w have variance (w² - 1) / 4.
        let wanted = (f64::from(over) * f64::from(over) + 1.0).sqrt();
        let radius = ((wanted - 1.0) / 2.0).round() as usize;
        let height = self.values.len() / self.width;
        let mut values: Vec<f32> = self.values.iter().map(|value| f32::from(*value)).collect();
        for _ in 0..3 {
            blur(&mut values, (self.width, 1), (height, self.width), radius);
            blur(&mut values, (height, self.width), (self.width, 1), radius);
        }
        values.into_iter().map(|value| (value + 0.5) as u8).collect()
    }
}

/// For every column of a row the one whose marked pixel (in row `rows[x]`) lies nearest.
fn nearest_columns(rows: &[i64], y: i64) -> Vec<usize> {
    let lift = |x: usize| (rows[x] - y).pow(2);
    // From which column on the parabola over x lies lower than that over the earlier column.
    let crossing = |earlier: usize, x: usize| {
        let (p, q) = (earlier as i64, x as i64);
        (lift(x) + q * q - lift(earlier) - p * p) as f64 / (2 * (q - p)) as f64
    };
    let mut hull: Vec<(usize, f64)> = Vec::new();
    for x in 0..rows.len() {
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
    let column = |x: usize| {
        while hull.get(at + 1).is_some_and(|(_, begin)| *begin <= x as f64) {
            at += 1;
        }
        hull[at].0
    };
    (0..rows.len()).map(column).collect()
}

/// A running mean over `2 * radius + 1` values along lines of (count, stride), for all lines of the other (count, stride).
fn blur(values: &mut [f32], along: (usize, usize), lines: (usize, usize), radius: usize) {
    let (length, step) = along;
    let mut line = vec![0.0f32; length];
    let width = (2 * radius + 1) as f64;
    for start in (0..lines.0).map(|line| line * lines.1) {
        for (at, value) in line.iter_mut().enumerate() {
            *value = values[start + at * step];
        }
        let clamped = |at: isize| f64::from(line[at.clamp(0, length as isize - 1) as usize]);
        let reach = radius as isize;
        let mut sum: f64 = (-reach..=reach).map(clamped).sum();
        for at in 0..length {
            values[start + at * step] = (sum / width) as f32;
            sum += clamped(at as isize + reach + 1) - clamped(at as isize - reach);
        }
    }
}
