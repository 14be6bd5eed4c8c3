//! A linear layer whatever format its weight is stored in.

use super::ModelError;
use crate::kernels::{Activation, Epilogue, KernelError, MatrixWeight, RowPair, matmul};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// `y = x · Wᵀ + b`.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: MatrixWeight,
    bias: Option<Tensor<1>>,
}

impl Linear {
    /// Reads `name.weight [outputs, inputs]` and, when `bias` is set, `name.bias [outputs]`.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when a tensor is missing, has another shape or holds values that are no numbers.
    pub fn load(scope: &Scope, name: &str, shape: [usize; 2], bias: bool) -> Result<Self, ModelError> {
        let scope = scope.at(name);
        let weight = scope.matrix("weight", shape)?;
        let bias = if bias { Some(scope.vector("bias", shape[0])?) } else { None };
        Ok(Self { weight, bias })
    }

    /// A layer from parts, for weights that are computed or joined at load.
    pub fn from_parts(weight: MatrixWeight, bias: Option<Tensor<1>>) -> Self {
        Self { weight, bias }
    }

    /// `[tokens, inputs]` → `[tokens, outputs]`.
    pub fn forward(&self, x: &Tensor<2>) -> Result<Tensor<2>, KernelError> {
        self.activated(x, Activation::None)
    }

    /// `activation(x · Wᵀ + b)`.
    pub fn activated(&self, x: &Tensor<2>, activation: Activation) -> Result<Tensor<2>, KernelError> {
        let epilogue = Epilogue { bias: self.bias.as_ref(), activation, ..Epilogue::default() };
        matmul(x, &self.weight, &epilogue)
    }

    /// `residual + gate · (x · Wᵀ + b)`; without a gate `residual + x · Wᵀ + b`.
    pub fn residual(
        &self,
        x: &Tensor<2>,
        gate: Option<RowPair>,
        residual: &Tensor<2>,
    ) -> Result<Tensor<2>, KernelError> {
        let epilogue =
            Epilogue { bias: self.bias.as_ref(), gate, residual: Some(residual), ..Epilogue::default() };
        matmul(x, &self.weight, &epilogue)
    }

    /// Memory of the weight on the device, in bytes.
    pub fn bytes(&self) -> usize {
        self.weight.bytes()
    }
}
