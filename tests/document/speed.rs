//! What painting costs on a large document; prints figures (`-- --nocapture speed`) and claims none.

use crate::chance::{Chance, size, top};
use app::document::{Blend, Brush, Document, History, MaskChange, Region, StrokePoint};
use std::time::Instant;

fn milliseconds(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1e3
}

#[test]
fn painting_on_a_large_document_with_five_layers() {
    const SIDE: u32 = 2048;
    let mut chance = Chance::new(1);
    let mut history = History::new(Document::new(size(SIDE * 2, SIDE * 2), [255; 4]).unwrap());
    let noise = chance.picture(SIDE, SIDE);
    for (at, blend) in
        [Blend::Normal, Blend::Multiply, Blend::Normal, Blend::SoftLight].into_iter().enumerate()
    {
        // The part of the document that is painted on is covered by all of them.
        let corner = 1000 + 7 * at as u32;
        let id = history.add_picture("Picture", &noise, [corner; 2], top(&history)).unwrap();
        history.set_blend(id, blend).unwrap();
        history.set_opacity(id, 0.9).unwrap();
    }
    let paint = history.add_paint("Paint", top(&history)).unwrap();
    let brush = Brush { size: 64.0, pressure_size: false, ..Brush::default() };
    history.begin_stroke(paint, brush, StrokePoint::new(1280.0, 1280.0)).unwrap();
    let (mut painted, mut composed, mut tiles) = (Vec::new(), Vec::new(), Vec::new());
    for at in 1..60 {
        let before = Instant::now();
        let last = history.document().revision();
        let region =
            history.stroke_to(StrokePoint::new(1280.0 + at as f32 * 6.4, 1280.0 + at as f32 * 4.0)).unwrap();
        painted.push(milliseconds(before));
        let before = Instant::now();
        if !region.is_empty() {
            let pixels = history.document().composite(region).unwrap();
            assert_eq!(pixels.len(), region.pixels() * 4);
        }
        composed.push(milliseconds(before));
        let before = Instant::now();
        let changed = history.document().changed_since(last);
        for tile in &changed {
            history.document().composite(tile.region(history.document().size())).unwrap();
        }
        tiles.push(milliseconds(before) / changed.len().max(1) as f64);
    }
    assert!(history.end_stroke().unwrap());
    for (what, mut times) in [
        ("stroke event", painted),
        ("composite of its rectangle", composed),
        ("composite of a whole tile", tiles),
    ] {
        times.sort_by(f64::total_cmp);
        println!(
            "{what}: median {:.3} ms, p95 {:.3} ms",
            times[times.len() / 2],
            times[times.len() * 95 / 100]
        );
    }
    let before = Instant::now();
    let snapshot = history.document().snapshot().unwrap();
    println!("snapshot of 4096²: {:.0} ms", milliseconds(before));
    assert_eq!(snapshot.picture.width(), 2 * SIDE);
    let before = Instant::now();
    history.undo().unwrap();
    println!("undo of the stroke: {:.3} ms", milliseconds(before));
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    let disc = app::document::Shape::Ellipse { from: [1000.0; 2], to: [2000.0; 2] };
    for change in
        [None, Some(MaskChange::Grow(30.0)), Some(MaskChange::Feather(30.0)), Some(MaskChange::Invert)]
    {
        let before = Instant::now();
        match change {
            None => history.select(mask, &disc, app::document::Combine::Replace).unwrap(),
            Some(change) => history.change_mask(mask, change).unwrap(),
        }
        println!("{}: {:.1} ms", change.map_or("ellipse of 1000²", MaskChange::words), milliseconds(before));
    }
    let before = Instant::now();
    history.crop(Region::new(100, 100, 3000, 3000)).unwrap();
    println!("crop to 3000²: {:.0} ms", milliseconds(before));
}
