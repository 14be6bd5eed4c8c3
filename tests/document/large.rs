//! What changes of a whole picture cost on the largest document; prints figures (`--nocapture largest`) and claims no
//! times.

use crate::chance::{Chance, size, top};
use app::document::{
    Affine, Brush, Combine, Document, History, MaskChange, Region, StrokePoint, TileIndex, Wand,
};
use std::time::Instant;

/// Sides in pixels: the largest by `ROSTRUM_LARGE=8192`, else small, so that the usual run stays quick.
fn side() -> u32 {
    std::env::var("ROSTRUM_LARGE").ok().and_then(|side| side.parse().ok()).unwrap_or(1024)
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let before = Instant::now();
    let out = work();
    println!("{what}: {:.1} ms", before.elapsed().as_secs_f64() * 1e3);
    out
}

fn noise(side: u32) -> engine_api::Picture {
    let part = Chance::new(3).picture(256, 256);
    let row = |y: u32| &part.rgba()[(y % 256) as usize * 1024..][..1024];
    let rows = (0..side).flat_map(|y| row(y).iter().copied().cycle().take(side as usize * 4));
    engine_api::Picture::new(side, side, rows.map(|value| value | 1).collect::<Vec<u8>>()).unwrap()
}

fn whole(side: u32) -> (History, app::document::LayerId) {
    let picture = noise(side);
    let document = timed("open (tiling)", || Document::from_picture("Picture", &picture).unwrap());
    let id = document.layers()[0].id();
    let mut history = History::new(document);
    timed("place a whole picture", || {
        history.add_picture("Result", &picture, [0, 0], top(&history)).unwrap()
    });
    (history, id)
}

#[test]
fn masks_of_the_largest_document() {
    let side = side();
    let mut history = History::new(Document::new(size(side, side), [255; 4]).unwrap());
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    let wand = Wand { tolerance: 10, contiguous: true };
    timed("wand, plain", || history.select_similar(mask, [5, 5], wand, Combine::Replace).unwrap());
    timed("bounds of it", || history.document().layer(mask).unwrap().tiles().unwrap().bounds());
    assert_eq!(history.document().mask_values(Region::new(side - 1, side - 1, 1, 1)).unwrap(), [255]);
    let mut history = whole(side).0;
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    let wand = Wand { tolerance: 150, contiguous: true };
    timed("wand, noise", || history.select_similar(mask, [5, 5], wand, Combine::Replace).unwrap());
    timed("undo", || history.undo().unwrap());
    timed("colour range", || history.select_colour(mask, [128; 3], 100, Combine::Replace).unwrap());
    for change in [
        MaskChange::Fill,
        MaskChange::Invert,
        MaskChange::Invert,
        MaskChange::Shrink(30.0),
        MaskChange::Grow(30.0),
        MaskChange::Feather(30.0),
        MaskChange::Border(30.0),
        MaskChange::Clear,
    ] {
        timed(change.words(), || history.change_mask(mask, change).unwrap());
    }
}

#[test]
fn layers_of_the_largest_document() {
    let side = side();
    let (mut history, id) = whole(side);
    let upper = history.document().layers()[1].id();
    timed("translate by 10, 3", || history.translate(upper, 10, 3).unwrap());
    timed("undo", || history.undo().unwrap());
    let turn = Affine::around([f64::from(side) / 2.0; 2], [0.9; 2], 15.0);
    timed("transform", || history.transform(upper, &turn).unwrap());
    timed("undo", || history.undo().unwrap());
    timed("redo", || history.redo().unwrap());
    timed("duplicate", || history.duplicate(upper).unwrap());
    timed("undo", || history.undo().unwrap());
    timed("bounds", || history.document().layer_bounds(id).unwrap());
    let paint = history.add_paint("Paint", top(&history)).unwrap();
    timed("fill", || history.fill(paint, [9, 9, 9]).unwrap());
    timed("undo", || history.undo().unwrap());
    let brush = Brush { size: Brush::LARGEST, pressure_size: false, ..Brush::default() };
    let middle = side as f32 / 2.0;
    timed("first dab", || history.begin_stroke(paint, brush, StrokePoint::new(middle, middle)).unwrap());
    timed("20 px further", || history.stroke_to(StrokePoint::new(middle + 20.0, middle)).unwrap());
    timed("200 px further", || history.stroke_to(StrokePoint::new(middle + 220.0, middle)).unwrap());
    timed("200 px further", || history.stroke_to(StrokePoint::new(middle + 420.0, middle)).unwrap());
    timed("end of stroke", || history.end_stroke().unwrap());
    timed("thumbnail", || history.document().layer(id).unwrap().tiles().unwrap().reduced(size(64, 64)));
    let snapshot = timed("snapshot", || history.document().snapshot().unwrap());
    let whole = Region::new(0, 0, side, side);
    let direct = timed("composite of all", || history.document().composite(whole).unwrap());
    assert!(snapshot.picture.rgba() == direct, "made in strips, it is the same");
    let tile = TileIndex { column: 0, row: 0 }.region(size(side, side));
    timed("composite of a tile", || history.document().composite(tile).unwrap());
    timed("merge down", || history.merge_down(upper).unwrap());
    timed("undo", || history.undo().unwrap());
    timed("crop", || history.crop(Region::new(100, 100, side - 200, side - 200)).unwrap());
    timed("undo", || history.undo().unwrap());
    assert_eq!(history.document().size(), size(side, side));
}
