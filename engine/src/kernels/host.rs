//! The way between burn tensors and plain slices on the `cpu` device, and reading results on any device.

pub(super) mod activate;
pub(super) mod vector;

use super::KernelError;
use burn::tensor::{Device, Tensor, TensorData};
use burn_dispatch::{BackendTensor, DispatchDevice, DispatchTensor, DispatchTensorKind};
use burn_flex::FlexTensor;

/// Whether tensors of `device` are computed by our WGSL kernels (true) or by the flex backend (false).
pub fn is_gpu(device: &Device) -> bool {
    !matches!(device.as_dispatch(), DispatchDevice::Flex(_))
}

/// Copies a tensor of any rank back as f32 values in row-major order.
///
/// # Errors
/// [`KernelError::Device`] when an earlier launch or the transfer failed.
pub fn read<const D: usize>(tensor: &Tensor<D>) -> Result<Vec<f32>, KernelError> {
    let failed = |reason: String| KernelError::Device { during: "read-back", reason };
    let data = tensor.clone().try_into_data().map_err(|e| failed(format!("{e:?}")))?;
    data.try_into_vec::<f32>().map_err(|e| failed(format!("{e:?}")))
}

/// A contiguous flex tensor whose values can be borrowed as a slice.
pub(super) struct HostTensor(FlexTensor);

impl HostTensor {
    /// Takes the tensor's storage; copies only when the tensor is a strided view.
    pub(super) fn new<const D: usize>(kernel: &'static str, tensor: &Tensor<D>) -> Result<Self, KernelError> {
        match tensor.clone().into_dispatch().kind {
            DispatchTensorKind::Flex(BackendTensor::Float(tensor)) => Ok(Self(tensor.to_contiguous())),
            other => Err(KernelError::Operand {
                kernel,
                operand: "a tensor",
                reason: format!("it lives on another device ({other:?})"),
            }),
        }
    }

    /// The values in row-major order.
    pub(super) fn values(&self) -> &[f32] {
        self.0.as_slice::<f32>().unwrap_or(&[])
    }

    /// The values as a tensor again, in row-major order.
    pub(super) fn into_tensor<const D: usize>(self) -> Tensor<D> {
        let kind = DispatchTensorKind::Flex(BackendTensor::Float(self.0));
        Tensor::from_dispatch(DispatchTensor { kind, autodiff: Default::default() })
    }
}

/// Wraps values computed on the host as a tensor of the `cpu` device.
pub(super) fn from_values<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}
