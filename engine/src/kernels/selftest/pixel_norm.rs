//! `pixel_norm` under test.

use super::{Tally, place};
use crate::kernels::{KernelError, pixel_norm, read};
use burn::tensor::Device;
use shaders::cases::pixel_norm::CASES;

pub(super) fn check(_variant: &str, device: &Device, tally: &mut Tally) -> Result<(), KernelError> {
    for case in CASES {
        let problem = case.problem();
        let x = place(&problem.x, case.shape, device);
        let gain = place(&problem.gain, [case.shape[3]], device);
        let got = read(&pixel_norm(&x, &gain, case.silu)?)?;
        let allowed = |i: usize| problem.tolerance * problem.expected[i].abs().max(1.0);
        tally.compare(case.name, &got, &problem.expected, allowed);
    }
    Ok(())
}
