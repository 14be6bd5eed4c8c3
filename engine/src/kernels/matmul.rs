//! Linear layers: `y = residual + gate · activation(x · Wᵀ + bias)` in one pass over the output.

use super::{KernelError, host};
use burn::tensor::{Device, Tensor};
use rayon::prelude::*;

const NAME: &str = "matmul";

/// How a weight's numbers are stored in a file or on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WeightFormat {
    F32,
    F16,
    Bf16,
}

impl WeightFormat {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Decodes little-endian numbers to f32; every f16 and bf16 value is exact in f32.
    pub fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            Self::F16 => bytes.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Self::Bf16 => bytes.chunks_exact(2).map(|b| half::bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        }
    }
}

/// The weight of a linear layer, `[rows, columns]` = `[output channels, input channels]` as PyTorch stores it.
///
/// On the `gpu` device 16-bit formats stay packed two to a word; on the `cpu` device they are widened to f32.
#[derive(Debug, Clone)]
pub struct MatrixWeight {
    values: Tensor<2>,
    rows: usize,
    columns: usize,
    format: WeightFormat,
}

impl MatrixWeight {
    /// Places a weight given as little-endian numbers in row-major order on a device.
    ///
    /// # Errors
    /// [`KernelError::Shape`] when `bytes` does not hold `rows × columns` numbers of `format`.
    pub fn new(
        format: WeightFormat,
        bytes: &[u8],
        [rows, columns]: [usize; 2],
        device: &Device,
    ) -> Result<Self, KernelError> {
        let expected = rows.checked_mul(columns).and_then(|n| n.checked_mul(format.bytes()));
        if expected != Some(bytes.len()) {
            return Err(KernelError::shape(NAME, "weight", format!("{rows}×{columns} numbers"), &[bytes.len()]));
        }
        let values = host::from_values(format.decode(bytes), [rows, columns], device);
        Ok(Self { values, rows, columns, format: WeightFormat::F32 })
    }

    /// Takes values computed on the device as a weight: `[output channels, input channels]`, f32.
    ///
    /// # Errors
    /// [`KernelError::Device`] when the device cannot bring the values into the kernel's order.
    pub fn from_tensor(values: Tensor<2>) -> Result<Self, KernelError> {
        let [rows, columns] = values.dims();
        Ok(Self { values, rows, columns, format: WeightFormat::F32 })
    }

    /// Output channels.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Input channels.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The format on the device.
    pub fn format(&self) -> WeightFormat {
        self.format
    }

    /// Memory taken on the device, in bytes.
    pub fn bytes(&self) -> usize {
        self.rows * self.columns * self.format.bytes()
    }
}

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
    if host::is_gpu(&x.device()) {
        return Err(KernelError::Unsupported { kernel: NAME, reason: "no WGSL variant yet".into() });
    }
    on_host(x, weight, epilogue)
}

fn on_host(x: &Tensor<2>, weight: &MatrixWeight, epilogue: &Epilogue) -> Result<Tensor<2>, KernelError> {
    let [tokens, _] = x.dims();
    let columns = weight.rows;
    let product = x.clone().matmul(weight.values.clone().transpose());
    let plain = epilogue.bias.is_none()
        && epilogue.activation == Activation::None
        && epilogue.gate.is_none()
        && epilogue.residual.is_none();
    if plain || tokens == 0 || columns == 0 {
        return Ok(product);
    }
    let bias = epilogue.bias.map(|b| host::HostTensor::new(NAME, b)).transpose()?;
    let residual = epilogue.residual.map(|r| host::HostTensor::new(NAME, r)).transpose()?;
    let gate = match epilogue.gate {
        Some(gate) => Some((host::HostTensor::new(NAME, gate.rows)?, gate.boundary(tokens))),
        None => None,
    };
    let mut values = host::into_values(NAME, product)?;
    values.par_chunks_mut(columns).enumerate().for_each(|(token, row)| {
        if let Some(bias) = &bias {
            row.iter_mut().zip(bias.values()).for_each(|(y, b)| *y += b);
        }
        activate(epilogue.activation, row);
        if let Some((gate, boundary)) = &gate {
            let start = if token < *boundary { 0 } else { columns };
            row.iter_mut().zip(&gate.values()[start..start + columns]).for_each(|(y, g)| *y *= g);
        }
        if let Some(residual) = &residual {
            let start = token * columns;
            row.iter_mut().zip(&residual.values()[start..start + columns]).for_each(|(y, r)| *y += r);
        }
    });
    Ok(host::from_values(values, [tokens, columns], &x.device()))
}

fn activate(activation: Activation, row: &mut [f32]) {
    match activation {
        Activation::None => {}
        Activation::GeluTanh => row.iter_mut().for_each(|y| *y = shaders::reference::gelu_tanh(*y)),
        Activation::GeluErf => row.iter_mut().for_each(|y| *y = shaders::reference::gelu_erf(*y)),
        Activation::Silu => row.iter_mut().for_each(|y| *y = shaders::reference::silu(*y)),
    }
}
