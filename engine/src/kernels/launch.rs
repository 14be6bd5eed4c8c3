//! Launching expanded WGSL on the compute client of a tensor's device: the only place that knows CubeCL.
//!
//! All buffers are bound `read_write`: CubeCL places several tensors into one wgpu buffer, and mixed access to
//! one buffer would be refused. The kernel's identity covers the expanded text, since compiled shaders are cached
//! by identity; `ExecutionMode::Unchecked` keeps naga from guarding every loop.

use super::KernelError;
use burn::tensor::{Int, Tensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::template::{KernelSource, SourceKernel, SourceTemplate};
use burn_cubecl::tensor::CubeTensor;
use burn_dispatch::{BackendTensor, DispatchTensor, DispatchTensorKind};
use cubecl::prelude::*;
use cubecl::server::KernelArguments;
use shaders::Source;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Largest number of workgroups along one axis that every device takes.
const MOST_GROUPS: u32 = 65_535;

/// An operand on a `gpu` device, contiguous.
#[derive(Clone)]
pub(super) struct Operand(CubeTensor);

impl Operand {
    /// A float tensor; copied only when it is a strided view.
    pub(super) fn float<const D: usize>(
        kernel: &'static str,
        tensor: &Tensor<D>,
    ) -> Result<Self, KernelError> {
        Self::from_dispatch(kernel, tensor.clone().into_dispatch())
    }

    /// A tensor of 32-bit words (packed weights, index lists).
    pub(super) fn words<const D: usize>(
        kernel: &'static str,
        tensor: &Tensor<D, Int>,
    ) -> Result<Self, KernelError> {
        Self::from_dispatch(kernel, tensor.clone().into_dispatch())
    }

    /// Room for f32 values of `shape` on the same device, not yet written.
    pub(super) fn unwritten<const D: usize>(&self, shape: [usize; D]) -> Self {
        let (client, device) = (self.0.client.clone(), self.0.device.clone());
        Self(empty_device_contiguous_dtype(client, device, shape.into(), burn::tensor::DType::F32))
    }

    /// The operand as a float tensor of rank `D`.
    pub(super) fn into_tensor<const D: usize>(self) -> Tensor<D> {
        let kind = DispatchTensorKind::Cube(BackendTensor::Float(self.0));
        Tensor::from_dispatch(DispatchTensor { kind, autodiff: Default::default() })
    }

    fn from_dispatch(kernel: &'static str, tensor: DispatchTensor) -> Result<Self, KernelError> {
        match tensor.kind {
            DispatchTensorKind::Cube(BackendTensor::Float(tensor) | BackendTensor::Int(tensor)) => {
                Ok(Self(into_contiguous(tensor)))
            }
            other => Err(KernelError::Operand {
                kernel,
                operand: "a tensor",
                reason: format!("it lives on another device ({other:?})"),
            }),
        }
    }
}

/// The expanded shader of a kernel, expanded once per combination.
///
/// # Errors
/// [`KernelError::Unsupported`] when the shader table has no such combination.
pub(super) fn shader(
    kernel: &'static str,
    variant: &str,
    options: &[&'static str],
) -> Result<Arc<Source>, KernelError> {
    type Key = (&'static str, String, Vec<&'static str>);
    static EXPANDED: OnceLock<Mutex<HashMap<Key, Arc<Source>>>> = OnceLock::new();
    let mut expanded = EXPANDED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let key = (kernel, variant.to_string(), options.to_vec());
    if let Some(source) = expanded.get(&key) {
        return Ok(source.clone());
    }
    let source = shaders::source(kernel, variant, options)
        .map(Arc::new)
        .map_err(|e| KernelError::Unsupported { kernel, reason: e.to_string() })?;
    expanded.insert(key, source.clone());
    Ok(source)
}

/// Two grid axes that together hold at least `count` workgroups; the shader folds them back and skips the rest.
pub(super) fn fold(count: usize) -> [u32; 3] {
    let count = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    if count <= MOST_GROUPS {
        return [count, 1, 1];
    }
    let columns = 32_768;
    [columns, count.div_ceil(columns), 1]
}

/// Runs `source` on `operands`, then the new output of `shape`, then `params`, bound in this order.
///
/// # Errors
/// [`KernelError::Unsupported`] when the grid is larger than devices allow. Failures on the device itself surface
/// when a result is read.
pub(super) fn launch<const D: usize>(
    kernel: &'static str,
    source: &Arc<Source>,
    operands: &[&Operand],
    shape: [usize; D],
    params: &[u32],
    groups: [u32; 3],
) -> Result<Tensor<D>, KernelError> {
    let Some(first) = operands.first() else {
        return Err(KernelError::Unsupported { kernel, reason: "no operand".into() });
    };
    let output = first.unwritten(shape);
    if !shape.contains(&0) {
        launch_into(kernel, source, operands, &output, params, groups)?;
    }
    Ok(output.into_tensor())
}

/// As [`launch`], into an output that already exists: for results that several launches fill in parts.
///
/// # Errors
/// As [`launch`], and [`KernelError::Unsupported`] when the output is larger than the device can bind.
pub(super) fn launch_into(
    kernel: &'static str,
    source: &Arc<Source>,
    operands: &[&Operand],
    output: &Operand,
    params: &[u32],
    groups: [u32; 3],
) -> Result<(), KernelError> {
    if groups.iter().any(|g| *g > MOST_GROUPS) {
        return Err(KernelError::Unsupported { kernel, reason: format!("a grid of {groups:?} workgroups") });
    }
    if groups.contains(&0) {
        return Ok(());
    }
    let client = &output.0.client;
    let (size, most) = (output.0.handle.size(), client.properties().memory.max_page_size);
    if size > most {
        let [size, most] = [size, most].map(|bytes| bytes >> 20);
        let reason = format!("a result of {size} MiB; this device takes at most {most} MiB in one piece");
        return Err(KernelError::Unsupported { kernel, reason });
    }
    let params = client.create_from_slice(bytemuck::cast_slice(params));
    let mut bindings: Vec<_> = operands.iter().map(|o| o.0.handle.clone().binding()).collect();
    bindings.push(output.0.handle.clone().binding());
    bindings.push(params.binding());
    let [x, y, z] = source.workgroup;
    let kernel = SourceKernel::new(Text { source: source.clone() }, CubeDim::new_3d(x, y, z));
    let [x, y, z] = groups;
    client.launch(
        Box::new(kernel),
        CubeCount::Static(x, y, z),
        KernelArguments::new().with_buffers(bindings),
    );
    Ok(())
}

/// Our shader as CubeCL sees it.
struct Text {
    source: Arc<Source>,
}

impl KernelSource for Text {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.source.text.as_str())
    }

    fn id(&self) -> KernelId {
        let [x, y, z] = self.source.workgroup;
        KernelId::new::<Self>()
            .info(self.source.hash)
            .mode(ExecutionMode::Unchecked)
            .cube_dim(CubeDim::new_3d(x, y, z).0)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}
