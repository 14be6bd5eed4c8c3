//! `matmul` against its twin: every case, variant and weight format.

use super::{assert_close, devices, tensor, variants};
use engine::kernels::{Activation, Epilogue, MatrixWeight, RowPair, WeightFormat, matmul, matmul_with, read};
use half::{bf16, f16};
use shaders::cases::matmul::{CASES, Case};
use shaders::cases::{Numbers, tolerance};
use shaders::reference::matmul::{Activation as TwinActivation, Operands, matmul as twin};

const FORMATS: [WeightFormat; 3] = [WeightFormat::F32, WeightFormat::F16, WeightFormat::Bf16];

#[test]
fn matmul_equals_its_twin() {
    for case in CASES {
        let problem = Problem::new(case);
        for format in FORMATS {
            let (bytes, values) = encode(format, &problem.weight);
            let expected = twin(&problem.x, &values, case.columns, &problem.operands());
            for device in devices() {
                let weight =
                    MatrixWeight::new(format, &bytes, [case.outputs, case.columns], device.tensors())
                        .unwrap();
                for variant in variants("matmul", device) {
                    let at = format!("{} {format:?} {variant} on {}", case.name, device.name());
                    problem.compare(&at, variant, &weight, &expected, device);
                }
            }
        }
    }
}

#[test]
fn weights_from_tensors_and_the_chosen_variant_agree_with_the_twin() {
    for device in devices() {
        for tokens in [3, 30] {
            let case = Case { tokens, columns: 36, outputs: 50, ..CASES[0] };
            let problem = Problem::new(&case);
            let expected = twin(&problem.x, &problem.weight, case.columns, &problem.operands());
            // A transposed view: the kernel must see its rows, not the memory behind it.
            let turned: Vec<f32> =
                (0..case.columns * case.outputs).map(|i| problem.weight[i % 50 * 36 + i / 50]).collect();
            let weight = MatrixWeight::from_tensor(tensor(&turned, [36, 50], device).transpose()).unwrap();
            let x = tensor(&problem.x, [tokens, case.columns], device);
            let got = read(&matmul(&x, &weight, &Epilogue::default()).unwrap()).unwrap();
            assert_close(device.name(), &got, &expected, 1.0, 4.0 * tolerance(case.columns));
        }
    }
}

/// What happens to a weight larger than one binding, at a size that tests can afford.
#[test]
fn weights_in_several_pieces_make_the_same_product() {
    let case = CASES.iter().find(|case| case.name == "primes and two gates").unwrap();
    let problem = Problem::new(case);
    for (format, slab_rows) in [(WeightFormat::F32, 40), (WeightFormat::Bf16, 1), (WeightFormat::F16, 102)] {
        let (bytes, values) = encode(format, &problem.weight);
        let expected = twin(&problem.x, &values, case.columns, &problem.operands());
        for device in devices() {
            let shape = [case.outputs, case.columns];
            let weight = MatrixWeight::in_slabs(format, &bytes, shape, slab_rows, device.tensors()).unwrap();
            for variant in variants("matmul", device) {
                let at = format!("{slab_rows} rows a piece, {variant} on {}", device.name());
                problem.compare(&at, variant, &weight, &expected, device);
            }
        }
    }
}

#[test]
fn a_result_larger_than_a_binding_is_refused_in_words() {
    let Some(device) = devices().iter().find(|d| d.facts().is_some_and(|f| f.binding_bytes < 1 << 30)) else {
        return;
    };
    let tokens = device.facts().unwrap().binding_bytes as usize / 4096 + 1;
    let weight = MatrixWeight::from_tensor(tensor(&[1.0; 1024], [1024, 1], device)).unwrap();
    let x = tensor(&vec![1.0; tokens], [tokens, 1], device);
    let refused = matmul(&x, &weight, &Epilogue::default()).unwrap_err();
    assert!(refused.to_string().contains("at most"), "{refused}");
}

/// A case with its numbers.
struct Problem<'a> {
    case: &'a Case,
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    gate: Vec<f32>,
    residual: Vec<f32>,
}

impl<'a> Problem<'a> {
    fn new(case: &'a Case) -> Self {
        let mut numbers = Numbers::new(11);
        let mut x = numbers.take(case.tokens * case.columns, 1.0);
        for (token, row) in x.chunks_exact_mut(case.columns).enumerate() {
            let factor = match token % 5 {
                0 => case.outlier,
                1 if case.outlier != 0.0 => 1.0 / case.outlier,
                _ => 1.0,
            };
            row.iter_mut().for_each(|v| *v *= factor);
        }
        let weight = numbers.take(case.outputs * case.columns, 1.0);
        let bias = numbers.take(case.outputs, 1.0);
        let gate = numbers.take(case.gates.max(1) * case.outputs, 1.0);
        let residual = numbers.take(case.tokens * case.outputs, 1.0);
        Self { case, x, weight, bias, gate, residual }
    }

    fn operands(&self) -> Operands<'_> {
        let case = self.case;
        Operands {
            bias: case.bias.then_some(&self.bias),
            activation: case.activation,
            gate: (case.gates > 0).then_some(&self.gate),
            split: if case.gates == 2 { case.split } else { case.tokens },
            residual: case.residual.then_some(&self.residual),
        }
    }

    /// Rows are compared one by one, so that an outlying row does not excuse errors in its neighbours.
    fn compare(
        &self,
        at: &str,
        variant: &str,
        weight: &MatrixWeight,
        expected: &[f32],
        device: &engine::device::Device,
    ) {
        let case = self.case;
        let x = tensor(&self.x, [case.tokens, case.columns], device);
        let bias = tensor(&self.bias, [case.outputs], device);
        let gate = tensor(&self.gate, [case.gates.max(1), case.outputs], device);
        let residual = tensor(&self.residual, [case.tokens, case.outputs], device);
        let epilogue = Epilogue {
            bias: case.bias.then_some(&bias),
            activation: match case.activation {
                TwinActivation::None => Activation::None,
                TwinActivation::GeluTanh => Activation::GeluTanh,
                TwinActivation::GeluErf => Activation::GeluErf,
                TwinActivation::Silu => Activation::Silu,
            },
            gate: (case.gates > 0).then_some(RowPair { rows: &gate, split: case.split }),
            residual: case.residual.then_some(&residual),
        };
        let got = read(&matmul_with(variant, &x, weight, &epilogue).unwrap()).unwrap();
        assert_eq!(got.len(), expected.len(), "{at}: length");
        let rows = got.chunks_exact(case.outputs).zip(expected.chunks_exact(case.outputs));
        for (token, (got, expected)) in rows.enumerate() {
            let row = &self.x[token * case.columns..][..case.columns];
            let largest = row.iter().fold(1.0f32, |most, v| most.max(v.abs()));
            assert_close(
                &format!("{at}, token {token}"),
                got,
                expected,
                largest,
                2.0 * tolerance(case.columns),
            );
        }
    }
}

/// A weight's bytes in a format, and the numbers that survive the rounding.
fn encode(format: WeightFormat, values: &[f32]) -> (Vec<u8>, Vec<f32>) {
    let bytes: Vec<u8> = match format {
        WeightFormat::F32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        WeightFormat::F16 => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        WeightFormat::Bf16 => values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect(),
    };
    let rounded = format.decode(&bytes);
    (bytes, rounded)
}
