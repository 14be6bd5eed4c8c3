//! The changes that a document knows, each of which turns into its exact inverse when it is made.

use crate::document::layer::{Content, Layer, LayerId, Place, Properties};
use crate::document::region::TileIndex;
use crate::document::stack::Paper;
use crate::document::tiles::{Tile, Tiles};
use crate::document::{Document, DocumentError};

/// One change. It holds what the document does not hold at the moment, so that undo and redo together keep each tile once.
#[derive(Debug)]
pub(super) enum Edit {
    /// Other tiles in place of a layer's own.
    Tiles {
        layer: LayerId,
        patches: Vec<(TileIndex, Option<Tile>)>,
    },
    Insert {
        place: Place,
        layer: Box<Layer>,
    },
    Remove {
        layer: LayerId,
    },
    Move {
        layer: LayerId,
        place: Place,
    },
    Properties {
        layer: LayerId,
        properties: Properties,
    },
    /// Another paper, and where its size differs, other pixels for every layer.
    Canvas {
        paper: Paper,
        surfaces: Vec<(LayerId, Tiles)>,
    },
}

impl Edit {
    /// Makes the change and returns what takes it back.
    ///
    /// # Errors
    /// When a layer or a place does not exist; then nothing is changed.
    pub(super) fn apply(self, document: &mut Document) -> Result<Self, DocumentError> {
        match self {
            Self::Tiles { layer, patches } => swap_tiles(document, layer, patches),
            Self::Insert { place, layer } => insert(document, place, layer),
            Self::Remove { layer } => {
                let place = document.place(layer)?;
                let layer = Box::new(document.siblings_mut(place.group)?.remove(place.index));
                document.touch_layer(&layer);
                Ok(Self::Insert { place, layer })
            }
            Self::Move { layer, place } => {
                let from = document.place(layer)?;
                let moved = document.siblings_mut(from.group)?.remove(from.index);
                match check_place(document, place) {
                    Ok(()) => {
                        document.touch_layer(&moved);
                        document.siblings_mut(place.group)?.insert(place.index, moved);
                        Ok(Self::Move { layer, place: from })
                    }
                    Err(error) => {
                        document.siblings_mut(from.group)?.insert(from.index, moved);
                        Err(error)
                    }
                }
            }
            Self::Properties { layer, properties } => set_properties(document, layer, properties),
            Self::Canvas { paper, surfaces } => {
                let mut before = Vec::with_capacity(surfaces.len());
                for (id, tiles) in surfaces {
                    if let Some(own) = document.layer_mut(id)?.tiles_mut() {
                        before.push((id, std::mem::replace(own, tiles)));
                    }
                }
                let paper = std::mem::replace(&mut document.paper, paper);
                document.touch_all();
                Ok(Self::Canvas { paper, surfaces: before })
            }
        }
    }

    /// Bytes of pixels that the edit holds on to.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Tiles { patches, .. } => {
                patches.iter().filter_map(|(_, tile)| tile.as_ref()).map(|tile| tile.len()).sum()
            }
            Self::Insert { layer, .. } => layer.bytes(),
            Self::Canvas { surfaces, .. } => surfaces.iter().map(|(_, tiles)| tiles.bytes()).sum(),
            Self::Remove { .. } | Self::Move { .. } | Self::Properties { .. } => 0,
        }
    }

    /// Joins this inverse with an earlier one where both concern the same thing: the earlier state wins. Hands it
    /// back where they do not.
    pub(super) fn join(self, earlier: &mut Self) -> Option<Self> {
        match (earlier, self) {
            (Self::Tiles { layer, patches }, Self::Tiles { layer: other, patches: later })
                if *layer == other =>
            {
                let known: std::collections::HashSet<TileIndex> =
                    patches.iter().map(|(index, _)| *index).collect();
                patches.extend(later.into_iter().filter(|(index, _)| !known.contains(index)));
                None
            }
            (Self::Properties { layer, .. }, Self::Properties { layer: other, .. }) if *layer == other => {
                None
            }
            (_, later) => Some(later),
        }
    }

    /// Drops what would change nothing; `None` when nothing is left.
    pub(super) fn pruned(self, document: &Document) -> Option<Self> {
        match self {
            Self::Tiles { layer, mut patches } => {
                let now = document.layer(layer).ok().and_then(Layer::tiles);
                patches.retain(|(index, tile)| now.is_none_or(|now| now.tile(*index) != tile.as_ref()));
                (!patches.is_empty()).then_some(Self::Tiles { layer, patches })
            }
            Self::Properties { layer, properties } => {
                let same = document.layer(layer).is_ok_and(|now| *now.properties() == properties);
                (!same).then_some(Self::Properties { layer, properties })
            }
            other => Some(other),
        }
    }
}

fn swap_tiles(
    document: &mut Document,
    id: LayerId,
    mut patches: Vec<(TileIndex, Option<Tile>)>,
) -> Result<Edit, DocumentError> {
    let layer = document.layer_mut(id)?;
    let kind = layer.kind();
    if let Some(tiles) = layer.tiles_mut() {
        for (index, tile) in &mut patches {
            *tile = tiles.swap(*index, tile.take());
        }
    }
    document.touch(kind, patches.iter().map(|(index, _)| *index));
    Ok(Edit::Tiles { layer: id, patches })
}

fn insert(document: &mut Document, place: Place, layer: Box<Layer>) -> Result<Edit, DocumentError> {
    check_place(document, place)?;
    let id = layer.id;
    document.touch_layer(&layer);
    document.siblings_mut(place.group)?.insert(place.index, *layer);
    Ok(Edit::Remove { layer: id })
}

fn set_properties(
    document: &mut Document,
    id: LayerId,
    properties: Properties,
) -> Result<Edit, DocumentError> {
    let layer = document.layer_mut(id)?;
    let before = std::mem::replace(&mut layer.properties, properties);
    let now = &layer.properties;
    let seen = |p: &Properties| (p.opacity.to_bits(), p.blend, p.visible);
    if seen(&before) != seen(now) {
        // A clone shares the tiles; it is needed because the layer lies inside the document.
        let layer = layer.clone();
        document.touch_layer(&layer);
    }
    Ok(Edit::Properties { layer: id, properties: before })
}

pub(super) fn check_place(document: &Document, place: Place) -> Result<(), DocumentError> {
    let siblings = match place.group {
        None => document.layers(),
        Some(id) => match &document.layer(id).map_err(|_| DocumentError::NoPlace)?.content {
            Content::Group(children) => children,
            _ => return Err(DocumentError::NoPlace),
        },
    };
    if place.index <= siblings.len() { Ok(()) } else { Err(DocumentError::NoPlace) }
}
