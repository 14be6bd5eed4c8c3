//! Every kernel on every device of this machine against its CPU twin, over the shared problem lists.

mod attention;
mod convolution;
mod head_norm_rope;
mod matmul;
mod norm_modulate;
mod pixel_norm;
mod selftest;

use burn::tensor::{Tensor, TensorData};
use engine::device::{Device, DeviceChoice, adapters};
use shaders::Requirement;
use std::sync::OnceLock;

/// The CPU device and the first graphics adapter (lavapipe will do).
///
/// A machine without any adapter fails here: these tests exist to run WGSL. `cargo xtask test` installs a
/// software Vulkan driver where it can.
fn devices() -> &'static [Device] {
    static DEVICES: OnceLock<Vec<Device>> = OnceLock::new();
    DEVICES.get_or_init(|| {
        assert!(
            !adapters().is_empty(),
            "no Vulkan, Metal or DirectX 12 adapter; install a driver (lavapipe will do)"
        );
        vec![Device::cpu(), Device::open(DeviceChoice::Gpu(None)).expect("the adapter opens")]
    })
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device.tensors())
}

/// The variants of a kernel that a device can run; on the CPU the one way there is.
fn variants(kernel: &str, device: &Device) -> Vec<&'static str> {
    let Some(facts) = device.facts() else {
        return vec!["host"];
    };
    let able = |requirement: &Requirement| match requirement {
        Requirement::F16 => facts.f16,
        Requirement::Subgroup => facts.subgroups && facts.subgroup_sizes[0] >= 8,
        Requirement::CooperativeMatrix => !facts.cooperative.is_empty(),
    };
    let table = &shaders::kernel(kernel).unwrap().variants;
    let usable = table.iter().filter(|(_, variant)| variant.requires.iter().all(able));
    usable.map(|(name, _)| name.as_str()).collect()
}

/// Compares with the twin: differences are measured against the largest term that entered a value.
fn assert_close(at: &str, got: &[f32], expected: &[f32], scale: f32, tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{at}: length");
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        let error = (g - e).abs();
        let bound = tolerance * scale.max(e.abs());
        assert!(error <= bound, "{at}: value {i} is {g}, expected {e} (off by {error}, allowed {bound})");
    }
}
