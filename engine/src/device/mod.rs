//! Floor 1: which machine computes, what it can do, and how much memory it has.
//!
//! Two devices behind one switch: `cpu` (burn's flex backend) and `gpu` (a wgpu device of the engine's own, apart
//! from any window's, with every feature of its adapter). `auto` takes a real GPU where there is one, else the
//! CPU; a software Vulkan adapter is taken only when it is asked for.

mod adapter;
mod memory;

pub use adapter::{AdapterFacts, AdapterKind, adapters};
pub use memory::{host_memory, peak_resident};

use burn::tensor::Device as TensorDevice;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A real GPU where there is one, else the CPU.
    #[default]
    Auto,
    Cpu,
    /// The best adapter, or the one with this index in [`adapters`].
    Gpu(Option<usize>),
}

/// No device could be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    #[error("no graphics adapter with Vulkan, Metal or DirectX 12 was found")]
    NoAdapter,
    #[error("there is no graphics adapter {asked}; {}", numbers(*count))]
    NoSuchAdapter { asked: usize, count: usize },
    #[error("{name} could not be opened: {reason}")]
    Refused { name: String, reason: String },
    #[error("`{0}` names no device; use auto, cpu, gpu or gpu:N")]
    Unknown(String),
}

/// Which adapters there are instead.
fn numbers(count: usize) -> String {
    match count {
        0 => "none was found".into(),
        1 => "the only one is gpu:0".into(),
        _ => format!("they go from gpu:0 to gpu:{}", count - 1),
    }
}

impl std::str::FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu(None)),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|index| index.parse().ok())
                .map(|index| Self::Gpu(Some(index)))
                .ok_or_else(|| DeviceError::Unknown(text.into())),
        }
    }
}

/// An opened device.
#[derive(Debug, Clone)]
pub struct Device {
    tensors: TensorDevice,
    facts: Option<Arc<AdapterFacts>>,
}

impl Device {
    /// The CPU.
    pub fn cpu() -> Self {
        Self { tensors: TensorDevice::flex(), facts: None }
    }

    /// Opens what was asked for; an adapter is opened once and then shared.
    ///
    /// # Errors
    /// [`DeviceError`] when there is no such adapter or the driver refuses.
    pub fn open(choice: DeviceChoice) -> Result<Self, DeviceError> {
        let index = match choice {
            DeviceChoice::Cpu => return Ok(Self::cpu()),
            DeviceChoice::Gpu(Some(index)) => index,
            DeviceChoice::Gpu(None) => adapter::best(&adapters()).ok_or(DeviceError::NoAdapter)?,
            DeviceChoice::Auto => {
                let found = adapters();
                let best = adapter::best(&found).filter(|i| found[*i].kind.is_hardware());
                match best {
                    Some(index) => index,
                    None => return Ok(Self::cpu()),
                }
            }
        };
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(device) = opened.get(&index) {
            return Ok(device.clone());
        }
        let (tensors, facts) = adapter::open(index)?;
        let device = Self { tensors, facts: Some(Arc::new(facts)) };
        opened.insert(index, device.clone());
        Ok(device)
    }

    /// The device that burn's tensors are placed on.
    pub fn tensors(&self) -> &TensorDevice {
        &self.tensors
    }

    /// Facts about the adapter; none for the CPU.
    pub fn facts(&self) -> Option<&AdapterFacts> {
        self.facts.as_deref()
    }

    /// Whether our WGSL kernels compute here.
    pub fn is_gpu(&self) -> bool {
        self.facts.is_some()
    }

    /// Graphics memory that this process holds on the device, in bytes; 0 for the CPU.
    pub fn reserved_bytes(&self) -> u64 {
        let usage = if self.is_gpu() { self.tensors.memory_pool_usage() } else { None };
        usage.map_or(0, |usage| usage.bytes_reserved)
    }

    /// Waits until the device has done all that was handed to it. A failure surfaces when a result is read.
    pub fn settle(&self) {
        if self.is_gpu() {
            let _ = self.tensors.sync();
        }
    }

    /// For people: "CPU" or the adapter's name.
    pub fn name(&self) -> &str {
        self.facts.as_ref().map_or("CPU", |facts| &facts.name)
    }
}

static OPENED: Mutex<BTreeMap<usize, Device>> = Mutex::new(BTreeMap::new());

/// Facts about the adapter behind a tensor device that [`Device::open`] opened.
pub fn facts_of(tensors: &TensorDevice) -> Option<Arc<AdapterFacts>> {
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.values().find(|device| device.tensors == *tensors).and_then(|device| device.facts.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_from_words() {
        assert_eq!("auto".parse(), Ok(DeviceChoice::Auto));
        assert_eq!("cpu".parse(), Ok(DeviceChoice::Cpu));
        assert_eq!("gpu".parse(), Ok(DeviceChoice::Gpu(None)));
        assert_eq!("gpu:3".parse(), Ok(DeviceChoice::Gpu(Some(3))));
        for wrong in ["", "cuda", "gpu:", "gpu:-1", "gpu:x", "CPU"] {
            assert_eq!(wrong.parse::<DeviceChoice>(), Err(DeviceError::Unknown(wrong.into())));
        }
    }

    #[test]
    fn an_adapter_out_of_range_is_named() {
        let count = adapters().len();
        let refused = Device::open(DeviceChoice::Gpu(Some(count + 7))).unwrap_err();
        assert_eq!(refused, DeviceError::NoSuchAdapter { asked: count + 7, count });
    }
}
