//! Registration of an edited picture to its source.
//!
//! Edit models return a picture that has drifted by a few pixels, or grown by half a percent: they were
//! trained on pairs that do not quite fit. Where the mask says "leave this", both pictures show the same
//! thing, so the movement can be found there and undone before the two are put together: phase correlation
//! gives the shift, Gauss–Newton steps from coarse to fine give the small affine rest, and the edited picture
//! is resampled once. Nothing is moved unless the two pictures demonstrably show the same and fit clearly
//! better afterwards.

mod phase;
mod plane;
mod refine;
mod warp;

pub use warp::Affine;

use rayon::prelude::*;

use self::plane::Plane;
use self::refine::{Level, refine};
use crate::picture::{Gray8, PictureError, Rgb8};

/// Largest change of size, shear, turn in degrees, and shift as a share of the longest side that may be
/// undone. More than that is the model's intent or an accident of the search.
const MOST_SCALE: f32 = 0.02;
const MOST_SHEAR: f32 = 0.01;
const MOST_DEGREES: f32 = 1.5;
const MOST_SHIFT: f32 = 0.05;
/// A movement of all pixels by less than this many pixels is not worth resampling for.
const LEAST_MOVE: f32 = 0.1;
/// Residual that may remain, as a share of the one before.
const MOST_REMAINING: f32 = 0.85;
/// Correlation from which on two pictures are taken to show the same thing.
const LEAST_CORRELATION: f32 = 0.45;
/// Detail counts up to this many levels above or below its surroundings, so that the hard edges of things
/// added outside the mask do not rule.
const MOST_DETAIL: f32 = 24.0;
/// Fewest pixels outside the mask, absolutely and as a share of all.
const LEAST_TRUSTED: f32 = 0.1;
const LEAST_TRUSTED_PIXELS: f32 = 1024.0;
/// Longest side on which the residual is measured and the last steps are made; the finest for the Fourier
/// transform, and the coarsest level.
const FINEST: usize = 1536;
const FINEST_FOR_PHASE: usize = 768;
const COARSEST: usize = 48;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Registration {
    /// True if the picture was moved.
    pub applied: bool,
    /// Where the source's pixels lay in the edited picture; identity unless applied.
    pub transform: Affine,
    /// Mean difference of detail outside the mask, in levels of 255, before and after. Equal unless applied.
    pub before: f32,
    pub after: f32,
}

/// Moves `edited` onto `source` (both of one size, as is `mask`), judging by the pixels where `mask` is 0.
/// Returns `edited` itself where there is nothing to move: too little outside the mask, no resemblance, or no
/// gain. Fails only on unequal sizes.
pub fn register(edited: &Rgb8, source: &Rgb8, mask: &Gray8) -> Result<(Rgb8, Registration), PictureError> {
    source.require_size("the source", edited.size())?;
    mask.require_size("the mask", edited.size())?;
    let (levels, shrink) = pyramid(edited, source, mask);
    let stay =
        |before: f32| Registration { applied: false, transform: Affine::default(), before, after: before };
    let Some(finest) = levels.first().filter(|level| is_enough(&level.trust)) else {
        return Ok((edited.clone(), stay(0.0)));
    };
    let judge = Judge::new(finest);
    let before = judge.compare(&Affine::default());
    let best = candidates(&levels)
        .into_iter()
        .filter(|movement| is_small(movement, finest))
        .map(|movement| (movement, judge.compare(&movement)))
        .min_by(|a, b| a.1.residual.total_cmp(&b.1.residual));
    let Some((movement, after)) = best else {
        return Ok((edited.clone(), stay(before.residual)));
    };
    let movement_here = movement.on_finer(shrink);
    let worth_it = after.residual < MOST_REMAINING * before.residual
        && after.correlation > LEAST_CORRELATION
        && movement_here.longest_move(edited.width(), edited.height()) > LEAST_MOVE;
    if !worth_it {
        return Ok((edited.clone(), stay(before.residual)));
    }
    let found = Registration {
        applied: true,
        transform: movement_here,
        before: before.residual,
        after: after.residual,
    };
    Ok((warp::warp(edited, &movement_here), found))
}

/// The pictures from the finest to the coarsest level, and how much smaller than the originals the finest is.
fn pyramid(edited: &Rgb8, source: &Rgb8, mask: &Gray8) -> (Vec<Level>, f32) {
    let mean = |[a, b, c, d]: [f32; 4]| (a + b + c + d) / 4.0;
    let least = |[a, b, c, d]: [f32; 4]| a.min(b).min(c).min(d);
    let halve = |level: &Level| Level {
        edited: level.edited.halved(mean),
        source: level.source.halved(mean),
        trust: level.trust.halved(least),
    };
    let mut level =
        Level { edited: Plane::luma(edited), source: Plane::luma(source), trust: Plane::trust(mask) };
    let mut shrink = 1.0;
    while level.source.longest() > FINEST {
        level = halve(&level);
        shrink *= 2.0;
    }
    let mut levels = vec![level];
    while let Some(coarser) = levels.last().map(halve) {
        if coarser.source.longest() < COARSEST || coarser.source.width.min(coarser.source.height) < 8 {
            break;
        }
        levels.push(coarser);
    }
    (levels, shrink)
}

fn is_enough(trust: &Plane) -> bool {
    let trusted: f32 = trust.values.iter().sum();
    let sides_suffice = trust.width.min(trust.height) >= 16;
    sides_suffice && trusted >= LEAST_TRUSTED_PIXELS && trusted >= LEAST_TRUSTED * trust.values.len() as f32
}

/// Movements worth judging, on the finest level's grid: the shift from phase correlation, and what the steps
/// make of it and of standing still.
fn candidates(levels: &[Level]) -> Vec<Affine> {
    let mut found = Vec::new();
    let mut starts = vec![Affine::default()];
    let for_phase = levels.iter().position(|level| level.source.longest() <= FINEST_FOR_PHASE);
    if let Some(index) = for_phase {
        let level = &levels[index];
        let radius = level.source.longest() / 16;
        let levelled = |plane: &Plane| plane.levelled(&level.trust, radius.max(4));
        if let Some((dx, dy)) = phase::shift(&levelled(&level.edited), &levelled(&level.source)) {
            let shift = Affine::shift(dx, dy).on_finer((1usize << index) as f32);
            found.push(shift);
            // A start next to the other would only find the same again.
            if dx.hypot(dy) > 1.0 {
                starts.push(shift);
            }
        }
    }
    found.extend(starts.into_iter().filter_map(|start| climb(levels, start)));
    found
}

/// From the coarsest level to the finest.
fn climb(levels: &[Level], start: Affine) -> Option<Affine> {
    let coarsest = levels.len().checked_sub(1)?;
    let mut movement = start.on_finer(1.0 / (1usize << coarsest) as f32);
    for (index, level) in levels.iter().enumerate().rev() {
        // A level too small or too plain to say anything leaves the guess as it is.
        let refined = refine(level, movement).filter(|refined| is_small(refined, level));
        movement = refined.unwrap_or(movement);
        if index > 0 {
            movement = movement.on_finer(2.0);
        }
    }
    Some(movement)
}

fn is_small(movement: &Affine, level: &Level) -> bool {
    let longest = level.source.longest() as f32;
    movement.scale().abs() <= MOST_SCALE
        && movement.shear() <= MOST_SHEAR
        && movement.degrees().abs() <= MOST_DEGREES
        && movement.dx.hypot(movement.dy) <= MOST_SHIFT * longest
}

/// Measures how well two pictures fit after a movement, by what remains when the local mean is taken away.
struct Judge<'a> {
    edited: Plane,
    source: Plane,
    trust: &'a Plane,
}

#[derive(Clone, Copy)]
struct Fit {
    /// Mean difference in levels.
    residual: f32,
    /// −1 … 1.
    correlation: f32,
}

impl<'a> Judge<'a> {
    fn new(level: &'a Level) -> Self {
        let radius = (level.source.longest() / 32).max(4);
        Self {
            edited: level.edited.levelled(&level.trust, radius),
            source: level.source.levelled(&level.trust, radius),
            trust: &level.trust,
        }
    }

    fn compare(&self, movement: &Affine) -> Fit {
        // count, difference, product, square of each; per row and then in order, for the same result on any
        // machine.
        let rows: Vec<[f64; 5]> =
            (0..self.source.height).into_par_iter().map(|y| self.compare_row(movement, y)).collect();
        let total = rows.iter().fold([0.0; 5], |mut total, row| {
            total.iter_mut().zip(row).for_each(|(total, part)| *total += part);
            total
        });
        let [count, difference, product, edited, source] = total;
        if count == 0.0 {
            return Fit { residual: f32::INFINITY, correlation: 0.0 };
        }
        let correlation = product / (edited * source).sqrt().max(1e-9);
        Fit { residual: (difference / count) as f32, correlation: correlation as f32 }
    }

    fn compare_row(&self, movement: &Affine, y: usize) -> [f64; 5] {
        let [centre_x, centre_y] = self.source.centre;
        // Every movement is judged on the same pixels: those that stay inside under the largest one.
        let margin = MOST_SHIFT * self.source.longest() as f32;
        let margin = margin.min(self.source.width.min(self.source.height) as f32 / 4.0);
        let mut sums = [0.0; 5];
        for x in 0..self.source.width {
            let index = y * self.source.width + x;
            if self.trust.values[index] == 0.0 || !self.source.holds(x as f32, y as f32, margin) {
                continue;
            }
            let (u, v) = movement.apply(x as f32 - centre_x, y as f32 - centre_y);
            let edited = self.edited.sample(u + centre_x, v + centre_y);
            let source = self.source.values[index];
            let (a, b) = (edited.clamp(-MOST_DETAIL, MOST_DETAIL), source.clamp(-MOST_DETAIL, MOST_DETAIL));
            let parts = [1.0, (edited - source).abs().min(2.0 * MOST_DETAIL), a * b, a * a, b * b];
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += f64::from(part));
        }
        sums
    }
}
