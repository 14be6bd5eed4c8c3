//! Changes of layers that the list asks for.

use super::{Open, Studio};
use crate::document::{Blend, DocumentError, LayerId, Place};

/// What shall happen to a layer.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerChange {
    Choose,
    Show(bool),
    Lock(bool),
    Rename(String),
    /// A slider is being moved: all its values are one step of the history.
    BeginOpacity,
    Opacity(f32),
    EndOpacity,
    Blend(Blend),
    /// `true` is up.
    Move(bool),
    /// A place that counts without the layer itself.
    MoveTo(Place),
    Duplicate,
    MergeDown,
    Delete,
}

impl Studio {
    pub(super) fn change_layer(&mut self, id: LayerId, change: LayerChange) {
        let Some(open) = &mut self.open else { return };
        if let Err(error) = open.change_layer(id, change) {
            self.complain(&error);
        }
    }
}

impl Open {
    fn change_layer(&mut self, id: LayerId, change: LayerChange) -> Result<(), DocumentError> {
        let history = &mut self.history;
        match change {
            LayerChange::Choose => self.active = Some(id),
            LayerChange::Show(visible) => history.set_visible(id, visible)?,
            LayerChange::Lock(locked) => history.set_locked(id, locked)?,
            LayerChange::Rename(name) => history.rename(id, &name)?,
            LayerChange::BeginOpacity => history.begin("Opacity")?,
            LayerChange::Opacity(opacity) => history.set_opacity(id, opacity)?,
            LayerChange::EndOpacity => drop(history.commit()?),
            LayerChange::Blend(blend) => history.set_blend(id, blend)?,
            LayerChange::Move(up) => return self.shift(id, up),
            LayerChange::MoveTo(place) => history.move_to(id, place)?,
            LayerChange::Duplicate => self.active = Some(history.duplicate(id)?),
            LayerChange::MergeDown => self.active = Some(history.merge_down(id)?),
            LayerChange::Delete => {
                let below = self.beside(id, false);
                self.history.remove(id)?;
                self.active = below;
            }
        }
        Ok(())
    }

    /// Moves a layer one place up or down among its siblings.
    fn shift(&mut self, id: LayerId, up: bool) -> Result<(), DocumentError> {
        let document = self.history.document();
        let place = document.place(id)?;
        let siblings = match place.group {
            Some(group) => document.layer(group)?.children().len(),
            None => document.layers().len(),
        };
        let index = if up { place.index + 1 } else { place.index.wrapping_sub(1) };
        // Already at the end: nothing to do.
        if index < siblings { self.history.move_to(id, Place { index, ..place }) } else { Ok(()) }
    }

    /// The layer above or below in the list.
    pub(super) fn beside(&self, id: LayerId, above: bool) -> Option<LayerId> {
        let listed = self.history.document().listed();
        let at = listed.iter().position(|(_, layer)| layer.id() == id)?;
        let other = if above { at.checked_sub(1)? } else { at + 1 };
        listed.get(other).map(|(_, layer)| layer.id())
    }
}
