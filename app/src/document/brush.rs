//! Brush strokes: a round tip set down at even distances along the way of the pen.

use super::DocumentError;
use super::layer::LayerId;
use super::region::{Region, TILE, TileIndex};
use super::tiles::{Tiles, parts};
use engine_api::Size;

/// Shortest distance of two dabs, in pixels.
const SHORTEST_STEP: f64 = 0.25;
/// Farthest place of a pen, in pixels from the upper left corner.
const FARTHEST: f32 = 1e5;

/// What a brush does to the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrushMode {
    /// Lays colour on a paint layer, marks on a mask layer.
    Add,
    /// Takes it away.
    Erase,
}

/// A round brush.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brush {
    pub mode: BrushMode,
    /// Red, green, blue; a mask layer takes no notice.
    pub colour: [u8; 3],
    /// Diameter in pixels, 1 to [`Brush::LARGEST`].
    pub size: f32,
    /// From 0, fading out from the middle, to 1, a sharp edge.
    pub hardness: f32,
    /// From 0 to 1; a stroke never gets denser than this, however often it crosses itself.
    pub opacity: f32,
    /// Distance of two dabs as a part of the diameter, 0.01 to 1; 0.1 leaves no dents.
    pub spacing: f32,
    /// Whether pressure changes the diameter.
    pub pressure_size: bool,
    /// Whether pressure changes the opacity.
    pub pressure_opacity: bool,
}

/// Where the pen is. Pixel (0, 0) has its middle at (0.5, 0.5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrokePoint {
    pub x: f32,
    pub y: f32,
    /// From 0 to 1; 1 for a mouse.
    pub pressure: f32,
}

impl Brush {
    /// Largest diameter, in pixels.
    pub const LARGEST: f32 = 2000.0;
}

impl Default for Brush {
    fn default() -> Self {
        Self {
            mode: BrushMode::Add,
            colour: [0; 3],
            size: 40.0,
            hardness: 0.8,
            opacity: 1.0,
            spacing: 0.1,
            pressure_size: true,
            pressure_opacity: false,
        }
    }
}

impl StrokePoint {
    /// A point of a mouse: full pressure.
    pub fn new(x: f32, y: f32) -> Self {
        Self { x, y, pressure: 1.0 }
    }
}

/// One imprint of the tip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dab {
    x: f64,
    y: f64,
    diameter: f64,
    opacity: f64,
    hardness: f64,
}

/// A stroke under way: where the pen is, and how densely every pixel is covered so far.
///
/// A pixel's cover is the densest of all dabs on it, and the layer is computed anew from what it was before the stroke.
/// So the stroke is as even as one shape, and does not depend on how its way was cut into events.
#[derive(Debug)]
pub(super) struct Stroke {
    layer: LayerId,
    brush: Brush,
    before: Tiles,
    cover: Tiles,
    last: Option<StrokePoint>,
    /// Way that is left until the next dab, in pixels.
    until_next: f64,
}

impl Stroke {
    /// # Errors
    /// [`DocumentError::Number`] when the brush is out of its bounds.
    pub(super) fn new(layer: LayerId, brush: Brush, before: Tiles) -> Result<Self, DocumentError> {
        let check = |what, value: f32, least: f32, most: f32| {
            let [least_wide, most_wide] = [least, most].map(f64::from);
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(DocumentError::Number { what, value: value.into(), least: least_wide, most: most_wide })
            }
        };
        check("The size of the brush", brush.size, 1.0, Brush::LARGEST)?;
        check("The hardness of the brush", brush.hardness, 0.0, 1.0)?;
        check("The opacity of the brush", brush.opacity, 0.0, 1.0)?;
        check("The spacing of the brush", brush.spacing, 0.01, 1.0)?;
        let cover = Tiles::empty(before.size(), 1)?;
        Ok(Self { layer, brush, before, cover, last: None, until_next: 0.0 })
    }

    pub(super) fn layer(&self) -> LayerId {
        self.layer
    }

    /// Tiles on which the brush was set down.
    pub(super) fn touched(&self) -> impl Iterator<Item = TileIndex> {
        self.cover.filled().map(|(index, _)| index)
    }

    /// The dabs on the straight way to a point, at even distances measured along the whole stroke.
    ///
    /// # Errors
    /// [`DocumentError::Shape`] when the point is not a number, or farther away than a pen can be.
    pub(super) fn dabs_to(&mut self, to: StrokePoint) -> Result<Vec<Dab>, DocumentError> {
        let possible = |value: f32| value.abs() <= FARTHEST;
        if !(possible(to.x) && possible(to.y) && to.pressure.is_finite()) {
            return Err(DocumentError::Shape);
        }
        let to = StrokePoint { pressure: to.pressure.clamp(0.0, 1.0), ..to };
        let Some(from) = self.last.replace(to) else {
            let dab = self.dab(to, to, 0.0);
            self.until_next = self.distance(&dab);
            return Ok(vec![dab]);
        };
        let length = f64::from(to.x - from.x).hypot(f64::from(to.y - from.y));
        let (mut dabs, mut at) = (Vec::new(), self.until_next);
        while at <= length {
            let dab = self.dab(from, to, at / length.max(f64::MIN_POSITIVE));
            at += self.distance(&dab);
            // A pen may wander far outside; only what reaches the document is kept.
            dabs.extend(Some(dab).filter(|dab| !dab.region(self.before.size()).is_empty()));
        }
        self.until_next = at - length;
        Ok(dabs)
    }

    /// Adds a dab to the cover and computes the layer anew where it got denser. `region` is the dab's own; `tiles` are
    /// the layer's.
    pub(super) fn set_down(&mut self, dab: &Dab, region: Region, tiles: &mut Tiles) {
        let channels = tiles.channels();
        for (index, part) in parts(region) {
            let start = self.cover.offset(part.x, part.y);
            let before = self.before.tile(index);
            let (Some(cover), Some(pixels)) = (self.cover.tile_mut(index), tiles.tile_mut(index)) else {
                continue;
            };
            for line in 0..part.height {
                let from = start + (line * TILE) as usize;
                let cover = &mut cover[from..from + part.width as usize];
                let row = dab.row(part.y + line);
                for (x, cover) in (part.x..).zip(cover.iter_mut()) {
                    let dense = row.density(x);
                    if dense <= *cover {
                        continue;
                    }
                    *cover = dense;
                    let at = (from + (x - part.x) as usize) * channels;
                    let old = before.map_or(&[0; 4][..channels], |tile| &tile[at..at + channels]);
                    self.brush.paint(old, dense, &mut pixels[at..at + channels]);
                }
            }
        }
    }

    fn dab(&self, from: StrokePoint, to: StrokePoint, part: f64) -> Dab {
        let between = |from: f32, to: f32| f64::from(from) + (f64::from(to) - f64::from(from)) * part;
        let pressure = between(from.pressure, to.pressure);
        let by = |depends: bool| if depends { pressure } else { 1.0 };
        Dab {
            x: between(from.x, to.x),
            y: between(from.y, to.y),
            diameter: (f64::from(self.brush.size) * by(self.brush.pressure_size)).max(1.0),
            opacity: f64::from(self.brush.opacity) * by(self.brush.pressure_opacity),
            hardness: f64::from(self.brush.hardness),
        }
    }

    /// From a dab to the next.
    fn distance(&self, dab: &Dab) -> f64 {
        (dab.diameter * f64::from(self.brush.spacing)).max(SHORTEST_STEP)
    }
}

impl Dab {
    /// The pixels that it may cover.
    pub(super) fn region(&self, size: Size) -> Region {
        let reach = self.diameter / 2.0 + 0.5;
        Region::around(self.x - reach, self.y - reach, self.x + reach, self.y + reach, size)
    }

    /// How densely the pixels of a row are covered.
    fn row(&self, y: u32) -> Row<'_> {
        let radius = self.diameter / 2.0;
        let (inner, outer) = ((radius * self.hardness - 0.5).max(0.0), radius + 0.5);
        let down = f64::from(y) + 0.5 - self.y;
        let full = (self.opacity * 255.0 + 0.5) as u8;
        Row { dab: self, down: down * down, inner, outer, full }
    }
}

/// A row of pixels under a dab.
struct Row<'a> {
    dab: &'a Dab,
    /// The square of the way down to it from the middle.
    down: f64,
    inner: f64,
    outer: f64,
    /// The cover in the middle.
    full: u8,
}

impl Row<'_> {
    /// How densely a pixel is covered, 0 to 255: full up to `hardness` of the radius, then falling smoothly, over one
    /// pixel at least.
    fn density(&self, x: u32) -> u8 {
        let across = f64::from(x) + 0.5 - self.dab.x;
        let squared = across * across + self.down;
        if squared >= self.outer * self.outer {
            return 0;
        }
        // Most of a large dab: no root is needed there.
        if squared <= self.inner * self.inner {
            return self.full;
        }
        let rest = ((self.outer - squared.sqrt()) / (self.outer - self.inner)).min(1.0);
        (rest * rest * (3.0 - 2.0 * rest) * self.dab.opacity * 255.0 + 0.5) as u8
    }
}

impl Brush {
    /// What becomes of a pixel under this much cover.
    pub(super) fn paint(&self, old: &[u8], cover: u8, new: &mut [u8]) {
        let cover = f32::from(cover) / 255.0;
        let byte = |value: f32| (value + 0.5) as u8;
        match (old, new, self.mode) {
            (&[old], [new], BrushMode::Add) => *new = byte(f32::from(old) + (255.0 - f32::from(old)) * cover),
            (&[old], [new], BrushMode::Erase) => *new = byte(f32::from(old) * (1.0 - cover)),
            (&[r, g, b, a], [nr, ng, nb, na], BrushMode::Erase) => {
                *na = byte(f32::from(a) * (1.0 - cover));
                // Colour without alpha is forgotten, so that an empty tile can be given back.
                [*nr, *ng, *nb] = if *na == 0 { [0; 3] } else { [r, g, b] };
            }
            // Where nothing of the old colour is left there is nothing to mix.
            (&[_, _, _, a], [nr, ng, nb, na], BrushMode::Add) if cover > 0.0 && (a == 0 || cover >= 1.0) => {
                *na = byte(cover * 255.0);
                [*nr, *ng, *nb] = self.colour;
            }
            (&[r, g, b, a], [nr, ng, nb, na], BrushMode::Add) => {
                let rest = f32::from(a) / 255.0 * (1.0 - cover);
                let alpha = cover + rest;
                *na = byte(alpha * 255.0);
                if *na == 0 {
                    [*nr, *ng, *nb] = [0; 3];
                    return;
                }
                let mix = |old: u8, new: u8| byte((f32::from(old) * rest + f32::from(new) * cover) / alpha);
                [*nr, *ng, *nb] = [mix(r, self.colour[0]), mix(g, self.colour[1]), mix(b, self.colour[2])];
            }
            _ => {}
        }
    }
}
