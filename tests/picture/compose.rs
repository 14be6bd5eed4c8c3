//! The way back into the picture: nothing outside the mask changes, colours meet at the seam.

use super::golden::bytes_from;
use super::scene::{add_grain, disc, render, repaint};
use engine::picture::{Gray8, Region, Rgb8, Rgba8, mask};
use engine::pipelines::compose::{ColourMatch, ColourMatched, composite, match_colour};

#[test]
fn outside_the_blend_mask_every_byte_stays() {
    // Colours and alpha at random, hidden colours under full transparency too.
    let source = Rgba8::new(61, 47, bytes_from(1, 61 * 47 * 4)).unwrap();
    let blend = mask::feather(&disc(61, 47, (30.0, 20.0), 9.0), 6.0);
    let regions = [Region::whole(61, 47), Region { x: 11, y: 3, width: 40, height: 35 }];
    for region in regions {
        let edited =
            Rgb8::new(region.width, region.height, bytes_from(2, region.width * region.height * 3)).unwrap();
        let made = composite(&source, &edited, region, &blend).unwrap();
        assert_eq!(made.changed_outside_mask, 0);
        let mut changed = 0;
        for y in 0..47 {
            for x in 0..61 {
                let (before, after) = (source.pixel(x, y), made.picture.pixel(x, y));
                changed += usize::from(before != after);
                match blend.pixel(x, y) {
                    [0] => assert_eq!(before, after),
                    [255] => {
                        let [r, g, b] = edited.pixel(x - region.x, y - region.y);
                        assert_eq!(after, [r, g, b, 255]);
                    }
                    _ => {}
                }
            }
        }
        assert!(changed > 200);
        assert_eq!(made.changed, changed);
    }
}

#[test]
fn a_blend_is_the_weighted_mean_and_knows_transparency() {
    let one = |under: [u8; 4], over: [u8; 3], share: u8| {
        let source = Rgba8::new(1, 1, under.to_vec()).unwrap();
        let edited = Rgb8::new(1, 1, over.to_vec()).unwrap();
        let blend = Gray8::new(1, 1, vec![share]).unwrap();
        composite(&source, &edited, Region::whole(1, 1), &blend).unwrap().picture.pixel(0, 0)
    };
    for share in 1..255u8 {
        for (under, over) in [(0u8, 255u8), (200, 10), (77, 78)] {
            let mean =
                (f64::from(under) * f64::from(255 - share) + f64::from(over) * f64::from(share)) / 255.0;
            let [value, _, _, alpha] = one([under; 4].map(|_| under), [over; 3], share);
            let [opaque, ..] = one([under, under, under, 255], [over; 3], share);
            assert!((f64::from(opaque) - mean).abs() <= 0.5001, "{under} {over} {share}: {opaque}");
            assert!(alpha >= under && value >= under.min(over) && value <= under.max(over));
        }
    }
    // Over nothing the edit keeps its own colour and is as opaque as its share.
    assert_eq!(one([9, 9, 9, 0], [100, 150, 200], 64), [100, 150, 200, 64]);
    // An edit equal to the picture changes nothing, at any strength.
    assert!((0..=255).all(|share| one([12, 130, 254, 255], [12, 130, 254], share) == [12, 130, 254, 255]));
}

#[test]
fn sizes_must_agree() {
    let source = Rgba8::filled(20, 10, [1, 2, 3, 4]).unwrap();
    let edited = Rgb8::filled(8, 8, [5, 6, 7]).unwrap();
    let blend = Gray8::filled(20, 10, [255]).unwrap();
    let region = Region { x: 1, y: 1, width: 8, height: 8 };
    assert!(composite(&source, &edited, region, &blend).is_ok());
    assert!(composite(&source, &edited, Region { x: 13, ..region }, &blend).is_err());
    assert!(composite(&source, &edited, Region { width: 7, ..region }, &blend).is_err());
    assert!(composite(&source, &edited, region, &Gray8::filled(10, 20, [255]).unwrap()).is_err());
    assert!(composite(&source, &edited, Region { x: usize::MAX, ..region }, &blend).is_err());
}

const FULL: ColourMatch = ColourMatch { ring: 20.0, strength: 1.0 };

fn scene() -> (Rgb8, Gray8) {
    (render(200, 150, |x, y| (x, y)), disc(200, 150, (100.0, 70.0), 30.0))
}

/// Mean difference over a ring around the mask.
fn difference(a: &Rgb8, b: &Rgb8, mask: &Gray8) -> f64 {
    let near = mask::grow(mask, 20.0);
    let (mut sum, mut count) = (0.0, 0.0);
    for ((a, b), (near, painted)) in a.iter().zip(b.iter()).zip(near.pixels().iter().zip(mask.pixels())) {
        if *near > 0 && *painted == 0 {
            sum += a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
            count += 3.0;
        }
    }
    sum / count
}

#[test]
fn a_change_of_light_is_taken_back() {
    let (source, mask) = scene();
    let mut edited = source.clone();
    repaint(&mut edited, &mask, [30, 190, 80]);
    edited.iter_mut().for_each(|[r, g, b]| {
        *r = (f32::from(*r) * 0.9 + 20.0) as u8;
        *g = (f32::from(*g) * 1.05 - 9.0).clamp(0.0, 255.0) as u8;
        *b = b.saturating_sub(12);
    });
    add_grain(&mut edited, 5, 2);
    let before = difference(&edited, &source, &mask);
    let (matched, done) = match_colour(&edited, &source, &mask, FULL).unwrap();
    let after = difference(&matched, &source, &mask);
    assert!(before > 5.0 && after < 2.0, "{before} → {after}");
    let ColourMatched::Applied { gain, offset } = done else { panic!("{done:?}") };
    assert!((gain[0] - 1.0 / 0.9).abs() < 0.03, "{gain:?}");
    assert!((128.0 * gain[2] + offset[2] - 140.0).abs() < 2.0, "{gain:?} {offset:?}");
    // What was painted moves along with its surroundings.
    assert!(matched.pixel(100, 70)[0].abs_diff(30) <= 2);

    let half = ColourMatch { strength: 0.5, ..FULL };
    let halfway = difference(&match_colour(&edited, &source, &mask, half).unwrap().0, &source, &mask);
    assert!(halfway > 0.35 * before && halfway < 0.7 * before, "{before} → {halfway}");
    let none = ColourMatch { strength: 0.0, ..FULL };
    assert_eq!(match_colour(&edited, &source, &mask, none).unwrap().0, edited);
}

#[test]
fn equal_pictures_stay_equal() {
    let (source, mask) = scene();
    let (matched, done) = match_colour(&source, &source, &mask, FULL).unwrap();
    assert_eq!(matched, source);
    assert_eq!(done, ColourMatched::Applied { gain: [1.0; 3], offset: [0.0; 3] });
}

#[test]
fn another_picture_is_left_as_it_is() {
    let (source, mask) = scene();
    let random = Rgb8::new(200, 150, bytes_from(4, 200 * 150 * 3)).unwrap();
    let black = Rgb8::filled(200, 150, [0; 3]).unwrap();
    for edited in [random, black] {
        let (matched, done) = match_colour(&edited, &source, &mask, FULL).unwrap();
        assert_eq!(done, ColourMatched::TooDifferent);
        assert_eq!(matched, edited);
    }
}

#[test]
fn without_a_ring_nothing_is_matched() {
    let (source, _) = scene();
    let mut edited = source.clone();
    edited.pixels_mut().iter_mut().for_each(|value| *value = value.saturating_add(9));
    let all = Gray8::filled(200, 150, [255]).unwrap();
    let nothing = Gray8::filled(200, 150, [0]).unwrap();
    let thin = ColourMatch { ring: 0.0, ..FULL };
    for (mask, options) in [(&all, FULL), (&nothing, FULL), (&scene().1, thin)] {
        let (matched, done) = match_colour(&edited, &source, mask, options).unwrap();
        assert_eq!(done, ColourMatched::NoRing);
        assert_eq!(matched, edited);
    }
}
