//! Graphics adapters: listing them and opening one for compute.

use super::DeviceError;
use burn::tensor::Device as TensorDevice;
use burn::tensor::wgpu::WgpuSetup;
use cubecl::future::block_on;
use wgpu::{Backends, DeviceType, Features, Instance, InstanceDescriptor};

/// What kind of machine an adapter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdapterKind {
    Discrete,
    Integrated,
    Virtual,
    Other,
    /// A driver that computes on the CPU (lavapipe, WARP).
    Software,
}

impl AdapterKind {
    /// Whether this is a graphics processor rather than a program imitating one.
    pub fn is_hardware(self) -> bool {
        self != Self::Software
    }

    /// One word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Other => "other",
            Self::Software => "software",
        }
    }
}

/// What is known of an adapter before and after it is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterFacts {
    pub name: String,
    pub kind: AdapterKind,
    /// Vulkan, Metal or Dx12.
    pub api: String,
    /// Driver name and version; part of the key under which measurements are kept.
    pub driver: String,
    /// 16-bit floats in shaders.
    pub f16: bool,
    pub subgroups: bool,
    /// Smallest and largest subgroup.
    pub subgroup_sizes: [u32; 2],
    /// Square cooperative matrix sizes that multiply f16 into f32.
    pub cooperative: Vec<u32>,
    /// Largest storage binding, in bytes.
    pub binding_bytes: u64,
    /// Workgroup memory, in bytes.
    pub workgroup_bytes: u32,
    /// Largest number of threads in a workgroup.
    pub workgroup_threads: u32,
}

/// All adapters with a compute API that the kernels support, in the order of the drivers.
pub fn adapters() -> Vec<AdapterFacts> {
    list().1.iter().map(facts).collect()
}

/// Index of the adapter to prefer: discrete, integrated, virtual, other, software.
pub(super) fn best(found: &[AdapterFacts]) -> Option<usize> {
    (0..found.len()).min_by_key(|i| (found[*i].kind, *i))
}

fn list() -> (Instance, Vec<wgpu::Adapter>) {
    let mut descriptor = InstanceDescriptor::new_without_display_handle();
    descriptor.backends = Backends::VULKAN | Backends::METAL | Backends::DX12;
    let instance = Instance::new(descriptor);
    let found = block_on(instance.enumerate_adapters(Backends::VULKAN | Backends::METAL | Backends::DX12));
    (instance, found)
}

fn facts(adapter: &wgpu::Adapter) -> AdapterFacts {
    let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
    let cooperative = adapter
        .cooperative_matrix_properties()
        .iter()
        .filter(|p| p.m_size == p.n_size && p.n_size == p.k_size)
        .map(|p| p.m_size)
        .collect();
    AdapterFacts {
        name: info.name.clone(),
        kind: match info.device_type {
            DeviceType::DiscreteGpu => AdapterKind::Discrete,
            DeviceType::IntegratedGpu => AdapterKind::Integrated,
            DeviceType::VirtualGpu => AdapterKind::Virtual,
            DeviceType::Cpu => AdapterKind::Software,
            DeviceType::Other => AdapterKind::Other,
        },
        api: format!("{:?}", info.backend),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_string(),
        f16: features.contains(Features::SHADER_F16),
        subgroups: features.contains(Features::SUBGROUP),
        subgroup_sizes: [info.subgroup_min_size, info.subgroup_max_size],
        cooperative,
        binding_bytes: limits.max_storage_buffer_binding_size,
        workgroup_bytes: limits.max_compute_workgroup_storage_size,
        workgroup_threads: limits.max_compute_invocations_per_workgroup,
    }
}

/// Opens the adapter with all its features, registers it with burn and returns its facts.
pub(super) fn open(index: usize) -> Result<(TensorDevice, AdapterFacts), DeviceError> {
    let (instance, mut found) = list();
    if index >= found.len() {
        return Err(DeviceError::NoSuchAdapter { asked: index, count: found.len() });
    }
    let adapter = found.swap_remove(index);
    let facts = facts(&adapter);
    let refused = |reason: String| DeviceError::Refused { name: facts.name.clone(), reason };
    let backend = adapter.get_info().backend;
    let request = wgpu::DeviceDescriptor {
        label: Some("rostrum engine"),
        required_features: adapter.features().difference(Features::MAPPABLE_PRIMARY_BUFFERS),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        trace: wgpu::Trace::Off,
        // SAFETY: experimental features may have soundness gaps in wgpu; the kernels that use them (cooperative
        // matrices) run only after a self-test against their CPU twins.
        experimental_features: unsafe { wgpu::ExperimentalFeatures::enabled() },
    };
    let (device, queue) = block_on(adapter.request_device(&request)).map_err(|e| refused(e.to_string()))?;
    let setup = WgpuSetup { instance, adapter, device, queue, backend };
    let tensors = TensorDevice::wgpu_options().setup(setup).init().map_err(|e| refused(format!("{e:?}")))?;
    Ok((tensors, facts))
}
