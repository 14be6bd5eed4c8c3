//! The engine's own test of its kernels on every device of this machine.

use super::devices;
use engine::kernels::selftest;

#[test]
fn every_variant_passes_or_says_what_it_lacks() {
    for device in devices() {
        let reports = selftest(device);
        for (kernel, entry) in shaders::kernels().unwrap() {
            let of_kernel: Vec<_> = reports.iter().filter(|report| report.kernel == kernel).collect();
            let variants = if device.is_gpu() { entry.variants.len() } else { 1 };
            assert_eq!(of_kernel.len(), variants, "{kernel} on {}", device.name());
            for report in &of_kernel {
                assert!(report.ok || report.skipped.is_some(), "{report:?} on {}", device.name());
                assert!(report.worst_error <= report.allowed, "{report:?} on {}", device.name());
            }
            assert!(of_kernel.iter().any(|report| report.ok), "{kernel} runs nowhere on {}", device.name());
        }
    }
}
