//! Schedules: the list of sigmas a picture walks down, computed as diffusers does, in the same f32 steps.

use serde::Deserialize;

/// Most steps a schedule is made for; more than the models were trained on tells nothing apart.
const MOST_STEPS: usize = 1000;

/// A schedule that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    /// `scheduler_config.json` asks for something that is not built.
    #[error("the scheduler settings ask for {what}, which is not supported; {hint}")]
    Unsupported { what: String, hint: &'static str },
    #[error("{steps} steps: give a number from 1 to {MOST_STEPS}")]
    Steps { steps: usize },
    #[error("denoise strength {strength}: give a number above 0 and up to 1")]
    Strength { strength: f64 },
    #[error("denoise strength {strength} leaves none of {steps} steps; raise one of the two")]
    NothingLeft { strength: f64, steps: usize },
    /// The settings contradict themselves.
    #[error("the scheduler settings are not usable: {reason}")]
    Settings { reason: String },
}

/// How the shift warps a sigma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeShift {
    /// `e^μ / (e^μ + 1/σ − 1)`.
    Exponential,
    /// `μ / (μ + 1/σ − 1)`.
    Linear,
}

/// `scheduler/scheduler_config.json` of a flow-matching model, with diffusers' defaults for absent fields.
///
/// Source: diffusers 0.42 `FlowMatchEulerDiscreteScheduler`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    pub class_name: Option<String>,
    pub num_train_timesteps: u32,
    /// Constant shift, used when `use_dynamic_shifting` is off.
    pub shift: f64,
    /// Whether the shift follows the number of target tokens.
    pub use_dynamic_shifting: bool,
    pub base_shift: Option<f64>,
    pub max_shift: Option<f64>,
    pub base_image_seq_len: u32,
    pub max_image_seq_len: u32,
    /// The last sigma before zero, reached by stretching the schedule; none or 0 leaves it as it falls.
    pub shift_terminal: Option<f64>,
    pub time_shift_type: TimeShift,
    pub invert_sigmas: bool,
    pub use_karras_sigmas: bool,
    pub use_exponential_sigmas: bool,
    pub use_beta_sigmas: bool,
    pub stochastic_sampling: bool,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            class_name: None,
            num_train_timesteps: 1000,
            shift: 1.0,
            use_dynamic_shifting: false,
            base_shift: Some(0.5),
            max_shift: Some(1.15),
            base_image_seq_len: 256,
            max_image_seq_len: 4096,
            shift_terminal: None,
            time_shift_type: TimeShift::Exponential,
            invert_sigmas: false,
            use_karras_sigmas: false,
            use_exponential_sigmas: false,
            use_beta_sigmas: false,
            stochastic_sampling: false,
        }
    }
}

impl SchedulerConfig {
    /// The settings of the Lightning distillations of Qwen-Image: shift 3 at every size, no terminal stretch.
    ///
    /// Source: the usage example of `lightx2v/Qwen-Image-Lightning`.
    pub fn lightning() -> Self {
        let shift = Some(3f64.ln());
        Self {
            use_dynamic_shifting: true,
            base_shift: shift,
            max_shift: shift,
            max_image_seq_len: 8192,
            ..Self::default()
        }
    }

    /// Refuses, in words, what is not built.
    ///
    /// # Errors
    /// [`ScheduleError::Unsupported`] naming the setting, [`ScheduleError::Settings`] for impossible numbers.
    pub fn check(&self) -> Result<(), ScheduleError> {
        const OWN: &str = "FlowMatchEulerDiscreteScheduler";
        if let Some(class) = self.class_name.as_deref().filter(|c| *c != OWN) {
            let hint = "use the scheduler folder that came with the model";
            return Err(ScheduleError::Unsupported { what: format!("the scheduler {class}"), hint });
        }
        let flags = [
            (self.use_karras_sigmas, "Karras sigmas (use_karras_sigmas)"),
            (self.use_exponential_sigmas, "exponential sigmas (use_exponential_sigmas)"),
            (self.use_beta_sigmas, "beta sigmas (use_beta_sigmas)"),
            (self.invert_sigmas, "inverted sigmas (invert_sigmas)"),
            (self.stochastic_sampling, "stochastic sampling (stochastic_sampling)"),
        ];
        if let Some((_, what)) = flags.iter().find(|(set, _)| *set) {
            let hint = "set it to false in scheduler_config.json";
            return Err(ScheduleError::Unsupported { what: (*what).into(), hint });
        }
        let terminal = self.shift_terminal.unwrap_or(0.0);
        if !(0.0..1.0).contains(&terminal) {
            return Err(ScheduleError::Settings { reason: format!("shift_terminal is {terminal}") });
        }
        if self.num_train_timesteps == 0 || !(self.shift.is_finite() && self.shift > 0.0) {
            let reason =
                format!("num_train_timesteps is {}, shift is {}", self.num_train_timesteps, self.shift);
            return Err(ScheduleError::Settings { reason });
        }
        Ok(())
    }

    /// μ for a target of `tokens` packed latents: a straight line, not clamped at its ends.
    ///
    /// References do not count. Source: diffusers `calculate_shift`.
    ///
    /// # Errors
    /// [`ScheduleError::Settings`] when the line's two ends coincide.
    pub fn shift_for(&self, tokens: usize) -> Result<f64, ScheduleError> {
        let (base, max) = (self.base_shift.unwrap_or(0.5), self.max_shift.unwrap_or(1.15));
        let (from, to) = (f64::from(self.base_image_seq_len), f64::from(self.max_image_seq_len));
        let slope = (max - base) / (to - from);
        if !slope.is_finite() {
            let reason = format!("base_image_seq_len and max_image_seq_len are both {from}");
            return Err(ScheduleError::Settings { reason });
        }
        Ok(tokens as f64 * slope + (base - slope * from))
    }
}

/// One move from a sigma to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Position in the whole schedule, also when the walk starts later.
    pub index: usize,
    pub sigma: f32,
    pub next: f32,
    /// What the model is told: sigma × 1000.
    pub timestep: f32,
}

/// Sigmas from 1 down to 0 and the timesteps that belong to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// One more than there are steps; the last is 0.
    pub sigmas: Vec<f32>,
    /// One per step: sigma × the number of training timesteps.
    pub timesteps: Vec<f32>,
}

impl Schedule {
    /// The schedule of `steps` steps for a target of `tokens` packed latents.
    ///
    /// # Errors
    /// [`ScheduleError`] when the settings or the number of steps cannot be served.
    pub fn new(config: &SchedulerConfig, steps: usize, tokens: usize) -> Result<Self, ScheduleError> {
        if !(1..=MOST_STEPS).contains(&steps) {
            return Err(ScheduleError::Steps { steps });
        }
        let mu = if config.use_dynamic_shifting { config.shift_for(tokens)? } else { 0.0 };
        Self::shifted(config, &evenly_spaced(1.0, 1.0 / steps as f64, steps), mu)
    }

    /// The schedule that shifting and stretching make of `even` sigmas; `mu` is ignored by a constant shift.
    ///
    /// # Errors
    /// [`ScheduleError`] when the settings cannot be served.
    pub fn shifted(config: &SchedulerConfig, even: &[f64], mu: f64) -> Result<Self, ScheduleError> {
        config.check()?;
        let warp = |sigma: f32| match (config.use_dynamic_shifting, config.time_shift_type) {
            (true, TimeShift::Exponential) => {
                let factor = mu.exp() as f32;
                factor / (factor + (1.0 / sigma - 1.0))
            }
            (true, TimeShift::Linear) => mu as f32 / (mu as f32 + (1.0 / sigma - 1.0)),
            (false, _) => config.shift as f32 * sigma / (1.0 + (config.shift - 1.0) as f32 * sigma),
        };
        let mut sigmas: Vec<f32> = even.iter().map(|sigma| warp(*sigma as f32)).collect();
        if let Some(terminal) = config.shift_terminal.filter(|t| *t != 0.0) {
            stretch(&mut sigmas, terminal);
        }
        if sigmas.iter().any(|sigma| !sigma.is_finite()) {
            return Err(ScheduleError::Settings { reason: format!("a shift of {mu} gives no sigmas") });
        }
        let timesteps = sigmas.iter().map(|sigma| sigma * config.num_train_timesteps as f32).collect();
        sigmas.push(0.0);
        Ok(Self { sigmas, timesteps })
    }

    /// Steps in the whole schedule.
    pub fn len(&self) -> usize {
        self.timesteps.len()
    }

    /// Whether there is nothing to walk.
    pub fn is_empty(&self) -> bool {
        self.timesteps.is_empty()
    }

    /// The step at which a walk from a picture begins: `steps − steps · strength`, cut to a whole number.
    ///
    /// `strength` stays in double precision because 0.6 · 5 must be 3. Source: diffusers `get_timesteps`.
    ///
    /// # Errors
    /// [`ScheduleError::Strength`] outside (0, 1], [`ScheduleError::NothingLeft`] when no step remains.
    pub fn first_step(&self, strength: f64) -> Result<usize, ScheduleError> {
        if !(strength > 0.0 && strength <= 1.0) {
            return Err(ScheduleError::Strength { strength });
        }
        let steps = self.len();
        let kept = (steps as f64 * strength).min(steps as f64);
        let first = (steps as f64 - kept).max(0.0) as usize;
        if first >= steps {
            return Err(ScheduleError::NothingLeft { strength, steps });
        }
        Ok(first)
    }

    /// The steps from `first` to the end.
    pub fn steps_from(&self, first: usize) -> impl Iterator<Item = Step> + '_ {
        self.sigmas.windows(2).zip(&self.timesteps).enumerate().skip(first).map(
            |(index, (pair, timestep))| Step { index, sigma: pair[0], next: pair[1], timestep: *timestep },
        )
    }
}

/// `count` numbers from `start` to `stop`, both included, in NumPy's order of operations (`linspace`).
pub fn evenly_spaced(start: f64, stop: f64, count: usize) -> Vec<f64> {
    let step = (stop - start) / count.saturating_sub(1).max(1) as f64;
    let mut values: Vec<f64> = (0..count).map(|i| i as f64 * step + start).collect();
    if count > 1
        && let Some(last) = values.last_mut()
    {
        *last = stop;
    }
    values
}

/// Stretches the sigmas away from 1 so that the last becomes `terminal`.
///
/// A single step starts and ends at sigma 1, where there is nothing to stretch (diffusers divides by zero).
fn stretch(sigmas: &mut [f32], terminal: f64) {
    let Some(last) = sigmas.last().filter(|last| **last != 1.0) else {
        return;
    };
    let factor = (1.0 - last) / (1.0 - terminal) as f32;
    sigmas.iter_mut().for_each(|sigma| *sigma = 1.0 - (1.0 - *sigma) / factor);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn qwen() -> SchedulerConfig {
        SchedulerConfig {
            use_dynamic_shifting: true,
            max_shift: Some(0.9),
            max_image_seq_len: 8192,
            shift_terminal: Some(0.02),
            ..SchedulerConfig::default()
        }
    }

    #[test]
    fn eight_steps_at_one_megapixel_end_at_the_terminal_sigma() {
        let schedule = Schedule::new(&qwen(), 8, 4096).unwrap();
        assert_eq!(schedule.len(), 8);
        let expected = [1.0, 0.916_024, 0.820_046, 0.709_295];
        for (sigma, expected) in schedule.sigmas.iter().zip(expected) {
            assert!((sigma - expected).abs() < 1e-6, "{sigma} is not {expected}");
        }
        assert!((schedule.sigmas[7] - 0.02).abs() < 1e-7);
        assert_eq!(schedule.sigmas[8], 0.0);
        assert_eq!(schedule.timesteps[0], 1000.0);
    }

    #[test]
    fn lightning_shifts_by_three_at_every_size() {
        for tokens in [24, 4096, 20_000] {
            let sigmas = Schedule::new(&SchedulerConfig::lightning(), 4, tokens).unwrap().sigmas;
            for (sigma, expected) in sigmas.iter().zip([1.0, 0.9, 0.75, 0.5, 0.0]) {
                assert!((sigma - expected).abs() < 1e-6, "{tokens} tokens: {sigma} is not {expected}");
            }
        }
    }

    #[test]
    fn a_constant_shift_needs_no_token_count() {
        let config = SchedulerConfig { shift: 3.0, ..SchedulerConfig::default() };
        let sigmas = Schedule::new(&config, 4, 1).unwrap().sigmas;
        assert!((sigmas[1] - 0.9).abs() < 1e-6 && (sigmas[3] - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_linear_shift_divides_by_mu() {
        let config = SchedulerConfig { time_shift_type: TimeShift::Linear, shift_terminal: None, ..qwen() };
        let schedule = Schedule::shifted(&config, &[1.0, 0.5], 3.0).unwrap();
        assert_eq!(schedule.sigmas, [1.0, 0.75, 0.0]);
    }

    #[test]
    fn one_step_goes_from_noise_to_picture() {
        assert_eq!(Schedule::new(&qwen(), 1, 4096).unwrap().sigmas, [1.0, 0.0]);
    }

    #[test]
    fn the_first_step_follows_the_denoise_strength() {
        let schedule = Schedule::new(&qwen(), 5, 24).unwrap();
        assert_eq!(schedule.first_step(1.0), Ok(0));
        assert_eq!(schedule.first_step(0.6), Ok(2));
        assert_eq!(schedule.first_step(0.7), Ok(1));
        assert_eq!(schedule.steps_from(2).map(|s| s.index).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(schedule.steps_from(4).next().map(|s| s.next), Some(0.0));
        for strength in [0.0, -1.0, 1.5, f64::NAN] {
            assert!(matches!(schedule.first_step(strength), Err(ScheduleError::Strength { .. })));
        }
    }

    #[test]
    fn unsupported_settings_are_named() {
        let config = SchedulerConfig { use_karras_sigmas: true, ..qwen() };
        let message = Schedule::new(&config, 4, 24).unwrap_err().to_string();
        assert!(message.contains("Karras"), "{message}");
        let config = SchedulerConfig { class_name: Some("UniPCMultistepScheduler".into()), ..qwen() };
        let message = Schedule::new(&config, 4, 24).unwrap_err().to_string();
        assert!(message.contains("UniPCMultistepScheduler"), "{message}");
        let config = SchedulerConfig { max_image_seq_len: 256, ..qwen() };
        assert!(matches!(Schedule::new(&config, 4, 24), Err(ScheduleError::Settings { .. })));
        assert_eq!(Schedule::new(&qwen(), 0, 24), Err(ScheduleError::Steps { steps: 0 }));
    }

    #[test]
    fn absent_and_null_fields_take_the_reference_defaults() {
        let config: SchedulerConfig =
            serde_json::from_str(r#"{"shift": 3.0, "shift_terminal": null, "time_shift_type": "linear"}"#)
                .unwrap();
        let expected =
            SchedulerConfig { shift: 3.0, time_shift_type: TimeShift::Linear, ..SchedulerConfig::default() };
        assert_eq!(config, expected);
    }
}
