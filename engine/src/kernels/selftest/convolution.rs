//! `convolution` under test: every case with f32 weights, and every fourth one with each 16-bit format.

use super::matmul::encode;
use super::{Tally, place};
use crate::kernels::{
    ConvolutionOptions, ConvolutionWeight, KernelError, Padding, WeightFormat, convolution_with, read,
};
use burn::tensor::Device;
use shaders::cases::convolution::{CASES, Case};
use shaders::cases::{Numbers, tolerance};
use shaders::reference::convolution::{Operands, convolution as twin};

pub(super) fn check(variant: &str, device: &Device, tally: &mut Tally) -> Result<(), KernelError> {
    for case in CASES {
        one(case, WeightFormat::F32, variant, device, tally)?;
    }
    for case in CASES.iter().step_by(4) {
        one(case, WeightFormat::F16, variant, device, tally)?;
        one(case, WeightFormat::Bf16, variant, device, tally)?;
    }
    Ok(())
}

fn one(
    case: &Case,
    format: WeightFormat,
    variant: &str,
    device: &Device,
    tally: &mut Tally,
) -> Result<(), KernelError> {
    let mut numbers = Numbers::new(5);
    let ([.., channels], [frames, rows, columns]) = (case.input, case.kernel);
    let taps = frames * rows * columns;
    let mut x = numbers.take(case.input.iter().product(), 1.0);
    for (pixel, values) in x.chunks_exact_mut(channels).enumerate() {
        let factor = [case.outlier, 1.0 / case.outlier, 1.0, 1.0, 1.0][pixel % 5];
        values.iter_mut().for_each(|v| *v *= factor);
    }
    let bytes = encode(format, &numbers.take(case.outputs * channels * taps, 1.0));
    // PyTorch's [output, input, tap] to the kernel's [tap, output, input].
    let torch = format.decode(&bytes);
    let turned: Vec<f32> =
        (0..taps).flat_map(|t| torch.chunks_exact(taps).map(move |pair| pair[t])).collect();
    let bias = numbers.take(case.outputs, 1.0);
    let mut operands = Operands {
        input: case.input,
        outputs: case.outputs,
        kernel: case.kernel,
        stride: case.stride,
        padding: case.padding,
        upsample: case.upsample,
        bias: case.bias.then_some(&bias),
        residual: None,
    };
    let [t, r, c] = operands.output();
    let residual = numbers.take(t * r * c * case.outputs, 1.0);
    operands.residual = case.residual.then_some(&residual);
    let expected = twin(&x, &turned, &operands);

    let [[front, _], [top, bottom], [left, right]] = case.padding;
    let padding = Padding { front, top, bottom, left, right };
    let options = ConvolutionOptions { padding, stride: case.stride, upsample: case.upsample };
    let shape = [case.outputs, channels, frames, rows, columns];
    let weight = ConvolutionWeight::new(format, &bytes, shape, device)?;
    let x = place(&x, case.input, device);
    let bias = place(&bias, [case.outputs], device);
    let residual = place(&residual, [t, r, c, case.outputs], device);
    let (bias, residual) = (case.bias.then_some(&bias), case.residual.then_some(&residual));
    let got = read(&convolution_with(variant, &x, &weight, bias, residual, &options)?)?;
    let bound = 2.0 * tolerance(channels * taps);
    tally.compare(case.name, &got, &expected, |i| bound * case.outlier.max(expected[i].abs()));
    Ok(())
}
