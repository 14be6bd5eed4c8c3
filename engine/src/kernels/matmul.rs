//! Linear layers: `y = residual + gate · activation(x · Wᵀ + bias)` in one pass over the output.

mod on_device;
mod on_host;
mod product;
mod weight;

pub(super) use on_device::{columns_option, format_option, launches};
pub(super) use product::{Threads, View, multiply};
pub(super) use weight::Rows;
pub use weight::{MatrixWeight, WeightFormat};

use super::{KernelError, host};
use burn::tensor::Tensor;

const NAME: &str = "matmul";

/// What is applied to `x · Wᵀ + bias` before the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Activation {
    #[default]
    None,
    /// GELU in its tanh approximation.
    GeluTanh,
    /// GELU with the error function.
    GeluErf,
    Silu,
}

/// One or two rows of per-channel values: tokens before `split` take row 0, the rest row 1.
///
/// Two rows serve models that treat reference tokens as noise-free (`zero_cond_t`, per-token timesteps).
#[derive(Debug, Clone, Copy)]
pub struct RowPair<'a> {
    /// `[1 or 2, channels]`.
    pub rows: &'a Tensor<2>,
    /// First token that takes row 1; ignored when there is one row.
    pub split: usize,
}

impl RowPair<'_> {
    /// Checks the shape against the operand's channels.
    pub(super) fn check(
        &self,
        kernel: &'static str,
        operand: &'static str,
        channels: usize,
    ) -> Result<(), KernelError> {
        let [rows, width] = self.rows.dims();
        if !(1..=2).contains(&rows) || width != channels {
            let expected = format!("[1 or 2, {channels}]");
            return Err(KernelError::shape(kernel, operand, expected, &[rows, width]));
        }
        Ok(())
    }

    /// Token from which row 1 applies, `tokens` when there is one row.
    pub(super) fn boundary(&self, tokens: usize) -> usize {
        if self.rows.dims()[0] == 1 { tokens } else { self.split.min(tokens) }
    }
}

/// What happens to the product before it is stored.
#[derive(Debug, Clone, Copy, Default)]
pub struct Epilogue<'a> {
    /// `[N]`.
    pub bias: Option<&'a Tensor<1>>,
    pub activation: Activation,
    /// Multiplies per channel; rows of width N.
    pub gate: Option<RowPair<'a>>,
    /// `[tokens, N]`, added last.
    pub residual: Option<&'a Tensor<2>>,
}

/// `residual + gate · activation(x · Wᵀ + bias)`: `x [tokens, K]`, weight `[N, K]` → `[tokens, N]`.
///
/// # Errors
/// [`KernelError::Shape`] when an operand does not fit, [`KernelError::Device`] when the device refuses.
pub fn matmul(x: &Tensor<2>, weight: &MatrixWeight, epilogue: &Epilogue) -> Result<Tensor<2>, KernelError> {
    check(x, weight, epilogue)?;
    if host::is_gpu(&x.device()) {
        return on_device::matmul(&on_device::variant(x), x, weight, epilogue);
    }
    on_host::matmul(x, weight, epilogue)
}

/// As [`matmul`], by a named variant of the shader; the `cpu` device has only one way and ignores the name.
///
/// # Errors
/// As [`matmul`], and [`KernelError::Unsupported`] when the shader has no such variant.
pub fn matmul_with(
    variant: &str,
    x: &Tensor<2>,
    weight: &MatrixWeight,
    epilogue: &Epilogue,
) -> Result<Tensor<2>, KernelError> {
    check(x, weight, epilogue)?;
    if host::is_gpu(&x.device()) {
        return on_device::matmul(variant, x, weight, epilogue);
    }
    on_host::matmul(x, weight, epilogue)
}

fn check(x: &Tensor<2>, weight: &MatrixWeight, epilogue: &Epilogue) -> Result<(), KernelError> {
    let [tokens, columns] = x.dims();
    if columns != weight.columns {
        return Err(KernelError::shape(NAME, "x", format!("[tokens, {}]", weight.columns), &x.dims()));
    }
    if let Some(bias) = epilogue.bias
        && bias.dims() != [weight.rows]
    {
        return Err(KernelError::shape(NAME, "bias", format!("[{}]", weight.rows), &bias.dims()));
    }
    if let Some(gate) = epilogue.gate {
        gate.check(NAME, "gate", weight.rows)?;
    }
    if let Some(residual) = epilogue.residual
        && residual.dims() != [tokens, weight.rows]
    {
        let expected = format!("[{tokens}, {}]", weight.rows);
        return Err(KernelError::shape(NAME, "residual", expected, &residual.dims()));
    }
    Ok(())
}
