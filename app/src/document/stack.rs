//! The document: a stack of layers on paper, and which tiles changed when.

use super::DocumentError;
use super::bands::Stop;
use super::layer::{Content, Layer, LayerId, LayerKind, Place, Properties};
use super::region::{Region, TILE, TileIndex};
use super::tiles::Tiles;
use engine_api::{Picture, Size};

/// Longest side of a document, in pixels.
pub const LARGEST_SIDE: u32 = 8192;
/// Most layers of a document, groups included.
pub const MOST_LAYERS: usize = 500;
/// How many groups may lie inside each other.
pub const MOST_DEPTH: usize = 8;

/// What lies under the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    pub size: Size,
    /// Red, green, blue, alpha; with alpha 0 the document is transparent where no layer is.
    pub colour: [u8; 4],
}

/// A picture in layers. Read freely; only [`super::History`] changes it.
#[derive(Debug, Clone)]
pub struct Document {
    pub(super) paper: Paper,
    /// Lowest first.
    pub(super) layers: Vec<Layer>,
    next_id: u64,
    revision: u64,
    picture_revisions: Vec<u64>,
    mask_revisions: Vec<u64>,
}

impl Document {
    /// A document without layers.
    ///
    /// # Errors
    /// [`DocumentError::Size`] when a side is 0 or longer than [`LARGEST_SIDE`].
    pub fn new(size: Size, colour: [u8; 4]) -> Result<Self, DocumentError> {
        Self::check_size(size)?;
        let paper = Paper { size, colour };
        let mut document = Self {
            paper,
            layers: Vec::new(),
            next_id: 1,
            revision: 0,
            picture_revisions: Vec::new(),
            mask_revisions: Vec::new(),
        };
        document.touch_all();
        Ok(document)
    }

    /// A transparent document with one picture layer of its own size.
    ///
    /// # Errors
    /// [`DocumentError::Size`] when the picture is larger than a document can be.
    pub fn from_picture(name: impl Into<String>, picture: &Picture) -> Result<Self, DocumentError> {
        Self::from_picture_unless(name, picture, &Stop::default())
    }

    /// The same, unless it is called off meanwhile.
    ///
    /// # Errors
    /// As [`Document::from_picture`]; [`DocumentError::GivenUp`].
    pub fn from_picture_unless(
        name: impl Into<String>,
        picture: &Picture,
        stop: &Stop,
    ) -> Result<Self, DocumentError> {
        let size = Size { width: picture.width(), height: picture.height() };
        let mut document = Self::new(size, [0; 4])?;
        let mut tiles = Tiles::empty(size, 4)?;
        let strips = picture.rgba().chunks(size.width as usize * TILE as usize * 4);
        for (strip, y) in strips.zip((0..size.height).step_by(TILE as usize)) {
            stop.check()?;
            tiles.write(Region::new(0, y, size.width, TILE.min(size.height - y)), strip)?;
        }
        let id = document.fresh_id();
        document.layers.push(Layer {
            id,
            properties: Properties::named(name),
            content: Content::Picture(tiles),
        });
        Ok(document)
    }

    /// Whether a document may have this size.
    ///
    /// # Errors
    /// [`DocumentError::Size`].
    pub fn check_size(size: Size) -> Result<(), DocumentError> {
        let possible = |side: u32| (1..=LARGEST_SIDE).contains(&side);
        if possible(size.width) && possible(size.height) { Ok(()) } else { Err(DocumentError::Size { size }) }
    }

    pub fn size(&self) -> Size {
        self.paper.size
    }

    pub fn paper(&self) -> Paper {
        self.paper
    }

    /// The layers, lowest first; those in groups are found in [`Layer::children`].
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// A layer, also inside groups.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn layer(&self, id: LayerId) -> Result<&Layer, DocumentError> {
        find(&self.layers, id).ok_or(DocumentError::NoLayer)
    }

    /// Where a layer lies.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn place(&self, id: LayerId) -> Result<Place, DocumentError> {
        place_in(&self.layers, None, id).ok_or(DocumentError::NoLayer)
    }

    /// The place above all layers.
    pub fn top(&self) -> Place {
        Place { group: None, index: self.layers.len() }
    }

    /// The place right above a layer, in the same group.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn above(&self, id: LayerId) -> Result<Place, DocumentError> {
        let place = self.place(id)?;
        Ok(Place { index: place.index + 1, ..place })
    }

    /// All layers with the number of groups around each, from the topmost down, a group before what lies in it: the
    /// order of a layer list.
    pub fn listed(&self) -> Vec<(usize, &Layer)> {
        let mut out = Vec::new();
        list(&self.layers, 0, &mut out);
        out
    }

    /// A number that grows with every change of what is seen or masked.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Tiles whose composite may have changed after `revision`, row by row. With 0, all of them; after the canvas
    /// changed its size, all of them.
    pub fn changed_since(&self, revision: u64) -> Vec<TileIndex> {
        self.newer(&self.picture_revisions, revision)
    }

    /// Tiles where some mask layer may have changed after `revision`.
    pub fn masks_changed_since(&self, revision: u64) -> Vec<TileIndex> {
        self.newer(&self.mask_revisions, revision)
    }

    /// Columns and rows of the grid of tiles.
    pub fn grid(&self) -> (u32, u32) {
        (self.paper.size.width.div_ceil(TILE), self.paper.size.height.div_ceil(TILE))
    }

    /// Pixels of one layer: four bytes each, or one for a mask.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::NoPixels`] for a group, [`DocumentError::Outside`].
    pub fn layer_pixels(&self, id: LayerId, region: Region) -> Result<Vec<u8>, DocumentError> {
        let layer = self.layer(id)?;
        layer.tiles().ok_or_else(|| no_pixels(layer))?.read(region)
    }

    pub(super) fn layer_mut(&mut self, id: LayerId) -> Result<&mut Layer, DocumentError> {
        find_mut(&mut self.layers, id).ok_or(DocumentError::NoLayer)
    }

    /// The list of layers of a group, or of the document.
    pub(super) fn siblings_mut(&mut self, group: Option<LayerId>) -> Result<&mut Vec<Layer>, DocumentError> {
        let Some(id) = group else { return Ok(&mut self.layers) };
        match &mut self.layer_mut(id)?.content {
            Content::Group(children) => Ok(children),
            _ => Err(DocumentError::NoPlace),
        }
    }

    pub(super) fn fresh_id(&mut self) -> LayerId {
        self.next_id += 1;
        LayerId(self.next_id - 1)
    }

    /// Notes that the tiles of a layer of this kind changed; `None` for one whose kind does not matter.
    pub(super) fn touch(&mut self, kind: LayerKind, tiles: impl IntoIterator<Item = TileIndex>) {
        self.revision += 1;
        let columns = self.grid().0 as usize;
        let revisions =
            if kind == LayerKind::Mask { &mut self.mask_revisions } else { &mut self.picture_revisions };
        for tile in tiles {
            if let Some(revision) = revisions.get_mut(tile.row as usize * columns + tile.column as usize) {
                *revision = self.revision;
            }
        }
    }

    /// Notes that all of a layer's tiles changed, with those of the layers in it.
    pub(super) fn touch_layer(&mut self, layer: &Layer) {
        if let Some(tiles) = layer.tiles() {
            self.touch(layer.kind(), tiles.filled().map(|(index, _)| index));
        }
        for child in layer.children() {
            self.touch_layer(child);
        }
    }

    /// Notes that everything changed, the size perhaps, too.
    pub(super) fn touch_all(&mut self) {
        self.revision += 1;
        let (columns, rows) = self.grid();
        let tiles = columns as usize * rows as usize;
        self.picture_revisions = vec![self.revision; tiles];
        self.mask_revisions = vec![self.revision; tiles];
    }

    fn newer(&self, revisions: &[u64], revision: u64) -> Vec<TileIndex> {
        let columns = self.grid().0;
        let index = |at: usize| TileIndex { column: at as u32 % columns, row: at as u32 / columns };
        let newer = revisions.iter().enumerate().filter(|(_, changed)| **changed > revision);
        newer.map(|(at, _)| index(at)).collect()
    }
}

/// The error for a layer that has no pixels of its own.
pub(super) fn no_pixels(layer: &Layer) -> DocumentError {
    DocumentError::NoPixels { name: layer.name().to_owned(), kind: layer.kind() }
}

fn find(layers: &[Layer], id: LayerId) -> Option<&Layer> {
    layers.iter().find_map(|layer| if layer.id == id { Some(layer) } else { find(layer.children(), id) })
}

fn find_mut(layers: &mut [Layer], id: LayerId) -> Option<&mut Layer> {
    layers.iter_mut().find_map(|layer| {
        if layer.id == id {
            return Some(layer);
        }
        if let Content::Group(children) = &mut layer.content { find_mut(children, id) } else { None }
    })
}

fn place_in(layers: &[Layer], group: Option<LayerId>, id: LayerId) -> Option<Place> {
    layers.iter().enumerate().find_map(|(index, layer)| {
        if layer.id == id {
            Some(Place { group, index })
        } else {
            place_in(layer.children(), Some(layer.id), id)
        }
    })
}

fn list<'a>(layers: &'a [Layer], depth: usize, out: &mut Vec<(usize, &'a Layer)>) {
    for layer in layers.iter().rev() {
        out.push((depth, layer));
        list(layer.children(), depth + 1, out);
    }
}
