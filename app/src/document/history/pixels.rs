//! Changes of pixels: strokes, selections into a mask, changes of a mask.

use super::{Entry, History};
use crate::document::DocumentError;
use crate::document::brush::{Brush, BrushMode, Stroke, StrokePoint};
use crate::document::layer::{Layer, LayerId, LayerKind};
use crate::document::mask::{self, Combine, MaskChange, MaskPixels, Shape, Wand};
use crate::document::region::{Region, TileIndex};
use crate::document::stack::no_pixels;
use crate::document::tiles::Tiles;
use std::collections::BTreeSet;

impl History {
    /// Sets the brush down on a paint or mask layer and opens a transaction, which `end_stroke` turns into one step and
    /// `abort` takes back. Returns the rectangle that changed, perhaps an empty one.
    ///
    /// # Errors
    /// [`DocumentError::NoPixels`] for layers of other kinds, [`DocumentError::Locked`], [`DocumentError::Number`] for
    /// a brush out of its bounds, [`DocumentError::Unfinished`] when a transaction is open.
    pub fn begin_stroke(
        &mut self,
        id: LayerId,
        brush: Brush,
        at: StrokePoint,
    ) -> Result<Region, DocumentError> {
        self.require_closed()?;
        self.require_unlocked(id)?;
        let layer = self.document.layer(id)?;
        let name = match (layer.kind(), brush.mode) {
            (LayerKind::Paint, BrushMode::Add) => "Brush",
            (LayerKind::Mask, BrushMode::Add) => "Paint mask",
            (LayerKind::Paint | LayerKind::Mask, BrushMode::Erase) => "Erase",
            _ => return Err(no_pixels(layer)),
        };
        let tiles = layer.tiles().ok_or_else(|| no_pixels(layer))?;
        self.stroke = Some(Stroke::new(id, brush, tiles.clone())?);
        self.open.push(Entry { name: name.to_owned(), edits: Vec::new() });
        self.stroke_to(at)
    }

    /// Draws a straight line from where the pen was. Returns the rectangle that changed, perhaps an empty one.
    ///
    /// # Errors
    /// [`DocumentError::NotBegun`], [`DocumentError::Shape`] when the point is not a number; the stroke goes on then.
    pub fn stroke_to(&mut self, to: StrokePoint) -> Result<Region, DocumentError> {
        let mut stroke = self.stroke.take().ok_or(DocumentError::NotBegun)?;
        let outcome = self.draw(&mut stroke, to);
        self.stroke = Some(stroke);
        outcome
    }

    /// Lifts the brush: the stroke becomes one step. False when it changed nothing.
    ///
    /// # Errors
    /// [`DocumentError::NotBegun`].
    pub fn end_stroke(&mut self) -> Result<bool, DocumentError> {
        let stroke = self.stroke.take().ok_or(DocumentError::NotBegun)?;
        if let Some(tiles) = self.document.layer_mut(stroke.layer())?.tiles_mut() {
            stroke.touched().for_each(|index| tiles.tidy(index));
        }
        self.commit()
    }

    /// Lays a colour on a paint layer: where something is marked, as densely as it is, and everywhere where nothing is.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::NoPixels`] for layers of other kinds, [`DocumentError::Locked`].
    pub fn fill(&mut self, id: LayerId, colour: [u8; 3]) -> Result<(), DocumentError> {
        self.require_unlocked(id)?;
        let layer = self.document.layer(id)?;
        let tiles = layer.tiles().filter(|_| layer.kind() == LayerKind::Paint);
        let mut new = tiles.ok_or_else(|| no_pixels(layer))?.clone();
        let size = new.size();
        let marks = Region::whole(size).tiles().map(|index| {
            self.stop.check()?;
            self.document.mask_values(index.region(size))
        });
        let marks = marks.collect::<Result<Vec<_>, _>>()?;
        let everywhere = marks.iter().flatten().all(|value| *value == 0);
        let brush = Brush { colour, ..Brush::default() };
        for (index, mut marks) in Region::whole(size).tiles().zip(marks) {
            if everywhere {
                marks.fill(255);
            }
            self.stop.check()?;
            let region = index.region(size);
            let old = new.read(region)?;
            let mut pixels = old.clone();
            for ((old, pixel), cover) in old.chunks_exact(4).zip(pixels.chunks_exact_mut(4)).zip(marks) {
                brush.paint(old, cover, pixel);
            }
            new.write(region, &pixels)?;
        }
        self.step("Fill", |history| history.replace_tiles(id, new))
    }

    /// Empties a layer; a mask then marks nothing.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::NoPixels`], [`DocumentError::Locked`].
    pub fn clear(&mut self, id: LayerId) -> Result<(), DocumentError> {
        self.require_unlocked(id)?;
        let layer = self.document.layer(id)?;
        let tiles = layer.tiles().ok_or_else(|| no_pixels(layer))?;
        let empty = Tiles::empty(tiles.size(), tiles.channels())?;
        self.step("Clear layer", |history| history.replace_tiles(id, empty))
    }

    /// Selects a shape.
    ///
    /// # Errors
    /// [`DocumentError::Kind`] when `mask` is none, [`DocumentError::Locked`], [`DocumentError::Shape`].
    pub fn select(&mut self, mask: LayerId, shape: &Shape, how: Combine) -> Result<(), DocumentError> {
        let pixels = shape.fill(self.document.size())?;
        let name = match shape {
            Shape::Rectangle { .. } => "Select rectangle",
            Shape::Ellipse { .. } => "Select ellipse",
            Shape::Polygon(_) => "Select area",
        };
        self.step(name, |history| history.combine(mask, &pixels, how))
    }

    /// Magic wand: selects what has nearly the colour that is seen at `at`.
    ///
    /// # Errors
    /// As [`History::select`]; [`DocumentError::Outside`] when `at` lies outside.
    pub fn select_similar(
        &mut self,
        mask: LayerId,
        at: [u32; 2],
        wand: Wand,
        how: Combine,
    ) -> Result<(), DocumentError> {
        let pixels = mask::similar(&self.document, at, wand, &self.stop)?;
        self.step("Magic wand", |history| history.combine(mask, &pixels, how))
    }

    /// Colour range: selects this colour wherever it is seen, fading out towards the tolerance.
    ///
    /// # Errors
    /// As [`History::select`].
    pub fn select_colour(
        &mut self,
        mask: LayerId,
        colour: [u8; 3],
        tolerance: u8,
        how: Combine,
    ) -> Result<(), DocumentError> {
        let pixels = mask::colour_range(&self.document, colour, tolerance, &self.stop)?;
        self.step("Select colour", |history| history.combine(mask, &pixels, how))
    }

    /// Joins values with a mask.
    ///
    /// # Errors
    /// As [`History::select`]; [`DocumentError::Length`] or [`DocumentError::Outside`] when they do not fit.
    pub fn combine(&mut self, mask: LayerId, pixels: &MaskPixels, how: Combine) -> Result<(), DocumentError> {
        let new = mask::combined(self.mask_tiles(mask)?, pixels, how)?;
        self.step("Change mask", |history| history.replace_tiles(mask, new))
    }

    /// Grows, shrinks, feathers, inverts, … a mask.
    ///
    /// # Errors
    /// [`DocumentError::Kind`] when `mask` is none, [`DocumentError::Locked`], [`DocumentError::Number`] for a distance
    /// outside 0 to [`MaskChange::FARTHEST`].
    pub fn change_mask(&mut self, mask: LayerId, change: MaskChange) -> Result<(), DocumentError> {
        let new = mask::changed(self.mask_tiles(mask)?, change, &self.stop)?;
        self.step(change.words(), |history| history.replace_tiles(mask, new))
    }

    /// Puts kept marks back: `mask` marks exactly them, and other masks are hidden, so that the same is marked as then.
    ///
    /// # Errors
    /// [`DocumentError::Kind`] when `mask` is none, [`DocumentError::Locked`], [`DocumentError::Misfit`] when the
    /// canvas has another size now.
    pub fn restore_marks(&mut self, mask: LayerId, marks: &Tiles) -> Result<(), DocumentError> {
        self.mask_tiles(mask)?;
        if marks.size() != self.document.size() {
            return Err(DocumentError::Misfit { picture: marks.size(), place: self.document.size() });
        }
        let others: Vec<LayerId> = self
            .document
            .listed()
            .iter()
            .map(|(_, layer)| *layer)
            .filter(|layer| layer.kind() == LayerKind::Mask && layer.id() != mask)
            .map(Layer::id)
            .collect();
        let marks = marks.clone();
        self.step("Bring back marks", |history| {
            history.replace_tiles(mask, marks)?;
            history.set_visible(mask, true)?;
            history.set_opacity(mask, 1.0)?;
            others.into_iter().try_for_each(|other| history.set_visible(other, false))
        })
    }

    fn mask_tiles(&self, id: LayerId) -> Result<&Tiles, DocumentError> {
        self.require_unlocked(id)?;
        let layer = self.document.layer(id)?;
        match layer.tiles() {
            Some(tiles) if layer.kind() == LayerKind::Mask => Ok(tiles),
            _ => Err(DocumentError::Kind {
                name: layer.name().to_owned(),
                kind: layer.kind(),
                wanted: LayerKind::Mask,
            }),
        }
    }

    fn draw(&mut self, stroke: &mut Stroke, to: StrokePoint) -> Result<Region, DocumentError> {
        let size = self.document.size();
        let dabs = stroke.dabs_to(to)?.into_iter().map(|dab| (dab.region(size), dab));
        let dabs: Vec<_> = dabs.filter(|(region, _)| !region.is_empty()).collect();
        // Once for all of them: a quick pen sets down hundreds between two frames.
        let wanted: BTreeSet<TileIndex> = dabs.iter().flat_map(|(region, _)| region.tiles()).collect();
        let mut changed = Region::default();
        if wanted.is_empty() {
            return Ok(changed);
        }
        let tiles = self.open_tiles(stroke.layer(), wanted.into_iter().collect())?;
        for (region, dab) in dabs {
            stroke.set_down(&dab, region, tiles);
            changed = changed.union(region);
        }
        Ok(changed)
    }
}
