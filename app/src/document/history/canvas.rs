//! Changes of the canvas: its colour, its size, and where layers lie on it.

use super::History;
use super::edit::Edit;
use super::layers::check_number;
use crate::document::DocumentError;
use crate::document::affine::Affine;
use crate::document::bands::Stop;
use crate::document::layer::{Layer, LayerId};
use crate::document::region::Region;
use crate::document::resample::{box_of, resampled};
use crate::document::stack::{Document, Paper};
use crate::document::tiles::Tiles;
use engine_api::{Expansion, Size};

/// Which part of the canvas stays where it is when its size changes: 0 left or top, 0.5 the middle, 1 right or bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    pub x: f32,
    pub y: f32,
}

impl Anchor {
    pub const MIDDLE: Self = Self { x: 0.5, y: 0.5 };
}

impl History {
    /// The colour under all layers, straight RGBA.
    ///
    /// # Errors
    /// [`DocumentError::Unfinished`] during a stroke.
    pub fn set_paper_colour(&mut self, colour: [u8; 4]) -> Result<(), DocumentError> {
        let paper = Paper { colour, ..self.document.paper() };
        if paper == self.document.paper() {
            return Ok(());
        }
        let edit = Edit::Canvas { paper, surfaces: Vec::new() };
        self.step("Canvas colour", |history| history.apply(edit))
    }

    /// Another size of the canvas; pictures keep theirs, and what then reaches past the canvas is cut off.
    ///
    /// # Errors
    /// [`DocumentError::Size`], [`DocumentError::Number`] for an anchor outside 0 to 1.
    pub fn resize_canvas(&mut self, size: Size, anchor: Anchor) -> Result<(), DocumentError> {
        check_number("The anchor", anchor.x, 0.0, 1.0)?;
        check_number("The anchor", anchor.y, 0.0, 1.0)?;
        let old = self.document.size();
        let shift = |new: u32, old: u32, anchor: f32| {
            ((f64::from(new) - f64::from(old)) * f64::from(anchor)).round() as i64
        };
        let by = [shift(size.width, old.width, anchor.x), shift(size.height, old.height, anchor.y)];
        self.reframe("Resize canvas", size, by)
    }

    /// Keeps only a rectangle of the canvas, on all layers.
    ///
    /// # Errors
    /// [`DocumentError::Outside`].
    pub fn crop(&mut self, region: Region) -> Result<(), DocumentError> {
        if !region.fits(self.document.size()) {
            return Err(DocumentError::Outside { region, size: self.document.size() });
        }
        self.reframe("Crop", region.size(), [-i64::from(region.x), -i64::from(region.y)])
    }

    /// Enlarges the canvas on its sides.
    ///
    /// # Errors
    /// [`DocumentError::Size`].
    pub fn expand(&mut self, by: Expansion) -> Result<(), DocumentError> {
        let Size { width, height } = self.document.size();
        let size = Size {
            width: width.saturating_add(by.left).saturating_add(by.right),
            height: height.saturating_add(by.top).saturating_add(by.bottom),
        };
        self.reframe("Expand canvas", size, [i64::from(by.left), i64::from(by.top)])
    }

    /// Moves the pixels of a layer, or of all layers in a group, by whole pixels. What leaves the canvas is cut off when
    /// the transaction ends; within one, each call begins from what is left, so a tool that drags should take its last
    /// movement back first (`abort` and `begin`).
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::Locked`].
    pub fn translate(&mut self, id: LayerId, dx: i32, dy: i32) -> Result<(), DocumentError> {
        let mut surfaces = Vec::new();
        collect(self.document.layer(id)?, &mut surfaces);
        let mut moved = Vec::with_capacity(surfaces.len());
        for (id, tiles) in surfaces {
            self.require_unlocked(id)?;
            moved.push((id, shifted(tiles, self.document.size(), [dx.into(), dy.into()], &self.stop)?));
        }
        self.step("Move", |history| {
            moved.into_iter().try_for_each(|(id, new)| history.replace_tiles(id, new))
        })
    }

    /// Moves, scales and turns the pixels of a layer, or of all layers in a group, and resamples them; a movement by
    /// whole pixels keeps every one as it is. What leaves the canvas is cut off; undo brings it back.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::Locked`], [`DocumentError::Shape`] when everything would be pressed
    /// into a line.
    pub fn transform(&mut self, id: LayerId, by: &Affine) -> Result<(), DocumentError> {
        if let Some([dx, dy]) = by.whole_shift() {
            return self.translate(id, dx, dy);
        }
        let mut surfaces = Vec::new();
        collect(self.document.layer(id)?, &mut surfaces);
        let mut moved = Vec::with_capacity(surfaces.len());
        for (id, tiles) in surfaces {
            self.require_unlocked(id)?;
            moved.push((id, resampled(tiles, by, &self.stop)?));
        }
        self.step("Transform", |history| {
            moved.into_iter().try_for_each(|(id, new)| history.replace_tiles(id, new))
        })
    }

    fn reframe(&mut self, name: &str, size: Size, by: [i64; 2]) -> Result<(), DocumentError> {
        Document::check_size(size)?;
        if size == self.document.size() && by == [0, 0] {
            return Ok(());
        }
        let mut old = Vec::new();
        self.document.layers().iter().for_each(|layer| collect(layer, &mut old));
        let mut surfaces = Vec::with_capacity(old.len());
        for (id, tiles) in old {
            surfaces.push((id, shifted(tiles, size, by, &self.stop)?));
        }
        let edit = Edit::Canvas { paper: Paper { size, ..self.document.paper() }, surfaces };
        self.step(name, |history| history.apply(edit))
    }
}

impl Document {
    /// The smallest rectangle around all pixels of a layer, or of the layers in a group; `None` when there are none.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn layer_bounds(&self, id: LayerId) -> Result<Option<Region>, DocumentError> {
        let mut surfaces = Vec::new();
        collect(self.layer(id)?, &mut surfaces);
        Ok(surfaces.into_iter().filter_map(|(_, tiles)| tiles.bounds()).reduce(Region::union))
    }

    /// Whether a movement of the layer would take pixels off the canvas.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn would_cut(&self, id: LayerId, by: &Affine) -> Result<bool, DocumentError> {
        let Some(bounds) = self.layer_bounds(id)? else { return Ok(false) };
        let [left, top, right, bottom] = box_of(bounds, by);
        let most = [self.size().width, self.size().height].map(f64::from);
        Ok(left < 0.0 || top < 0.0 || right > most[0] || bottom > most[1])
    }
}

/// All pixels of a layer and of those in it.
fn collect<'a>(layer: &'a Layer, out: &mut Vec<(LayerId, &'a Tiles)>) {
    out.extend(layer.tiles().map(|tiles| (layer.id(), tiles)));
    layer.children().iter().for_each(|child| collect(child, out));
}

/// The same pixels on a canvas of another size, moved by so many pixels to the right and downwards.
fn shifted(tiles: &Tiles, size: Size, by: [i64; 2], stop: &Stop) -> Result<Tiles, DocumentError> {
    let mut out = Tiles::empty(size, tiles.channels())?;
    for (index, tile) in tiles.filled() {
        stop.check()?;
        let from = index.region(tiles.size());
        // Positions are below 2^14 and movements below 2^33, so that nothing overflows.
        let clip = |start: u32, length: u32, by: i64, side: u32| {
            let first = (i64::from(start) + by).clamp(0, i64::from(side));
            let last = (i64::from(start) + i64::from(length) + by).clamp(0, i64::from(side));
            (first as u32, (last - first) as u32)
        };
        let (x, width) = clip(from.x, from.width, by[0], size.width);
        let (y, height) = clip(from.y, from.height, by[1], size.height);
        let to = Region::new(x, y, width, height);
        if to.is_empty() {
            continue;
        }
        let new = to.tiles().next().filter(|new| new.region(size) == to && from == to_tile(from));
        if let Some(new) = new.filter(|_| (to.width, to.height) == (from.width, from.height)) {
            // Nothing but the place of the tile changes, so it is shared.
            out.swap(new, Some(tile.clone()));
            continue;
        }
        let back = |value: u32, by: i64| (i64::from(value) - by) as u32;
        let source = Region::new(back(to.x, by[0]), back(to.y, by[1]), to.width, to.height);
        out.write(to, &tiles.read(source)?)?;
    }
    Ok(out)
}

/// The full tile at the corner of a region.
fn to_tile(region: Region) -> Region {
    Region::new(region.x, region.y, crate::document::TILE, crate::document::TILE)
}
