//! Changes of the list of layers and of what the list says about them.

use super::History;
use super::edit::{Edit, check_place};
use crate::document::DocumentError;
use crate::document::layer::{Blend, Content, Layer, LayerId, LayerKind, Made, Place, Properties};
use crate::document::region::Region;
use crate::document::stack::{Document, MOST_DEPTH, MOST_LAYERS};
use crate::document::tiles::Tiles;
use engine_api::{Picture, Size};

impl History {
    /// A new picture layer, with the picture's upper left corner at `at`. What reaches past the document is cut off.
    ///
    /// # Errors
    /// [`DocumentError::Outside`] when nothing of it lies inside, [`DocumentError::NoPlace`],
    /// [`DocumentError::TooManyLayers`].
    pub fn add_picture(
        &mut self,
        name: &str,
        picture: &Picture,
        at: [u32; 2],
        place: Place,
    ) -> Result<LayerId, DocumentError> {
        let whole = Region::new(at[0], at[1], picture.width(), picture.height());
        let tiles = self.tiles_with(picture, whole)?;
        self.step("Add picture", |history| history.add(Content::Picture(tiles), name, place))
    }

    /// A new, clear paint layer.
    ///
    /// # Errors
    /// [`DocumentError::NoPlace`], [`DocumentError::TooManyLayers`].
    pub fn add_paint(&mut self, name: &str, place: Place) -> Result<LayerId, DocumentError> {
        let tiles = Tiles::empty(self.document.size(), 4)?;
        self.step("Add paint layer", |history| history.add(Content::Paint(tiles), name, place))
    }

    /// A new mask layer on which nothing is marked.
    ///
    /// # Errors
    /// As [`History::add_paint`].
    pub fn add_mask(&mut self, name: &str, place: Place) -> Result<LayerId, DocumentError> {
        let tiles = Tiles::empty(self.document.size(), 1)?;
        self.step("Add mask", |history| history.add(Content::Mask(tiles), name, place))
    }

    /// A new, empty group.
    ///
    /// # Errors
    /// As [`History::add_paint`].
    pub fn add_group(&mut self, name: &str, place: Place) -> Result<LayerId, DocumentError> {
        self.step("Add group", |history| history.add(Content::Group(Vec::new()), name, place))
    }

    /// Puts what the engine drew on top of all layers, as a new layer that remembers its recipe.
    ///
    /// # Errors
    /// [`DocumentError::Misfit`] when picture and region differ in size, [`DocumentError::Outside`],
    /// [`DocumentError::TooManyLayers`].
    pub fn place_result(
        &mut self,
        picture: &Picture,
        region: Region,
        made: impl Into<Made>,
    ) -> Result<LayerId, DocumentError> {
        let made = made.into();
        let tiles = self.result_tiles(picture, region)?;
        let name = result_name(&made.recipe.prompt);
        let place = self.document.top();
        let content = Content::Result(tiles, Box::new(made));
        self.step("Accept result", |history| history.add(content, &name, place))
    }

    /// Puts what the engine drew from an earlier result's recipe right above that result, which is kept and hidden, so
    /// that the new one is seen on the layers that both were made from.
    ///
    /// # Errors
    /// As [`History::place_result`]; [`DocumentError::NoLayer`] when the earlier one is gone.
    pub fn place_again(
        &mut self,
        picture: &Picture,
        region: Region,
        made: impl Into<Made>,
        earlier: LayerId,
    ) -> Result<LayerId, DocumentError> {
        let made = made.into();
        let tiles = self.result_tiles(picture, region)?;
        let name = result_name(&made.recipe.prompt);
        let place = self.document.above(earlier)?;
        let content = Content::Result(tiles, Box::new(made));
        self.step("Accept result made again", |history| {
            history.set_visible(earlier, false)?;
            history.add(content, &name, place)
        })
    }

    fn result_tiles(&self, picture: &Picture, region: Region) -> Result<Tiles, DocumentError> {
        let size = Size { width: picture.width(), height: picture.height() };
        if size != region.size() {
            return Err(DocumentError::Misfit { picture: size, place: region.size() });
        }
        if !region.fits(self.document.size()) {
            return Err(DocumentError::Outside { region, size: self.document.size() });
        }
        self.tiles_with(picture, region)
    }

    /// Takes a layer away, a group with everything in it.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::Locked`].
    pub fn remove(&mut self, id: LayerId) -> Result<(), DocumentError> {
        self.require_unlocked(id)?;
        let name = format!("Remove {}", self.document.layer(id)?.name());
        self.step(name, |history| history.apply(Edit::Remove { layer: id }))
    }

    /// Moves a layer to another place in the list; `place` counts without the layer itself.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::NoPlace`] (also for a group into itself),
    /// [`DocumentError::TooManyLayers`] when groups would lie too deep.
    pub fn move_to(&mut self, id: LayerId, place: Place) -> Result<(), DocumentError> {
        let layer = self.document.layer(id)?;
        if self.document.place(id)? == place {
            return Ok(());
        }
        self.require_room(place, 0, height(layer))?;
        self.step("Move layer", |history| history.apply(Edit::Move { layer: id, place }))
    }

    /// A copy of a layer right above it. Both share their pixels until one is changed.
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::TooManyLayers`].
    pub fn duplicate(&mut self, id: LayerId) -> Result<LayerId, DocumentError> {
        let mut copy = self.document.layer(id)?.clone();
        let place = self.document.above(id)?;
        self.require_room(place, count(std::slice::from_ref(&copy)), height(&copy))?;
        renumber(&mut copy, &mut self.document);
        copy.properties.name.push_str(" copy");
        let new = copy.id;
        self.step("Duplicate layer", |history| {
            history.apply(Edit::Insert { place, layer: Box::new(copy) }).map(|()| new)
        })
    }

    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn rename(&mut self, id: LayerId, name: &str) -> Result<(), DocumentError> {
        self.set(id, "Rename layer", |properties| name.clone_into(&mut properties.name))
    }

    /// Sets the opacity, 0 to 1. Between `begin` and `commit`, any number of settings is one step (a slider).
    ///
    /// # Errors
    /// [`DocumentError::NoLayer`], [`DocumentError::Number`].
    pub fn set_opacity(&mut self, id: LayerId, opacity: f32) -> Result<(), DocumentError> {
        check_number("The opacity", opacity, 0.0, 1.0)?;
        self.set(id, "Layer opacity", |properties| properties.opacity = opacity)
    }

    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn set_blend(&mut self, id: LayerId, blend: Blend) -> Result<(), DocumentError> {
        self.set(id, "Blend mode", |properties| properties.blend = blend)
    }

    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn set_visible(&mut self, id: LayerId, visible: bool) -> Result<(), DocumentError> {
        let name = if visible { "Show layer" } else { "Hide layer" };
        self.set(id, name, |properties| properties.visible = visible)
    }

    /// # Errors
    /// [`DocumentError::NoLayer`].
    pub fn set_locked(&mut self, id: LayerId, locked: bool) -> Result<(), DocumentError> {
        let name = if locked { "Lock layer" } else { "Unlock layer" };
        self.set(id, name, |properties| properties.locked = locked)
    }

    /// Whether pixels of the layer may be changed: neither it nor a group around it is locked.
    pub(super) fn require_unlocked(&self, id: LayerId) -> Result<(), DocumentError> {
        let mut next = Some(id);
        while let Some(id) = next {
            let layer = self.document.layer(id)?;
            if layer.properties.locked {
                return Err(DocumentError::Locked { name: layer.name().to_owned() });
            }
            next = self.document.place(id)?.group;
        }
        Ok(())
    }

    fn set(
        &mut self,
        id: LayerId,
        name: &str,
        change: impl FnOnce(&mut Properties),
    ) -> Result<(), DocumentError> {
        let mut properties = self.document.layer(id)?.properties.clone();
        change(&mut properties);
        if properties == self.document.layer(id)?.properties {
            return Ok(());
        }
        self.step(name, |history| history.apply(Edit::Properties { layer: id, properties }))
    }

    pub(super) fn add(
        &mut self,
        content: Content,
        name: &str,
        place: Place,
    ) -> Result<LayerId, DocumentError> {
        let depth = usize::from(matches!(content, Content::Group(_)));
        self.require_room(place, 1, depth)?;
        check_place(&self.document, place)?;
        let id = self.document.fresh_id();
        let layer = Box::new(Layer { id, properties: Properties::named(name), content });
        self.apply(Edit::Insert { place, layer })?;
        Ok(id)
    }

    pub(super) fn siblings(&self, group: Option<LayerId>) -> &[Layer] {
        match group {
            None => self.document.layers(),
            Some(id) => self.document.layer(id).map_or(&[], Layer::children),
        }
    }

    /// Whether so many more layers, in groups that are so deep themselves, may come to this place.
    pub(super) fn require_room(&self, place: Place, more: usize, height: usize) -> Result<(), DocumentError> {
        let (mut depth, mut next) = (height, place.group);
        while let Some(id) = next {
            depth += 1;
            next = self.document.place(id).map_err(|_| DocumentError::NoPlace)?.group;
        }
        if depth > MOST_DEPTH || count(self.document.layers()) + more > MOST_LAYERS {
            return Err(DocumentError::TooManyLayers);
        }
        Ok(())
    }

    /// Pixels of the document's size with a picture in them.
    fn tiles_with(&self, picture: &Picture, whole: Region) -> Result<Tiles, DocumentError> {
        let size = self.document.size();
        let inside = whole.intersection(Region::whole(size));
        if inside.is_empty() {
            return Err(DocumentError::Outside { region: whole, size });
        }
        let mut tiles = Tiles::empty(size, 4)?;
        let length = inside.width as usize * 4;
        if inside == whole {
            tiles.write(inside, picture.rgba())?;
            return Ok(tiles);
        }
        let rows = picture.rgba().chunks_exact(picture.width() as usize * 4);
        for (y, row) in (inside.y..inside.bottom()).zip(rows) {
            tiles.write(Region::new(inside.x, y, inside.width, 1), &row[..length])?;
        }
        Ok(tiles)
    }
}

/// Refuses numbers out of range, and what is no number.
pub(super) fn check_number(
    what: &'static str,
    value: f32,
    least: f32,
    most: f32,
) -> Result<(), DocumentError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let [value, least, most] = [value, least, most].map(f64::from);
    Err(DocumentError::Number { what, value, least, most })
}

/// The first words of a prompt.
fn result_name(prompt: &str) -> String {
    const LONGEST: usize = 40;
    let words: String = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return "Result".to_owned();
    }
    if words.chars().count() <= LONGEST {
        return words;
    }
    format!("{}…", words.chars().take(LONGEST).collect::<String>().trim_end())
}

fn count(layers: &[Layer]) -> usize {
    layers.iter().map(|layer| 1 + count(layer.children())).sum()
}

/// How many groups lie inside each other here: 0 for a layer, 1 for a group of layers.
fn height(layer: &Layer) -> usize {
    let inner = layer.children().iter().map(height).max().unwrap_or(0);
    inner + usize::from(layer.kind() == LayerKind::Group)
}

fn renumber(layer: &mut Layer, document: &mut Document) {
    layer.id = document.fresh_id();
    if let Content::Group(children) = &mut layer.content {
        children.iter_mut().for_each(|child| renumber(child, document));
    }
}
