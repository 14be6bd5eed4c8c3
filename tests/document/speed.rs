//! What painting costs on a large document; prints figures (`--nocapture speed`) and claims none.

use crate::chance::{Chance, size, top};
use app::document::{
    Blend, Brush, Combine, Document, History, LayerId, MaskChange, Region, Shape, StrokePoint,
};
use std::time::Instant;

fn milliseconds(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1e3
}

/// 4096² with paper, four pictures that cover the place that is painted on, and a paint layer.
fn five_layers() -> (History, LayerId) {
    let mut chance = Chance::new(1);
    let mut history = History::new(Document::new(size(4096, 4096), [255; 4]).unwrap());
    let noise = chance.picture(2048, 2048);
    for (at, blend) in
        [Blend::Normal, Blend::Multiply, Blend::Normal, Blend::SoftLight].into_iter().enumerate()
    {
        let id = history.add_picture("Picture", &noise, [1000 + 7 * at as u32; 2], top(&history)).unwrap();
        history.set_blend(id, blend).unwrap();
        history.set_opacity(id, 0.9).unwrap();
    }
    let paint = history.add_paint("Paint", top(&history)).unwrap();
    (history, paint)
}

#[test]
fn a_brush_on_a_large_document_with_five_layers() {
    let (mut history, paint) = five_layers();
    let brush = Brush { size: 64.0, pressure_size: false, ..Brush::default() };
    history.begin_stroke(paint, brush, StrokePoint::new(1280.0, 1280.0)).unwrap();
    let (mut painted, mut composed, mut tiles) = (Vec::new(), Vec::new(), Vec::new());
    for at in 1..60 {
        let (last, before) = (history.document().revision(), Instant::now());
        let to = StrokePoint::new(1280.0 + at as f32 * 6.4, 1280.0 + at as f32 * 4.0);
        let region = history.stroke_to(to).unwrap();
        painted.push(milliseconds(before));
        let before = Instant::now();
        let pixels = history.document().composite(region).unwrap();
        composed.push(milliseconds(before));
        assert_eq!(pixels.len(), region.pixels() * 4);
        for tile in history.document().changed_since(last) {
            let before = Instant::now();
            history.document().composite(tile.region(history.document().size())).unwrap();
            tiles.push(milliseconds(before));
        }
    }
    assert!(history.end_stroke().unwrap());
    let all =
        [("stroke event", painted), ("composite of its rectangle", composed), ("composite of a tile", tiles)];
    for (what, mut times) in all {
        times.sort_by(f64::total_cmp);
        let (middle, late) = (times[times.len() / 2], times[times.len() * 95 / 100]);
        println!("{what}: least {:.3} ms, median {middle:.3} ms, p95 {late:.3} ms", times[0]);
    }
}

#[test]
fn whole_pictures_and_masks_of_a_large_document() {
    let (mut history, _) = five_layers();
    let before = Instant::now();
    let snapshot = history.document().snapshot().unwrap();
    println!("snapshot of 4096²: {:.0} ms", milliseconds(before));
    assert_eq!(snapshot.picture.width(), 4096);
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    let disc = Shape::Ellipse { from: [1000.0; 2], to: [2000.0; 2] };
    for change in
        [None, Some(MaskChange::Grow(30.0)), Some(MaskChange::Feather(30.0)), Some(MaskChange::Invert)]
    {
        let before = Instant::now();
        match change {
            None => history.select(mask, &disc, Combine::Replace).unwrap(),
            Some(change) => history.change_mask(mask, change).unwrap(),
        }
        println!("{}: {:.1} ms", change.map_or("Ellipse of 1000²", MaskChange::words), milliseconds(before));
    }
    let before = Instant::now();
    history.crop(Region::new(100, 100, 3000, 3000)).unwrap();
    println!("Crop to 3000²: {:.0} ms", milliseconds(before));
    let before = Instant::now();
    history.undo().unwrap();
    println!("Undo of it: {:.3} ms", milliseconds(before));
}
