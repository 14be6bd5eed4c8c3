//! Resampling, sizes and colour equal Pillow, torchvision, diffusers and transformers.

use super::golden::{Resampling, bytes_from, fnv, fnv_of_floats, from_hex, golden};
use engine::picture::dimension::{VisionArea, fit_area, vision_size};
use engine::picture::{
    Filter, Gray8, PictureError, Raster, Rgb8, Rgba8, from_signed, mask, resize, resize_antialiased_bicubic,
    resize_nearest,
};

#[test]
fn every_resampling_equals_the_reference_byte_for_byte() {
    let golden = golden();
    assert!(golden.resampling.len() > 150);
    for case in golden.resampling {
        let made = match case.channels {
            1 => resampled::<1>(&case),
            3 => resampled::<3>(&case),
            _ => resampled::<4>(&case),
        };
        let what = format!("{} {:?} → {:?}, {} channels", case.filter, case.from, case.to, case.channels);
        if let Some(bytes) = &case.bytes {
            assert_eq!(made, from_hex(bytes), "{what}");
        }
        assert_eq!(fnv(made), case.fnv, "{what}");
    }
}

fn resampled<const CHANNELS: usize>(case: &Resampling) -> Vec<u8> {
    let (width, height) = case.from;
    let pixels = bytes_from(case.seed, width * height * CHANNELS);
    let source = Raster::<CHANNELS>::new(width, height, pixels).unwrap();
    let (width, height) = case.to;
    let target = match case.filter.as_str() {
        "lanczos" => resize(&source, width, height, Filter::Lanczos),
        "bicubic" => resize(&source, width, height, Filter::Bicubic),
        "bilinear" => resize(&source, width, height, Filter::Bilinear),
        "torchvision" => resize_antialiased_bicubic(&source, width, height),
        "nearest" => resize_nearest(&source, width, height),
        other => panic!("unknown filter {other}"),
    };
    let target = target.unwrap();
    assert_eq!(target.size(), case.to);
    target.into_pixels()
}

#[test]
fn hidden_colours_do_not_bleed() {
    let mut source = Rgba8::filled(8, 8, [255, 0, 0, 0]).unwrap();
    source.paste(&Rgba8::filled(4, 8, [0, 0, 200, 255]).unwrap(), 0, 0).unwrap();
    let small = resize(&source, 5, 5, Filter::Lanczos).unwrap();
    assert!(small.iter().all(|&[red, _, _, alpha]| red == 0 || alpha == 0));
}

#[test]
fn impossible_sizes_are_refused() {
    let source = Gray8::filled(4, 4, [9]).unwrap();
    for (width, height) in [(0, 3), (3, 0), (usize::MAX, 2), (100_000, 1), (40_000, 40_000)] {
        assert!(matches!(resize(&source, width, height, Filter::Lanczos), Err(PictureError::Size { .. })));
        assert!(matches!(resize_antialiased_bicubic(&source, width, height), Err(PictureError::Size { .. })));
        assert!(matches!(resize_nearest(&source, width, height), Err(PictureError::Size { .. })));
    }
}

#[test]
fn sizes_equal_diffusers_and_transformers() {
    let golden = golden();
    assert!(golden.dimensions.len() > 150);
    let small = VisionArea { most: 28 * 28 * 1280, ..VisionArea::QWEN_2_5_VL };
    for case in golden.dimensions {
        let (width, height) = case.size;
        for (side, (wide, high)) in [(1024, case.area_1024), (384, case.area_384), (96, case.area_96)] {
            // The reference comes to 0 for strips; there a strip of 32 pixels is right.
            let expected = (wide.max(32), high.max(32));
            assert_eq!(fit_area(side * side, width, height), expected, "{width} × {height} at {side}²");
        }
        for (area, expected) in [(VisionArea::QWEN_2_5_VL, case.vision), (small, case.vision_small)] {
            let got = vision_size(width, height, area);
            match expected {
                Some(expected) => assert_eq!(got.unwrap(), expected, "{width} × {height}"),
                None => assert!(matches!(got, Err(PictureError::TooElongated { .. }))),
            }
        }
    }
}

#[test]
fn the_dossiers_table_holds() {
    let rows = [
        ((1024, 1024), (1024, 1024), (384, 384), (392, 392)),
        ((1920, 1080), (1376, 768), (512, 288), (504, 280)),
        ((512, 768), (832, 1248), (320, 480), (308, 476)),
        ((3024, 4032), (896, 1184), (320, 448), (308, 448)),
        ((4000, 300), (3744, 288), (1408, 96), (1400, 84)),
    ];
    for ((width, height), codec, condition, vision) in rows {
        assert_eq!(fit_area(1024 * 1024, width, height), codec);
        assert_eq!(fit_area(384 * 384, width, height), condition);
        assert_eq!(vision_size(condition.0, condition.1, VisionArea::QWEN_2_5_VL).unwrap(), vision);
    }
}

#[test]
fn levels_and_floats_equal_the_image_processor() {
    let golden = golden().colour;
    let levels = (0..=255u8).flat_map(|level| [level; 3]).collect();
    let levels = Rgb8::new(16, 16, levels).unwrap();
    assert_eq!(fnv_of_floats(&levels.to_signed()), golden.signed);
    assert_eq!(from_signed(16, 16, &levels.to_signed()).unwrap(), levels);

    // numpy's linspace: doubles, then rounded to single.
    let count = 3 * 64 * 48;
    let step = 2.4 / f64::from(count - 1);
    let mut ramp: Vec<f32> = (0..count).map(|index| (f64::from(index) * step - 1.2) as f32).collect();
    *ramp.last_mut().unwrap() = 1.2;
    assert_eq!(ramp[..3].iter().map(|value| value.to_bits()).collect::<Vec<_>>(), golden.ramp);
    assert_eq!(fnv_of_floats(&ramp), golden.values);
    assert_eq!(fnv(from_signed(64, 48, &ramp).unwrap().into_pixels()), golden.levels);

    let halves: Vec<f32> = (0..255).map(|level| (level as f32 + 0.5) / 255.0 * 2.0 - 1.0).collect();
    assert_eq!(from_signed(85, 1, &halves).unwrap().into_pixels(), from_hex(&golden.half_levels));
}

#[test]
fn values_that_are_not_numbers_are_reported() {
    let error = from_signed(2, 1, &[0.0, f32::NAN, 1.0, f32::INFINITY, 0.0, 0.0]).unwrap_err();
    assert!(matches!(error, PictureError::NotFinite { count: 2, of: 6 }));
}

#[test]
fn luminance_and_white_equal_pillow() {
    let golden = golden().colour;
    let rgb = Rgb8::new(61, 47, bytes_from(99, 61 * 47 * 3)).unwrap();
    assert_eq!(fnv(rgb.luma().into_pixels()), golden.luma);
    let rgba = Rgba8::new(61, 47, bytes_from(98, 61 * 47 * 4)).unwrap();
    assert_eq!(fnv(rgba.over_white().into_pixels()), golden.over_white);
}

#[test]
fn latent_masks_equal_torch() {
    let source = Gray8::new(50, 34, bytes_from(97, 50 * 34)).unwrap();
    for case in golden().colour.latent_mask {
        let values = mask::on_latents(&source, case.to.0, case.to.1).unwrap();
        assert_eq!(fnv_of_floats(&values), case.fnv, "{:?}", case.to);
    }
}
