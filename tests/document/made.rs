//! How a result was made: what it remembers, and making it again.

use crate::chance::recipe;
use app::document::{Combine, Document, DocumentError, History, Ingredients, LayerId, Made, Region, Shape};
use engine_api::{Picture, Size};
use std::sync::Arc;

const SIZE: Size = Size { width: 300, height: 280 };

fn plain(size: Size, colour: [u8; 4]) -> Picture {
    Picture::new(size.width, size.height, colour.repeat(size.pixels() as usize)).unwrap()
}

fn with_marks() -> (History, LayerId) {
    let mut history = History::new(Document::from_picture("meadow", &plain(SIZE, [9, 9, 9, 255])).unwrap());
    let top = history.document().top();
    let mask = history.add_mask("Mask", top).unwrap();
    let shape = Shape::Rectangle { from: [10.0, 10.0], to: [40.0, 30.0] };
    history.select(mask, &shape, Combine::Replace).unwrap();
    (history, mask)
}

fn bounds(history: &History) -> Option<Region> {
    history.document().marks().unwrap().and_then(|marks| marks.bounds())
}

#[test]
fn kept_marks_share_their_tiles_with_the_mask() {
    let (history, mask) = with_marks();
    let kept = history.document().marks().unwrap().expect("something is marked");
    let own = history.document().layer(mask).unwrap().tiles().unwrap();
    let shared = own.filled().zip(kept.filled()).all(|((_, own), (_, kept))| Arc::ptr_eq(own, kept));
    assert!(shared && kept.bytes() > 0);
}

#[test]
fn marks_of_several_masks_are_their_union_and_hidden_ones_do_not_count() {
    let (mut history, mask) = with_marks();
    let top = history.document().top();
    let other = history.add_mask("Other", top).unwrap();
    let shape = Shape::Rectangle { from: [100.0, 100.0], to: [140.0, 120.0] };
    history.select(other, &shape, Combine::Replace).unwrap();
    let marks = history.document().marks().unwrap().unwrap();
    let whole = Region::whole(SIZE);
    assert_eq!(marks.read(whole).unwrap(), history.document().mask_values(whole).unwrap());
    history.set_visible(mask, false).unwrap();
    assert_eq!(bounds(&history), Some(Region::new(100, 100, 40, 20)));
    history.set_visible(other, false).unwrap();
    assert_eq!(history.document().marks().unwrap(), None);
}

#[test]
fn marks_come_back_exactly_and_in_one_step() {
    let (mut history, mask) = with_marks();
    let kept = history.document().marks().unwrap().unwrap();
    history.clear(mask).unwrap();
    history.set_opacity(mask, 0.5).unwrap();
    let top = history.document().top();
    let other = history.add_mask("Other", top).unwrap();
    history.change_mask(other, app::document::MaskChange::Fill).unwrap();
    let (before, steps) = (bounds(&history), history.position());
    history.restore_marks(mask, &kept).unwrap();
    assert_eq!(history.document().marks().unwrap().as_ref(), Some(&kept));
    assert_eq!(history.position(), steps + 1);
    history.undo().unwrap();
    assert_eq!(bounds(&history), before);

    history.set_locked(mask, true).unwrap();
    assert!(matches!(history.restore_marks(mask, &kept), Err(DocumentError::Locked { .. })));
    history.set_locked(mask, false).unwrap();
    history.crop(Region::new(0, 0, 100, 100)).unwrap();
    assert!(matches!(history.restore_marks(mask, &kept), Err(DocumentError::Misfit { .. })));
}

#[test]
fn a_result_made_again_lies_above_the_earlier_one_which_is_kept() {
    let (mut history, _) = with_marks();
    let region = Region::new(0, 0, 100, 100);
    let first = history.place_result(&plain(region.size(), [1, 1, 1, 255]), region, recipe("one")).unwrap();
    let top = history.document().top();
    history.add_paint("Sketch", top).unwrap();
    let ingredients = Ingredients { marks: history.document().marks().unwrap(), ..Ingredients::default() };
    let bytes = history.bytes();
    let made = Made { recipe: recipe("two"), ingredients, when: Some(5) };
    let small = Region::new(0, 0, 20, 20);
    let again =
        history.place_again(&plain(small.size(), [2, 2, 2, 255]), small, made.clone(), first).unwrap();
    let names: Vec<&str> = history.document().layers().iter().map(|layer| layer.name()).collect();
    assert_eq!(names, ["meadow", "Mask", "one", "two", "Sketch"]);
    assert_eq!(history.document().layer(again).unwrap().made(), Some(&made));
    assert_eq!(history.document().colour_at(5, 5).unwrap(), [2, 2, 2, 255]);
    assert_eq!(history.document().colour_at(50, 50).unwrap(), [9, 9, 9, 255], "the earlier one is hidden");
    assert_eq!(history.bytes(), bytes, "a step that adds holds on to nothing");

    assert_eq!(history.undo().unwrap().as_deref(), Some("Accept result made again"));
    assert_eq!(history.document().colour_at(50, 50).unwrap(), [1, 1, 1, 255]);
    let held = history.bytes() - bytes;
    assert_eq!(held, 256 * 256 * 4 + 256 * 256, "the undone result, with its kept marks");
    history.remove(first).unwrap();
    let gone = history.place_again(&plain(small.size(), [2; 4]), small, recipe("three"), first);
    assert_eq!(gone.err(), Some(DocumentError::NoLayer));
}
