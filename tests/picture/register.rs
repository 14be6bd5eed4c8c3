//! Registration finds movements that are there, and none that are not.

use super::golden::bytes_from;
use super::scene::{add_grain, disc, render, repaint};
use engine::picture::{Gray8, Rgb8, mask};
use engine::pipelines::register::{Affine, Registration, register};

const WIDTH: usize = 320;
const HEIGHT: usize = 240;

/// The source's scene as it looks when everything has moved: the inverse lookup of `movement`.
fn moved(width: usize, height: usize, movement: Affine) -> Rgb8 {
    let centre = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
    render(width, height, |x, y| {
        // Solve movement(u) = here by iteration; the movement is close to identity.
        let (wanted_u, wanted_v) = (x - centre.0, y - centre.1);
        let (mut u, mut v) = (wanted_u, wanted_v);
        for _ in 0..20 {
            let (found_u, found_v) = movement.apply(u, v);
            (u, v) = (u + wanted_u - found_u, v + wanted_v - found_v);
        }
        (u + centre.0, v + centre.1)
    })
}

fn still(width: usize, height: usize) -> Rgb8 {
    render(width, height, |x, y| (x, y))
}

/// Farthest distance at a corner between where two movements send it.
fn apart(a: &Affine, b: &Affine, width: usize, height: usize) -> f32 {
    let difference = Affine {
        xx: a.xx - b.xx,
        xy: a.xy - b.xy,
        yx: a.yx - b.yx,
        yy: a.yy - b.yy,
        dx: a.dx - b.dx,
        dy: a.dy - b.dy,
    };
    difference.longest_move(width, height)
}

/// Mean difference where the mask is 0, away from the picture's rim.
fn difference(a: &Rgb8, b: &Rgb8, mask: &Gray8) -> f32 {
    let (width, height) = a.size();
    let (mut sum, mut count) = (0.0, 0.0);
    for y in 12..height - 12 {
        for x in 12..width - 12 {
            if mask.pixel(x, y) == [0] {
                let (a, b) = (a.pixel(x, y), b.pixel(x, y));
                sum += a.iter().zip(b).map(|(a, b)| f32::from(a.abs_diff(b))).sum::<f32>();
                count += 3.0;
            }
        }
    }
    sum / count
}

fn turn(degrees: f32, scale: f32, dx: f32, dy: f32) -> Affine {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let size = 1.0 + scale;
    Affine { xx: size * cosine - 1.0, xy: -size * sine, yx: size * sine, yy: size * cosine - 1.0, dx, dy }
}

#[test]
fn drift_of_every_kind_is_found_to_a_tenth_of_a_pixel_and_undone() {
    let source = still(WIDTH, HEIGHT);
    let painted = disc(WIDTH, HEIGHT, (150.0, 110.0), 45.0);
    let mask = mask::grow(&painted, 8.0);
    let movements = [
        Affine::shift(3.0, 0.0),
        Affine::shift(-0.4, 0.3),
        Affine::shift(-6.7, 5.2),
        turn(0.0, 0.012, 1.5, -2.5),
        turn(0.6, 0.0, 0.0, 0.0),
        turn(-0.9, -0.008, 4.3, 2.1),
    ];
    for movement in movements {
        let mut edited = moved(WIDTH, HEIGHT, movement);
        // Within the mask the model painted something new; and its light is a little off everywhere.
        repaint(&mut edited, &painted, [20, 200, 60]);
        edited.iter_mut().for_each(|pixel| *pixel = pixel.map(|value| (f32::from(value) * 0.96 + 5.0) as u8));
        add_grain(&mut edited, 7, 3);
        let before = difference(&edited, &source, &mask);
        let (aligned, found) = register(&edited, &source, &mask).unwrap();
        assert!(found.applied, "{movement:?}: {found:?}");
        assert!(apart(&found.transform, &movement, WIDTH, HEIGHT) < 0.1, "{movement:?}: {found:?}");
        assert!(found.after < 0.85 * found.before, "{found:?}");
        let after = difference(&aligned, &source, &mask);
        // What remains is the change of light (up to 4 levels) and the grain.
        assert!(after < before && after < 3.2, "{movement:?}: {before} → {after}");
    }
}

#[test]
fn an_edit_that_spills_over_its_mask_does_not_pull() {
    let source = still(WIDTH, HEIGHT);
    let movement = Affine::shift(2.6, -1.8);
    let mut edited = moved(WIDTH, HEIGHT, movement);
    // Repainted: a third of the picture; masked: only its core.
    repaint(&mut edited, &disc(WIDTH, HEIGHT, (100.0, 120.0), 90.0), [240, 230, 20]);
    let mask = disc(WIDTH, HEIGHT, (100.0, 120.0), 60.0);
    let (_, found) = register(&edited, &source, &mask).unwrap();
    assert!(found.applied && apart(&found.transform, &movement, WIDTH, HEIGHT) < 0.15, "{found:?}");
}

#[test]
fn odd_and_large_sizes_work_too() {
    for (width, height) in [(333, 171), (161, 507), (1601, 301)] {
        let source = still(width, height);
        let mask = disc(width, height, (90.0, 80.0), 40.0);
        let movement = turn(0.3, 0.006, 2.3, -3.4);
        let (_, found) = register(&moved(width, height, movement), &source, &mask).unwrap();
        assert!(
            found.applied && apart(&found.transform, &movement, width, height) < 0.15,
            "{width}: {found:?}"
        );
    }
}

fn assert_left_alone(edited: &Rgb8, source: &Rgb8, mask: &Gray8) -> Registration {
    let (result, found) = register(edited, source, mask).unwrap();
    assert!(
        !found.applied && found.transform == Affine::default() && found.before == found.after,
        "{found:?}"
    );
    assert_eq!(&result, edited);
    found
}

#[test]
fn nothing_is_moved_without_reason() {
    let source = still(WIDTH, HEIGHT);
    let none = Gray8::filled(WIDTH, HEIGHT, [0]).unwrap();
    assert_left_alone(&source, &source, &none);

    let mut grainy = source.clone();
    add_grain(&mut grainy, 3, 12);
    assert_left_alone(&grainy, &source, &none);

    // An untrained model's output: noise, blotches, plain colour.
    let random = Rgb8::new(WIDTH, HEIGHT, bytes_from(11, WIDTH * HEIGHT * 3)).unwrap();
    assert_left_alone(&random, &source, &none);
    let blotches = render(WIDTH, HEIGHT, |x, y| (y * 1.7 + 300.0, x * 0.6 - 77.0));
    assert_left_alone(&blotches, &source, &none);
    let plain = Rgb8::filled(WIDTH, HEIGHT, [90, 90, 90]).unwrap();
    assert_left_alone(&plain, &source, &none);
    assert_left_alone(&source, &plain, &none);
    assert_left_alone(&plain, &plain, &none);

    // Beyond the limits: an enlargement by 6 % is meant.
    let enlarged = moved(WIDTH, HEIGHT, turn(0.0, 0.06, 0.0, 0.0));
    assert_left_alone(&enlarged, &source, &none);
    let far = moved(WIDTH, HEIGHT, Affine::shift(40.0, 0.0));
    assert_left_alone(&far, &source, &none);

    // Too little is known outside the mask.
    let all = Gray8::filled(WIDTH, HEIGHT, [255]).unwrap();
    let shifted = moved(WIDTH, HEIGHT, Affine::shift(3.0, 1.0));
    assert_left_alone(&shifted, &source, &all);
    let almost_all = mask::invert(&disc(WIDTH, HEIGHT, (60.0, 60.0), 15.0));
    assert_left_alone(&shifted, &source, &almost_all);
}

#[test]
fn random_outputs_of_many_kinds_stay_where_they_are() {
    let source = still(WIDTH, HEIGHT);
    let mask = disc(WIDTH, HEIGHT, (150.0, 110.0), 50.0);
    for seed in 0..8u32 {
        // Noise of ever coarser grain, as an untrained codec shows it.
        let cell = 1 + (seed as usize % 4) * 5;
        let coarse = Rgb8::new(
            WIDTH / cell + 1,
            HEIGHT / cell + 1,
            bytes_from(seed, (WIDTH / cell + 1) * (HEIGHT / cell + 1) * 3),
        );
        let edited =
            engine::picture::resize(&coarse.unwrap(), WIDTH, HEIGHT, engine::picture::Filter::Bicubic)
                .unwrap();
        assert_left_alone(&edited, &source, &mask);
    }
}

#[test]
fn tiny_and_thin_pictures_are_left_alone() {
    for (width, height) in [(1, 1), (3, 2), (15, 400), (400, 5), (30, 30)] {
        let source = still(width, height);
        let edited = moved(width, height, Affine::shift(1.0, 0.0));
        assert_left_alone(&edited, &source, &Gray8::filled(width, height, [0]).unwrap());
    }
}

#[test]
fn the_result_is_the_same_every_time() {
    let source = still(WIDTH, HEIGHT);
    let mask = disc(WIDTH, HEIGHT, (150.0, 110.0), 45.0);
    let edited = moved(WIDTH, HEIGHT, turn(0.4, 0.003, 1.3, -0.7));
    let first = register(&edited, &source, &mask).unwrap();
    for _ in 0..3 {
        assert!(register(&edited, &source, &mask).unwrap() == first);
    }
}

#[test]
fn sizes_must_agree() {
    let picture = still(40, 30);
    assert!(register(&picture, &still(30, 40), &Gray8::filled(40, 30, [0]).unwrap()).is_err());
    assert!(register(&picture, &picture, &Gray8::filled(30, 40, [0]).unwrap()).is_err());
}
