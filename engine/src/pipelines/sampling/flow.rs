//! Schedules of the video models: three that are in use, and sigmas given by hand.
//!
//! All are straight lines bent by one shift; they differ in where the line begins and ends and in whether the model is
//! told whole timesteps. Everything is computed in f64 and rounded once, as the references do.

use super::schedule::{Schedule, ScheduleError, evenly_spaced};

/// Timesteps of the training, for all models of the family.
const TRAINING: f64 = 1000.0;

/// Most steps a schedule is made for; more than the models were trained on tells nothing apart.
const MOST_STEPS: usize = 1000;

/// Which line the sigmas lie on before the shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line {
    /// 1 to 0.001, and never quite 1; whole timesteps. Source: diffusers `UniPCMultistepScheduler` with
    /// `use_flow_sigmas`.
    Diffusers,
    /// 0.999 to 0; whole timesteps. Source: the makers' own `FlowUniPCMultistepScheduler`.
    Makers,
    /// 1 to 0; timesteps as they fall. What the four-step distillations were made on.
    Straight,
}

impl Line {
    /// Whether the model is told whole timesteps.
    fn whole(self) -> bool {
        self != Self::Straight
    }
}

/// The schedule of `steps` steps on a line, bent by `shift`: σ = shift · u / (1 + (shift − 1) · u).
///
/// # Errors
/// [`ScheduleError::Steps`], or [`ScheduleError::Settings`] for a shift that cannot be used.
pub fn schedule(line: Line, steps: usize, shift: f64) -> Result<Schedule, ScheduleError> {
    if !(1..=MOST_STEPS).contains(&steps) {
        return Err(ScheduleError::Steps { steps });
    }
    if !(shift.is_finite() && shift > 0.0) {
        return Err(ScheduleError::Settings { reason: format!("a shift of {shift} gives no sigmas") });
    }
    let (start, stop) = match line {
        Line::Diffusers => (1.0, 0.001),
        Line::Makers => (0.999, 0.0),
        Line::Straight => (1.0, 0.0),
    };
    let even = evenly_spaced(start, stop, steps + 1);
    let bend = |u: &f64| shift * u / (1.0 + (shift - 1.0) * u);
    let mut sigmas: Vec<f64> = even.iter().take(steps).map(bend).collect();
    if let Some(first) = sigmas.first_mut().filter(|s| line == Line::Diffusers && (**s - 1.0).abs() < 1e-6) {
        *first -= 1e-6;
    }
    Ok(told(&sigmas, line.whole()))
}

/// A schedule of sigmas given by hand, without the last zero, which follows them.
///
/// # Errors
/// [`ScheduleError::Settings`] unless they fall from at most 1 and stay above 0.
pub fn given(sigmas: &[f64], line: Line) -> Result<Schedule, ScheduleError> {
    let falling = sigmas.windows(2).all(|pair| pair[0] > pair[1]);
    let inside = sigmas.iter().all(|sigma| *sigma > 0.0 && *sigma <= 1.0);
    if sigmas.is_empty() || sigmas.len() > MOST_STEPS || !falling || !inside {
        let reason = format!("the sigmas {sigmas:?} do not fall from at most 1 to above 0");
        return Err(ScheduleError::Settings { reason });
    }
    Ok(told(sigmas, line.whole()))
}

/// The step at which a walk from a clip begins: of `steps` the last `steps · strength`, cut to a whole number.
///
/// Source: diffusers `WanVideoToVideoPipeline.get_timesteps`.
///
/// # Errors
/// [`ScheduleError::Strength`] outside (0, 1], [`ScheduleError::NothingLeft`] when no step remains.
pub fn first_step(steps: usize, strength: f64) -> Result<usize, ScheduleError> {
    if !(strength > 0.0 && strength <= 1.0) {
        return Err(ScheduleError::Strength { strength });
    }
    let left = ((steps as f64 * strength) as usize).min(steps);
    if left == 0 {
        return Err(ScheduleError::NothingLeft { strength, steps });
    }
    Ok(steps - left)
}

fn told(sigmas: &[f64], whole: bool) -> Schedule {
    let timestep = |sigma: &f64| {
        let timestep = TRAINING * sigma;
        (if whole { timestep.trunc() } else { timestep }) as f32
    };
    Schedule {
        timesteps: sigmas.iter().map(timestep).collect(),
        sigmas: sigmas.iter().map(|sigma| *sigma as f32).chain([0.0]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_lines_differ_in_their_last_step() {
        let timesteps = |line| schedule(line, 4, 5.0).unwrap().timesteps;
        assert_eq!(timesteps(Line::Diffusers), [999.0, 937.0, 833.0, 625.0]);
        assert_eq!(timesteps(Line::Makers), [999.0, 937.0, 833.0, 624.0]);
        assert_eq!(timesteps(Line::Straight), [1000.0, 937.5, 833.333_3, 625.0]);
        assert_eq!(schedule(Line::Straight, 1, 5.0).unwrap().sigmas, [1.0, 0.0]);
    }

    #[test]
    fn sigmas_by_hand_must_fall() {
        assert_eq!(given(&[1.0, 0.5], Line::Straight).unwrap().sigmas, [1.0, 0.5, 0.0]);
        for wrong in [&[][..], &[0.5, 0.5], &[1.1], &[0.5, 0.0], &[f64::NAN], &[0.5, 0.6]] {
            assert!(given(wrong, Line::Straight).is_err(), "{wrong:?}");
        }
        for (steps, shift) in [(0, 5.0), (1001, 5.0), (4, 0.0), (4, f64::NAN)] {
            assert!(schedule(Line::Makers, steps, shift).is_err());
        }
    }

    #[test]
    fn strength_counts_whole_steps_from_the_end() {
        assert_eq!(first_step(10, 0.55), Ok(5));
        assert_eq!(first_step(10, 0.6), Ok(4));
        assert_eq!(first_step(10, 1.0), Ok(0));
        assert!(matches!(first_step(4, 0.1), Err(ScheduleError::NothingLeft { .. })));
        assert!(matches!(first_step(4, 1.1), Err(ScheduleError::Strength { .. })));
    }
}
