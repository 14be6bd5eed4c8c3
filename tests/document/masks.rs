//! Masks: joining, growing by true distances, softening, picking by colour.

use crate::chance::{Chance, plain, size, top, with_mask};
use app::document::{
    Combine, Document, DocumentError, History, LayerId, MaskChange, MaskPixels, Region, Shape, Wand,
};

fn rectangle(x: f32, y: f32, right: f32, bottom: f32) -> Shape {
    Shape::Rectangle { from: [x, y], to: [right, bottom] }
}

fn values(history: &History, mask: LayerId) -> Vec<u8> {
    history.document().layer_pixels(mask, Region::whole(history.document().size())).unwrap()
}

fn marked(history: &History, mask: LayerId) -> usize {
    values(history, mask).iter().filter(|value| **value == 255).count()
}

#[test]
fn selections_add_subtract_and_intersect() {
    let (mut history, mask) = with_mask(600, 300);
    let (a, b) = (rectangle(10.0, 10.0, 300.0, 110.0), rectangle(200.0, 60.0, 400.0, 160.0));
    for (how, expected) in [
        (Combine::Add, 29_000 + 20_000 - 5_000),
        (Combine::Subtract, 29_000 - 5_000),
        (Combine::Intersect, 5_000),
        (Combine::Replace, 20_000),
    ] {
        history.select(mask, &a, Combine::Replace).unwrap();
        history.select(mask, &b, how).unwrap();
        assert_eq!(marked(&history, mask), expected, "{how:?}");
        let steps = history.position();
        history.select(mask, &b, how).unwrap();
        assert_eq!(history.position(), steps, "{how:?} twice changes nothing more");
    }
    history.select(mask, &rectangle(-9.0, -9.0, -1.0, -1.0), Combine::Intersect).unwrap();
    assert_eq!(history.document().layer(mask).unwrap().bytes(), 0);
    let wrong = MaskPixels { region: Region::new(0, 0, 2, 2), values: vec![1; 3] };
    assert!(history.combine(mask, &wrong, Combine::Add).is_err());
    let paint = history.add_paint("Paint", top(&history)).unwrap();
    assert!(matches!(history.select(paint, &a, Combine::Add), Err(DocumentError::Kind { .. })));
}

#[test]
fn growing_and_shrinking_go_by_true_distance() {
    let mut chance = Chance::new(2);
    let (mut history, mask) = with_mask(120, 100);
    let mut blot = vec![0; 120 * 100];
    for _ in 0..12 {
        blot[chance.below(120 * 100)] = 255;
    }
    let pixels = MaskPixels { region: Region::new(0, 0, 120, 100), values: blot.clone() };
    history.combine(mask, &pixels, Combine::Replace).unwrap();
    let by = 13.5f32;
    let expected = |x: i32, y: i32| {
        let far = |at: usize| f64::from(x - at as i32 % 120).hypot(f64::from(y - at as i32 / 120));
        let nearest = (0..blot.len()).filter(|at| blot[*at] != 0).map(far).fold(1e9, f64::min);
        ((f64::from(by) + 1.0 - nearest).clamp(0.0, 1.0) * 255.0).round() as u8
    };
    history.change_mask(mask, MaskChange::Grow(by)).unwrap();
    for (at, value) in values(&history, mask).into_iter().enumerate() {
        assert_eq!(value, expected(at as i32 % 120, at as i32 / 120), "pixel {at}");
    }
    // Shrinking is growing of what is not marked.
    history.undo().unwrap();
    history.change_mask(mask, MaskChange::Invert).unwrap();
    history.change_mask(mask, MaskChange::Shrink(by)).unwrap();
    for (at, value) in values(&history, mask).into_iter().enumerate() {
        assert_eq!(value, 255 - expected(at as i32 % 120, at as i32 / 120), "pixel {at}");
    }
}

#[test]
fn a_rectangle_grows_by_whole_pixels_and_comes_back() {
    let (mut history, mask) = with_mask(400, 400);
    history.select(mask, &rectangle(100.0, 120.0, 300.0, 260.0), Combine::Replace).unwrap();
    let before = values(&history, mask);
    history.change_mask(mask, MaskChange::Grow(4.0)).unwrap();
    let row = &values(&history, mask)[200 * 400..][..400];
    assert_eq!((row[95], row[96], row[303], row[304]), (0, 255, 255, 0));
    history.change_mask(mask, MaskChange::Shrink(4.0)).unwrap();
    assert_eq!(values(&history, mask), before);
    history.change_mask(mask, MaskChange::Border(3.0)).unwrap();
    let row = &values(&history, mask)[200 * 400..][..400];
    assert_eq!(row.iter().position(|v| *v == 255), Some(97));
    assert_eq!((row[102], row[103], row[200], row[297], row[302]), (255, 0, 0, 255, 255));
    for far in [-1.0, 1e9, f32::NAN] {
        assert!(matches!(
            history.change_mask(mask, MaskChange::Grow(far)),
            Err(DocumentError::Number { .. })
        ));
    }
}

#[test]
fn the_edge_of_the_document_is_no_edge_of_the_mask() {
    let (mut history, mask) = with_mask(300, 60);
    history.select(mask, &rectangle(0.0, 0.0, 150.0, 60.0), Combine::Replace).unwrap();
    history.change_mask(mask, MaskChange::Shrink(5.0)).unwrap();
    assert_eq!(marked(&history, mask), 145 * 60);
    history.change_mask(mask, MaskChange::Feather(20.0)).unwrap();
    let soft = values(&history, mask);
    for row in soft.chunks_exact(300) {
        assert_eq!(row, &soft[..300]);
        assert!(row.is_sorted_by(|a, b| a >= b) && row[100] == 255 && row[190] == 0);
    }
    assert!(soft[144].abs_diff(133) < 4 && soft[145].abs_diff(122) < 4, "{} {}", soft[144], soft[145]);
}

#[test]
fn feathering_keeps_the_amount_and_spreads_as_a_gauss_curve() {
    let (mut history, mask) = with_mask(300, 300);
    let dot = MaskPixels { region: Region::new(120, 120, 60, 60), values: vec![255; 3600] };
    history.combine(mask, &dot, Combine::Replace).unwrap();
    let moments = |values: &[u8]| {
        let sum: f64 = values.iter().map(|v| f64::from(*v)).sum();
        let spread =
            values.iter().enumerate().map(|(at, v)| f64::from(*v) * ((at % 300) as f64 - 149.5).powi(2));
        (sum, spread.sum::<f64>() / sum)
    };
    let before = moments(&values(&history, mask));
    history.change_mask(mask, MaskChange::Feather(16.0)).unwrap();
    let after = moments(&values(&history, mask));
    assert!((after.0 / before.0 - 1.0).abs() < 0.005, "{before:?} {after:?}");
    // Variance grows by (16 / 2)² = 64, as nearly as whole boxes allow.
    assert!((after.1 - before.1 - 64.0).abs() < 10.0, "{before:?} {after:?}");
    history.change_mask(mask, MaskChange::Feather(0.0)).unwrap();
    assert_eq!(moments(&values(&history, mask)), after);
}

#[test]
fn inverting_twice_and_filling_cover_the_document_and_nothing_beyond() {
    let (mut history, mask) = with_mask(300, 270);
    history.change_mask(mask, MaskChange::Invert).unwrap();
    assert_eq!(marked(&history, mask), 300 * 270);
    history.resize_canvas(size(400, 400), app::document::Anchor { x: 0.0, y: 0.0 }).unwrap();
    assert_eq!(marked(&history, mask), 300 * 270);
    history.change_mask(mask, MaskChange::Fill).unwrap();
    assert_eq!(marked(&history, mask), 400 * 400);
    history.change_mask(mask, MaskChange::Invert).unwrap();
    assert_eq!(history.document().layer(mask).unwrap().bytes(), 0);
}

#[test]
fn the_wand_selects_what_hangs_together() {
    let mut chance = Chance::new(4);
    let (width, height) = (300u32, 270u32);
    // Noise of two colours near the threshold where areas wind through everything, across tiles.
    let mut history = History::new(Document::new(size(width, height), [40, 40, 40, 255]).unwrap());
    let picture = chance.picture(width, height);
    history.add_picture("Noise", &picture, [0, 0], top(&history)).unwrap();
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    let seen = history.document().composite(Region::new(0, 0, width, height)).unwrap();
    let start = (0..seen.len() / 4).find(|at| seen[at * 4] == 40 && at % 300 > 100).unwrap();
    let at = [start as u32 % width, start as u32 / width];
    for tolerance in [0, 110] {
        let near = |at: usize| (0..4).all(|i| seen[at * 4 + i].abs_diff(seen[start * 4 + i]) <= tolerance);
        let mut reached = vec![0u8; seen.len() / 4];
        let mut waiting = vec![start];
        while let Some(at) = waiting.pop() {
            if reached[at] == 0 && near(at) {
                reached[at] = 255;
                let (x, y) = (at as u32 % width, at as u32 / width);
                waiting.extend((x > 0).then(|| at - 1));
                waiting.extend((x + 1 < width).then(|| at + 1));
                waiting.extend((y > 0).then(|| at - 300));
                waiting.extend((y + 1 < height).then(|| at + 300));
            }
        }
        history.select_similar(mask, at, Wand { tolerance, contiguous: true }, Combine::Replace).unwrap();
        assert_eq!(values(&history, mask), reached, "tolerance {tolerance}");
        history.select_similar(mask, at, Wand { tolerance, contiguous: false }, Combine::Replace).unwrap();
        let all: Vec<u8> = (0..reached.len()).map(|at| u8::from(near(at)) * 255).collect();
        assert_eq!(values(&history, mask), all);
        assert!(all != reached && reached.contains(&255));
    }
    let outside =
        history.select_similar(mask, [300, 0], Wand { tolerance: 0, contiguous: true }, Combine::Add);
    assert!(matches!(outside, Err(DocumentError::Outside { .. })));
}

#[test]
fn a_colour_range_fades_out() {
    let mut history = History::new(Document::new(size(5, 1), [0; 4]).unwrap());
    for (x, red) in [100u8, 110, 115, 121, 100].into_iter().enumerate() {
        let alpha = if x == 4 { 128 } else { 255 };
        history
            .add_picture("Pixel", &plain(1, 1, [red, 50, 50, alpha]), [x as u32, 0], top(&history))
            .unwrap();
    }
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    history.select_colour(mask, [100, 50, 50], 20, Combine::Replace).unwrap();
    assert_eq!(values(&history, mask), [255, 255, 139, 0, 128]); // 6 / 11 of 255
}
