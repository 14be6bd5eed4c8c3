//! Where a dragged layer lands: from a row of the list to a place among the layers.

use crate::document::{Document, Layer, LayerId, LayerKind, Place};

/// A spot in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drop {
    /// Right above a layer, in the group that it lies in.
    Above(LayerId),
    Below(LayerId),
    /// The uppermost of a group.
    Into(LayerId),
    /// Below everything.
    Bottom,
}

impl Drop {
    /// The spot at this share of a row's height, from 0 at its top to 1.
    pub(super) fn at(layer: &Layer, share: f32, is_folded: bool) -> Self {
        let id = layer.id();
        if layer.kind() != LayerKind::Group {
            return if share < 0.5 { Self::Above(id) } else { Self::Below(id) };
        }
        match share {
            ..0.3 => Self::Above(id),
            // What lies under the row of an open group is the group's inside.
            0.7.. if is_folded => Self::Below(id),
            _ => Self::Into(id),
        }
    }
}

/// The place that `moved` would get, counted without itself as [`crate::document::History::move_to`] wants it.
/// `None` where nothing would change, and where it cannot go: a group into itself.
pub(super) fn place(document: &Document, moved: LayerId, drop: Drop) -> Option<Place> {
    let from = document.place(moved).ok()?;
    let mut to = match drop {
        Drop::Above(id) => document.above(id).ok()?,
        Drop::Below(id) => document.place(id).ok()?,
        Drop::Into(id) => Place { group: Some(id), index: document.layer(id).ok()?.children().len() },
        Drop::Bottom => Place { group: None, index: 0 },
    };
    let mut around = to.group;
    while let Some(group) = around {
        if group == moved {
            return None;
        }
        around = document.place(group).ok()?.group;
    }
    if to.group == from.group && to.index > from.index {
        to.index -= 1;
    }
    (to != from).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::History;
    use engine_api::Size;

    /// From below: a, group (b, c), d.
    fn layers() -> (History, [LayerId; 5]) {
        let document = Document::new(Size { width: 8, height: 8 }, [255; 4]).unwrap();
        let mut history = History::new(document);
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| {
            let top = history.document().top();
            history.add_paint(name, top).unwrap()
        });
        let group = history.group(&[b, c], "group").unwrap();
        (history, [a, b, c, d, group])
    }

    fn order(history: &History) -> String {
        history.document().listed().iter().map(|(depth, layer)| format!("{depth}{} ", layer.name())).collect()
    }

    fn dropped(moved: usize, drop: impl Fn([LayerId; 5]) -> Drop) -> Option<String> {
        let (mut history, ids) = layers();
        assert_eq!(order(&history), "0d 0group 1c 1b 0a ");
        let to = place(history.document(), ids[moved], drop(ids))?;
        history.move_to(ids[moved], to).unwrap();
        Some(order(&history))
    }

    #[test]
    fn a_layer_lands_where_the_line_is() {
        let [a, b, c, d, group] = [0, 1, 2, 3, 4];
        let gives = |moved, drop: &dyn Fn([LayerId; 5]) -> Drop, expected: Option<&str>| {
            assert_eq!(dropped(moved, drop).as_deref(), expected);
        };
        gives(a, &|ids| Drop::Above(ids[d]), Some("0a 0d 0group 1c 1b "));
        gives(a, &|ids| Drop::Below(ids[c]), Some("0d 0group 1c 1a 1b "));
        gives(d, &|ids| Drop::Into(ids[group]), Some("0group 1d 1c 1b 0a "));
        gives(b, &|_| Drop::Bottom, Some("0d 0group 1c 0a 0b "));
        gives(c, &|ids| Drop::Above(ids[group]), Some("0d 0c 0group 1b 0a "));
        gives(b, &|ids| Drop::Above(ids[c]), Some("0d 0group 1b 1c 0a "));
        gives(group, &|ids| Drop::Below(ids[a]), Some("0d 0a 0group 1c 1b "));
    }

    #[test]
    fn nothing_moves_onto_its_own_place_or_into_itself() {
        let [a, c, group] = [0, 2, 4];
        assert_eq!(dropped(a, |ids| Drop::Below(ids[a])), None);
        assert_eq!(dropped(a, |ids| Drop::Above(ids[a])), None);
        assert_eq!(dropped(a, |_| Drop::Bottom), None);
        assert_eq!(dropped(c, |ids| Drop::Into(ids[group])), None);
        assert_eq!(dropped(group, |ids| Drop::Into(ids[group])), None);
        assert_eq!(dropped(group, |ids| Drop::Above(ids[c])), None);
    }

    #[test]
    fn the_middle_of_a_group_is_its_inside() {
        let (history, ids) = layers();
        let layer = |at: usize| history.document().layer(ids[at]).unwrap();
        let group = ids[4];
        assert_eq!(Drop::at(layer(4), 0.1, false), Drop::Above(group));
        assert_eq!(Drop::at(layer(4), 0.9, false), Drop::Into(group));
        assert_eq!(Drop::at(layer(4), 0.9, true), Drop::Below(group));
        assert_eq!(Drop::at(layer(0), 0.4, false), Drop::Above(ids[0]));
        assert_eq!(Drop::at(layer(0), 0.6, false), Drop::Below(ids[0]));
    }
}
