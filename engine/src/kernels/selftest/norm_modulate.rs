//! `norm_modulate` under test.

use super::{Tally, place};
use crate::kernels::{KernelError, NormKind, NormOptions, RowPair, ShiftScale, norm_modulate, read};
use burn::tensor::Device;
use shaders::cases::norm_modulate::{CASES, EPSILON};

pub(super) fn check(_variant: &str, device: &Device, tally: &mut Tally) -> Result<(), KernelError> {
    for case in CASES {
        let problem = case.problem();
        let x = place(&problem.x, [case.tokens, case.channels], device);
        let gain = place(&problem.gain, [case.channels], device);
        let [shift, scale] =
            [&problem.shift, &problem.scale].map(|x| place(x, [problem.rows, case.channels], device));
        let row = |rows| RowPair { rows, split: case.split };
        let options = NormOptions {
            kind: if case.layer { NormKind::Layer } else { NormKind::Rms },
            epsilon: EPSILON,
            gain: case.gain.then_some(&gain),
            modulation: case.modulation.then(|| ShiftScale { shift: row(&shift), scale: row(&scale) }),
        };
        let got = read(&norm_modulate(&x, &options)?)?;
        let allowed = |i: usize| problem.tolerance * problem.expected[i].abs().max(1.0);
        tally.compare(case.name, &got, &problem.expected, allowed);
    }
    Ok(())
}
