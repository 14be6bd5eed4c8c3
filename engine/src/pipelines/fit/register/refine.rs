//! The small affine movement that brings two pictures together, found by Gauss–Newton steps from coarse to
//! fine (Lucas and Kanade 1981; robust weights after Beaton and Tukey 1974).

use rayon::prelude::*;

use super::plane::Plane;
use super::warp::Affine;

/// Steps per level at most; usually four to six are enough.
const STEPS: usize = 15;
/// A step that moves no pixel farther than this ends a level.
const SETTLED: f32 = 0.01;
/// Levels with more pixels than this are summed over every other pixel, like the black fields of a
/// chessboard.
const MANY: usize = 1 << 18;
/// Six for the movement, then gain and offset of the light.
const UNKNOWNS: usize = 8;
/// Residuals beyond this many deviations have no say.
const TUKEY: f32 = 4.685;
/// Deviations are taken as at least this many levels of 255, so that flat pictures do not amplify rounding.
const LEAST_DEVIATION: f32 = 1.5;

/// One size of the three pictures.
pub(super) struct Level {
    pub edited: Plane,
    pub source: Plane,
    pub trust: Plane,
}

/// Refines `start` on `level`. Nothing if the pixels do not determine a movement.
pub(super) fn refine(level: &Level, start: Affine) -> Option<Affine> {
    let mut guess = Guess { movement: start, gain: 1.0, offset: 0.0, deviation: f32::INFINITY };
    for _ in 0..STEPS {
        guess.deviation = (1.4826 * median_residual(level, &guess)?).max(LEAST_DEVIATION);
        let step = solve(normal_equations(level, &guess))?;
        let radius = level.edited.longest() as f32 / 2.0;
        let [xx, xy, yx, yy, dx, dy, gain, offset] = step.map(|value| value as f32);
        let change = Affine { xx: xx / radius, xy: xy / radius, yx: yx / radius, yy: yy / radius, dx, dy };
        let movement = &mut guess.movement;
        movement.xx += change.xx;
        movement.xy += change.xy;
        movement.yx += change.yx;
        movement.yy += change.yy;
        movement.dx += change.dx;
        movement.dy += change.dy;
        guess.gain += gain;
        guess.offset += offset;
        let moved = change.longest_move(level.edited.width, level.edited.height);
        if !moved.is_finite() {
            return None;
        }
        if moved < SETTLED {
            break;
        }
    }
    Some(guess.movement)
}

/// What is known so far: `edited(movement(x)) ≈ gain · source(x) + offset`, give or take `deviation`.
struct Guess {
    movement: Affine,
    gain: f32,
    offset: f32,
    deviation: f32,
}

impl Guess {
    /// Where pixel `x`, `y` of the source lies in the edited picture, and by how much the two differ there;
    /// nothing where the source is not trusted or the place is outside.
    fn compare(&self, level: &Level, x: usize, y: usize) -> Option<(f32, f32, f32)> {
        let index = y * level.source.width + x;
        if level.trust.values[index] == 0.0 {
            return None;
        }
        let [centre_x, centre_y] = level.source.centre;
        let (u, v) = self.movement.apply(x as f32 - centre_x, y as f32 - centre_y);
        let (at_x, at_y) = (u + centre_x, v + centre_y);
        if !level.edited.holds(at_x, at_y, 1.0) {
            return None;
        }
        let expected = self.gain * level.source.values[index] + self.offset;
        Some((at_x, at_y, level.edited.sample(at_x, at_y) - expected))
    }
}

/// Sums of the normal equations, `matrix · step = −right`.
#[derive(Clone)]
struct Normal {
    matrix: [[f64; UNKNOWNS]; UNKNOWNS],
    right: [f64; UNKNOWNS],
}

/// Rows are summed in order, so that the result does not depend on the number of cores.
fn normal_equations(level: &Level, guess: &Guess) -> Normal {
    let zero = Normal { matrix: [[0.0; UNKNOWNS]; UNKNOWNS], right: [0.0; UNKNOWNS] };
    let rows: Vec<Normal> = (0..level.source.height)
        .into_par_iter()
        .map(|y| row_equations(level, guess, y, zero.clone()))
        .collect();
    rows.iter().fold(zero, |mut total, row| {
        for i in 0..UNKNOWNS {
            total.right[i] += row.right[i];
            for j in 0..UNKNOWNS {
                total.matrix[i][j] += row.matrix[i][j];
            }
        }
        total
    })
}

fn row_equations(level: &Level, guess: &Guess, y: usize, mut sums: Normal) -> Normal {
    let [centre_x, centre_y] = level.source.centre;
    let radius = level.edited.longest() as f32 / 2.0;
    let v = (y as f32 - centre_y) / radius;
    let stride = if level.source.values.len() > MANY { 2 } else { 1 };
    for x in (y % stride..level.source.width).step_by(stride) {
        let Some((at_x, at_y, residual)) = guess.compare(level, x, y) else {
            continue;
        };
        let share = 1.0 - (residual / (TUKEY * guess.deviation)).powi(2);
        if share <= 0.0 {
            continue;
        }
        let weight = f64::from(share * share);
        let u = (x as f32 - centre_x) / radius;
        let [along_x, along_y] = level.edited.slope(at_x, at_y);
        let light = level.source.values[y * level.source.width + x];
        let slopes = [along_x * u, along_x * v, along_y * u, along_y * v, along_x, along_y, -light, -1.0];
        let slopes = slopes.map(f64::from);
        for i in 0..UNKNOWNS {
            sums.right[i] += weight * slopes[i] * f64::from(residual);
            for j in i..UNKNOWNS {
                sums.matrix[i][j] += weight * slopes[i] * slopes[j];
            }
        }
    }
    sums
}

/// Median of the residuals' sizes, from some thousands of pixels; nothing if too few can be compared.
fn median_residual(level: &Level, guess: &Guess) -> Option<f32> {
    let count = level.source.values.len();
    let stride = (count / 8192).max(1) | 1;
    let width = level.source.width;
    let places = (0..count).step_by(stride).map(|index| (index % width, index / width));
    let mut sizes: Vec<f32> =
        places.filter_map(|(x, y)| guess.compare(level, x, y).map(|(.., residual)| residual.abs())).collect();
    if sizes.len() < 4 * UNKNOWNS {
        return None;
    }
    let middle = sizes.len() / 2;
    Some(*sizes.select_nth_unstable_by(middle, f32::total_cmp).1)
}

/// Solves `matrix · step = −right` by Cholesky's decomposition of the upper triangle, with a trace of
/// damping. Nothing if the matrix is not positive definite.
fn solve(normal: Normal) -> Option<[f64; UNKNOWNS]> {
    let Normal { matrix, right } = normal;
    let mut lower = [[0.0f64; UNKNOWNS]; UNKNOWNS];
    for i in 0..UNKNOWNS {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            if i == j {
                let pivot = matrix[i][i] * (1.0 + 1e-6) - known;
                if pivot.is_nan() || pivot <= 1e-9 * matrix[i][i] {
                    return None;
                }
                lower[i][i] = pivot.sqrt();
            } else {
                lower[i][j] = (matrix[j][i] - known) / lower[j][j];
            }
        }
    }
    let mut step = [0.0; UNKNOWNS];
    for i in 0..UNKNOWNS {
        let known: f64 = (0..i).map(|k| lower[i][k] * step[k]).sum();
        step[i] = (-right[i] - known) / lower[i][i];
    }
    for i in (0..UNKNOWNS).rev() {
        let known: f64 = (i + 1..UNKNOWNS).map(|k| lower[k][i] * step[k]).sum();
        step[i] = (step[i] - known) / lower[i][i];
    }
    Some(step)
}
