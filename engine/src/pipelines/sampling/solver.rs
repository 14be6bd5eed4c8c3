//! Samplers with a memory: UniPC and DPM++ 2M, which look at earlier predictions to take longer steps.
//!
//! Both predict the clean clip m = x − σ·v. With α = 1 − σ and λ = ln α − ln σ, a step of length h = λ' − λ towards
//! m alone is x' = (σ'/σ)·x − α'·(e^(−h) − 1)·m; earlier predictions bend it.

use super::euler;
use super::schedule::Step;
use burn::tensor::Tensor;

/// A walk down a schedule, told the model's velocity at every step.
pub trait Sampler {
    /// From `latents` at the step's sigma to the next one.
    fn step(&mut self, latents: Tensor<4>, velocity: Tensor<4>, step: &Step) -> Tensor<4>;
}

/// Plain Euler steps; no memory.
#[derive(Debug, Clone, Copy, Default)]
pub struct Euler;

impl Sampler for Euler {
    fn step(&mut self, latents: Tensor<4>, velocity: Tensor<4>, step: &Step) -> Tensor<4> {
        euler::step(latents, velocity, step.sigma, step.next)
    }
}

/// UniPC of order two (bh2), predicting the clean clip: every step first corrects the one before.
///
/// Paper: arXiv 2302.04867. Source: diffusers `UniPCMultistepScheduler`.
#[derive(Debug, Clone, Default)]
pub struct UniPc {
    /// The step before, as it was predicted from.
    last: Option<Last>,
}

#[derive(Debug, Clone)]
struct Last {
    sigma: f64,
    /// What it started from, corrected.
    latents: Tensor<4>,
    clean: Tensor<4>,
    /// Sigma and prediction of the step before that one.
    before: Option<(f64, Tensor<4>)>,
    /// How many predictions it used.
    order: usize,
}

impl Sampler for UniPc {
    fn step(&mut self, latents: Tensor<4>, velocity: Tensor<4>, step: &Step) -> Tensor<4> {
        let (sigma, next) = (f64::from(step.sigma), f64::from(step.next));
        let clean = euler::clean_estimate(latents.clone(), velocity, step.sigma);
        let last = self.last.take();
        let latents = last.as_ref().map_or(latents, |last| corrected(last, sigma, &clean));
        // Order one for the first step and for the last one, which ends at zero.
        let before = last.map(|last| (last.sigma, last.clean)).filter(|_| next > 0.0);
        let mut moved = towards(latents.clone(), &clean, sigma, next);
        if let Some((earlier, prediction)) = &before {
            let h = lambda(next) - lambda(sigma);
            let r = (lambda(*earlier) - lambda(sigma)) / h;
            let factor = -(1.0 - next) * (-h).exp_m1() * 0.5 / r;
            moved = moved + (prediction.clone() - clean.clone()).mul_scalar(factor as f32);
        }
        let order = if before.is_some() { 2 } else { 1 };
        self.last = Some(Last { sigma, latents, clean, before, order });
        moved
    }
}

/// The step that led to `sigma` taken anew, now that the prediction there is known.
fn corrected(last: &Last, sigma: f64, clean: &Tensor<4>) -> Tensor<4> {
    let h = lambda(sigma) - lambda(last.sigma);
    let grown = (-h).exp_m1();
    let base = towards(last.latents.clone(), &last.clean, last.sigma, sigma);
    let newest = clean.clone() - last.clean.clone();
    let scale = -(1.0 - sigma) * grown;
    match &last.before {
        Some((earlier, prediction)) if last.order == 2 => {
            let r = (lambda(*earlier) - lambda(last.sigma)) / h;
            let first = grown / -h - 1.0;
            let (one, two) = (first / grown, 2.0 * (first / -h - 0.5) / grown);
            let older = (one - two) / (1.0 - r);
            let slope = prediction.clone() - last.clean.clone();
            base + slope.mul_scalar((scale * older / r) as f32)
                + newest.mul_scalar((scale * (one - older)) as f32)
        }
        _ => base + newest.mul_scalar((scale * 0.5) as f32),
    }
}

/// DPM-Solver++ of order two, with the midpoint's weights.
///
/// Paper: arXiv 2211.01095. Source: diffusers `DPMSolverMultistepScheduler`.
#[derive(Debug, Clone, Default)]
pub struct DpmPlusPlus {
    /// Sigma and prediction of the step before.
    last: Option<(f64, Tensor<4>)>,
}

impl Sampler for DpmPlusPlus {
    fn step(&mut self, latents: Tensor<4>, velocity: Tensor<4>, step: &Step) -> Tensor<4> {
        let (sigma, next) = (f64::from(step.sigma), f64::from(step.next));
        let clean = euler::clean_estimate(latents.clone(), velocity, step.sigma);
        let last = self.last.replace((sigma, clean.clone())).filter(|_| next > 0.0);
        let bent = match last {
            Some((earlier, prediction)) => {
                let h = lambda(next) - lambda(sigma);
                let r = (lambda(sigma) - lambda(earlier)) / h;
                clean.clone() + (clean - prediction).mul_scalar((0.5 / r) as f32)
            }
            None => clean,
        };
        towards(latents, &bent, sigma, next)
    }
}

/// `(σ'/σ)·x − α'·(e^(−h) − 1)·m`; at σ' = 0 this is m itself.
fn towards(latents: Tensor<4>, clean: &Tensor<4>, sigma: f64, next: f64) -> Tensor<4> {
    if next <= 0.0 {
        return clean.clone();
    }
    let grown = (lambda(sigma) - lambda(next)).exp_m1();
    latents.mul_scalar((next / sigma) as f32) - clean.clone().mul_scalar(((1.0 - next) * grown) as f32)
}

/// ln α − ln σ: −∞ at 1, where all is noise.
fn lambda(sigma: f64) -> f64 {
    (1.0 - sigma).ln() - sigma.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;
    use burn::tensor::Device;

    /// A model that knows the clean clip: every sampler must arrive there, whatever the schedule.
    #[test]
    fn every_sampler_ends_at_a_clean_clip_that_never_changes() {
        let device = Device::flex();
        let clean = Tensor::<1>::from_floats([0.25, -1.5, 3.0, 0.0], &device).reshape([1, 1, 2, 2]);
        let noise = Tensor::<1>::from_floats([1.0, 2.0, -0.5, 0.75], &device).reshape([1, 1, 2, 2]);
        let samplers: [Box<dyn Sampler>; 3] =
            [Box::new(Euler), Box::new(UniPc::default()), Box::new(DpmPlusPlus::default())];
        for mut sampler in samplers {
            let mut x = noise.clone();
            let sigmas = [1.0, 0.9, 0.6, 0.2, 0.0];
            for (index, pair) in sigmas.windows(2).enumerate() {
                let step = Step { index, sigma: pair[0], next: pair[1], timestep: 1000.0 * pair[0] };
                let velocity = (x.clone() - clean.clone()).div_scalar(pair[0]);
                x = sampler.step(x, velocity, &step);
            }
            for (got, expected) in read(&x).unwrap().iter().zip(read(&clean).unwrap()) {
                assert!((got - expected).abs() < 1e-5, "{got} is not {expected}");
            }
        }
    }
}
