//! Compositing against numbers worked out by hand, and against a plain compositor of whole pictures in f64.

use crate::chance::{Chance, plain, size, top};
use app::document::{Blend, Document, History, Layer, LayerKind, Place, Region};
use engine_api::Picture;

/// `above` over `below` in one pixel; `below` is the paper.
fn blended(blend: Blend, below: [u8; 4], above: [u8; 4], opacity: f32) -> [u8; 4] {
    let mut history = History::new(Document::new(size(1, 1), below).unwrap());
    let id = history.add_picture("Above", &plain(1, 1, above), [0, 0], top(&history)).unwrap();
    history.set_blend(id, blend).unwrap();
    history.set_opacity(id, opacity).unwrap();
    history.document().colour_at(0, 0).unwrap()
}

#[test]
fn blend_modes_give_the_numbers_of_the_specification() {
    // 51 = 0.2, 102 = 0.4, 153 = 0.6, 204 = 0.8.
    let (below, above) = ([51, 153, 204, 255], [102, 204, 51, 255]);
    let expect = |blend, pixel: [u8; 3]| {
        let [r, g, b] = pixel;
        assert_eq!(blended(blend, below, above, 1.0), [r, g, b, 255], "{blend:?}");
    };
    expect(Blend::Normal, [102, 204, 51]);
    expect(Blend::Multiply, [20, 122, 41]); // 0.08, 0.48, 0.16
    expect(Blend::Screen, [133, 235, 214]); // 0.52, 0.92, 0.84
    expect(Blend::Overlay, [41, 214, 173]); // 0.16, 1 - 2·0.4·0.2 = 0.84, 1 - 2·0.2·0.8 = 0.68
    // 0.2 - 0.2·0.2·0.8 = 0.168; 0.6 + 0.6·(√0.6 - 0.6) = 0.7048; 0.8 - 0.6·0.8·0.2 = 0.704
    expect(Blend::SoftLight, [43, 180, 180]);
    expect(Blend::Darken, [51, 153, 51]);
    expect(Blend::Lighten, [102, 204, 204]);
    // Lum(below) = 0.06 + 0.354 + 0.088 = 0.502, Lum(above) = 0.12 + 0.472 + 0.022 = 0.614.
    expect(Blend::Colour, [73, 175, 22]); // above - 0.112
    // below + 0.112: nothing to clip (0.912).
    expect(Blend::Luminosity, [80, 182, 233]);
}

#[test]
fn soft_light_of_dark_colours_and_clipped_luminosity() {
    // D(0.2) = ((16·0.2 - 12)·0.2 + 4)·0.2 = 0.448; 0.2 + 0.6·0.248 = 0.3488
    assert_eq!(blended(Blend::SoftLight, [51, 51, 51, 255], [204; 4], 1.0)[0], {
        // The layer's alpha is 0.8: 0.2·0.2 + 0.8·0.3488 = 0.31904
        81
    });
    // Pure blue (luminosity 0.11) takes luminosity 0.8: 0.69, 0.69, 1.69, drawn towards 0.8 by 0.2 / 0.89.
    assert_eq!(blended(Blend::Colour, [204, 204, 204, 255], [0, 0, 255, 255], 1.0), [198, 198, 255, 255]);
    // White takes the luminosity of black.
    assert_eq!(blended(Blend::Luminosity, [255; 4], [0, 0, 0, 255], 1.0), [0, 0, 0, 255]);
}

#[test]
fn alpha_and_opacity_follow_source_over() {
    assert_eq!(blended(Blend::Normal, [0, 0, 0, 255], [255; 4], 0.5), [128, 128, 128, 255]);
    // Half red over half blue, both half transparent: alpha 0.75, two thirds red.
    assert_eq!(blended(Blend::Normal, [0, 0, 255, 128], [255, 0, 0, 128], 1.0), [170, 0, 85, 192]);
    // On nothing, every mode shows the layer as it is.
    for blend in Blend::ALL {
        assert_eq!(blended(blend, [0; 4], [10, 200, 30, 77], 1.0), [10, 200, 30, 77], "{blend:?}");
        assert_eq!(blended(blend, [9, 8, 7, 255], [10, 200, 30, 0], 1.0), [9, 8, 7, 255], "{blend:?}");
    }
}

/// B(below, above), straight from the text of the specification.
fn mix(blend: Blend, below: [f64; 3], above: [f64; 3]) -> [f64; 3] {
    let lum = |c: [f64; 3]| 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2];
    let set_lum = |c: [f64; 3], wanted: f64| {
        let c = c.map(|v| v + wanted - lum(c));
        let (l, n, x) =
            (lum(c), c.iter().copied().fold(9.0, f64::min), c.iter().copied().fold(-9.0, f64::max));
        let c = if n < 0.0 { c.map(|v| l + (v - l) * l / (l - n)) } else { c };
        if x > 1.0 { c.map(|v| l + (v - l) * (1.0 - l) / (x - l)) } else { c }
    };
    let multiply = |b: f64, s: f64| b * s;
    let screen = |b: f64, s: f64| 1.0 - (1.0 - b) * (1.0 - s);
    let hard_light = |b: f64, s: f64| if s <= 0.5 { multiply(b, 2.0 * s) } else { screen(b, 2.0 * s - 1.0) };
    let soft_light = |b: f64, s: f64| {
        let d = if b <= 0.25 { ((16.0 * b - 12.0) * b + 4.0) * b } else { b.sqrt() };
        if s <= 0.5 { b - (1.0 - 2.0 * s) * b * (1.0 - b) } else { b + (2.0 * s - 1.0) * (d - b) }
    };
    let each = |f: &dyn Fn(f64, f64) -> f64| [0, 1, 2].map(|i| f(below[i], above[i]));
    match blend {
        Blend::Normal => above,
        Blend::Multiply => each(&multiply),
        Blend::Screen => each(&screen),
        Blend::Overlay => each(&|b, s| hard_light(s, b)),
        Blend::SoftLight => each(&soft_light),
        Blend::Darken => each(&f64::min),
        Blend::Lighten => each(&f64::max),
        Blend::Colour => set_lum(above, lum(below)),
        Blend::Luminosity => set_lum(below, lum(above)),
    }
}

/// Straight colour and alpha of one pixel, layer by layer.
fn naive(layers: &[Layer], ground: [f64; 4], x: u32, y: u32) -> [f64; 4] {
    let mut below = ground;
    for layer in layers.iter().filter(|layer| layer.properties().visible && layer.kind() != LayerKind::Mask) {
        let mut above = match layer.tiles() {
            None => naive(layer.children(), [0.0; 4], x, y),
            Some(tiles) => {
                let bytes = tiles.read(Region::new(x, y, 1, 1)).unwrap();
                [0, 1, 2, 3].map(|i| f64::from(bytes[i]) / 255.0)
            }
        };
        above[3] *= f64::from(layer.properties().opacity);
        let [b, a] = [below[3], above[3]];
        let alpha = a + b * (1.0 - a);
        if alpha <= 0.0 {
            continue;
        }
        let colour = |p: [f64; 4]| [p[0], p[1], p[2]];
        let mixed = mix(layer.properties().blend, colour(below), colour(above));
        let value =
            |i: usize| (a * (1.0 - b) * above[i] + a * b * mixed[i] + (1.0 - a) * b * below[i]) / alpha;
        below = [value(0), value(1), value(2), alpha];
    }
    below
}

/// Opaque on the left, clear on the right, as it was between: opaque and clear runs are computed in another way.
fn with_opaque_and_clear_parts(picture: &Picture) -> Picture {
    let width = picture.width() as usize;
    let alpha = |at: usize, alpha: u8| match at % width * 3 / width {
        0 => 255,
        1 => alpha,
        _ => 0,
    };
    let pixels = picture.rgba().chunks_exact(4).enumerate();
    let pixels: Vec<u8> = pixels.flat_map(|(at, p)| [p[0], p[1], p[2], alpha(at, p[3])]).collect();
    Picture::new(picture.width(), picture.height(), pixels).unwrap()
}

#[test]
fn any_part_equals_a_plain_compositor_of_the_whole() {
    for seed in 1..=10 {
        let mut chance = Chance::new(seed);
        let paper = [chance.below(256) as u8, 90, 200, chance.pick(&[0, 100, 255])];
        let mut history = History::new(Document::new(size(300, 270), paper).unwrap());
        for _ in 0..8 {
            let at = chance.region(size(250, 220));
            let picture = match chance.below(3) {
                0 => with_opaque_and_clear_parts(&chance.picture(220, 120)),
                _ => chance.picture(120, 120),
            };
            let groups: Vec<_> = history
                .document()
                .listed()
                .iter()
                .filter(|(_, l)| l.tiles().is_none())
                .map(|(_, l)| l.id())
                .collect();
            let group = (!groups.is_empty() && chance.below(2) == 0).then(|| chance.pick(&groups));
            let place = Place { group, index: 0 };
            let picture = history.add_picture("Picture", &picture, [at.x, at.y], place).unwrap();
            let id = if chance.below(3) == 0 {
                history.group(&[picture], "Group").unwrap_or(picture)
            } else {
                picture
            };
            for id in [picture, id] {
                history.set_blend(id, chance.pick(&Blend::ALL)).unwrap();
                history.set_opacity(id, chance.pick(&[1.0, 0.3, 0.77])).unwrap();
            }
            history.set_visible(id, chance.below(6) > 0).unwrap();
        }
        let mask = history.add_mask("Mask", top(&history)).unwrap();
        history.change_mask(mask, app::document::MaskChange::Fill).unwrap();
        let document = history.document();
        let whole = document.composite(Region::whole(document.size())).unwrap();
        let ground = paper.map(|value| f64::from(value) / 255.0);
        for (at, pixel) in whole.chunks_exact(4).enumerate() {
            let (x, y) = (at as u32 % 300, at as u32 / 300);
            let expected = naive(document.layers(), ground, x, y).map(|value| value * 255.0);
            // Colours of a nearly clear pixel are seen by nobody.
            let colours = if pixel[3] < 8 { 3..4 } else { 0..4 };
            for i in colours {
                let off = (expected[i] - f64::from(pixel[i])).abs();
                assert!(off < 0.51, "seed {seed}, pixel {x}, {y}: {pixel:?}, expected {expected:?}");
            }
        }
        for _ in 0..10 {
            let region = chance.region(document.size());
            let part = document.composite(region).unwrap();
            for (line, row) in part.chunks_exact(region.width as usize * 4).enumerate() {
                let start = ((region.y as usize + line) * 300 + region.x as usize) * 4;
                assert_eq!(row, &whole[start..start + row.len()]);
            }
        }
    }
}

#[test]
fn merging_down_looks_the_same() {
    let mut chance = Chance::new(5);
    for kinds in 0..4 {
        let mut history = History::new(Document::new(size(280, 70), [255, 250, 240, 255]).unwrap());
        for _ in 0..2 {
            let id = history.add_picture("Picture", &chance.picture(270, 60), [3, 4], top(&history)).unwrap();
            history.set_opacity(id, 0.6).unwrap();
        }
        let upper = history.document().layers()[1].id();
        // A mode other than Normal meets less backdrop once the layers are on their own, unless that is opaque.
        if kinds > 1 {
            history.group(&[upper], "Group").unwrap();
        }
        let whole = Region::whole(history.document().size());
        let before = history.document().composite(whole).unwrap();
        let top = history.document().layers()[1].id();
        let merged = history.merge_down(top).unwrap();
        assert_eq!(history.document().layers().len(), 1);
        assert_eq!(history.document().layers()[0].id(), merged);
        let after = history.document().composite(whole).unwrap();
        let off = before.iter().zip(&after).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(off <= 1, "{off}");
    }
}
