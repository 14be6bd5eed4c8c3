//! What several of the tests beside this folder need.

pub mod golden;

use burn::tensor::Device as TensorDevice;
use engine::device::{Device, DeviceChoice, adapters};

/// The devices that results are compared on: the processor, and the best graphics adapter (lavapipe will do).
///
/// # Panics
/// On a machine without any adapter: these tests exist to run WGSL, and `cargo xtask test` installs a software Vulkan
/// driver where it can.
pub fn tensor_devices() -> Vec<TensorDevice> {
    assert!(
        !adapters().is_empty(),
        "no Vulkan, Metal or DirectX 12 adapter; install a driver (lavapipe will do)"
    );
    let gpu = Device::open(DeviceChoice::Gpu(None)).expect("the adapter opens");
    vec![Device::cpu().tensors().clone(), gpu.tensors().clone()]
}
