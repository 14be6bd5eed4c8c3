//! Weights on a device: 16-bit formats stay packed where our kernels decode them.

use super::NAME;
use crate::device::facts_of;
use crate::kernels::launch::Operand;
use crate::kernels::{KernelError, host};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// Storage binding that every adapter offers, assumed where the adapter is unknown.
const COMMON_BINDING: u64 = 128 << 20;

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
            Self::F32 => {
                bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
            }
            Self::F16 => {
                bytes.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
            }
            Self::Bf16 => {
                bytes.chunks_exact(2).map(|b| half::bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
            }
        }
    }
}

/// Rows of numbers on a device, as the kernels read them.
#[derive(Debug, Clone)]
pub(in crate::kernels) enum Rows {
    /// `[rows, columns]` f32.
    Float(Tensor<2>),
    /// `[rows, columns / 2 rounded up]`: two 16-bit numbers to a word, the earlier one in the lower half.
    Words(Tensor<2, Int>),
}

impl Rows {
    /// Places little-endian numbers; on the `cpu` device they become f32.
    pub(in crate::kernels) fn new(
        format: WeightFormat,
        bytes: &[u8],
        [rows, columns]: [usize; 2],
        device: &Device,
    ) -> Self {
        if format == WeightFormat::F32 || !host::is_gpu(device) {
            return Self::Float(host::from_values(format.decode(bytes), [rows, columns], device));
        }
        let width = columns.div_ceil(2);
        let mut words = Vec::with_capacity(rows * width);
        for row in bytes.chunks_exact((columns * 2).max(1)) {
            words.extend(row.chunks(4).map(|b| match *b {
                [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
                [a, b] => u32::from_le_bytes([a, b, 0, 0]),
                _ => 0,
            }));
        }
        let data = TensorData::new(words, [rows, width]);
        Self::Words(Tensor::from_data(data, (device, DType::U32)))
    }

    pub(in crate::kernels) fn operand(&self, kernel: &'static str) -> Result<Operand, KernelError> {
        match self {
            Self::Float(values) => Operand::float(kernel, values),
            Self::Words(words) => Operand::words(kernel, words),
        }
    }
}

/// The weight of a linear layer, `[rows, columns]` = `[output channels, input channels]` as PyTorch stores it.
///
/// On the `gpu` device 16-bit formats stay packed two to a word; on the `cpu` device they are widened to f32.
#[derive(Debug, Clone)]
pub struct MatrixWeight {
    /// The rows in order, in pieces that fit one binding of the device; only the last may be shorter.
    pub(super) slabs: Vec<Rows>,
    /// Rows of every slab but the last.
    pub(super) slab_rows: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) format: WeightFormat,
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
        let format_there = if host::is_gpu(device) { format } else { WeightFormat::F32 };
        let slab_rows = rows_per_binding(columns, format_there, device);
        Self::in_slabs(format, bytes, [rows, columns], slab_rows, device)
    }

    /// As [`Self::new`], in pieces of at most `slab_rows` rows on the `gpu` device, each multiplied by itself.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn in_slabs(
        format: WeightFormat,
        bytes: &[u8],
        [rows, columns]: [usize; 2],
        slab_rows: usize,
        device: &Device,
    ) -> Result<Self, KernelError> {
        let expected = rows.checked_mul(columns).and_then(|n| n.checked_mul(format.bytes()));
        if expected != Some(bytes.len()) {
            return Err(KernelError::shape(
                NAME,
                "weight",
                format!("{rows}×{columns} numbers"),
                &[bytes.len()],
            ));
        }
        let format_there = if host::is_gpu(device) { format } else { WeightFormat::F32 };
        let slab_rows = if host::is_gpu(device) { slab_rows.clamp(1, rows.max(1)) } else { rows.max(1) };
        let slab_bytes = (slab_rows * columns * format.bytes()).max(1);
        let slabs = bytes
            .chunks(slab_bytes)
            .enumerate()
            .map(|(i, part)| Rows::new(format, part, [slab_rows.min(rows - i * slab_rows), columns], device))
            .collect();
        Ok(Self { slabs, slab_rows, rows, columns, format: format_there })
    }

    /// Takes values computed on the device as a weight: `[output channels, input channels]`, f32. A strided view is
    /// brought into order here, once, and not again at every product.
    ///
    /// # Errors
    /// [`KernelError::Operand`] when the tensor lives on neither device of the engine.
    pub fn from_tensor(values: Tensor<2>) -> Result<Self, KernelError> {
        let [rows, columns] = values.dims();
        let values = if host::is_gpu(&values.device()) {
            Operand::float(NAME, &values)?.into_tensor()
        } else {
            host::HostTensor::new(NAME, &values)?.into_tensor()
        };
        let slabs = vec![Rows::Float(values)];
        Ok(Self { slabs, slab_rows: rows.max(1), rows, columns, format: WeightFormat::F32 })
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

/// How many rows fit into one storage binding: a multiple of four, four at least.
fn rows_per_binding(columns: usize, format: WeightFormat, device: &Device) -> usize {
    if !host::is_gpu(device) {
        return usize::MAX;
    }
    let limit = facts_of(device).map_or(COMMON_BINDING, |facts| facts.binding_bytes);
    let row = (columns.next_multiple_of(2) * format.bytes()).max(1);
    (usize::try_from(limit).unwrap_or(usize::MAX) / row / 4 * 4).max(4)
}
