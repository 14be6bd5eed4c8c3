//! `norm_modulate` against its twin.

use super::{assert_close, devices, tensor};
use engine::kernels::{NormKind, NormOptions, RowPair, ShiftScale, norm_modulate, read};
use shaders::cases::{Numbers, norm_modulate::CASES, tolerance};
use shaders::reference::norm_modulate::{Operands, norm_modulate as twin};

#[test]
fn norm_modulate_equals_its_twin() {
    for device in devices() {
        for case in CASES {
            let mut numbers = Numbers::new(7);
            let mut x = numbers.take(case.tokens * case.channels, 1.0);
            x.chunks_exact_mut(case.channels)
                .step_by(7)
                .for_each(|row| row.iter_mut().for_each(|v| *v *= case.outlier));
            let rows = if case.split < case.tokens { 2 } else { 1 };
            let gain = numbers.take(case.channels, 1.0);
            let shift = numbers.take(rows * case.channels, 1.0);
            let scale = numbers.take(rows * case.channels, 1.0);
            let operands = Operands {
                gain: case.gain.then_some(gain.as_slice()),
                modulation: case.modulation.then_some((shift.as_slice(), scale.as_slice())),
                split: case.split,
                epsilon: 1e-6,
                layer: case.layer,
            };
            let expected = twin(&x, case.channels, &operands);
            let gain = tensor(&gain, [case.channels], device);
            let shift = tensor(&shift, [rows, case.channels], device);
            let scale = tensor(&scale, [rows, case.channels], device);
            let row = |rows| RowPair { rows, split: case.split };
            let options = NormOptions {
                kind: if case.layer { NormKind::Layer } else { NormKind::Rms },
                epsilon: 1e-6,
                gain: case.gain.then_some(&gain),
                modulation: case.modulation.then(|| ShiftScale { shift: row(&shift), scale: row(&scale) }),
            };
            let x = tensor(&x, [case.tokens, case.channels], device);
            let got = read(&norm_modulate(&x, &options).unwrap()).unwrap();
            let at = format!("{} on {}", case.name, device.name());
            assert_close(&at, &got, &expected, 1.0, 4.0 * tolerance(case.channels));
        }
    }
}
