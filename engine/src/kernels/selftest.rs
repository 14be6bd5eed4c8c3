//! Every variant of every kernel against its CPU twin on small problems: what a driver computes wrongly is found
//! here, named, and never chosen.

mod attention;
mod convolution;
mod head_norm_rope;
mod matmul;
mod norm_modulate;
mod pixel_norm;

use super::KernelError;
use super::variant::missing;
use crate::device::{AdapterFacts, Device, facts_of};
use burn::tensor::{Device as TensorDevice, Tensor, TensorData};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Runs one variant over its problems and records every comparison.
type Check = fn(variant: &str, device: &TensorDevice, tally: &mut Tally) -> Result<(), KernelError>;

/// All kernels of the shader table; a test keeps the two in step.
const CHECKS: &[(&str, Check)] = &[
    ("attention", attention::check),
    ("convolution", convolution::check),
    ("head_norm_rope", head_norm_rope::check),
    ("matmul", matmul::check),
    ("norm_modulate", norm_modulate::check),
    ("pixel_norm", pixel_norm::check),
];

/// How one variant of a kernel did on a device.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantReport {
    pub kernel: &'static str,
    /// The variant's name in the shader table; "cpu" on the CPU device.
    pub variant: String,
    /// Problems computed.
    pub cases: usize,
    /// The error that came closest to its bound, or went furthest beyond it.
    pub worst_error: f32,
    /// The bound of that error.
    pub allowed: f32,
    pub ok: bool,
    /// The problem of the worst error, or what the device said.
    pub failure: Option<String>,
    pub seconds: f64,
    /// Why the variant was not run at all: the device lacks something.
    pub skipped: Option<String>,
}

/// Tests every kernel variant on `device`; on the CPU, its own way of computing every kernel.
///
/// Results are kept for the life of the process.
pub fn selftest(device: &Device) -> Vec<VariantReport> {
    let tensors = device.tensors();
    CHECKS
        .iter()
        .flat_map(|(kernel, _)| reports(kernel, tensors).iter().cloned().collect::<Vec<_>>())
        .collect()
}

/// The reports on one kernel's variants; empty for a kernel without a check.
pub(super) fn reports(kernel: &str, device: &TensorDevice) -> Arc<[VariantReport]> {
    type Known = Mutex<Vec<(TensorDevice, HashMap<&'static str, Arc<[VariantReport]>>)>>;
    static KNOWN: Known = Mutex::new(Vec::new());
    let Some((kernel, check)) = CHECKS.iter().find(|(name, _)| *name == kernel) else {
        return Arc::from([]);
    };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if !known.iter().any(|(d, _)| d == device) {
        known.push((device.clone(), HashMap::new()));
    }
    let of_device = known.iter_mut().find(|(d, _)| d == device).map(|(_, reports)| reports);
    let fresh = || run(kernel, *check, device, facts_of(device).as_deref());
    of_device.map_or_else(&fresh, |reports| reports.entry(kernel).or_insert_with(&fresh).clone())
}

fn run(
    kernel: &'static str,
    check: Check,
    device: &TensorDevice,
    facts: Option<&AdapterFacts>,
) -> Arc<[VariantReport]> {
    if !super::is_gpu(device) {
        return Arc::from([test(kernel, "cpu", check, device)]);
    }
    let Ok(entry) = shaders::kernel(kernel) else { return Arc::from([]) };
    let report = |(name, variant): (&String, &shaders::Variant)| {
        let skipped = facts.and_then(|facts| missing(variant, facts));
        match skipped {
            None => test(kernel, name, check, device),
            Some(_) => VariantReport { skipped, ..blank(kernel, name) },
        }
    };
    entry.variants.iter().map(report).collect()
}

fn test(kernel: &'static str, variant: &str, check: Check, device: &TensorDevice) -> VariantReport {
    let start = Instant::now();
    let mut tally = Tally::default();
    let outcome = check(variant, device, &mut tally);
    let ok = outcome.is_ok() && tally.ratio <= 1.0;
    let failure = outcome.err().map(|error| error.to_string()).or((!ok).then_some(tally.worst));
    VariantReport {
        cases: tally.cases,
        worst_error: tally.error,
        allowed: tally.allowed,
        ok,
        failure,
        seconds: start.elapsed().as_secs_f64(),
        ..blank(kernel, variant)
    }
}

fn blank(kernel: &'static str, variant: &str) -> VariantReport {
    VariantReport {
        kernel,
        variant: variant.into(),
        cases: 0,
        worst_error: 0.0,
        allowed: 0.0,
        ok: false,
        failure: None,
        seconds: 0.0,
        skipped: None,
    }
}

/// Comparisons so far and the worst of them.
#[derive(Debug, Clone, Default, PartialEq)]
struct Tally {
    cases: usize,
    /// Error over bound of the worst value.
    ratio: f32,
    error: f32,
    allowed: f32,
    /// The problem of the worst value.
    worst: String,
}

impl Tally {
    /// Compares the result of one problem; `allowed` bounds the error of the value at an index.
    fn compare(&mut self, case: &str, got: &[f32], expected: &[f32], allowed: impl Fn(usize) -> f32) {
        self.cases += 1;
        if got.len() != expected.len() {
            self.record(case, f32::INFINITY, 0.0);
        }
        for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
            self.record(case, (got - expected).abs(), allowed(i));
        }
    }

    fn record(&mut self, case: &str, error: f32, allowed: f32) {
        // No number is no result, whatever the bound.
        let ratio = if error.is_nan() { f32::INFINITY } else { error / allowed.max(f32::MIN_POSITIVE) };
        if ratio > self.ratio {
            *self = Self { cases: self.cases, ratio, error, allowed, worst: case.into() };
        }
    }
}

/// Places values on the device under test.
fn place<const D: usize>(values: &[f32], shape: [usize; D], device: &TensorDevice) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_of_the_table_has_a_check() {
        let listed: Vec<&str> = shaders::kernels().unwrap().keys().map(String::as_str).collect();
        let checked: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        assert_eq!(checked, listed);
    }

    #[test]
    fn the_cpu_passes() {
        for report in selftest(&Device::cpu()) {
            assert!(report.ok && report.cases > 0 && report.skipped.is_none(), "{report:?}");
        }
    }

    #[test]
    fn wrong_results_are_told_from_right_ones() {
        let tally = |got: &[f32], expected: &[f32]| {
            let mut tally = Tally::default();
            tally.compare("case", got, expected, |_| 0.1);
            tally
        };
        assert!(tally(&[1.0, 2.0], &[1.05, 2.0]).ratio <= 1.0);
        for wrong in [&[1.0, 2.2][..], &[f32::NAN, 2.0], &[1.0, f32::INFINITY], &[1.0]] {
            let tally = tally(wrong, &[1.0, 2.0]);
            assert!(tally.ratio > 1.0, "{wrong:?}");
            assert_eq!(tally.worst, "case");
        }
    }

    #[test]
    fn a_variant_that_the_device_refuses_fails_its_test() {
        let refuse: Check = |_, _, _| Err(KernelError::Unsupported { kernel: "k", reason: "no".into() });
        let report = test("k", "v", refuse, &TensorDevice::flex());
        assert!(!report.ok);
        assert_eq!(report.failure.as_deref(), Some("k: no"));
    }
}
