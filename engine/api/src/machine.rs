//! What the self-test and the benches tell about a machine.

use serde::{Deserialize, Serialize};

/// The machine as the engine sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Processor threads that the engine may use.
    pub threads: u32,
    /// Main memory in bytes; `None` where the system does not tell.
    pub memory: Option<u64>,
    pub adapters: Vec<Adapter>,
}

/// One graphics adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adapter {
    /// The number that `--device gpu:N` takes.
    pub number: u32,
    pub name: String,
    /// Vulkan, Metal or DirectX 12.
    pub interface: String,
    pub driver: String,
    /// Whether it is a program that imitates a graphics card.
    pub software: bool,
    /// The features that our kernels can use and that it has.
    pub features: Vec<String>,
    /// Limits that matter to us, by name, in bytes or counts.
    pub limits: Vec<(String, u64)>,
}

/// One kernel variant against its CPU twin, on one problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KernelCheck {
    pub kernel: String,
    pub variant: String,
    /// The problem's name, with its sizes.
    pub problem: String,
    /// Largest difference to the twin.
    pub error: f64,
    /// Largest difference that the number type allows.
    pub tolerance: f64,
    pub passed: bool,
    /// Why the variant was not run or not taken; `None` when there is nothing to say.
    pub remark: Option<String>,
}

/// Our kernel and burn's generic operation on the same problem and device, in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KernelTiming {
    pub kernel: String,
    pub problem: String,
    pub device: String,
    /// Seconds of our kernel's fastest run.
    pub ours: f64,
    /// Seconds of burn's fastest run; `None` when it could not run.
    pub burn: Option<f64>,
    /// Our rate in 10⁹ floating-point operations per second.
    pub gflops: f64,
    /// What should be known of the measurement; `None` when there is nothing to say.
    pub remark: Option<String>,
}
