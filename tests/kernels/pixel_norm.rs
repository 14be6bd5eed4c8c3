//! `pixel_norm` against its twin.

use super::{assert_close, devices, tensor};
use engine::kernels::{pixel_norm, read};
use shaders::cases::pixel_norm::CASES;

#[test]
fn pixel_norm_equals_its_twin() {
    for device in devices() {
        for case in CASES {
            let problem = case.problem();
            let x = tensor(&problem.x, case.shape, device);
            let gain = tensor(&problem.gain, [case.shape[3]], device);
            let got = read(&pixel_norm(&x, &gain, case.silu).unwrap()).unwrap();
            let at = format!("{} on {}", case.name, device.name());
            assert_close(&at, &got, &problem.expected, 1.0, problem.tolerance);
        }
    }
}
