//! Phase correlation: the shift between two pictures from the phases of their spectra (Kuglin and Hines
//! 1975).

use rustfft::{FftPlanner, num_complex::Complex};

use super::plane::Plane;

/// How far to look, as a share of each side.
const REACH: f32 = 0.05;

/// The shift `dx`, `dy` in pixels at which `source` is found in `edited`, so that `edited(x + dx, y + dy) ≈
/// source(x, y)`; a parabola through the peak and its neighbours gives the fraction. Both planes are levelled
/// (local mean 0, masked places 0) and of one size. Nothing if there is no structure.
pub(super) fn shift(edited: &Plane, source: &Plane) -> Option<(f32, f32)> {
    let (width, height) = (edited.width, edited.height);
    let mut spectrum = windowed(edited);
    let mut other = windowed(source);
    transform(&mut spectrum, width, height, false);
    transform(&mut other, width, height, false);
    let strongest = spectrum.iter().zip(&other).map(|(a, b)| (a * b.conj()).norm()).fold(0.0, f32::max);
    if !(strongest.is_finite() && strongest > 0.0) {
        return None;
    }
    for (index, (a, b)) in spectrum.iter_mut().zip(&other).enumerate() {
        let product = *a * b.conj();
        // The floor keeps frequencies that hold only rounding errors from having a say; the fall-off towards
        // high ones widens the peak so that the parabola fits.
        let fall_off = low_pass(index % width, width) * low_pass(index / width, height);
        *a = product * (fall_off / (product.norm() + 1e-4 * strongest));
    }
    transform(&mut spectrum, width, height, true);
    let surface = |x: isize, y: isize| {
        let (x, y) = (x.rem_euclid(width as isize) as usize, y.rem_euclid(height as isize) as usize);
        spectrum[y * width + x].re
    };
    let reach = |side: usize| ((side as f32 * REACH) as isize).max(2).min(side as isize / 2);
    let rows = -reach(height)..=reach(height);
    let places = rows.flat_map(|y| (-reach(width)..=reach(width)).map(move |x| (x, y)));
    let (x, y) = places.max_by(|&a, &b| surface(a.0, a.1).total_cmp(&surface(b.0, b.1)))?;
    let dx = x as f32 + summit(surface(x - 1, y), surface(x, y), surface(x + 1, y));
    let dy = y as f32 + summit(surface(x, y - 1), surface(x, y), surface(x, y + 1));
    Some((dx, dy))
}

/// The plane under Hann's window, so that its edges do not correlate.
fn windowed(plane: &Plane) -> Vec<Complex<f32>> {
    let window = |index: usize, side: usize| {
        let turn = std::f32::consts::TAU * (index as f32 + 0.5) / side as f32;
        0.5 - 0.5 * turn.cos()
    };
    let across: Vec<f32> = (0..plane.width).map(|x| window(x, plane.width)).collect();
    let rows = plane.values.chunks_exact(plane.width).enumerate();
    rows.flat_map(|(y, row)| {
        let down = window(y, plane.height);
        row.iter().zip(&across).map(move |(value, across)| Complex::new(value * across * down, 0.0))
    })
    .collect()
}

/// Weight of a frequency, 1 at 0 down to 0.1 at the highest.
fn low_pass(index: usize, side: usize) -> f32 {
    let frequency = index.min(side - index) as f32 / (side as f32 / 2.0);
    (-2.3 * frequency * frequency).exp()
}

/// Discrete Fourier transform along rows and columns, in place, not normalised.
fn transform(values: &mut [Complex<f32>], width: usize, height: usize, inverse: bool) {
    let mut planner = FftPlanner::new();
    let mut plan = |length| {
        if inverse { planner.plan_fft_inverse(length) } else { planner.plan_fft_forward(length) }
    };
    plan(width).process(values);
    let down = plan(height);
    let mut column = vec![Complex::default(); height];
    for x in 0..width {
        for (y, value) in column.iter_mut().enumerate() {
            *value = values[y * width + x];
        }
        down.process(&mut column);
        for (y, value) in column.iter().enumerate() {
            values[y * width + x] = *value;
        }
    }
}

/// Where between −0.5 and 0.5 a parabola through three neighbours is highest.
fn summit(before: f32, peak: f32, after: f32) -> f32 {
    let bend = before - 2.0 * peak + after;
    if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 }
}
