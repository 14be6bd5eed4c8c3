//! Masks, padding and the larger canvas against their definitions.

use super::golden::bytes_from;
use super::scene::disc;
use engine::picture::mask::{self, Context};
use engine::picture::{Expansion, Fill, Gray8, PictureError, Region, Rgb8, Rgba8, expand, pad_to_multiple};

/// Distance of every pixel to the nearest painted one, by looking at all of them.
fn distances(mask: &Gray8) -> Vec<f64> {
    let width = mask.width();
    let place = |index: usize| ((index % width) as f64, (index / width) as f64);
    let painted: Vec<usize> =
        (0..mask.pixels().len()).filter(|&index| mask.pixels()[index] >= mask::PAINTED).collect();
    let apart = |a: usize, b: usize| (place(a).0 - place(b).0).hypot(place(a).1 - place(b).1);
    let nearest = |index| painted.iter().map(|&other| apart(index, other)).fold(f64::INFINITY, f64::min);
    (0..mask.pixels().len()).map(nearest).collect()
}

/// Discs and single pixels, touching the picture's edge in places.
fn sample_masks() -> Vec<Gray8> {
    let mut dots = Gray8::filled(41, 33, [0]).unwrap();
    for (x, y) in [(0, 0), (20, 16), (21, 16), (40, 32), (7, 30)] {
        dots.pixels_mut()[y * 41 + x] = 255;
    }
    let mut full = Gray8::filled(17, 9, [255]).unwrap();
    full.pixels_mut()[60] = 0;
    vec![disc(47, 38, (20.0, 18.0), 9.5), disc(30, 44, (28.0, 2.0), 12.0), dots, full]
}

#[test]
fn growing_adds_what_is_within_the_distance_and_nothing_else() {
    for source in sample_masks() {
        let distances = distances(&source);
        for pixels in [1.0f32, 1.5, 2.0, 4.0, 7.3, 100.0] {
            let grown = mask::grow(&source, pixels);
            for (value, distance) in grown.pixels().iter().zip(&distances) {
                assert_eq!(*value, if *distance <= f64::from(pixels) { 255 } else { 0 });
            }
        }
    }
}

#[test]
fn shrinking_takes_what_is_within_the_distance_of_the_unpainted() {
    for source in sample_masks() {
        let to_unpainted = distances(&mask::invert(&source));
        for pixels in [1.0f32, 1.5, 3.0, 6.2] {
            let shrunk = mask::grow(&source, -pixels);
            for (value, distance) in shrunk.pixels().iter().zip(&to_unpainted) {
                assert_eq!(*value, if *distance <= f64::from(pixels) { 0 } else { 255 });
            }
        }
    }
    // The picture's edge is not an edge of the mask.
    let full = Gray8::filled(9, 9, [255]).unwrap();
    assert_eq!(mask::grow(&full, -3.0), full);
}

#[test]
fn one_pixel_grows_by_its_neighbours() {
    let mut dot = Gray8::filled(9, 9, [0]).unwrap();
    dot.pixels_mut()[4 * 9 + 4] = 255;
    let count = |mask: &Gray8| mask.pixels().iter().filter(|&&value| value > 0).count();
    assert_eq!(count(&mask::grow(&dot, 1.0)), 5);
    assert_eq!(count(&mask::grow(&dot, 1.5)), 9);
    assert_eq!(mask::grow(&mask::grow(&dot, 1.0), -1.0), dot);
    assert_eq!(mask::grow(&dot, 0.0), dot);
    assert_eq!(mask::grow(&dot, f32::NAN), dot);
    let nothing = Gray8::filled(9, 9, [0]).unwrap();
    assert_eq!(mask::grow(&nothing, 3.0), nothing);
    assert_eq!(mask::grow(&nothing, -3.0), nothing);
    assert_eq!(mask::feather(&nothing, 3.0), nothing);
}

#[test]
fn soft_masks_keep_their_softness() {
    let values = [0, 10, 60, 120, 140, 200, 255, 255, 200, 100, 0];
    let soft = Gray8::new(11, 1, values.to_vec()).unwrap();
    assert_eq!(mask::grow(&soft, 1.0).pixels(), [0, 10, 60, 255, 255, 255, 255, 255, 255, 255, 0]);
    assert_eq!(mask::grow(&soft, -1.0).pixels(), [0, 0, 0, 0, 0, 200, 255, 255, 0, 0, 0]);
    let feathered = mask::feather(&soft, 2.0);
    assert!(feathered.pixels().iter().zip(values).all(|(after, before)| *after >= before));
}

#[test]
fn feathering_falls_smoothly_to_nothing_outside_and_leaves_the_inside() {
    for source in sample_masks() {
        let distances = distances(&source);
        for pixels in [1.0f32, 6.0, 13.5] {
            let soft = mask::feather(&source, pixels);
            for (value, distance) in soft.pixels().iter().zip(&distances) {
                let ramp = (1.0 - distance / (f64::from(pixels) + 1.0)).max(0.0);
                let expected = ramp * ramp * (3.0 - 2.0 * ramp) * 255.0;
                assert!((f64::from(*value) - expected).abs() <= 0.5001, "{value} at {distance}");
                assert!(*distance < f64::from(pixels) + 1.0 || *value == 0);
            }
        }
    }
    let edge = Gray8::new(8, 1, vec![255, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(mask::feather(&edge, 4.0).pixels(), [255, 228, 165, 90, 27, 0, 0, 0]);
}

#[test]
fn a_soft_edge_lies_inside_and_thin_lines_stay() {
    for source in sample_masks() {
        for pixels in [1.0f32, 4.0, 9.0] {
            let soft = mask::soften(&source, pixels);
            assert!(soft.pixels().iter().zip(source.pixels()).all(|(soft, before)| soft <= before));
            assert_eq!(mask::bounds(&soft).unwrap(), mask::bounds(&source).unwrap());
        }
    }
    let edge = Gray8::new(9, 1, vec![0, 255, 255, 255, 255, 255, 255, 255, 255]).unwrap();
    assert_eq!(mask::soften(&edge, 4.0).pixels(), [0, 27, 90, 165, 228, 255, 255, 255, 255]);
    let mut lines = Gray8::filled(60, 40, [0]).unwrap();
    for (x, y) in (0..60).map(|x| (x, 3)).chain((10..40).flat_map(|x| (14..38).map(move |y| (x, y)))) {
        lines.pixels_mut()[y * 60 + x] = 255;
    }
    let soft = mask::soften(&lines, 6.0);
    assert_eq!((soft.pixels()[3 * 60 + 20], soft.pixels()[25 * 60 + 25]), (255, 255));
    assert!(soft.pixels()[25 * 60 + 10] < 64, "the block's edge is soft");
}

#[test]
fn bounds_are_tight_and_an_empty_mask_is_an_error() {
    let mut mask = Gray8::filled(50, 40, [0]).unwrap();
    assert!(matches!(mask::bounds(&mask), Err(PictureError::EmptyMask)));
    mask.pixels_mut()[7 * 50 + 30] = 1;
    assert_eq!(mask::bounds(&mask).unwrap(), Region { x: 30, y: 7, width: 1, height: 1 });
    mask.pixels_mut()[39 * 50] = 255;
    assert_eq!(mask::bounds(&mask).unwrap(), Region { x: 0, y: 7, width: 31, height: 33 });
    assert_eq!(mask::bounds(&mask::invert(&mask)).unwrap(), Region::whole(50, 40));
}

#[test]
fn a_mask_of_another_size_is_fitted_with_a_note() {
    let mask = disc(64, 48, (30.0, 20.0), 10.0);
    let (same, note) = mask::fit(&mask, 64, 48).unwrap();
    assert!(same == mask && note.is_none());
    let (fitted, note) = mask::fit(&mask, 128, 96).unwrap();
    assert_eq!(note.unwrap(), "the mask is 64 × 48 and was resampled to the picture's 128 × 96");
    let bounds = mask::bounds(&mask::binarise(&fitted)).unwrap();
    assert!(bounds.x.abs_diff(41) <= 1 && bounds.width.abs_diff(41) <= 2, "{bounds:?}");
    let (_, note) = mask::fit(&mask, 100, 100).unwrap();
    assert!(note.unwrap().contains("stretched"));
}

#[test]
fn latent_masks_are_zero_and_one() {
    let mask = disc(64, 48, (30.0, 20.0), 10.0);
    let latents = mask::on_latents(&mask::feather(&mask, 4.0), 8, 6).unwrap();
    assert_eq!(latents.len(), 48);
    assert!(latents.iter().all(|&value| value == 0.0 || value == 1.0));
    assert_eq!(latents[2 * 8 + 4], 1.0);
    assert_eq!(latents[0], 0.0);
}

#[test]
fn the_context_box_is_what_the_model_will_see() {
    let context = Context { margin: 0.25, least: 128, aspect: Some((4, 3)), multiple: 16 };
    let bounds = Region { x: 300, y: 200, width: 200, height: 100 };
    let region = context.region(bounds, 1000, 800);
    assert!(region.contains(&bounds) && region.fits(1000, 800));
    assert_eq!((region.width, region.height), (304, 240));
    // The whole picture when it is smaller than what is wanted.
    assert_eq!(
        context.region(Region { x: 3, y: 2, width: 10, height: 10 }, 100, 90),
        Region { x: 0, y: 0, width: 96, height: 80 }
    );
    assert_eq!(
        context.region(Region { x: 0, y: 0, width: 100, height: 90 }, 100, 90),
        Region::whole(100, 90)
    );
}

#[test]
fn padding_mirrors_and_is_cut_off_again() {
    for (width, height, multiple) in [(20, 13, 16), (16, 32, 16), (3, 2, 16), (1, 1, 32), (31, 1, 8)] {
        let source = Rgb8::new(width, height, bytes_from(3, width * height * 3)).unwrap();
        let padded = pad_to_multiple(&source, multiple).unwrap();
        assert!(
            padded.picture.width().is_multiple_of(multiple)
                && padded.picture.height().is_multiple_of(multiple)
        );
        assert!(padded.picture.width() - width < multiple && padded.picture.height() - height < multiple);
        assert_eq!(padded.picture.crop(padded.inner).unwrap(), source);
        assert_eq!(padded.is_unchanged(), width % multiple == 0 && height % multiple == 0);
        for x in width..(2 * width - 1).min(padded.picture.width()) {
            assert_eq!(
                padded.picture.pixel(x, 0),
                source.pixel(2 * (width - 1) - x, 0),
                "mirrored without the edge"
            );
        }
    }
}

#[test]
fn a_larger_canvas_keeps_the_picture_and_leads_its_colours_on() {
    let mut source = Rgba8::filled(30, 20, [200, 40, 40, 255]).unwrap();
    source.paste(&Rgba8::filled(15, 20, [10, 60, 220, 255]).unwrap(), 0, 0).unwrap();
    let by = Expansion { left: 12, top: 3, right: 40, bottom: 0 };
    for fill in [Fill::Edge, Fill::Neutral] {
        let made = expand(&source, by, fill).unwrap();
        assert_eq!(made.picture.size(), (82, 23));
        assert_eq!(made.inner, Region { x: 12, y: 3, width: 30, height: 20 });
        assert_eq!(made.picture.crop(made.inner).unwrap(), source);
        for y in 0..23 {
            for x in 0..82 {
                let is_new = !(12..42).contains(&x) || y < 3;
                assert_eq!(made.mask.pixel(x, y), [if is_new { 255 } else { 0 }]);
                assert!(!is_new || made.picture.pixel(x, y)[3] == 255);
            }
        }
        let expected = |colour| {
            if fill == Fill::Edge { colour } else { [128, 128, 128, 255] }
        };
        assert_eq!(made.picture.pixel(2, 15), expected([10, 60, 220, 255]));
        assert_eq!(made.picture.pixel(80, 10), expected([200, 40, 40, 255]));
    }
    assert!(Expansion::default().is_none());
    assert_eq!(expand(&source, Expansion::default(), Fill::Edge).unwrap().picture, source);
    for left in [usize::MAX, 70_000, usize::MAX / 2] {
        assert!(expand(&source, Expansion { left, ..Expansion::default() }, Fill::Edge).is_err());
    }
}

#[test]
fn transparent_edges_do_not_darken_the_new_canvas() {
    let hidden_black = Rgba8::filled(8, 8, [0, 0, 0, 0]).unwrap();
    let made = expand(&hidden_black, Expansion { left: 4, ..Expansion::default() }, Fill::Edge).unwrap();
    assert_eq!(made.picture.pixel(1, 4), [255, 255, 255, 255]);
}
