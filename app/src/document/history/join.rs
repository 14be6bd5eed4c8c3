//! Several layers into one, and into and out of groups.

use super::History;
use super::edit::Edit;
use crate::document::DocumentError;
use crate::document::composite::flattened;
use crate::document::layer::{Blend, Content, Layer, LayerId, LayerKind, Place, Properties};
use crate::document::tiles::Tiles;
use engine_api::Size;

impl History {
    /// Makes one layer of a layer and the one below it, which looks the same as long as the lower one is blended
    /// normally; its mode and place stay. Opacities are worked into the pixels. Two masks become their union.
    ///
    /// # Errors
    /// [`DocumentError::NothingBelow`], [`DocumentError::Locked`], [`DocumentError::Hidden`], [`DocumentError::Kind`]
    /// when only one of them is a mask, or a mask lies inside a group.
    pub fn merge_down(&mut self, id: LayerId) -> Result<LayerId, DocumentError> {
        let place = self.document.place(id)?;
        let upper = self.document.layer(id)?.clone();
        let below =
            place.index.checked_sub(1).and_then(|index| self.siblings(place.group).get(index)).cloned();
        let Some(mut lower) = below else {
            return Err(DocumentError::NothingBelow { name: upper.name().to_owned() });
        };
        for layer in [&upper, &lower] {
            self.require_unlocked(layer.id)?;
            if !layer.properties.visible {
                return Err(DocumentError::Hidden { name: layer.name().to_owned() });
            }
        }
        if (upper.kind() == LayerKind::Mask) != (lower.kind() == LayerKind::Mask) {
            let name = upper.name().to_owned();
            return Err(DocumentError::Kind { name, kind: upper.kind(), wanted: lower.kind() });
        }
        // Pixels cannot hold a mask, and one that lies in a group must not be lost unseen.
        if let Some(mask) = [&upper, &lower].into_iter().find_map(|layer| inner_mask(layer)) {
            let name = mask.name().to_owned();
            return Err(DocumentError::Kind { name, kind: LayerKind::Mask, wanted: LayerKind::Picture });
        }
        let properties =
            Properties { opacity: 1.0, blend: lower.properties.blend, ..Properties::named(lower.name()) };
        lower.properties.blend = Blend::Normal;
        let picture = lower.kind() == LayerKind::Picture;
        let lower_id = lower.id;
        let size = self.document.size();
        let content = if lower.kind() == LayerKind::Mask {
            Content::Mask(union(&lower, &upper, size)?)
        } else {
            let tiles = flattened(&[lower, upper], size, &self.stop)?;
            if picture { Content::Picture(tiles) } else { Content::Paint(tiles) }
        };
        let merged = self.document.fresh_id();
        let layer = Box::new(Layer { id: merged, properties, content });
        self.step("Merge down", |history| {
            history.apply(Edit::Remove { layer: id })?;
            history.apply(Edit::Remove { layer: lower_id })?;
            let place = Place { index: place.index - 1, ..place };
            history.apply(Edit::Insert { place, layer })?;
            Ok(merged)
        })
    }

    /// Puts layers that lie in the same group, or in none, into a new group, in the order they have.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`] (also for an empty list), [`DocumentError::Scattered`],
    /// [`DocumentError::TooManyLayers`].
    pub fn group(&mut self, ids: &[LayerId], name: &str) -> Result<LayerId, DocumentError> {
        let mut places = Vec::with_capacity(ids.len());
        for id in ids {
            places.push((self.document.place(*id)?, *id));
        }
        places.sort_by_key(|(place, _)| place.index);
        places.dedup();
        let top = places.last().ok_or(DocumentError::NoLayer)?.0;
        if places.iter().any(|(place, _)| place.group != top.group) {
            return Err(DocumentError::Scattered);
        }
        self.step("Group layers", |history| {
            let place = Place { index: top.index + 1, ..top };
            let group = history.add(Content::Group(Vec::new()), name, place)?;
            for (index, (_, id)) in places.into_iter().enumerate() {
                history.move_to(id, Place { group: Some(group), index })?;
            }
            Ok(group)
        })
    }

    /// Puts the layers of a group in its place and takes the group away; its opacity and mode are lost.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::Kind`] when it is no group, [`DocumentError::Locked`].
    pub fn ungroup(&mut self, id: LayerId) -> Result<(), DocumentError> {
        self.require_unlocked(id)?;
        let layer = self.document.layer(id)?;
        if layer.kind() != LayerKind::Group {
            let name = layer.name().to_owned();
            return Err(DocumentError::Kind { name, kind: layer.kind(), wanted: LayerKind::Group });
        }
        let children: Vec<LayerId> = layer.children().iter().map(Layer::id).collect();
        let place = self.document.place(id)?;
        self.step("Ungroup", |history| {
            for (offset, child) in children.into_iter().enumerate() {
                history.move_to(child, Place { index: place.index + offset, ..place })?;
            }
            history.apply(Edit::Remove { layer: id })
        })
    }
}

fn union(lower: &Layer, upper: &Layer, size: Size) -> Result<Tiles, DocumentError> {
    let mut out = Tiles::empty(size, 1)?;
    for layer in [lower, upper] {
        let opacity = layer.properties.opacity;
        for (index, tile) in layer.tiles().into_iter().flat_map(Tiles::filled) {
            let Some(own) = out.tile_mut(index) else { continue };
            for (value, new) in own.iter_mut().zip(tile.iter()) {
                *value = (*value).max((f32::from(*new) * opacity).round() as u8);
            }
            out.tidy(index);
        }
    }
    Ok(out)
}

/// A mask inside a group.
fn inner_mask(layer: &Layer) -> Option<&Layer> {
    let own = |child: &&Layer| child.kind() == LayerKind::Mask;
    let children = layer.children();
    children.iter().find(own).or_else(|| children.iter().find_map(inner_mask))
}
