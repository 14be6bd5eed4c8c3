//! How a layer's colours meet those below: the formulas of W3C Compositing and Blending Level 1.
//! Colours are straight, from 0 to 1; `below` is the backdrop, `above` the source.

use super::Blend;

/// B(below, above) of the specification, sections 10.1 and 10.2.
#[inline]
pub(super) fn mix(blend: Blend, below: [f32; 3], above: [f32; 3]) -> [f32; 3] {
    let each = |formula: fn(f32, f32) -> f32| [0, 1, 2].map(|i| formula(below[i], above[i]));
    match blend {
        Blend::Normal => above,
        Blend::Multiply => each(|b, s| b * s),
        Blend::Screen => each(screen),
        // Hard light with the roles exchanged.
        Blend::Overlay => each(|b, s| if b <= 0.5 { s * 2.0 * b } else { screen(s, 2.0 * b - 1.0) }),
        Blend::SoftLight => each(soft_light),
        Blend::Darken => each(f32::min),
        Blend::Lighten => each(f32::max),
        Blend::Colour => with_luminosity(above, luminosity(below)),
        Blend::Luminosity => with_luminosity(below, luminosity(above)),
    }
}

fn screen(below: f32, above: f32) -> f32 {
    below + above - below * above
}

fn soft_light(below: f32, above: f32) -> f32 {
    if above <= 0.5 {
        return below - (1.0 - 2.0 * above) * below * (1.0 - below);
    }
    let root = if below <= 0.25 { ((16.0 * below - 12.0) * below + 4.0) * below } else { below.sqrt() };
    below + (2.0 * above - 1.0) * (root - below)
}

fn luminosity(colour: [f32; 3]) -> f32 {
    0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
}

/// `SetLum` with its clipping: the colour moved to a luminosity, then drawn towards grey until it can be shown.
fn with_luminosity(colour: [f32; 3], wanted: f32) -> [f32; 3] {
    let by = wanted - luminosity(colour);
    let moved = colour.map(|c| c + by);
    let light = luminosity(moved);
    let least = moved[0].min(moved[1]).min(moved[2]);
    let most = moved[0].max(moved[1]).max(moved[2]);
    let mut clipped = moved;
    if least < 0.0 {
        clipped = clipped.map(|c| light + (c - light) * light / (light - least));
    }
    if most > 1.0 {
        clipped = clipped.map(|c| light + (c - light) * (1.0 - light) / (most - light));
    }
    clipped
}
