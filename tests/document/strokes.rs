//! Strokes: even, symmetric, and the same however the pen's way was cut into events.

use crate::chance::{Chance, with_mask, with_paint};
use app::document::{Brush, BrushMode, History, LayerId, Region, StrokePoint};

fn brush(size: f32, hardness: f32) -> Brush {
    let plain = Brush { colour: [250, 120, 10], pressure_size: false, ..Brush::default() };
    Brush { size, hardness, ..plain }
}

fn draw(history: &mut History, id: LayerId, brush: Brush, points: &[StrokePoint]) {
    let mut changed = history.begin_stroke(id, brush, points[0]).unwrap();
    for point in &points[1..] {
        changed = changed.union(history.stroke_to(*point).unwrap());
    }
    history.end_stroke().unwrap();
    if let Some(bounds) = history.document().layer(id).unwrap().tiles().unwrap().bounds() {
        assert_eq!(bounds.union(changed), changed, "the reported rectangle is too small");
    }
}

/// A mask after one stroke.
fn stroke(size: [u32; 2], brush: Brush, points: &[StrokePoint]) -> Vec<u8> {
    let (mut history, id) = with_mask(size[0], size[1]);
    draw(&mut history, id, brush, points);
    history.document().mask_values(Region::new(0, 0, size[0], size[1])).unwrap()
}

fn points(list: &[[f32; 2]]) -> Vec<StrokePoint> {
    list.iter().map(|[x, y]| StrokePoint::new(*x, *y)).collect()
}

#[test]
fn a_dab_is_round_symmetric_and_of_its_size() {
    for (size, hardness) in [(1.0, 1.0), (7.0, 0.0), (40.0, 0.5), (41.0, 1.0)] {
        let side = 64usize;
        let dab = stroke([64, 64], brush(size, hardness), &points(&[[32.0, 32.0]]));
        let at = |x: usize, y: usize| dab[y * side + x];
        for y in 0..side {
            for x in 0..side {
                let others = [at(63 - x, y), at(x, 63 - y), at(y, x)];
                assert_eq!(others, [at(x, y); 3], "{size} {hardness} at {x}, {y}");
            }
        }
        if hardness == 1.0 && size > 2.0 {
            let area: f64 = dab.iter().map(|value| f64::from(*value) / 255.0).sum();
            let expected = f64::from(size / 2.0).powi(2) * std::f64::consts::PI;
            assert!((area / expected - 1.0).abs() < 0.01, "{area} for {expected}");
        }
    }
    let soft = stroke([64, 64], brush(40.0, 0.5), &points(&[[32.0, 32.0]]));
    let row: Vec<u8> = soft[32 * 64 + 32..][..22].to_vec();
    assert!(row[..9].iter().all(|value| *value == 255) && row.is_sorted_by(|a, b| a >= b) && row[21] == 0);
}

#[test]
fn a_stroke_does_not_depend_on_how_it_was_cut_into_events() {
    let mut chance = Chance::new(8);
    for _ in 0..6 {
        let corner = || StrokePoint { x: 0.0, y: 0.0, pressure: 1.0 };
        let mut way = vec![corner(); 4];
        for point in &mut way {
            *point = StrokePoint {
                x: chance.part() * 300.0,
                y: chance.part() * 280.0,
                pressure: 0.2 + 0.8 * chance.part(),
            };
        }
        let mut cut = vec![way[0]];
        for pair in way.windows(2) {
            let mut parts: Vec<f32> = (0..5).map(|_| chance.part()).collect();
            parts.sort_by(f32::total_cmp);
            let between = |a: f32, b: f32, part: f32| a + (b - a) * part;
            cut.extend(parts.into_iter().map(|part| StrokePoint {
                x: between(pair[0].x, pair[1].x, part),
                y: between(pair[0].y, pair[1].y, part),
                pressure: between(pair[0].pressure, pair[1].pressure, part),
            }));
            cut.push(pair[1]);
        }
        let pen = Brush { pressure_size: true, pressure_opacity: true, ..brush(30.0, 0.6) };
        let (once, often) = (stroke([300, 280], pen, &way), stroke([300, 280], pen, &cut));
        let off = once.iter().zip(&often).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(once.iter().any(|value| *value > 100) && off <= 1, "{off}");
    }
}

#[test]
fn a_line_is_even_straight_and_leaves_no_gap() {
    let line = stroke([300, 40], brush(16.0, 1.0), &points(&[[20.0, 20.0], [280.0, 20.0]]));
    for x in 24..276 {
        let column: Vec<u8> = (0..40).map(|y| line[y * 300 + x]).collect();
        assert!(column.iter().eq(column.iter().rev()), "column {x}");
        assert!(column[13..27].iter().all(|value| *value == 255), "column {x}: {column:?}");
        assert!(column[..11].iter().all(|value| *value == 0));
    }
    let slow: Vec<_> = (0..=2600).map(|at| StrokePoint::new(20.0 + at as f32 * 0.1, 20.0)).collect();
    let off = stroke([300, 40], brush(16.0, 1.0), &slow).iter().zip(&line).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(off <= Some(1), "{off:?}");
}

#[test]
fn a_stroke_never_gets_denser_than_its_opacity_and_two_strokes_do() {
    let half = Brush { opacity: 0.5, ..brush(30.0, 1.0) };
    let cross = points(&[[20.0, 50.0], [80.0, 50.0], [50.0, 20.0], [50.0, 80.0], [20.0, 50.0]]);
    let (mut history, id) = with_mask(100, 100);
    draw(&mut history, id, half, &cross);
    let whole = Region::new(0, 0, 100, 100);
    assert_eq!(history.document().mask_values(whole).unwrap().iter().max(), Some(&128));
    draw(&mut history, id, half, &cross);
    assert_eq!(history.document().mask_values(whole).unwrap().iter().max(), Some(&192));
}

#[test]
fn paint_mixes_and_the_eraser_takes_away_and_gives_memory_back() {
    let (mut history, id) = with_paint(100, 100);
    let pixel = Region::new(50, 50, 1, 1);
    let read = |history: &History| history.document().layer_pixels(id, pixel).unwrap();
    draw(&mut history, id, brush(20.0, 1.0), &points(&[[50.5, 50.5]]));
    assert_eq!(read(&history), [250, 120, 10, 255]);
    let blue = Brush { colour: [0, 0, 255], opacity: 0.5, ..brush(20.0, 1.0) };
    draw(&mut history, id, blue, &points(&[[50.5, 50.5]]));
    assert_eq!(read(&history), [125, 60, 133, 255]);
    let eraser = Brush { mode: BrushMode::Erase, ..brush(30.0, 1.0) };
    draw(&mut history, id, Brush { opacity: 0.5, ..eraser }, &points(&[[50.5, 50.5]]));
    assert_eq!(read(&history), [125, 60, 133, 127]);
    draw(&mut history, id, eraser, &points(&[[50.5, 50.5]]));
    assert_eq!(history.document().layer(id).unwrap().bytes(), 0);
}

#[test]
fn strokes_outside_the_canvas_change_nothing_and_come_back_in() {
    let (mut history, id) = with_mask(300, 300);
    let start = StrokePoint::new(-500.0, -400.0);
    assert!(history.begin_stroke(id, brush(40.0, 1.0), start).unwrap().is_empty());
    assert!(history.stroke_to(StrokePoint::new(-90_000.0, 90_000.0)).unwrap().is_empty());
    assert!(!history.end_stroke().unwrap());
    draw(&mut history, id, brush(40.0, 1.0), &points(&[[-100.0, 150.0], [20.0, 150.0], [20.0, 900.0]]));
    let values = history.document().mask_values(Region::new(0, 0, 300, 300)).unwrap();
    assert_eq!((values[150 * 300], values[299 * 300 + 20], values[100 * 300 + 20]), (255, 255, 0));
}
