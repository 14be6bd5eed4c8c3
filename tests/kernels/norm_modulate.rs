//! `norm_modulate` against its twin.

use super::{assert_close, devices, tensor};
use engine::kernels::{NormKind, NormOptions, RowPair, ShiftScale, norm_modulate, read};
use shaders::cases::norm_modulate::{CASES, EPSILON};

#[test]
fn norm_modulate_equals_its_twin() {
    for device in devices() {
        for case in CASES {
            let problem = case.problem();
            let gain = tensor(&problem.gain, [case.channels], device);
            let [shift, scale] =
                [&problem.shift, &problem.scale].map(|x| tensor(x, [problem.rows, case.channels], device));
            let row = |rows| RowPair { rows, split: case.split };
            let options = NormOptions {
                kind: if case.layer { NormKind::Layer } else { NormKind::Rms },
                epsilon: EPSILON,
                gain: case.gain.then_some(&gain),
                modulation: case.modulation.then(|| ShiftScale { shift: row(&shift), scale: row(&scale) }),
            };
            let x = tensor(&problem.x, [case.tokens, case.channels], device);
            let got = read(&norm_modulate(&x, &options).unwrap()).unwrap();
            let at = format!("{} on {}", case.name, device.name());
            assert_close(&at, &got, &problem.expected, 1.0, problem.tolerance);
        }
    }
}
