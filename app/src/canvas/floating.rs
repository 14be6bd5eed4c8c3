//! A layer in the hand: while it is moved or turned, its tiles are drawn where they would come to lie, and nothing
//! is computed anew until it is let go.

use super::Sight;
use super::textures::{Budget, Textures, Uploads, image, veil};
use crate::document::{Affine, Document, Layer, LayerId, LayerKind, Region, TileIndex};
use egui::{Color32, Context, Painter, Pos2, pos2};

/// A layer and where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floating {
    pub layer: LayerId,
    /// From where its pixels are to where they are shown.
    pub by: Affine,
}

/// The tiles of the layer that floats.
#[derive(Default)]
pub(super) struct Float {
    layer: Option<LayerId>,
    revision: u64,
    textures: Textures,
}

impl Float {
    /// Takes up a layer or puts one down; returns the tiles of the picture that this changes.
    pub fn follow(&mut self, document: &Document, floating: Option<Floating>) -> Vec<Vec<TileIndex>> {
        let layer = floating.map(|floating| floating.layer);
        if layer == self.layer {
            return Vec::new();
        }
        let put_down = std::mem::replace(&mut self.layer, layer);
        self.textures.clear();
        self.revision = 0;
        [put_down, layer].into_iter().flatten().map(|id| filled(document, id)).collect()
    }

    /// Sends what the layer holds.
    pub fn refresh(
        &mut self,
        ctx: &Context,
        document: &Document,
        budget: Budget,
        veiled: Color32,
    ) -> Uploads {
        let Some(layer) = self.layer.and_then(|id| document.layer(id).ok()) else {
            return Uploads::default();
        };
        let size = document.size();
        if self.revision != document.revision() {
            self.textures.clear();
            self.textures.mark(size, []);
            self.revision = document.revision();
        }
        let read = |region: Region| {
            if layer.kind() == LayerKind::Mask {
                return veil(region, &document.layer_pixels(layer.id(), region).ok()?, veiled);
            }
            let rgba = document.layer_alone(layer.id(), region).ok()?;
            rgba.chunks_exact(4).any(|pixel| pixel[3] > 0).then(|| image(region, &rgba))
        };
        self.textures.refresh_in(ctx, Region::whole(size), budget, read)
    }

    pub fn paint(&self, painter: &Painter, sight: &Sight, floating: &Floating) {
        let place = |corner: Pos2| {
            let [x, y] = floating.by.apply([f64::from(corner.x), f64::from(corner.y)]);
            sight.to_screen(pos2(x as f32, y as f32))
        };
        self.textures.paint_moved(painter, place, Color32::WHITE);
    }
}

/// The tiles in which a layer, or a layer of a group, has pixels.
fn filled(document: &Document, id: LayerId) -> Vec<TileIndex> {
    fn add(layer: &Layer, out: &mut Vec<TileIndex>) {
        out.extend(layer.tiles().into_iter().flat_map(|tiles| tiles.filled().map(|(index, _)| index)));
        layer.children().iter().for_each(|child| add(child, out));
    }
    let mut out = Vec::new();
    if let Ok(layer) = document.layer(id) {
        add(layer, &mut out);
    }
    out
}
