//! A convolution layer with its bias.

use super::ModelError;
use crate::kernels::{ConvolutionOptions, ConvolutionWeight, KernelError, Padding, convolution};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// A convolution over `[frame, row, column, channel]` with bias.
#[derive(Debug, Clone)]
pub struct Convolution {
    weight: ConvolutionWeight,
    bias: Tensor<1>,
    options: ConvolutionOptions,
}

impl Convolution {
    /// Reads `name.weight` of PyTorch's shape `[outputs, inputs, frames, rows, columns]` and `name.bias`.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when a tensor is missing, has another shape or holds values that are no numbers.
    pub fn load(
        scope: &Scope,
        name: &str,
        shape: [usize; 5],
        options: ConvolutionOptions,
    ) -> Result<Self, ModelError> {
        let scope = scope.at(name);
        let weight = scope.convolution("weight", shape)?;
        Ok(Self { weight, bias: scope.vector("bias", shape[0])?, options })
    }

    /// As [`Self::load`], keeping only the last temporal slice: all that a single frame ever meets in a causal
    /// convolution, since the frames before it are padding.
    pub fn load_last_tap(
        scope: &Scope,
        name: &str,
        shape: [usize; 5],
        options: ConvolutionOptions,
    ) -> Result<Self, ModelError> {
        let scope = scope.at(name);
        let weight = scope.convolution_last_tap("weight", shape)?;
        Ok(Self { weight, bias: scope.vector("bias", shape[0])?, options })
    }

    /// `[frame, row, column, inputs]` → `[frame, row, column, outputs]`, plus `residual` when given.
    pub fn forward(&self, x: &Tensor<4>, residual: Option<&Tensor<4>>) -> Result<Tensor<4>, KernelError> {
        convolution(x, &self.weight, Some(&self.bias), residual, &self.options)
    }

    /// As [`Self::forward`], with `zeros` frames of zeros before the first.
    pub fn forward_after(
        &self,
        x: &Tensor<4>,
        zeros: usize,
        residual: Option<&Tensor<4>>,
    ) -> Result<Tensor<4>, KernelError> {
        let padding = Padding { front: self.options.padding.front + zeros, ..self.options.padding };
        let options = ConvolutionOptions { padding, ..self.options };
        convolution(x, &self.weight, Some(&self.bias), residual, &options)
    }
}
