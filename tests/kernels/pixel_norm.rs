//! `pixel_norm` against its twin.

use super::{assert_close, devices, tensor};
use engine::kernels::{pixel_norm, read};
use shaders::cases::{Numbers, pixel_norm::CASES, tolerance};
use shaders::reference::pixel_norm::pixel_norm as twin;

#[test]
fn pixel_norm_equals_its_twin() {
    for device in devices() {
        for case in CASES {
            let channels = case.shape[3];
            let mut numbers = Numbers::new(11);
            let mut x = numbers.take(case.shape.iter().product(), 1.0);
            x.chunks_exact_mut(channels)
                .step_by(5)
                .for_each(|pixel| pixel.iter_mut().for_each(|v| *v *= case.outlier));
            let gain = numbers.take(channels, 1.0);
            let expected = twin(&x, &gain, 1e-12, case.silu);
            let x = tensor(&x, case.shape, device);
            let gain = tensor(&gain, [channels], device);
            let got = read(&pixel_norm(&x, &gain, case.silu).unwrap()).unwrap();
            let at = format!("{} on {}", case.name, device.name());
            assert_close(&at, &got, &expected, 1.0, 4.0 * tolerance(channels));
        }
    }
}
