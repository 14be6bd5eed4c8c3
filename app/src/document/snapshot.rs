//! What a request takes along: the picture as it is seen and the mask, by value.

use super::bands::{Stop, each_piece};
use super::composite::Until;
use super::layer::{Layer, LayerId, LayerKind};
use super::region::{Region, TILE};
use super::tiles::Tiles;
use super::{Document, DocumentError};
use engine_api::{Mask, Picture};

/// A document at one moment; it may move on meanwhile.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The composite, as large as the document.
    pub picture: Picture,
    /// What may change; `None` when no mask marks anything.
    pub mask: Option<Mask>,
    /// [`Document::revision`] at that moment.
    pub revision: u64,
}

impl Document {
    /// The composite of what is visible, with the union of all visible mask layers.
    ///
    /// # Errors
    /// [`DocumentError::Picture`] when the picture cannot be wrapped.
    pub fn snapshot(&self) -> Result<Snapshot, DocumentError> {
        self.snapshot_until(Until::Top)
    }

    /// The same without a layer and everything above it: what a result was made from, to run its recipe again.
    /// Masks count wherever they lie.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::Picture`].
    pub fn snapshot_below(&self, id: LayerId) -> Result<Snapshot, DocumentError> {
        self.layer(id)?;
        self.snapshot_until(Until::Layer(id))
    }

    /// One byte per pixel: the union of all visible mask layers, each times its opacity.
    ///
    /// # Errors
    /// [`DocumentError::Outside`].
    pub fn mask_values(&self, region: Region) -> Result<Vec<u8>, DocumentError> {
        self.mask_values_without(region, None)
    }

    /// The same as if a layer were hidden.
    ///
    /// # Errors
    /// [`DocumentError::Outside`].
    pub fn mask_values_without(
        &self,
        region: Region,
        hidden: Option<LayerId>,
    ) -> Result<Vec<u8>, DocumentError> {
        if !region.fits(self.size()) {
            return Err(DocumentError::Outside { region, size: self.size() });
        }
        let mut out = vec![0; region.pixels()];
        unite(&self.layers, 1.0, (region, hidden), &mut out)?;
        Ok(out)
    }

    /// What is marked, to be kept: the union of all visible masks. Where there is one alone, its tiles are shared.
    /// `None` when nothing is marked.
    ///
    /// # Errors
    /// [`DocumentError::Size`] never happens to a document that exists.
    pub fn marks(&self) -> Result<Option<Tiles>, DocumentError> {
        let marks = match &self.seen_masks()[..] {
            [] => return Ok(None),
            [(tiles, opacity)] if *opacity >= 1.0 => (*tiles).clone(),
            _ => {
                let mut tiles = Tiles::empty(self.size(), 1)?;
                for index in Region::whole(self.size()).tiles() {
                    let part = index.region(self.size());
                    tiles.write(part, &self.mask_values(part)?)?;
                }
                tiles
            }
        };
        Ok(marks.bounds().is_some().then_some(marks))
    }

    /// Visible masks with anything on them, and how much each counts.
    fn seen_masks(&self) -> Vec<(&Tiles, f32)> {
        fn collect<'a>(layers: &'a [Layer], opacity: f32, out: &mut Vec<(&'a Tiles, f32)>) {
            for layer in layers.iter().filter(|layer| layer.properties.visible) {
                let opacity = opacity * layer.properties.opacity;
                if let (LayerKind::Mask, Some(tiles)) = (layer.kind(), layer.tiles())
                    && tiles.bytes() > 0
                    && opacity > 0.0
                {
                    out.push((tiles, opacity));
                }
                collect(layer.children(), opacity, out);
            }
        }
        let mut out = Vec::new();
        collect(&self.layers, 1.0, &mut out);
        out
    }

    fn snapshot_until(&self, until: Until) -> Result<Snapshot, DocumentError> {
        let (whole, size) = (Region::whole(self.size()), self.size());
        let wrapped = |error: engine_api::EngineError| DocumentError::Picture { message: error.message };
        let mut pixels = vec![0; whole.pixels() * 4];
        each_piece(&mut pixels, (size.width * TILE) as usize * 4, &Stop::default(), |at, pixels| {
            let y = at as u32 * TILE;
            let strip = Region::new(0, y, size.width, TILE.min(size.height - y));
            // A strip of the document lies inside it.
            let part = self.composite_until(strip, until).unwrap_or_default();
            pixels.iter_mut().zip(part).for_each(|(to, from)| *to = from);
        });
        let picture = Picture::new(size.width, size.height, pixels).map_err(wrapped)?;
        let mask = Mask::new(size.width, size.height, self.mask_values(whole)?).map_err(wrapped)?;
        Ok(Snapshot { picture, mask: (!mask.is_empty()).then_some(mask), revision: self.revision() })
    }
}

fn unite(
    layers: &[Layer],
    opacity: f32,
    (region, hidden): (Region, Option<LayerId>),
    out: &mut [u8],
) -> Result<(), DocumentError> {
    for layer in layers.iter().filter(|layer| layer.properties.visible && Some(layer.id) != hidden) {
        let opacity = opacity * layer.properties.opacity;
        if let (LayerKind::Mask, Some(tiles)) = (layer.kind(), layer.tiles()) {
            for (value, new) in out.iter_mut().zip(tiles.read(region)?) {
                *value = (*value).max((f32::from(new) * opacity).round() as u8);
            }
        }
        unite(layer.children(), opacity, (region, hidden), out)?;
    }
    Ok(())
}
