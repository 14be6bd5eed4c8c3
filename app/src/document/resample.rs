//! A layer's pixels at another place, size or angle.
//!
//! Colours are weighted by their alpha, so that what is clear does not darken edges. Larger or as large: bicubic
//! (Catmull-Rom), which gives pixels back exactly where they come to lie on pixels. Smaller: the mean of a grid of
//! bilinear samples in every new pixel, so fine that no old pixel is left out.

use super::DocumentError;
use super::affine::Affine;
use super::bands::Stop;
use super::region::{Region, TILE, TileIndex};
use super::tiles::{Tile, Tiles};
use std::sync::Arc;
use std::{iter, thread};

/// Old pixels to a new one up to which interpolation alone leaves nothing out that could be seen.
const HARDLY_SMALLER: f64 = 1.3;

/// Premultiplied red, green, blue, alpha, from 0 to 255; a mask has alpha alone.
type Sample = [f32; 4];

/// The pixels moved. What comes to lie outside is cut off.
///
/// # Errors
/// [`DocumentError::Shape`] when the map presses everything into a line, [`DocumentError::GivenUp`].
pub(super) fn resampled(tiles: &Tiles, by: &Affine, stop: &Stop) -> Result<Tiles, DocumentError> {
    let back = by.inverse().ok_or(DocumentError::Shape)?;
    let mut out = Tiles::empty(tiles.size(), tiles.channels())?;
    let Some(bounds) = tiles.bounds() else { return Ok(out) };
    let wanted: Vec<TileIndex> = reach(bounds, by, tiles).tiles().collect();
    let sampling = Sampling::new(tiles, back);
    let workers = thread::available_parallelism().map_or(1, |number| number.get()).min(wanted.len().max(1));
    let share = wanted.len().div_ceil(workers).max(1);
    let done: Vec<(TileIndex, Tile)> = thread::scope(|scope| {
        let sampling = &sampling;
        let work = |part: &[TileIndex]| {
            let wanted = part.iter().take_while(|_| !stop.is_asked());
            wanted.map(|&index| (index, sampling.tile(index))).collect::<Vec<_>>()
        };
        let (first, rest) = wanted.split_at(share.min(wanted.len()));
        let others: Vec<_> = rest.chunks(share).map(|part| (part, scope.spawn(move || work(part)))).collect();
        let mut done = work(first);
        for (part, other) in others {
            // A thread that fell over is made up for here, where its fault is met by the caller.
            done.extend(other.join().unwrap_or_else(|_| work(part)));
        }
        done
    });
    stop.check()?;
    for (index, tile) in done {
        out.swap(index, Some(tile));
        out.tidy(index);
    }
    Ok(out)
}

/// Where pixels in `bounds` may come to lie, as far as it is inside.
fn reach(bounds: Region, by: &Affine, tiles: &Tiles) -> Region {
    let [left, top, right, bottom] = box_of(bounds, by);
    // Interpolation softens edges by up to two old pixels, which may have become larger.
    let soft = |row: [f64; 3]| 2.0 * (row[0].abs() + row[1].abs()) + 1.0;
    let (x, y) = (soft(by.x), soft(by.y));
    Region::around(left - x, top - y, right + x, bottom + y, tiles.size())
}

/// The upright box around a rectangle that was moved: left, top, right, bottom.
pub(super) fn box_of(region: Region, by: &Affine) -> [f64; 4] {
    let [left, top, right, bottom] = [region.x, region.y, region.right(), region.bottom()].map(f64::from);
    let corners = [[left, top], [right, top], [right, bottom], [left, bottom]].map(|corner| by.apply(corner));
    corners.iter().fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |[l, t, r, b], [x, y]| {
        [l.min(*x), t.min(*y), r.max(*x), b.max(*y)]
    })
}

struct Sampling<'a> {
    tiles: &'a Tiles,
    /// From a new pixel to the old ones.
    back: Affine,
    /// Samples in a new pixel, across and down.
    grid: [u32; 2],
}

impl<'a> Sampling<'a> {
    fn new(tiles: &'a Tiles, back: Affine) -> Self {
        let samples = |column: usize| {
            let length = back.x[column].hypot(back.y[column]);
            if length <= HARDLY_SMALLER {
                1
            } else {
                length.ceil().min(f64::from(super::LARGEST_SIDE)) as u32
            }
        };
        Self { tiles, back, grid: [samples(0), samples(1)] }
    }

    fn tile(&self, index: TileIndex) -> Tile {
        let region = index.region(self.tiles.size());
        let channels = self.tiles.channels();
        let mut out = vec![0; (TILE * TILE) as usize * channels];
        let mut reader = Reader { tiles: self.tiles, last: None };
        for y in region.y..region.bottom() {
            let start = self.tiles.offset(region.x, y);
            let row = out.iter_mut().skip(start);
            let mut bytes = row.take(region.width as usize * channels);
            for x in region.x..region.right() {
                let pixel = straight(self.pixel(&mut reader, x, y));
                let pixel = if channels == 1 { &pixel[3..] } else { &pixel[..] };
                bytes.by_ref().zip(pixel).for_each(|(byte, value)| *byte = *value);
            }
        }
        Arc::from(out)
    }

    fn pixel(&self, reader: &mut Reader<'_>, x: u32, y: u32) -> Sample {
        let [across, down] = self.grid;
        if (across, down) == (1, 1) {
            let at = self.back.apply([f64::from(x) + 0.5, f64::from(y) + 0.5]);
            return reader.cubic(at);
        }
        let mut sum = [0.0; 4];
        for row in 0..down {
            for column in 0..across {
                let part = |at: u32, of: u32| (f64::from(at) + 0.5) / f64::from(of);
                let at = [f64::from(x) + part(column, across), f64::from(y) + part(row, down)];
                add(&mut sum, reader.linear(self.back.apply(at)), 1.0);
            }
        }
        sum.map(|value| value / (across * down) as f32)
    }
}

/// Reads single pixels; the tile that was read last is at hand.
struct Reader<'a> {
    tiles: &'a Tiles,
    last: Option<(TileIndex, Option<&'a Tile>)>,
}

impl<'a> Reader<'a> {
    fn at(&mut self, x: i64, y: i64) -> Sample {
        let size = self.tiles.size();
        let inside = |at: i64, side: u32| u32::try_from(at).ok().filter(|at| *at < side);
        let (Some(x), Some(y)) = (inside(x, size.width), inside(y, size.height)) else { return [0.0; 4] };
        let start = self.tiles.offset(x, y);
        let tile = self.tile(TileIndex { column: x / TILE, row: y / TILE });
        let pixel = tile.and_then(|tile| tile.get(start..start + self.tiles.channels()));
        pixel.map_or([0.0; 4], premultiplied)
    }

    fn tile(&mut self, index: TileIndex) -> Option<&'a Tile> {
        match self.last {
            Some((last, tile)) if last == index => tile,
            _ => {
                let tile = self.tiles.tile(index);
                self.last = Some((index, tile));
                tile
            }
        }
    }

    fn cubic(&mut self, at: [f64; 2]) -> Sample {
        let [(x, across), (y, down)] = at.map(cubic_weights);
        self.weighted([x - 1, y - 1], across, down)
    }

    fn linear(&mut self, at: [f64; 2]) -> Sample {
        let [(x, right), (y, down)] = at.map(split);
        self.weighted([x, y], [1.0 - right, right], [1.0 - down, down])
    }

    /// The sum over a square of pixels from its upper left one on.
    fn weighted<const SIDE: usize>(
        &mut self,
        [x, y]: [i64; 2],
        across: [f32; SIDE],
        down: [f32; SIDE],
    ) -> Sample {
        let mut sum = [0.0; 4];
        let Some((tile, start)) = self.block(x, y, SIDE as u32) else {
            for (row, by_row) in iter::zip(y.., down) {
                for (column, by_column) in iter::zip(x.., across) {
                    add(&mut sum, self.at(column, row), by_row * by_column);
                }
            }
            return sum;
        };
        let channels = self.tiles.channels();
        let rows = tile.get(start..).unwrap_or_default().chunks(TILE as usize * channels);
        for (row, by_row) in rows.zip(down) {
            for (pixel, by_column) in row.chunks_exact(channels).zip(across) {
                add(&mut sum, premultiplied(pixel), by_row * by_column);
            }
        }
        sum
    }

    /// The tile in which a square of pixels lies altogether, and the offset of its first one; nothing when the square
    /// lies on an edge or where no pixels are.
    fn block(&mut self, x: i64, y: i64, side: u32) -> Option<(&'a [u8], usize)> {
        let size = self.tiles.size();
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        let fits = |at: u32, length: u32| {
            at % TILE + side <= TILE && at.checked_add(side).is_some_and(|end| end <= length)
        };
        if !(fits(x, size.width) && fits(y, size.height)) {
            return None;
        }
        let tile = self.tile(TileIndex { column: x / TILE, row: y / TILE })?;
        Some((tile, self.tiles.offset(x, y)))
    }
}

#[inline]
fn premultiplied(pixel: &[u8]) -> Sample {
    match *pixel {
        [value] => [0.0, 0.0, 0.0, f32::from(value)],
        [r, g, b, a] => {
            let part = f32::from(a) * (1.0 / 255.0);
            [f32::from(r) * part, f32::from(g) * part, f32::from(b) * part, f32::from(a)]
        }
        _ => [0.0; 4],
    }
}

/// The pixel whose middle lies before a position, and how far behind it the position is, 0 to 1.
fn split(at: f64) -> (i64, f32) {
    let at = at - 0.5;
    // What lies on a pixel up to rounding shall be that pixel.
    let near = at.round();
    if (at - near).abs() < 1e-6 { (near as i64, 0.0) } else { (at.floor() as i64, (at - at.floor()) as f32) }
}

/// Catmull-Rom's weights of the pixel before the position, that one's neighbour and the two behind.
fn cubic_weights(at: f64) -> (i64, [f32; 4]) {
    let (first, t) = split(at);
    let (t2, t3) = (t * t, t * t * t);
    let weights = [
        0.5 * (2.0 * t2 - t3 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (t + 4.0 * t2 - 3.0 * t3),
        0.5 * (t3 - t2),
    ];
    (first, weights)
}

fn add(sum: &mut Sample, sample: Sample, weight: f32) {
    for (sum, value) in sum.iter_mut().zip(sample) {
        *sum += value * weight;
    }
}

/// Bytes of straight alpha; colour without alpha is forgotten.
fn straight(sample: Sample) -> [u8; 4] {
    let alpha = sample[3].clamp(0.0, 255.0);
    let byte = |value: f32| (value + 0.5) as u8;
    if byte(alpha) == 0 {
        return [0; 4];
    }
    // Where sharpening overshoots, colour and alpha do so together.
    let colour = |value: f32| byte((value * 255.0 / sample[3]).clamp(0.0, 255.0));
    [colour(sample[0]), colour(sample[1]), colour(sample[2]), byte(alpha)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_api::Size;

    const SIZE: Size = Size { width: 300, height: 280 };

    fn picture(region: Region, value: impl Fn(u32, u32) -> [u8; 4]) -> Tiles {
        let mut tiles = Tiles::empty(SIZE, 4).unwrap();
        let rows = region.y..region.bottom();
        let pixels: Vec<u8> = rows
            .flat_map(|y| (region.x..region.right()).flat_map(move |x| [x, y]).collect::<Vec<_>>())
            .collect::<Vec<u32>>()
            .chunks_exact(2)
            .flat_map(|at| value(at[0], at[1]))
            .collect();
        tiles.write(region, &pixels).unwrap();
        tiles
    }

    fn at(tiles: &Tiles, x: u32, y: u32) -> Vec<u8> {
        tiles.read(Region::new(x, y, 1, 1)).unwrap()
    }

    #[test]
    fn four_quarter_turns_give_every_pixel_back() {
        let region = Region::new(120, 110, 40, 40);
        let tiles = picture(region, |x, y| [(x * 7) as u8, (y * 5) as u8, (x * y) as u8, (x + y) as u8 | 1]);
        let turn = Affine::around([140.0, 130.0], [1.0, 1.0], 90.0);
        let once = resampled(&tiles, &turn, &Stop::default()).unwrap();
        assert_eq!(at(&once, 159, 110), at(&tiles, 120, 110), "the upper left corner is now on the right");
        let again = (0..3).fold(once, |tiles, _| resampled(&tiles, &turn, &Stop::default()).unwrap());
        assert_eq!(again, tiles);
    }

    #[test]
    fn an_area_grows_with_the_scale_and_its_colour_stays() {
        let tiles = picture(Region::new(100, 100, 20, 20), |_, _| [200, 100, 50, 255]);
        for (scale, degrees) in [(3.0, 0.0), (0.5, 0.0), (0.3, 20.0), (1.0, 45.0), (2.0, 30.0)] {
            let out =
                resampled(&tiles, &Affine::around([110.0, 110.0], [scale, scale], degrees), &Stop::default())
                    .unwrap();
            let pixels = out.read(Region::whole(SIZE)).unwrap();
            let area: f64 = pixels.chunks_exact(4).map(|pixel| f64::from(pixel[3]) / 255.0).sum();
            let wanted = 400.0 * scale * scale;
            assert!((area / wanted - 1.0).abs() < 0.03, "{area} instead of {wanted} at {scale}, {degrees}");
            for pixel in pixels.chunks_exact(4).filter(|pixel| pixel[3] > 8) {
                let near = |i: usize, value: u8| pixel[i].abs_diff(value) <= 3;
                assert!(near(0, 200) && near(1, 100) && near(2, 50), "{pixel:?}");
            }
        }
    }

    #[test]
    fn fine_lines_become_grey_when_they_shrink() {
        let tiles =
            picture(Region::new(0, 0, 256, 256), |x, _| [if x % 2 == 0 { 255 } else { 0 }, 0, 0, 255]);
        let out =
            resampled(&tiles, &Affine::around([0.0, 0.0], [0.125, 0.125], 0.0), &Stop::default()).unwrap();
        assert!(at(&out, 15, 15)[0].abs_diff(128) <= 2, "{:?}", at(&out, 15, 15));
    }

    #[test]
    fn what_leaves_the_canvas_is_cut_and_nothing_stays_behind() {
        let tiles = picture(Region::new(280, 270, 10, 10), |_, _| [9, 9, 9, 255]);
        let out = resampled(&tiles, &Affine::shift([14.5, 0.0]), &Stop::default()).unwrap();
        assert_eq!(out.bounds().map(|bounds| bounds.x), Some(294));
        assert_eq!(resampled(&tiles, &Affine::shift([100.5, 0.0]), &Stop::default()).unwrap().bytes(), 0);
        assert!(resampled(&tiles, &Affine::around([0.0; 2], [0.0, 0.0], 0.0), &Stop::default()).is_err());
    }
}
