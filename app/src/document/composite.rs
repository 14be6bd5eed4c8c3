//! What is seen: layers blended from below upwards, tile by tile and row by row.
//!
//! Source-over compositing with blend modes after W3C Compositing and Blending Level 1. Groups are isolated: their
//! layers meet each other first, on nothing, and then the layers below as one. Sums are kept as premultiplied f32 of one
//! row, so that layers do not add up rounding errors.

use super::bands::Stop;
use super::blend::mix;
use super::layer::{Blend, Content, Layer, LayerId, LayerKind};
use super::region::{Region, TILE, TileIndex};
use super::tiles::{Tiles, parts};
use super::{Document, DocumentError};
use engine_api::Size;
use std::ops::Range;

/// How far up layers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    Top,
    /// Up to this layer and without it.
    Layer(LayerId),
    /// All but this layer.
    Without(LayerId),
}

/// Premultiplied red, green, blue, alpha, from 0 to 1.
type Pixel = [f32; 4];

/// Pixels of a row that are computed together. Where a layer is clear for that long, or opaque, most of the work falls
/// away: paint covers a small part of its tiles, and what an opaque picture hides need not be blended.
const RUN: usize = 32;

/// One layer as far as it concerns one tile.
struct Sheet<'a> {
    opacity: f32,
    blend: Blend,
    source: Source<'a>,
}

enum Source<'a> {
    Tile(&'a [u8]),
    Group(Vec<Sheet<'a>>),
}

impl Document {
    /// The rectangle as it is seen: rows of straight RGBA bytes. Where nothing is, all four are 0.
    ///
    /// A document is cheap to clone (tiles are shared), so that a large rectangle can be computed on another thread.
    ///
    /// # Errors
    /// [`DocumentError::Outside`] when the rectangle is empty or leaves the document.
    pub fn composite(&self, region: Region) -> Result<Vec<u8>, DocumentError> {
        self.composite_until(region, Until::Top)
    }

    /// The same as if one layer were hidden.
    ///
    /// # Errors
    /// [`DocumentError::Outside`].
    pub fn composite_without(&self, region: Region, id: LayerId) -> Result<Vec<u8>, DocumentError> {
        self.composite_until(region, Until::Without(id))
    }

    /// One layer or group by itself, on nothing, with its opacity. A hidden one is empty.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::Outside`].
    pub fn layer_alone(&self, id: LayerId, region: Region) -> Result<Vec<u8>, DocumentError> {
        self.pile_up(std::slice::from_ref(self.layer(id)?), region, Until::Top, [0.0; 4])
    }

    /// The colour that is seen at a pixel: straight RGBA.
    ///
    /// # Errors
    /// [`DocumentError::Outside`].
    pub fn colour_at(&self, x: u32, y: u32) -> Result<[u8; 4], DocumentError> {
        let pixel = self.composite(Region::new(x, y, 1, 1))?;
        Ok(pixel.first_chunk().copied().unwrap_or_default())
    }

    pub(super) fn composite_until(&self, region: Region, until: Until) -> Result<Vec<u8>, DocumentError> {
        self.pile_up(&self.layers, region, until, premultiplied(self.paper.colour, 1.0))
    }

    fn pile_up(
        &self,
        layers: &[Layer],
        region: Region,
        until: Until,
        ground: Pixel,
    ) -> Result<Vec<u8>, DocumentError> {
        if !region.fits(self.size()) {
            return Err(DocumentError::Outside { region, size: self.size() });
        }
        let mut out = vec![0; region.pixels() * 4];
        for (index, part) in parts(region) {
            let sheets = sheets(layers, index, until).0;
            let start = ((part.y - region.y) * region.width + (part.x - region.x)) as usize * 4;
            flatten(&sheets, part, ground, &mut out[start..], region.width as usize * 4);
        }
        Ok(out)
    }
}

/// Layers flattened onto nothing, as pixels of their own.
///
/// # Errors
/// [`DocumentError::Size`] when the size is none that a document can have, [`DocumentError::GivenUp`].
pub(super) fn flattened(layers: &[Layer], size: Size, stop: &Stop) -> Result<Tiles, DocumentError> {
    let mut out = Tiles::empty(size, 4)?;
    for index in Region::whole(size).tiles() {
        stop.check()?;
        let sheets = sheets(layers, index, Until::Top).0;
        if sheets.is_empty() {
            continue;
        }
        let part = index.region(size);
        if let Some(tile) = out.tile_mut(index) {
            flatten(&sheets, part, [0.0; 4], tile, TILE as usize * 4);
        }
        out.tidy(index);
    }
    Ok(out)
}

/// What the layers show in a tile, and whether `until` was met.
fn sheets(layers: &[Layer], index: TileIndex, until: Until) -> (Vec<Sheet<'_>>, bool) {
    let mut out = Vec::new();
    for layer in layers {
        if until == Until::Layer(layer.id) {
            return (out, true);
        }
        if until == Until::Without(layer.id) {
            continue;
        }
        let mut met = false;
        let source = match &layer.content {
            Content::Group(children) => {
                let (inner, found) = sheets(children, index, until);
                met = found;
                (!inner.is_empty()).then_some(Source::Group(inner))
            }
            _ if layer.kind() == LayerKind::Mask => None,
            _ => layer.tiles().and_then(|tiles| tiles.tile(index)).map(|tile| Source::Tile(tile)),
        };
        let properties = &layer.properties;
        if let Some(source) = source.filter(|_| properties.visible && properties.opacity > 0.0) {
            out.push(Sheet { opacity: properties.opacity, blend: properties.blend, source });
        }
        if met {
            return (out, true);
        }
    }
    (out, false)
}

/// Writes one tile's part of the picture to `out`, whose rows are `stride` bytes apart.
fn flatten(sheets: &[Sheet<'_>], part: Region, ground: Pixel, out: &mut [u8], stride: usize) {
    let mut rows = vec![[[0.0; 4]; RUN]; 1 + depth(sheets)];
    let Some((row, spare)) = rows.split_first_mut() else { return };
    let mut seen = Vec::with_capacity(sheets.len());
    for line in 0..part.height {
        let start = ((part.y + line) % TILE * TILE + part.x % TILE) as usize * 4;
        let to = line as usize * stride;
        let line = &mut out[to..to + part.width as usize * 4]; // proof: the caller's rows are as wide
        for (number, bytes) in line.chunks_mut(RUN * 4).enumerate() {
            let from = start + number * RUN * 4;
            let span = from..from + bytes.len();
            seen.clear();
            let hidden_by = visible(sheets, span.clone(), &mut seen);
            match (hidden_by, seen.as_slice()) {
                (Some(tile), []) => bytes.copy_from_slice(&tile[span]),
                (hidden_by, seen) => {
                    let row = &mut row[..bytes.len() / 4]; // proof: chunks of RUN pixels
                    match hidden_by {
                        Some(tile) => lay(premultiplied_pixels(&tile[span], 1.0), row),
                        None => row.fill(ground),
                    }
                    seen.iter().rev().for_each(|sheet| pile(sheet, from, row, spare));
                    for (pixel, bytes) in row.iter().zip(bytes.chunks_exact_mut(4)) {
                        bytes.copy_from_slice(&straight(*pixel));
                    }
                }
            }
        }
    }
}

/// From above, the sheets that show something within these bytes of their tiles, down to the first that hides all below
/// it; that one's bytes are returned.
fn visible<'a, 'b>(
    sheets: &'b [Sheet<'a>],
    span: Range<usize>,
    seen: &mut Vec<&'b Sheet<'a>>,
) -> Option<&'a [u8]> {
    for sheet in sheets.iter().rev() {
        let Source::Tile(tile) = sheet.source else {
            seen.push(sheet);
            continue;
        };
        let (mut least, mut most) = (255u8, 0u8);
        for pixel in tile[span.clone()].chunks_exact(4) {
            least = least.min(pixel[3]);
            most = most.max(pixel[3]);
        }
        if least == 255 && sheet.opacity >= 1.0 && sheet.blend == Blend::Normal {
            return Some(tile);
        }
        if most > 0 {
            seen.push(sheet);
        }
    }
    None
}

fn depth(sheets: &[Sheet<'_>]) -> usize {
    let inner = |sheet: &Sheet<'_>| match &sheet.source {
        Source::Group(inner) => 1 + depth(inner),
        Source::Tile(_) => 0,
    };
    sheets.iter().map(inner).max().unwrap_or(0)
}

/// Blends the sheet's pixels from byte `start` of its tiles onto `row`; `spare` has a row for each group depth.
fn pile(sheet: &Sheet<'_>, start: usize, row: &mut [Pixel], spare: &mut [[Pixel; RUN]]) {
    match &sheet.source {
        Source::Tile(tile) => {
            let bytes = &tile[start..start + row.len() * 4];
            if sheet.blend == Blend::Normal {
                lay(premultiplied_pixels(bytes, sheet.opacity), row);
            } else {
                let part = sheet.opacity / 255.0;
                let scaled = |p: &[u8]| {
                    let colour = [0, 1, 2].map(|i| f32::from(p[i]) * (1.0 / 255.0));
                    (colour, f32::from(p[3]) * part)
                };
                mix_row(sheet.blend, bytes.chunks_exact(4).map(scaled), row);
            }
        }
        Source::Group(inner) => {
            let Some((own, deeper)) = spare.split_first_mut() else { return };
            let own = &mut own[..row.len()]; // proof: a row is at most RUN pixels
            own.fill([0.0; 4]);
            inner.iter().for_each(|sheet| pile(sheet, start, own, deeper));
            if sheet.blend == Blend::Normal {
                lay(own.iter().map(|pixel| pixel.map(|value| value * sheet.opacity)), row);
            } else {
                mix_row(sheet.blend, own.iter().map(|p| (colour(*p), p[3] * sheet.opacity)), row);
            }
        }
    }
}

/// Source-over of premultiplied pixels. Without branches, which the compiler turns into vector instructions.
fn lay(above: impl Iterator<Item = Pixel>, row: &mut [Pixel]) {
    for (below, above) in row.iter_mut().zip(above) {
        let rest = 1.0 - above[3];
        *below = [0, 1, 2, 3].map(|i| above[i] + below[i] * rest);
    }
}

/// Straight colours with their alpha, blended onto a row. Each mode gets a loop of its own.
fn mix_row(blend: Blend, above: impl Iterator<Item = ([f32; 3], f32)>, row: &mut [Pixel]) {
    match blend {
        Blend::Normal => blend_row(above, row, |b, s| mix(Blend::Normal, b, s)),
        Blend::Multiply => blend_row(above, row, |b, s| mix(Blend::Multiply, b, s)),
        Blend::Screen => blend_row(above, row, |b, s| mix(Blend::Screen, b, s)),
        Blend::Overlay => blend_row(above, row, |b, s| mix(Blend::Overlay, b, s)),
        Blend::SoftLight => blend_row(above, row, |b, s| mix(Blend::SoftLight, b, s)),
        Blend::Darken => blend_row(above, row, |b, s| mix(Blend::Darken, b, s)),
        Blend::Lighten => blend_row(above, row, |b, s| mix(Blend::Lighten, b, s)),
        Blend::Colour => blend_row(above, row, |b, s| mix(Blend::Colour, b, s)),
        Blend::Luminosity => blend_row(above, row, |b, s| mix(Blend::Luminosity, b, s)),
    }
}

/// Sections 5 and 9 of the specification, onto premultiplied colours.
fn blend_row(
    above: impl Iterator<Item = ([f32; 3], f32)>,
    row: &mut [Pixel],
    mode: impl Fn([f32; 3], [f32; 3]) -> [f32; 3],
) {
    for (below, (source, alpha)) in row.iter_mut().zip(above) {
        let mixed = mode(colour(*below), source);
        let (ground, rest) = (below[3], 1.0 - alpha);
        for i in 0..3 {
            below[i] = alpha * ((1.0 - ground) * source[i] + ground * mixed[i]) + below[i] * rest;
        }
        below[3] = alpha + ground * rest;
    }
}

/// The straight colour of a premultiplied pixel; black where it is clear.
fn colour(pixel: Pixel) -> [f32; 3] {
    let scale = if pixel[3] > 0.0 { 1.0 / pixel[3] } else { 0.0 };
    [0, 1, 2].map(|i| (pixel[i] * scale).min(1.0))
}

fn premultiplied_pixels(bytes: &[u8], opacity: f32) -> impl Iterator<Item = Pixel> {
    bytes.chunks_exact(4).map(move |p| premultiplied([p[0], p[1], p[2], p[3]], opacity))
}

fn premultiplied(bytes: [u8; 4], opacity: f32) -> Pixel {
    let alpha = f32::from(bytes[3]) * (opacity / 255.0);
    let scale = alpha / 255.0;
    [f32::from(bytes[0]) * scale, f32::from(bytes[1]) * scale, f32::from(bytes[2]) * scale, alpha]
}

fn straight(pixel: Pixel) -> [u8; 4] {
    let alpha = pixel[3];
    if alpha < 0.5 / 255.0 {
        return [0; 4];
    }
    // The cast cuts off what is outside 0 to 255; adding a half makes it round.
    let scale = 255.0 / alpha;
    let byte = |value: f32| (value + 0.5) as u8;
    [byte(pixel[0] * scale), byte(pixel[1] * scale), byte(pixel[2] * scale), byte(alpha * 255.0)]
}
