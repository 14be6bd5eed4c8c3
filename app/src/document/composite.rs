//! What is seen: layers blended from below upwards, tile by tile and row by row.
//!
//! Source-over compositing with blend modes after W3C Compositing and Blending Level 1. Groups are isolated: their
//! layers meet each other first, on nothing, and then the layers below as one. Sums are kept as premultiplied f32 of one
//! row, so that layers do not add up rounding errors.

use super::blend::mix;
use super::layer::{Blend, Content, Layer, LayerId, LayerKind};
use super::region::{Region, TILE, TileIndex};
use super::tiles::{Tiles, parts};
use super::{Document, DocumentError};
use engine_api::Size;

/// How far up layers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    Top,
    /// Up to this layer and without it.
    Layer(LayerId),
}

/// Premultiplied red, green, blue, alpha, from 0 to 1.
type Pixel = [f32; 4];

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

    /// The colour that is seen at a pixel: straight RGBA.
    ///
    /// # Errors
    /// [`DocumentError::Outside`].
    pub fn colour_at(&self, x: u32, y: u32) -> Result<[u8; 4], DocumentError> {
        let pixel = self.composite(Region::new(x, y, 1, 1))?;
        Ok(pixel.first_chunk().copied().unwrap_or_default())
    }

    pub(super) fn composite_until(&self, region: Region, until: Until) -> Result<Vec<u8>, DocumentError> {
        if !region.fits(self.size()) {
            return Err(DocumentError::Outside { region, size: self.size() });
        }
        let mut out = vec![0; region.pixels() * 4];
        let paper = premultiplied(self.paper.colour, 1.0);
        for (index, part) in parts(region) {
            let sheets = sheets(&self.layers, index, until).0;
            let start = ((part.y - region.y) * region.width + (part.x - region.x)) as usize * 4;
            flatten(&sheets, part, paper, &mut out[start..], region.width as usize * 4);
        }
        Ok(out)
    }
}

/// Layers flattened onto nothing, as pixels of their own.
///
/// # Errors
/// [`DocumentError::Size`] when the size is none that a document can have.
pub(super) fn flattened(layers: &[Layer], size: Size) -> Result<Tiles, DocumentError> {
    let mut out = Tiles::empty(size, 4)?;
    for index in Region::whole(size).tiles() {
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
    let mut rows = vec![vec![[0.0; 4]; part.width as usize]; 1 + depth(sheets)];
    let Some((row, spare)) = rows.split_first_mut() else { return };
    for line in 0..part.height {
        row.fill(ground);
        let start = ((part.y + line) % TILE * TILE + part.x % TILE) as usize * 4;
        pile(sheets, start, row, spare);
        let to = line as usize * stride;
        for (pixel, bytes) in row.iter().zip(out[to..].chunks_exact_mut(4)) {
            bytes.copy_from_slice(&straight(*pixel));
        }
    }
}

fn depth(sheets: &[Sheet<'_>]) -> usize {
    let inner = |sheet: &Sheet<'_>| match &sheet.source {
        Source::Group(inner) => 1 + depth(inner),
        Source::Tile(_) => 0,
    };
    sheets.iter().map(inner).max().unwrap_or(0)
}

/// Blends the sheets' row that begins at byte `start` of their tiles onto `row`; `spare` has a row for each group depth.
fn pile(sheets: &[Sheet<'_>], start: usize, row: &mut [Pixel], spare: &mut [Vec<Pixel>]) {
    for sheet in sheets {
        match &sheet.source {
            Source::Tile(tile) => {
                let bytes = &tile[start..start + row.len() * 4];
                if sheet.blend == Blend::Normal {
                    lay_bytes(bytes, sheet.opacity, row);
                } else {
                    for (below, above) in row.iter_mut().zip(bytes.chunks_exact(4)) {
                        let above = [above[0], above[1], above[2], above[3]];
                        *below = blended(sheet.blend, *below, premultiplied(above, sheet.opacity));
                    }
                }
            }
            Source::Group(inner) => {
                let Some((own, deeper)) = spare.split_first_mut() else { continue };
                own.fill([0.0; 4]);
                pile(inner, start, own, deeper);
                for (below, above) in row.iter_mut().zip(own.iter()) {
                    *below = blended(sheet.blend, *below, above.map(|value| value * sheet.opacity));
                }
            }
        }
    }
}

/// Source-over of straight bytes, the usual case: nothing to do where the layer is clear, a copy where it is opaque.
fn lay_bytes(bytes: &[u8], opacity: f32, row: &mut [Pixel]) {
    for (below, above) in row.iter_mut().zip(bytes.chunks_exact(4)) {
        if above[3] == 0 {
            continue;
        }
        let above = premultiplied([above[0], above[1], above[2], above[3]], opacity);
        let rest = 1.0 - above[3];
        *below = [0, 1, 2, 3].map(|i| above[i] + below[i] * rest);
    }
}

/// Sections 5 and 9 of the specification, on premultiplied colours.
fn blended(blend: Blend, below: Pixel, above: Pixel) -> Pixel {
    if above[3] <= 0.0 {
        return below;
    }
    let rest = 1.0 - above[3];
    let mut above = above;
    if blend != Blend::Normal && below[3] > 0.0 {
        let colour = |pixel: Pixel| [0, 1, 2].map(|i| (pixel[i] / pixel[3]).clamp(0.0, 1.0));
        let mixed = mix(blend, colour(below), colour(above));
        for i in 0..3 {
            above[i] = above[i] * (1.0 - below[3]) + above[3] * below[3] * mixed[i];
        }
    }
    [0, 1, 2, 3].map(|i| above[i] + below[i] * rest)
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
