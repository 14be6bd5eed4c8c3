//! `convolution` on the `cpu` device: bands of output rows, each a few matrix products over a padded copy of its input.
//!
//! In channels-last order the pixels under one kernel row lie side by side, so that all its columns and channels
//! form one row of a matrix, and the next output pixel's row begins one pixel further: nothing is gathered.

use super::{ConvolutionOptions, NAME, Problem};
use crate::kernels::matmul::{Rows, Threads, View, multiply};
use crate::kernels::{KernelError, host};
use burn::tensor::Tensor;
use rayon::prelude::*;

/// Output pixels that a band aims at: enough to keep a product busy, few enough to stay in the cache.
const BAND_PIXELS: usize = 1024;

pub(super) fn convolution(problem: &Problem) -> Result<Tensor<4>, KernelError> {
    let [frames, rows, columns, outputs] = problem.extent;
    let mut values = vec![0.0; frames * rows * columns * outputs];
    let x = host::HostTensor::new(NAME, problem.x)?;
    let Rows::Float(weight) = &problem.weight.rows else {
        return Err(KernelError::Unsupported { kernel: NAME, reason: "packed weights on the CPU".into() });
    };
    let weight = host::HostTensor::new(NAME, weight)?;
    let bias = problem.bias.map(|b| host::HostTensor::new(NAME, b)).transpose()?;
    let residual = problem.residual.map(|r| host::HostTensor::new(NAME, r)).transpose()?;
    let walk = Walk::new(problem, x.values(), weight.values());
    let row = columns * outputs;
    if row > 0 {
        walk.bands(&mut values).into_par_iter().for_each_init(Scratch::default, |scratch, band| {
            let start = (band.frame * rows + band.first) * row;
            let residual = residual.as_ref().map(|r| &r.values()[start..start + band.values.len()]);
            walk.compute(band, scratch, bias.as_ref().map(|b| b.values()), residual);
        });
    }
    Ok(host::from_values(values, problem.extent, &problem.x.device()))
}

/// Some rows of one output frame.
struct Band<'a> {
    frame: usize,
    /// The first output row.
    first: usize,
    /// `[row, column, output]`.
    values: &'a mut [f32],
}

/// Memory that a thread keeps from band to band.
#[derive(Default)]
struct Scratch {
    /// The input under the band: padded, doubled when upsampling.
    input: Vec<f32>,
    /// The products; rows are as wide as the padded input's.
    sums: Vec<f32>,
}

/// The input, the weight and the way over them.
struct Walk<'a> {
    x: &'a [f32],
    /// `[kernel frames × rows, outputs, kernel columns × inputs]`.
    weight: &'a [f32],
    options: &'a ConvolutionOptions,
    /// Frames, rows and columns.
    input: [usize; 3],
    output: [usize; 3],
    /// Frames, rows and columns.
    kernel: [usize; 3],
    inputs: usize,
    outputs: usize,
}

impl<'a> Walk<'a> {
    fn new(problem: &Problem<'a>, x: &'a [f32], weight: &'a [f32]) -> Self {
        let [frames, rows, columns, inputs] = problem.x.dims();
        let [out_frames, out_rows, out_columns, outputs] = problem.extent;
        let options = problem.options;
        Self {
            x,
            weight,
            options,
            input: [frames, rows, columns],
            output: [out_frames, out_rows, out_columns],
            kernel: problem.weight.kernel(),
            inputs,
            outputs,
        }
    }

    /// Pixels of a padded input row.
    fn padded(&self) -> usize {
        self.input[2] * self.growth() + self.options.padding.left + self.options.padding.right
    }

    fn growth(&self) -> usize {
        if self.options.upsample { 2 } else { 1 }
    }

    /// Cuts the result into bands.
    fn bands<'b>(&self, values: &'b mut [f32]) -> Vec<Band<'b>> {
        let [_, rows, columns] = self.output;
        let row = columns * self.outputs;
        let height = (BAND_PIXELS / columns).max(self.kernel[1].min(4)).min(rows).max(1);
        let mut bands = Vec::new();
        for (frame, values) in values.chunks_mut(rows * row).enumerate() {
            for (index, values) in values.chunks_mut(height * row).enumerate() {
                bands.push(Band { frame, first: index * height, values });
            }
        }
        bands
    }

    fn compute(&self, band: Band, scratch: &mut Scratch, bias: Option<&[f32]>, residual: Option<&[f32]>) {
        let [_, _, columns] = self.output;
        let [_, step, step_along] = self.options.stride.map(|s| s.max(1));
        let row = columns * self.outputs;
        let height = band.values.len() / row;
        let padded = self.padded();
        // With unit steps all the band's rows are one product, including the pixels over its right edge, which are
        // dropped; otherwise every row is its own.
        let joined = step == 1 && step_along == 1;
        let (products, pixels, pitch) = if joined {
            (1, (height - 1) * padded + columns, padded * self.outputs)
        } else {
            (height, columns, row)
        };
        scratch.sums.resize((products - 1) * pitch + pixels * self.outputs, 0.0);
        let mut add = false;
        for tap_frame in 0..self.kernel[0] {
            let frame = (band.frame * self.options.stride[0].max(1) + tap_frame)
                .checked_sub(self.options.padding.front)
                .filter(|f| *f < self.input[0]);
            let Some(frame) = frame else {
                continue;
            };
            let lines = (height - 1) * step + self.kernel[1];
            let input = self.padded_rows(frame, band.first * step, lines, &mut scratch.input);
            for tap_row in 0..self.kernel[1] {
                let weight = self.weight_rows(tap_frame * self.kernel[1] + tap_row);
                for (index, sums) in scratch.sums.chunks_mut(pitch.max(pixels * self.outputs)).enumerate() {
                    let x = View {
                        values: &input[(index * step + tap_row) * padded * self.inputs..],
                        rows: pixels,
                        columns: self.kernel[2] * self.inputs,
                        row_stride: step_along * self.inputs,
                        column_stride: 1,
                    };
                    multiply(sums, x, weight, add, Threads::This);
                }
                add = true;
            }
        }
        if !add {
            scratch.sums.fill(0.0);
        }
        for (index, values) in band.values.chunks_exact_mut(row).enumerate() {
            values.copy_from_slice(&scratch.sums[index * pitch..][..row]);
            if let Some(bias) = bias {
                let pixels = values.chunks_exact_mut(self.outputs);
                pixels.for_each(|pixel| pixel.iter_mut().zip(bias).for_each(|(y, b)| *y += b));
            }
            if let Some(residual) = residual {
                values.iter_mut().zip(&residual[index * row..]).for_each(|(y, r)| *y += r);
            }
        }
    }

    /// The weight of one kernel row, as `[kernel columns × inputs, outputs]`.
    fn weight_rows(&self, tap: usize) -> View<'_> {
        let width = self.kernel[2] * self.inputs;
        let size = width * self.outputs;
        View::new(&self.weight[tap * size..(tap + 1) * size], self.outputs, width).turned()
    }

    /// `lines` padded rows of a frame, beginning with the padded row `first`; copied only where something is padded
    /// or doubled.
    fn padded_rows<'s>(
        &'s self,
        frame: usize,
        first: usize,
        lines: usize,
        copy: &'s mut Vec<f32>,
    ) -> &'s [f32] {
        let [_, rows, columns] = self.input;
        let growth = self.growth();
        if growth == 1 && self.padded() == columns && self.options.padding.top == 0 && first + lines <= rows {
            let start = (frame * rows + first) * columns * self.inputs;
            return &self.x[start..start + lines * columns * self.inputs];
        }
        let (left, row) = (self.options.padding.left * self.inputs, self.padded() * self.inputs);
        let right = left + columns * growth * self.inputs;
        copy.resize(lines * row, 0.0);
        for (index, line) in copy.chunks_exact_mut(row.max(1)).enumerate() {
            let inside = (first + index).checked_sub(self.options.padding.top).filter(|r| *r < rows * growth);
            let Some(from) = inside else {
                line.fill(0.0);
                continue;
            };
            let from = (frame * rows + from / growth) * columns * self.inputs;
            let from = &self.x[from..from + columns * self.inputs];
            line[..left].fill(0.0);
            line[right..].fill(0.0);
            if growth == 1 {
                line[left..right].copy_from_slice(from);
                continue;
            }
            let pairs = line[left..right].chunks_exact_mut(2 * self.inputs);
            for (pair, pixel) in pairs.zip(from.chunks_exact(self.inputs)) {
                let (one, other) = pair.split_at_mut(self.inputs);
                one.copy_from_slice(pixel);
                other.copy_from_slice(pixel);
            }
        }
        copy
    }
}
