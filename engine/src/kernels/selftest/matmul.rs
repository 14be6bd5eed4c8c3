//! `matmul` under test: every case with f32 weights, and every third one with each 16-bit format.

use super::{Tally, place};
use crate::kernels::{
    Activation, Epilogue, KernelError, MatrixWeight, RowPair, WeightFormat, matmul_with, read,
};
use burn::tensor::Device;
use half::{bf16, f16};
use shaders::cases::matmul::{CASES, Case};
use shaders::cases::{Numbers, tolerance};
use shaders::reference::matmul as reference;

pub(super) fn check(variant: &str, device: &Device, tally: &mut Tally) -> Result<(), KernelError> {
    for case in CASES {
        one(case, WeightFormat::F32, variant, device, tally)?;
    }
    for case in CASES.iter().step_by(3) {
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
    let mut numbers = Numbers::new(11);
    let mut x = numbers.take(case.tokens * case.columns, 1.0);
    for (token, row) in x.chunks_exact_mut(case.columns).enumerate() {
        let factor = [case.outlier, 1.0 / case.outlier, 1.0, 1.0, 1.0][token % 5];
        row.iter_mut().for_each(|v| *v *= if factor.is_finite() { factor } else { 1.0 });
    }
    let bytes = encode(format, &numbers.take(case.outputs * case.columns, 1.0));
    let bias = numbers.take(case.outputs, 1.0);
    let gate = numbers.take(case.gates.max(1) * case.outputs, 1.0);
    let residual = numbers.take(case.tokens * case.outputs, 1.0);
    let operands = reference::Operands {
        bias: case.bias.then_some(&bias),
        activation: case.activation,
        gate: (case.gates > 0).then_some(&gate),
        split: if case.gates == 2 { case.split } else { case.tokens },
        residual: case.residual.then_some(&residual),
    };
    let expected = reference::matmul(&x, &format.decode(&bytes), case.columns, &operands);

    let weight = MatrixWeight::new(format, &bytes, [case.outputs, case.columns], device)?;
    let bias = place(&bias, [case.outputs], device);
    let gate = place(&gate, [case.gates.max(1), case.outputs], device);
    let residual = place(&residual, [case.tokens, case.outputs], device);
    let epilogue = Epilogue {
        bias: case.bias.then_some(&bias),
        activation: match case.activation {
            reference::Activation::None => Activation::None,
            reference::Activation::GeluTanh => Activation::GeluTanh,
            reference::Activation::GeluErf => Activation::GeluErf,
            reference::Activation::Silu => Activation::Silu,
        },
        gate: (case.gates > 0).then_some(RowPair { rows: &gate, split: case.split }),
        residual: case.residual.then_some(&residual),
    };
    let got =
        read(&matmul_with(variant, &place(&x, [case.tokens, case.columns], device), &weight, &epilogue)?)?;
    // Rounding is in proportion to the largest number of the token's own row.
    let largest: Vec<f32> = x
        .chunks_exact(case.columns)
        .map(|row| row.iter().fold(1.0f32, |most, v| most.max(v.abs())))
        .collect();
    let bound = 2.0 * tolerance(case.columns);
    let allowed = |i: usize| bound * largest[i / case.outputs].max(expected[i].abs());
    tally.compare(case.name, &got, &expected, allowed);
    Ok(())
}

/// Little-endian numbers of a format.
pub(super) fn encode(format: WeightFormat, values: &[f32]) -> Vec<u8> {
    match format {
        WeightFormat::F32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        WeightFormat::F16 => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        WeightFormat::Bf16 => values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect(),
    }
}
