//! A painted scene that can be looked at between pixels, so that movements are exact and need no resampling.

use engine::picture::{Gray8, Rgb8};

/// Red, green and blue, 0 … 255, at any point: broad light, stripes in several directions, and soft-edged
/// discs.
pub fn colour_at(x: f32, y: f32) -> [f32; 3] {
    let mut light = 110.0 + 40.0 * (x * 0.011 + 0.7).sin() + 30.0 * (y * 0.017 - x * 0.004).cos();
    for (index, (across, down)) in
        [(0.21, 0.05), (-0.08, 0.27), (0.13, -0.16), (0.4, 0.31)].into_iter().enumerate()
    {
        light += 9.0 * (x * across + y * down + index as f32).sin();
    }
    let mut colour = [light, light * 0.8 + 20.0, 200.0 - light * 0.5];
    for index in 0..24 {
        let at = |step: f32, range: f32| (index as f32 * step).fract() * range;
        let (centre_x, centre_y, radius) = (at(0.618, 640.0), at(0.367, 480.0), 12.0 + at(0.73, 30.0));
        let distance = (x - centre_x).hypot(y - centre_y) - radius;
        if distance > 15.0 {
            continue;
        }
        let inside = 1.0 / (1.0 + distance.exp());
        let tint = [at(0.41, 255.0), at(0.83, 255.0), at(0.29, 255.0)];
        for (value, tint) in colour.iter_mut().zip(tint) {
            *value += (tint - *value) * inside * 0.7;
        }
    }
    colour
}

/// The scene, pixel `x`, `y` looked up where `place` says.
pub fn render(width: usize, height: usize, place: impl Fn(f32, f32) -> (f32, f32)) -> Rgb8 {
    let points = (0..width * height).map(|index| place((index % width) as f32, (index / width) as f32));
    let pixels = points.flat_map(|(x, y)| colour_at(x, y).map(|value| value.round().clamp(0.0, 255.0) as u8));
    Rgb8::new(width, height, pixels.collect()).unwrap()
}

/// A filled circle.
pub fn disc(width: usize, height: usize, centre: (f32, f32), radius: f32) -> Gray8 {
    let inside =
        |index: usize| ((index % width) as f32 - centre.0).hypot((index / width) as f32 - centre.1) <= radius;
    Gray8::new(width, height, (0..width * height).map(|index| if inside(index) { 255 } else { 0 }).collect())
        .unwrap()
}

/// Paints over what the mask covers.
pub fn repaint(picture: &mut Rgb8, mask: &Gray8, colour: [u8; 3]) {
    for (pixel, &value) in picture.iter_mut().zip(mask.pixels()) {
        if value > 0 {
            *pixel = colour;
        }
    }
}

/// Adds grain of up to `most` levels either way, the same on every run.
pub fn add_grain(picture: &mut Rgb8, seed: u32, most: i32) {
    let mut state = seed;
    for value in picture.pixels_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (state >> 8) as i32 % (2 * most + 1) - most;
        *value = (i32::from(*value) + grain).clamp(0, 255) as u8;
    }
}
