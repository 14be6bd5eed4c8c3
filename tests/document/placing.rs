//! Layers that are moved, and colour that is filled in.

use crate::chance::{Chance, size, top, with_mask};
use app::document::{Affine, Combine, Document, DocumentError, History, LayerId, MaskChange, Region, Shape};
use engine_api::Picture;
use std::time::Instant;

fn with_square(at: [u32; 2], side: u32) -> (History, LayerId) {
    let mut history = History::new(Document::new(size(600, 400), [0; 4]).unwrap());
    let pixels = [10, 20, 30, 255].repeat((side * side) as usize);
    let picture = Picture::new(side, side, pixels).unwrap();
    let place = top(&history);
    let layer = history.add_picture("Square", &picture, at, place).unwrap();
    (history, layer)
}

fn seen(history: &History, region: Region) -> Vec<u8> {
    history.document().composite(region).unwrap()
}

#[test]
fn a_transform_is_one_step_and_tells_beforehand_what_it_cuts() {
    let (mut history, layer) = with_square([200, 100], 100);
    let whole = Region::whole(history.document().size());
    let before = seen(&history, whole);
    let half = Affine::around([250.0, 150.0], [0.5, 0.5], 0.0);
    assert_eq!(history.document().would_cut(layer, &half), Ok(false));
    history.transform(layer, &half).unwrap();
    assert_eq!(history.document().layer_bounds(layer), Ok(Some(Region::new(225, 125, 50, 50))));
    history.undo().unwrap();
    assert_eq!(seen(&history, whole), before);
    let away = Affine::shift([-250.0, 0.0]);
    assert_eq!(history.document().would_cut(layer, &away), Ok(true));
    let steps = history.position();
    history.transform(layer, &away).unwrap();
    assert_eq!(history.position(), steps + 1);
    assert_eq!(history.document().layer_bounds(layer), Ok(Some(Region::new(0, 100, 50, 100))));
    history.undo().unwrap();
    assert_eq!(seen(&history, whole), before, "what was cut comes back");
}

#[test]
fn locked_layers_and_maps_onto_a_line_are_refused() {
    let (mut history, layer) = with_square([0, 0], 10);
    assert_eq!(
        history.transform(layer, &Affine::around([0.0; 2], [0.0, 1.0], 0.0)),
        Err(DocumentError::Shape)
    );
    history.set_locked(layer, true).unwrap();
    let by = Affine::around([5.0, 5.0], [2.0, 2.0], 10.0);
    assert!(matches!(history.transform(layer, &by), Err(DocumentError::Locked { .. })));
}

#[test]
fn everything_but_one_layer_and_that_layer_alone_make_the_whole() {
    let (mut history, layer) = with_square([200, 100], 100);
    let paint = history.add_paint("Paint", top(&history)).unwrap();
    history.fill(paint, [200, 0, 0]).unwrap();
    let (document, inside) = (history.document(), Region::new(250, 150, 1, 1));
    assert_eq!(document.composite_without(inside, paint).unwrap(), [10, 20, 30, 255]);
    assert_eq!(document.composite_without(inside, layer).unwrap(), [200, 0, 0, 255]);
    assert_eq!(document.layer_alone(layer, inside).unwrap(), [10, 20, 30, 255]);
    assert_eq!(document.layer_alone(layer, Region::new(0, 0, 1, 1)).unwrap(), [0; 4]);
    let (mut history, mask) = with_mask(50, 40);
    history.change_mask(mask, MaskChange::Fill).unwrap();
    let corner = Region::new(0, 0, 1, 1);
    assert_eq!(history.document().mask_values_without(corner, None).unwrap(), [255]);
    assert_eq!(history.document().mask_values_without(corner, Some(mask)).unwrap(), [0]);
}

#[test]
fn colour_is_filled_in_as_densely_as_is_marked() {
    let (mut history, mask) = with_mask(600, 300);
    let paint = history.add_paint("Paint", top(&history)).unwrap();
    let shape = Shape::Rectangle { from: [10.0, 10.0], to: [20.5, 20.0] };
    history.select(mask, &shape, Combine::Replace).unwrap();
    history.fill(paint, [1, 2, 3]).unwrap();
    let pixel =
        |history: &History, x, y| history.document().layer_pixels(paint, Region::new(x, y, 1, 1)).unwrap();
    assert_eq!(pixel(&history, 10, 10), [1, 2, 3, 255]);
    assert_eq!(pixel(&history, 20, 10), [1, 2, 3, 128]);
    assert_eq!(pixel(&history, 9, 10), [0; 4]);
    history.change_mask(mask, MaskChange::Clear).unwrap();
    history.fill(paint, [9, 9, 9]).unwrap();
    assert_eq!((pixel(&history, 0, 0), pixel(&history, 599, 299)), (vec![9, 9, 9, 255], vec![9, 9, 9, 255]));
    assert!(matches!(history.fill(mask, [0; 3]), Err(DocumentError::NoPixels { .. })));
}

#[test]
fn a_large_layer_is_resampled_in_bearable_time() {
    let mut chance = Chance::new(5);
    let mut history = History::new(Document::new(size(2048, 2048), [0; 4]).unwrap());
    let place = top(&history);
    let layer = history.add_picture("Noise", &chance.picture(2048, 2048), [0, 0], place).unwrap();
    let began = Instant::now();
    history.transform(layer, &Affine::around([1024.0, 1024.0], [0.9, 0.9], 17.0)).unwrap();
    let seconds = began.elapsed().as_secs_f64();
    println!("2048 x 2048 pixels turned in {seconds:.2} s");
    // Generous: other tests and programs run beside it.
    assert!(seconds < 20.0, "{seconds} s");
}
