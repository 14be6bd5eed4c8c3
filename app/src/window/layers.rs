//! Changes of layers that the list asks for.

use super::possible::NO_LAYER;
use super::{Command, Open, Studio};
use crate::document::{Blend, DocumentError, History, Layer, LayerId, LayerKind, Place};
use crate::live::Changed;
use std::sync::Arc;

/// What shall happen to a layer.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerChange {
    Choose,
    /// Chooses it beside the others, or no longer.
    ChooseAlso,
    Show(bool),
    Lock(bool),
    /// Shows a group's layers in the list, or hides them there.
    Fold(bool),
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
    Ungroup,
    Delete,
}

/// What is done to all chosen layers at once, as one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChosenChange {
    /// The other way round from the chosen layer as it is.
    Show,
    Lock,
    Group,
    Delete,
}

impl Studio {
    pub(super) fn layer_command(&mut self, command: Command) {
        match command {
            Command::Duplicate => self.change_chosen(LayerChange::Duplicate),
            Command::MergeDown => self.change_chosen(LayerChange::MergeDown),
            Command::DeleteLayer => self.change_all_chosen(ChosenChange::Delete),
            Command::GroupLayers => self.change_all_chosen(ChosenChange::Group),
            Command::UngroupLayers => self.change_chosen(LayerChange::Ungroup),
            Command::RaiseLayer => self.change_chosen(LayerChange::Move(true)),
            Command::LowerLayer => self.change_chosen(LayerChange::Move(false)),
            Command::ToggleLayer => self.change_all_chosen(ChosenChange::Show),
            Command::LockLayer => self.change_all_chosen(ChosenChange::Lock),
            Command::FoldGroup => self.fold(),
            Command::RenameLayer => {
                let Some(open) = &self.open else { return };
                match open.chosen().and_then(|id| open.history.document().layer(id).ok()) {
                    Some(layer) => {
                        self.layer_list.rename(layer);
                        self.look.panels = true;
                    }
                    None => self.say(NO_LAYER),
                }
            }
            Command::LayerAbove | Command::AlsoAbove => {
                self.step_in_list(true, command == Command::AlsoAbove);
            }
            Command::LayerBelow | Command::AlsoBelow => {
                self.step_in_list(false, command == Command::AlsoBelow);
            }
            _ => {}
        }
    }

    /// Chooses the layer above or below, beside those that are chosen or in their place.
    fn step_in_list(&mut self, above: bool, also: bool) {
        let Some(open) = &mut self.open else { return };
        let first = open.rows().first().map(|(_, layer)| layer.id());
        let next = match open.chosen() {
            Some(id) => open.beside(id, above),
            None => first,
        };
        let Some(next) = next else { return };
        if also {
            open.also.extend(open.active);
        } else {
            open.also.clear();
        }
        open.also.remove(&next);
        open.active = Some(next);
        self.layer_list.reveal();
    }

    /// Folds the chosen group, or the one around the chosen layer; opens it where it is folded.
    fn fold(&mut self) {
        let Some(open) = &mut self.open else { return };
        let document = open.history.document();
        let around = |id: LayerId| {
            let is_group = document.layer(id).is_ok_and(|layer| layer.kind() == LayerKind::Group);
            if is_group { Some(id) } else { document.place(id).ok()?.group }
        };
        match open.chosen().and_then(around) {
            Some(group) => {
                if !open.folded.remove(&group) {
                    open.folded.insert(group);
                    open.active = Some(group);
                    open.also.clear();
                }
            }
            None => self.say("Choose a group first, or a layer in one"),
        }
    }

    fn change_chosen(&mut self, change: LayerChange) {
        match self.open.as_ref().and_then(Open::chosen) {
            Some(id) => self.change_layer(id, change),
            None if self.open.is_some() => self.say(NO_LAYER),
            None => {}
        }
    }

    pub(super) fn change_layer(&mut self, id: LayerId, change: LayerChange) {
        let Some(open) = &mut self.open else { return };
        if change == LayerChange::MergeDown {
            let merge = move |history: &mut History| history.merge_down(id).map(Changed::choosing);
            return self.change_at_length(Arc::new(merge));
        }
        if let Err(error) = open.change_layer(id, change) {
            self.complain(&error);
        }
    }

    /// Does something to all chosen layers.
    fn change_all_chosen(&mut self, change: ChosenChange) {
        match self.open.as_ref().map(Open::all_chosen) {
            Some(chosen) if chosen.is_empty() => self.say(NO_LAYER),
            Some(chosen) => self.change(|open| open.change_all(&chosen, change)),
            None => {}
        }
    }
}

impl Open {
    fn change_layer(&mut self, id: LayerId, change: LayerChange) -> Result<(), DocumentError> {
        let history = &mut self.history;
        match change {
            LayerChange::Choose => {
                self.active = Some(id);
                self.also.clear();
            }
            LayerChange::ChooseAlso => self.choose_also(id),
            LayerChange::Show(visible) => history.set_visible(id, visible)?,
            LayerChange::Lock(locked) => history.set_locked(id, locked)?,
            LayerChange::Fold(folded) => {
                let _ = if folded { self.folded.insert(id) } else { self.folded.remove(&id) };
            }
            LayerChange::Rename(name) => history.rename(id, &name)?,
            LayerChange::BeginOpacity => {
                self.end_sliding()?;
                self.history.begin("Layer opacity")?;
                self.sliding = true;
            }
            LayerChange::Opacity(opacity) => history.set_opacity(id, opacity)?,
            LayerChange::EndOpacity => self.end_sliding()?,
            LayerChange::Blend(blend) => history.set_blend(id, blend)?,
            LayerChange::Move(up) => return self.shift(id, up),
            LayerChange::MoveTo(place) => history.move_to(id, place)?,
            LayerChange::Duplicate => self.active = Some(history.duplicate(id)?),
            // Takes longer than a frame, and is made beside the window.
            LayerChange::MergeDown => {}
            LayerChange::Ungroup => {
                let first = history.document().layer(id)?.children().last().map(Layer::id);
                history.ungroup(id)?;
                self.active = first.or_else(|| self.beside(id, false));
            }
            LayerChange::Delete => return self.change_all(&[id], ChosenChange::Delete),
        }
        Ok(())
    }

    /// Ends a slider's gesture; also where the slider vanished under the pointer.
    pub(super) fn end_sliding(&mut self) -> Result<(), DocumentError> {
        if std::mem::take(&mut self.sliding) { self.history.commit().map(drop) } else { Ok(()) }
    }

    fn choose_also(&mut self, id: LayerId) {
        if self.active == Some(id) {
            self.active = self.also.pop_last().or(self.active);
        } else if !self.also.remove(&id) {
            // The latest one is the one whose settings are shown.
            self.also.extend(self.active.replace(id));
        }
    }

    /// One step for all of `ids`.
    fn change_all(&mut self, ids: &[LayerId], change: ChosenChange) -> Result<(), DocumentError> {
        let leader = self.chosen().or(ids.first().copied()).ok_or(DocumentError::NoLayer)?;
        let properties = self.history.document().layer(leader)?.properties().clone();
        let below = ids.last().and_then(|&id| self.beside_subtree(id));
        let name = match change {
            ChosenChange::Group => {
                let group = self.history.group(ids, "Group")?;
                (self.active, _) = (Some(group), self.also.clear());
                return Ok(());
            }
            ChosenChange::Show if properties.visible => "Hide layers",
            ChosenChange::Show => "Show layers",
            ChosenChange::Lock if properties.locked => "Unlock layers",
            ChosenChange::Lock => "Lock layers",
            ChosenChange::Delete => "Delete layers",
        };
        let one = |history: &mut History, id: LayerId| match change {
            ChosenChange::Show => history.set_visible(id, !properties.visible),
            ChosenChange::Lock => history.set_locked(id, !properties.locked),
            ChosenChange::Delete => history.remove(id),
            ChosenChange::Group => Ok(()),
        };
        let history = &mut self.history;
        if let [id] = ids {
            // A single layer's step says its name.
            one(history, *id)?;
        } else {
            history.begin(name)?;
            if let Err(error) = ids.iter().try_for_each(|&id| one(history, id)) {
                history.abort();
                return Err(error);
            }
            history.commit()?;
        }
        if change == ChosenChange::Delete {
            (self.active, _) = (below, self.also.clear());
        }
        Ok(())
    }

    /// Moves a layer one place up or down in the list; nothing to do where it is at the end.
    fn shift(&mut self, id: LayerId, up: bool) -> Result<(), DocumentError> {
        match self.place_beside(id, up) {
            Some(to) => self.history.move_to(id, to),
            None => Ok(()),
        }
    }

    /// The next place up or down in the list: into an open group on the way, and out of the one that it lies in. `None`
    /// at the end.
    pub(super) fn place_beside(&self, id: LayerId, up: bool) -> Option<Place> {
        let document = self.history.document();
        let place = document.place(id).ok()?;
        let siblings = match place.group {
            Some(group) => document.layer(group).ok()?.children(),
            None => document.layers(),
        };
        let next = if up {
            siblings.get(place.index + 1)
        } else {
            place.index.checked_sub(1).and_then(|at| siblings.get(at))
        };
        Some(match (next, place.group) {
            (Some(group), _) if group.kind() == LayerKind::Group && !self.folded.contains(&group.id()) => {
                let index = if up { 0 } else { group.children().len() };
                Place { group: Some(group.id()), index }
            }
            (Some(_), group) => Place { group, index: if up { place.index + 1 } else { place.index - 1 } },
            (None, Some(around)) => {
                let around = document.place(around).ok()?;
                Place { index: around.index + usize::from(up), ..around }
            }
            (None, None) => return None,
        })
    }

    /// Whether a layer is a group, or lies in one.
    pub(super) fn is_in_group(&self, layer: &Layer) -> bool {
        let document = self.history.document();
        layer.kind() == LayerKind::Group
            || document.place(layer.id()).is_ok_and(|place| place.group.is_some())
    }

    /// The layer above or below in the list.
    pub(super) fn beside(&self, id: LayerId, above: bool) -> Option<LayerId> {
        let listed = self.rows();
        let at = listed.iter().position(|(_, layer)| layer.id() == id)?;
        let other = if above { at.checked_sub(1)? } else { at + 1 };
        listed.get(other).map(|(_, layer)| layer.id())
    }

    /// The next layer of the list that lies below this one and not inside it; where there is none, the one above.
    fn beside_subtree(&self, id: LayerId) -> Option<LayerId> {
        let rows = self.rows();
        let at = rows.iter().position(|(_, layer)| layer.id() == id)?;
        let depth = rows.get(at)?.0;
        let below = rows.iter().skip(at + 1).find(|(other, _)| *other <= depth);
        below.or_else(|| rows.get(at.checked_sub(1)?)).map(|(_, layer)| layer.id())
    }
}
