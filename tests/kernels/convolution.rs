//! `convolution` against its twin: every case and variant.

use super::{assert_close, devices, tensor, variants};
use engine::kernels::{ConvolutionOptions, ConvolutionWeight, Padding, WeightFormat, convolution_with, read};
use half::{bf16, f16};
use shaders::cases::convolution::{CASES, Case};
use shaders::cases::{Numbers, tolerance};
use shaders::reference::convolution::{Operands, convolution as twin};

#[test]
fn convolution_equals_its_twin() {
    for case in CASES {
        check(case, WeightFormat::F32);
    }
}

#[test]
fn convolution_reads_packed_weights() {
    for case in CASES.iter().filter(|c| ["usual", "odd channels", "two channels more"].contains(&c.name)) {
        check(case, WeightFormat::F16);
        check(case, WeightFormat::Bf16);
    }
}

fn check(case: &Case, format: WeightFormat) {
    let mut numbers = Numbers::new(5);
    let [frames, rows, columns, channels] = case.input;
    let mut x = numbers.take(frames * rows * columns * channels, 1.0);
    for (pixel, values) in x.chunks_exact_mut(channels).enumerate() {
        let factor = [case.outlier, 1.0 / case.outlier, 1.0, 1.0, 1.0][pixel % 5];
        values.iter_mut().for_each(|v| *v *= factor);
    }
    let [kt, kh, kw] = case.kernel;
    let taps = kt * kh * kw;
    let torch = numbers.take(case.outputs * channels * taps, 1.0);
    let bytes: Vec<u8> = match format {
        WeightFormat::F32 => torch.iter().flat_map(|v| v.to_le_bytes()).collect(),
        WeightFormat::F16 => torch.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        WeightFormat::Bf16 => torch.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect(),
    };
    let torch = format.decode(&bytes);
    // PyTorch's [output, input, tap] to the kernel's [tap, output, input].
    let weight: Vec<f32> =
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
    let expected = twin(&x, &weight, &operands);
    let [[front, _], [top, bottom], [left, right]] = case.padding;
    let options = ConvolutionOptions {
        padding: Padding { front, top, bottom, left, right },
        stride: case.stride,
        upsample: case.upsample,
    };
    for device in devices() {
        let x = tensor(&x, case.input, device);
        let shape = [case.outputs, channels, kt, kh, kw];
        let weight = ConvolutionWeight::new(format, &bytes, shape, device.tensors()).unwrap();
        let bias = tensor(&bias, [case.outputs], device);
        let residual = tensor(&residual, [t, r, c, case.outputs], device);
        let (bias, residual) = (case.bias.then_some(&bias), case.residual.then_some(&residual));
        for variant in variants("convolution", device) {
            let at = format!("{} {format:?} {variant} on {}", case.name, device.name());
            let y = convolution_with(variant, &x, &weight, bias, residual, &options).unwrap();
            assert_eq!(y.dims(), [t, r, c, case.outputs], "{at}");
            let got = read(&y).unwrap();
            assert_close(&at, &got, &expected, case.outlier, 2.0 * tolerance(channels * taps));
        }
    }
}
