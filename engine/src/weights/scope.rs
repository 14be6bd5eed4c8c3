//! How models ask for their weights: by path, with the shape they expect, on the device they run on.

use super::{TensorStore, TensorView, WeightError};
use crate::kernels::{ConvolutionWeight, KernelError, MatrixWeight, WeightFormat};
use burn::tensor::{Device, Tensor, TensorData};
use std::fmt::Display;

/// A path inside a store, together with the device that tensors are placed on.
///
/// Every method checks the shape and refuses tensors that hold NaN or infinity. On the `cpu` device all
/// weights become f32; on the `gpu` device matrices and convolutions keep 16-bit formats.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    store: &'a TensorStore,
    device: &'a Device,
    /// Empty at the root.
    path: String,
}

impl<'a> Scope<'a> {
    /// The whole store.
    pub fn root(store: &'a TensorStore, device: &'a Device) -> Self {
        Self { store, device, path: String::new() }
    }

    /// The scope below; names are joined with a dot.
    pub fn at(&self, name: impl Display) -> Scope<'a> {
        Scope { path: self.join(name), ..self.clone() }
    }

    /// Whether the store holds this tensor, in whatever shape and format.
    pub fn has(&self, name: &str) -> bool {
        self.store.contains(&self.join(name))
    }

    /// Reads a tensor of any shape without placing it, and refuses NaN and infinity.
    ///
    /// # Errors
    /// [`WeightError::MissingTensor`], [`WeightError::Format`] or [`WeightError::NotFinite`].
    pub fn check(&self, name: &str) -> Result<(), WeightError> {
        let view = self.view(name)?;
        self.check_numbers(&view, view.bytes, 0)
    }

    /// Refuses a tensor that is missing, of another shape or in a format that cannot be decoded, from the header
    /// alone.
    ///
    /// # Errors
    /// [`WeightError::MissingTensor`], [`WeightError::Shape`] or [`WeightError::Format`].
    pub fn require(&self, name: &str, shape: &[usize]) -> Result<(), WeightError> {
        self.shaped(name, shape).map(drop)
    }

    /// The device that tensors are placed on.
    pub fn device(&self) -> &'a Device {
        self.device
    }

    /// The weight of a linear layer, `[outputs, inputs]`. A convolution's weight is taken too when everything
    /// behind its first dimension joins to `inputs`: 1×1 kernels and patch embeddings are matrices.
    ///
    /// # Errors
    /// [`WeightError`] when the tensor is missing, has another shape or format, or holds a value that is no
    /// number.
    pub fn matrix(&self, name: &str, shape: [usize; 2]) -> Result<MatrixWeight, WeightError> {
        let view = self.view(name)?;
        let flat = view.shape.len() > 2
            && view.shape.first() == shape.first()
            && view.shape.iter().skip(1).try_fold(1_usize, |n, d| n.checked_mul(*d)) == Some(shape[1]);
        if view.shape != shape && !flat {
            return Err(self.misshapen(&view, &shape));
        }
        self.check_numbers(&view, view.bytes, 0)?;
        let weight = MatrixWeight::new(view.format, view.bytes, shape, self.device);
        weight.map_err(|source| self.refused(view.name, source))
    }

    /// A vector as f32: biases, norms. `[n, 1, 1]` and `[n, 1, 1, 1]` are taken as `[n]`.
    ///
    /// # Errors
    /// As [`Self::matrix`].
    pub fn vector(&self, name: &str, length: usize) -> Result<Tensor<1>, WeightError> {
        let view = self.view(name)?;
        let (first, rest) = view.shape.split_first().unzip();
        if first != Some(&length) || rest.is_some_and(|rest| rest.iter().any(|d| *d != 1)) {
            return Err(self.misshapen(&view, &[length]));
        }
        self.check_numbers(&view, view.bytes, 0)?;
        Ok(Tensor::from_data(TensorData::new(view.format.decode(view.bytes), [length]), self.device))
    }

    /// A small table as f32 on the host, row by row.
    ///
    /// # Errors
    /// As [`Self::matrix`].
    pub fn table(&self, name: &str, shape: [usize; 2]) -> Result<Vec<f32>, WeightError> {
        let view = self.shaped(name, &shape)?;
        self.check_numbers(&view, view.bytes, 0)?;
        Ok(view.format.decode(view.bytes))
    }

    /// As [`Self::table`], for tables that are stored behind a dimension of one, `[1, rows, columns]`.
    ///
    /// # Errors
    /// As [`Self::matrix`].
    pub fn stacked_table(&self, name: &str, [rows, columns]: [usize; 2]) -> Result<Vec<f32>, WeightError> {
        let view = self.shaped(name, &[1, rows, columns])?;
        self.check_numbers(&view, view.bytes, 0)?;
        Ok(view.format.decode(view.bytes))
    }

    /// Some rows of a table, in the order asked for, as f32 `[rows.len(), columns]`; only those rows are
    /// read.
    ///
    /// # Errors
    /// As [`Self::matrix`], and [`WeightError::Row`] for a row outside of the table.
    pub fn rows(&self, name: &str, shape: [usize; 2], rows: &[u32]) -> Result<Tensor<2>, WeightError> {
        let view = self.shaped(name, &shape)?;
        let [count, columns] = shape;
        let width = columns.saturating_mul(view.format.bytes());
        let mut values = Vec::new();
        for row in rows {
            let index = usize::try_from(*row).ok().filter(|index| *index < count);
            let bytes = index.and_then(|index| view.bytes.get(index * width..(index + 1) * width));
            let (Some(index), Some(bytes)) = (index, bytes) else {
                let (path, tensor) = (self.file(view.name), view.name.to_owned());
                return Err(WeightError::Row { path, tensor, row: *row, rows: count });
            };
            self.check_numbers(&view, bytes, index * columns)?;
            values.extend(view.format.decode(bytes));
        }
        Ok(Tensor::from_data(TensorData::new(values, [rows.len(), columns]), self.device))
    }

    /// A convolution's weight in PyTorch's order `[outputs, inputs, frames, rows, columns]`; a tensor without
    /// frames (`[outputs, inputs, rows, columns]`) is taken when one frame is asked for.
    ///
    /// # Errors
    /// As [`Self::matrix`].
    pub fn convolution(&self, name: &str, shape: [usize; 5]) -> Result<ConvolutionWeight, WeightError> {
        let view = self.view(name)?;
        let [outputs, inputs, frames, rows, columns] = shape;
        if view.shape != shape && !(frames == 1 && view.shape == [outputs, inputs, rows, columns]) {
            return Err(self.misshapen(&view, &shape));
        }
        self.check_numbers(&view, view.bytes, 0)?;
        let weight = ConvolutionWeight::new(view.format, view.bytes, shape, self.device);
        weight.map_err(|source| self.refused(view.name, source))
    }

    /// As [`Self::convolution`], but keeps the last temporal slice alone: the result has one frame. Files
    /// that store nothing else (`[outputs, inputs, rows, columns]`) are taken as they are.
    ///
    /// # Errors
    /// As [`Self::matrix`].
    pub fn convolution_last_tap(
        &self,
        name: &str,
        shape: [usize; 5],
    ) -> Result<ConvolutionWeight, WeightError> {
        let view = self.view(name)?;
        let [outputs, inputs, frames, rows, columns] = shape;
        let single = [outputs, inputs, 1, rows, columns];
        if view.shape == [outputs, inputs, rows, columns] {
            return self.convolution(name, single);
        }
        if view.shape != shape || frames == 0 {
            return Err(self.misshapen(&view, &shape));
        }
        // The tensor's length is the product of its shape, so with any byte in it these products cannot
        // overflow.
        let slice = if view.bytes.is_empty() { 0 } else { rows * columns * view.format.bytes() };
        let mut bytes = Vec::with_capacity(view.bytes.len() / frames);
        for kernel in view.bytes.chunks_exact((slice * frames).max(1)) {
            bytes.extend_from_slice(kernel.get(slice * (frames - 1)..).unwrap_or_default());
        }
        // Of the taps that are left out, too: a file with a NaN anywhere is damaged.
        self.check_numbers(&view, view.bytes, 0)?;
        let weight = ConvolutionWeight::new(view.format, &bytes, single, self.device);
        weight.map_err(|source| self.refused(view.name, source))
    }

    fn join(&self, name: impl Display) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }

    fn view(&self, name: &str) -> Result<TensorView<'a>, WeightError> {
        self.store.view(&self.join(name))
    }

    fn shaped(&self, name: &str, shape: &[usize]) -> Result<TensorView<'a>, WeightError> {
        let view = self.view(name)?;
        if view.shape == shape { Ok(view) } else { Err(self.misshapen(&view, shape)) }
    }

    fn file(&self, tensor: &str) -> std::path::PathBuf {
        self.store.file_of(tensor).to_owned()
    }

    fn misshapen(&self, view: &TensorView, expected: &[usize]) -> WeightError {
        let (path, tensor) = (self.file(view.name), view.name.to_owned());
        WeightError::Shape { path, tensor, expected: expected.to_vec(), got: view.shape.to_vec() }
    }

    fn refused(&self, tensor: &str, source: KernelError) -> WeightError {
        WeightError::Device { path: self.file(tensor), tensor: tensor.to_owned(), source: Box::new(source) }
    }

    /// Refuses NaN and infinity among `bytes`, a part of the tensor that begins at number `first`.
    fn check_numbers(&self, view: &TensorView, bytes: &[u8], first: usize) -> Result<(), WeightError> {
        match first_not_finite(view.format, bytes) {
            None => Ok(()),
            Some((at, value)) => {
                let (path, tensor) = (self.file(view.name), view.name.to_owned());
                Err(WeightError::NotFinite { path, tensor, position: first + at, value })
            }
        }
    }
}

/// Numbers looked at together: within a chunk there is no branch, so that the loop runs at the speed of
/// memory.
const CHUNK: usize = 4096;

/// Position and value of the first NaN or infinity.
fn first_not_finite(format: WeightFormat, bytes: &[u8]) -> Option<(usize, f32)> {
    let size = format.bytes();
    let (chunk, _) = bytes.chunks(CHUNK * size).enumerate().find(|(_, chunk)| !all_finite(format, chunk))?;
    let start = chunk * CHUNK;
    let rest = bytes.get(start * size..).unwrap_or_default();
    let rest = rest.get(..(CHUNK * size).min(rest.len())).unwrap_or_default();
    let values = format.decode(rest);
    let (at, value) = values.into_iter().enumerate().find(|(_, value)| !value.is_finite())?;
    Some((start + at, value))
}

/// Whether no number has all bits of its exponent set.
fn all_finite(format: WeightFormat, bytes: &[u8]) -> bool {
    let half = |mask: u16| {
        let numbers = bytes.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b) & mask);
        numbers.fold(false, |found, exponent| found | (exponent == mask))
    };
    !match format {
        WeightFormat::F16 => half(0x7C00),
        WeightFormat::Bf16 => half(0x7F80),
        WeightFormat::F32 => {
            const MASK: u32 = 0x7F80_0000;
            let numbers = bytes.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b) & MASK);
            numbers.fold(false, |found, exponent| found | (exponent == MASK))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_that_is_no_number_is_found_in_any_chunk() {
        for position in [0, 1, CHUNK - 1, CHUNK, 3 * CHUNK + 7] {
            let mut values = vec![-1.5_f32; 3 * CHUNK + 8];
            assert_eq!(first_not_finite(WeightFormat::F32, &bytes_of(&values)), None);
            values[position] = f32::NEG_INFINITY;
            let found = first_not_finite(WeightFormat::F32, &bytes_of(&values));
            assert_eq!(found, Some((position, f32::NEG_INFINITY)));
        }
    }

    #[test]
    fn sixteen_bit_formats_know_their_own_exponent() {
        // 0x7BFF is the largest f16 and 0x7F7F the largest bf16; one step above lies infinity.
        for (format, largest) in [(WeightFormat::F16, 0x7BFF_u16), (WeightFormat::Bf16, 0x7F7F)] {
            assert_eq!(first_not_finite(format, &largest.to_le_bytes()), None);
            let found = first_not_finite(format, &(largest + 1).to_le_bytes());
            assert_eq!(found, Some((0, f32::INFINITY)));
            assert!(first_not_finite(format, &0xFFFF_u16.to_le_bytes()).is_some_and(|(_, v)| v.is_nan()));
        }
    }

    fn bytes_of(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}
