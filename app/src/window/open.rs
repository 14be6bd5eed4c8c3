//! The document that is open, with what belongs to it and is not undone.

use crate::document::{Document, DocumentError, History, Layer, LayerId, LayerKind, Region, Stop, Tiles};
use crate::link::OpenedPicture;
use crate::live::Doing;
use crate::tools::{enlarged, mask_of};
use engine_api::{Expansion, Picture, Recipe, Size};
use std::collections::BTreeSet;

/// A document with its past.
pub struct Open {
    pub history: History,
    /// For the title and the name of an export.
    pub name: String,
    /// The layer that is chosen in the list.
    pub active: Option<LayerId>,
    /// Layers that are chosen beside it, for what is done to several at once.
    pub also: BTreeSet<LayerId>,
    /// Groups whose layers the list does not show.
    pub folded: BTreeSet<LayerId>,
    /// Whether a slider is being moved: all its values are one step.
    pub sliding: bool,
    /// The picture as it was opened; `None` for an empty canvas.
    pub original: Option<Picture>,
    /// Its colour profile, written with an export.
    pub profile: Option<Vec<u8>>,
    /// What the next edit shall add around the picture.
    pub expansion: Expansion,
    saved: u64,
    marked: (u64, Option<Region>),
}

impl Open {
    /// A document from a picture, with an empty mask to paint on.
    ///
    /// # Errors
    /// [`DocumentError::Size`] when the picture is too large, [`DocumentError::GivenUp`].
    pub fn picture(name: &str, opened: OpenedPicture, stop: &Stop) -> Result<Self, DocumentError> {
        let document = Document::from_picture_unless(name, &opened.picture, stop)?;
        Self::new(name, document, Some(opened.picture), opened.profile)
    }

    /// An empty white canvas.
    ///
    /// # Errors
    /// [`DocumentError::Size`].
    pub fn empty(size: Size) -> Result<Self, DocumentError> {
        Self::new("Untitled", Document::new(size, [255; 4])?, None, None)
    }

    fn new(
        name: &str,
        document: Document,
        original: Option<Picture>,
        profile: Option<Vec<u8>>,
    ) -> Result<Self, DocumentError> {
        let active = document.layers().last().map(Layer::id);
        let mut history = History::new(document);
        mask_of(&mut history, None)?;
        // The mask belongs to the beginning: it is not a step that could be undone.
        let history = History::new(history.document().clone());
        let saved = history.document().revision();
        let name = name.to_owned();
        Ok(Self {
            history,
            name,
            active,
            also: BTreeSet::new(),
            folded: BTreeSet::new(),
            sliding: false,
            original,
            profile,
            expansion: Expansion::default(),
            saved,
            marked: (0, None),
        })
    }

    /// Whether something changed since the last export.
    pub fn is_unsaved(&self) -> bool {
        self.history.document().revision() != self.saved
    }

    /// Notes that everything up to a revision is saved.
    pub fn saved(&mut self, revision: u64) {
        self.saved = revision;
    }

    /// A name for an export to begin with, without ending.
    pub fn export_name(&self) -> String {
        format!("{}-edited", self.name)
    }

    /// What the button would do.
    pub fn doing(&self) -> Doing {
        let document = self.history.document();
        if self.is_blank() {
            return Doing::Generate(document.size());
        }
        if !self.expansion.is_none() {
            return Doing::Expand(enlarged(document.size(), self.expansion));
        }
        self.edit()
    }

    /// What an edit of the picture at its size would do.
    pub(super) fn edit(&self) -> Doing {
        let size = self.history.document().size();
        self.marked.1.map_or(Doing::EditEverything(size), Doing::EditSelection)
    }

    /// Whether there is nothing yet that could be edited.
    fn is_blank(&self) -> bool {
        let document = self.history.document();
        let shows = |layer: &Layer| {
            layer.kind() != LayerKind::Mask
                && layer.properties().visible
                && layer.tiles().is_none_or(|tiles: &Tiles| tiles.bytes() > 0)
        };
        !document.listed().iter().any(|(_, layer)| shows(layer))
    }

    /// Looks again at what is marked, once per change and not while a stroke is drawn.
    pub fn look_at_marks(&mut self) {
        let document = self.history.document();
        if self.marked.0 == document.revision() || self.history.is_open() {
            return;
        }
        let masks = document.listed().into_iter().filter(|(_, layer)| {
            layer.kind() == LayerKind::Mask && layer.properties().visible && layer.properties().opacity > 0.0
        });
        let boxes = masks.filter_map(|(_, layer)| layer.tiles()?.bounds());
        self.marked = (document.revision(), boxes.reduce(Region::union));
    }

    /// Whether nothing is marked, as far as that was looked at since the last change.
    pub fn marks_nothing(&self) -> bool {
        self.marked.0 == self.history.document().revision() && self.marked.1.is_none()
    }

    /// How the uppermost visible result was made.
    pub fn recipe(&self) -> Option<Recipe> {
        let listed = self.history.document().listed();
        listed
            .iter()
            .filter(|(_, layer)| layer.properties().visible)
            .find_map(|(_, layer)| layer.recipe().cloned())
    }

    /// The chosen layer, if it is still there.
    pub fn chosen(&self) -> Option<LayerId> {
        self.active.filter(|&id| self.history.document().layer(id).is_ok())
    }

    /// All chosen layers that are still there, the topmost first; where a group is chosen, nothing inside it.
    pub fn all_chosen(&self) -> Vec<LayerId> {
        let document = self.history.document();
        let is_chosen = |id: LayerId| self.active == Some(id) || self.also.contains(&id);
        let inside_chosen = |id: LayerId| {
            let mut group = document.place(id).ok().and_then(|place| place.group);
            while let Some(around) = group {
                if is_chosen(around) {
                    return true;
                }
                group = document.place(around).ok().and_then(|place| place.group);
            }
            false
        };
        let listed = document.listed().into_iter().map(|(_, layer)| layer.id());
        listed.filter(|&id| is_chosen(id) && !inside_chosen(id)).collect()
    }

    /// The rows of the list of layers: all but those in folded groups, with the number of groups around each.
    pub fn rows(&self) -> Vec<(usize, &Layer)> {
        let mut hidden_below = None;
        let mut rows = self.history.document().listed();
        rows.retain(|&(depth, layer)| {
            if hidden_below.is_some_and(|folded| depth > folded) {
                return false;
            }
            hidden_below = self.folded.contains(&layer.id()).then_some(depth);
            true
        });
        rows
    }
}
