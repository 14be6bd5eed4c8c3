//! Steps, transactions, the cap, and what layers share.

use crate::chance::{Chance, plain, recipe, size, top, with_mask, with_paint};
use app::document::{
    Blend, Brush, BrushMode, Document, DocumentError, History, LayerId, LayerKind, MaskChange, Place, Region,
    StrokePoint, TileIndex,
};
use engine_api::Expansion;
use std::sync::Arc;

const BRUSH: Brush = Brush {
    mode: BrushMode::Add,
    colour: [200, 30, 10],
    size: 20.0,
    hardness: 1.0,
    opacity: 1.0,
    spacing: 0.1,
    pressure_size: false,
    pressure_opacity: false,
};

fn dab(history: &mut History, id: LayerId, x: f32, y: f32) {
    history.begin_stroke(id, BRUSH, StrokePoint::new(x, y)).unwrap();
    assert!(history.end_stroke().unwrap());
}

fn names(history: &History) -> Vec<(&str, bool)> {
    history.steps().into_iter().map(|step| (step.name, step.done)).collect()
}

#[test]
fn one_gesture_is_one_step_with_a_name() {
    let (mut history, id) = with_paint(600, 300);
    dab(&mut history, id, 30.0, 30.0);
    history.begin("Layer opacity").unwrap();
    for part in 1..10 {
        history.set_opacity(id, part as f32 / 10.0).unwrap();
    }
    assert!(history.commit().unwrap());
    history.undo().unwrap();
    assert_eq!(names(&history), [("Add paint layer", true), ("Brush", true), ("Layer opacity", false)]);
    assert_eq!(history.document().layer(id).unwrap().properties().opacity, 1.0);
    history.set_blend(id, Blend::Screen).unwrap();
    assert_eq!(names(&history), [("Add paint layer", true), ("Brush", true), ("Blend mode", true)]);
}

#[test]
fn what_changes_nothing_is_no_step_and_keeps_the_redo() {
    let (mut history, id) = with_paint(300, 300);
    dab(&mut history, id, 30.0, 30.0);
    dab(&mut history, id, 60.0, 30.0);
    history.undo().unwrap();
    let eraser = Brush { mode: BrushMode::Erase, ..BRUSH };
    history.begin_stroke(id, eraser, StrokePoint::new(200.0, 270.0)).unwrap();
    assert!(!history.end_stroke().unwrap(), "nothing there to erase");
    history.begin("Layer opacity").unwrap();
    history.set_opacity(id, 0.5).unwrap();
    history.set_opacity(id, 1.0).unwrap();
    assert!(!history.commit().unwrap());
    history.set_visible(id, true).unwrap();
    history.translate(id, 0, 0).unwrap();
    assert_eq!(history.position(), 2);
    assert_eq!(history.redo().unwrap().as_deref(), Some("Brush"));
}

#[test]
fn beyond_the_cap_the_oldest_steps_are_forgotten() {
    const TILE_BYTES: usize = 256 * 256 * 4;
    let mut history = History::with_cap(Document::new(size(256, 256), [0; 4]).unwrap(), 3 * TILE_BYTES);
    let id = history.add_paint("Paint", top(&history)).unwrap();
    let mut seen = Vec::new();
    for at in 0..8 {
        dab(&mut history, id, 10.0 + 30.0 * at as f32, 100.0);
        seen.push(history.document().composite(Region::new(0, 0, 256, 256)).unwrap());
        assert!(history.bytes() <= 3 * TILE_BYTES, "{}", history.bytes());
    }
    // The first dab found an empty tile and holds nothing; each later one holds one tile.
    assert_eq!((history.position(), history.bytes()), (3, 3 * TILE_BYTES));
    for expected in seen.iter().rev().skip(1).take(3) {
        assert!(history.undo().unwrap().is_some());
        assert_eq!(history.document().composite(Region::new(0, 0, 256, 256)).unwrap(), *expected);
    }
    assert_eq!(history.undo(), Ok(None));

    let mut tight = History::with_cap(Document::new(size(256, 256), [0; 4]).unwrap(), 1);
    let id = tight.add_paint("Paint", top(&tight)).unwrap();
    dab(&mut tight, id, 9.0, 9.0);
    dab(&mut tight, id, 99.0, 9.0);
    assert_eq!(tight.position(), 1, "the latest step stays, however large");
}

#[test]
fn a_step_holds_only_the_tiles_that_it_touched_and_copies_share_theirs() {
    let mut history =
        History::new(Document::from_picture("Picture", &plain(1024, 1024, [9, 8, 7, 255])).unwrap());
    let picture = history.document().layers()[0].id();
    let copy = history.duplicate(picture).unwrap();
    let paint = history.add_paint("Paint", top(&history)).unwrap();
    let merged = history.merge_down(paint).unwrap();
    assert_eq!(history.document().layer(merged).unwrap().kind(), LayerKind::Picture);
    history.undo().unwrap();
    dab(&mut history, paint, 256.0, 100.0);
    dab(&mut history, paint, 256.0, 120.0);
    assert_eq!(history.steps().last().unwrap().bytes, 2 * 256 * 256 * 4);

    let snapshot = history.document().clone();
    dab(&mut history, paint, 30.0, 100.0);
    let tile = |document: &Document, id: LayerId, column: u32| {
        let index = TileIndex { column, row: 0 };
        document.layer(id).unwrap().tiles().unwrap().tile(index).cloned()
    };
    let now = history.document();
    assert!(Arc::ptr_eq(&tile(now, picture, 2).unwrap(), &tile(now, copy, 2).unwrap()));
    assert!(Arc::ptr_eq(&tile(now, paint, 1).unwrap(), &tile(&snapshot, paint, 1).unwrap()));
    assert!(!Arc::ptr_eq(&tile(now, paint, 0).unwrap(), &tile(&snapshot, paint, 0).unwrap()));
    assert!(tile(now, paint, 2).is_none(), "an empty tile takes no memory");
}

#[test]
fn the_canvas_learns_which_tiles_changed() {
    let (mut history, paint) = with_paint(1000, 600);
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    assert_eq!(history.document().changed_since(0).len(), 12);
    let mut last = history.document().revision();
    dab(&mut history, paint, 300.0, 20.0);
    let expected = [TileIndex { column: 1, row: 0 }];
    assert_eq!(history.document().changed_since(last), expected);
    assert!(history.document().masks_changed_since(last).is_empty());
    last = history.document().revision();
    dab(&mut history, mask, 300.0, 20.0);
    history.rename(paint, "Red").unwrap();
    assert!(history.document().changed_since(last).is_empty());
    assert_eq!(history.document().masks_changed_since(last), expected);
    for change in [false, true] {
        last = history.document().revision();
        history.set_visible(paint, change).unwrap();
        assert_eq!(history.document().changed_since(last), expected);
    }
    last = history.document().revision();
    history.go_to(2).unwrap();
    assert_eq!(history.document().changed_since(last), expected);
    last = history.document().revision();
    history.expand(Expansion { left: 0, top: 0, right: 300, bottom: 0 }).unwrap();
    assert_eq!(history.document().changed_since(last).len(), 18);
}

#[test]
fn what_is_refused_leaves_no_trace() {
    let (mut history, paint) = with_paint(300, 300);
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    let group = history.group(&[paint, mask], "Group").unwrap();
    history.add_picture("Picture", &plain(9, 9, [1; 4]), [0, 0], Place { group: None, index: 0 }).unwrap();
    assert!(matches!(history.merge_down(group), Err(DocumentError::Kind { .. })), "the mask would be lost");
    history.set_locked(group, true).unwrap();
    let (steps, layers) = (history.position(), history.document().layers().to_vec());
    let locked = DocumentError::Locked { name: "Group".into() };
    let start = StrokePoint::new(5.0, 5.0);
    assert_eq!(history.begin_stroke(paint, BRUSH, start), Err(locked.clone()));
    assert_eq!(history.change_mask(mask, MaskChange::Fill), Err(locked.clone()));
    assert_eq!(history.remove(paint), Err(locked));
    let inside = Place { group: Some(group), index: 0 };
    assert_eq!(history.move_to(group, inside), Err(DocumentError::NoPlace));
    assert_eq!(history.move_to(paint, Place { group: None, index: 9 }), Err(DocumentError::NoPlace));
    assert!(history.set_opacity(paint, f32::NAN).is_err());
    assert!(history.crop(Region::new(200, 0, 101, 10)).is_err());
    assert!(history.expand(Expansion { left: u32::MAX, ..Expansion::default() }).is_err());
    assert!(history.place_result(&plain(9, 9, [1; 4]), Region::new(0, 0, 9, 8), recipe("")).is_err());
    assert!(history.place_result(&plain(9, 9, [1; 4]), Region::new(295, 0, 9, 9), recipe("")).is_err());
    assert!(matches!(Document::new(size(8193, 1), [0; 4]), Err(DocumentError::Size { .. })));
    assert!(matches!(Document::new(size(0, 1), [0; 4]), Err(DocumentError::Size { .. })));
    assert_eq!((history.position(), history.document().layers()), (steps, &layers[..]));

    history.set_locked(group, false).unwrap();
    assert!(history.begin_stroke(paint, Brush { size: 1e9, ..BRUSH }, start).is_err());
    assert!(history.begin_stroke(group, BRUSH, start).is_err());
    assert!(!history.is_open());
    history.begin_stroke(paint, BRUSH, start).unwrap();
    assert!(history.stroke_to(StrokePoint::new(f32::INFINITY, 0.0)).is_err());
    assert!(matches!(history.undo(), Err(DocumentError::Unfinished { .. })));
    assert!(matches!(history.remove(mask), Err(DocumentError::Unfinished { .. })));
    history.abort();
    assert!(history.document().layer(paint).unwrap().tiles().unwrap().filled().next().is_none());
}

#[test]
fn groups_do_not_nest_without_end_and_layers_do_not_multiply_without_end() {
    let (mut history, mut inner) = with_paint(10, 10);
    let mut depth = 0;
    while let Ok(group) = history.group(&[inner], "Group") {
        inner = group;
        depth += 1;
    }
    assert_eq!(depth, app::document::MOST_DEPTH);
    let mut doublings = 0;
    while history.duplicate(inner).is_ok() {
        doublings += 1;
    }
    assert!((20..200).contains(&doublings));
    assert_eq!(history.duplicate(inner), Err(DocumentError::TooManyLayers));
}

#[test]
fn a_result_is_a_new_layer_with_its_recipe_and_the_source_can_be_seen_without_it() {
    let mut chance = Chance::new(3);
    let source = chance.picture(300, 270);
    let mut history = History::new(Document::from_picture("Photograph", &source).unwrap());
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    assert!(history.document().snapshot().unwrap().mask.is_none());
    dab(&mut history, mask, 100.0, 100.0);
    let before = history.document().snapshot().unwrap();
    assert_eq!(before.revision, history.document().revision());
    assert_eq!(before.mask.as_ref().unwrap().gray()[100 * 300 + 100], 255);
    let bare: Vec<u8> =
        source.rgba().chunks(4).flat_map(|p| if p[3] == 0 { &[0; 4] } else { p }).copied().collect();
    assert_eq!(before.picture.rgba(), bare);

    let region = Region::new(50, 60, 100, 90);
    let drawn = plain(100, 90, [10, 20, 30, 255]);
    let id = history.place_result(&drawn, region, recipe("a red\n beret")).unwrap();
    let layer = history.document().layer(id).unwrap();
    assert_eq!((layer.name(), layer.kind()), ("a red beret", LayerKind::Result));
    assert_eq!(layer.recipe(), Some(&recipe("a red\n beret")));
    assert_eq!(history.document().composite(region).unwrap(), drawn.rgba());
    assert_eq!(history.document().snapshot_below(id).unwrap().picture, before.picture);
    assert_eq!(history.document().snapshot_below(id).unwrap().mask, before.mask);
    assert_ne!(history.document().snapshot().unwrap().picture, before.picture);
    assert_eq!(history.undo().unwrap().as_deref(), Some("Accept result"));
    assert_eq!(history.document().snapshot().unwrap().picture, before.picture);
}

#[test]
fn crop_and_expand_move_masks_and_pictures_alike() {
    let (mut history, mask) = with_mask(520, 300);
    let paint = history.add_paint("Paint", top(&history)).unwrap();
    for id in [mask, paint] {
        dab(&mut history, id, 270.0, 40.0);
    }
    let read = |history: &History, id, region| history.document().layer_pixels(id, region).unwrap();
    let before = [mask, paint].map(|id| read(&history, id, Region::new(250, 20, 40, 40)));
    history.expand(Expansion { left: 256, top: 13, right: 1, bottom: 2 }).unwrap();
    assert_eq!(history.document().size(), size(777, 315));
    assert_eq!([mask, paint].map(|id| read(&history, id, Region::new(506, 33, 40, 40))), before);
    history.crop(Region::new(506, 33, 40, 40)).unwrap();
    assert_eq!([mask, paint].map(|id| read(&history, id, Region::new(0, 0, 40, 40))), before);
    // What was cut off does not come back by itself.
    history.expand(Expansion { left: 9, top: 9, right: 9, bottom: 9 }).unwrap();
    let strip = read(&history, paint, Region::new(49, 0, 9, 58));
    assert!(strip.iter().all(|byte| *byte == 0));
}
