//! Activations over rows of numbers on the `cpu` device, in a form that the compiler turns into vector code.

use crate::kernels::Activation;

/// Applies an activation to every number.
pub(in crate::kernels) fn activate(activation: Activation, row: &mut [f32]) {
    match activation {
        Activation::None => {}
        Activation::GeluTanh => row.iter_mut().for_each(|y| *y = gelu_tanh(*y)),
        Activation::GeluErf => row.iter_mut().for_each(|y| *y = gelu_erf(*y)),
        Activation::Silu => row.iter_mut().for_each(|y| *y = silu(*y)),
    }
}

/// `x · sigmoid(x)`.
#[inline(always)]
pub(in crate::kernels) fn silu(x: f32) -> f32 {
    x / (1.0 + exponential(-x))
}

/// GELU in its tanh approximation, written with the sigmoid: `(1 + tanh u) / 2 = sigmoid(2u)`.
#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    const ROOT: f32 = 0.797_884_6;
    let u = ROOT * (x + 0.044_715 * x * x * x);
    x / (1.0 + exponential(-2.0 * u))
}

/// GELU with the error function.
#[inline(always)]
fn gelu_erf(x: f32) -> f32 {
    0.5 * x * (1.0 + error_function(std::f32::consts::FRAC_1_SQRT_2 * x))
}

/// erf to 2e-7: x times an even polynomial near zero, 1 - exp(-polynomial) in the tails, as in the shader.
#[inline(always)]
fn error_function(x: f32) -> f32 {
    const NEAR: [f32; 6] = [
        -5.886_776e-4,
        4.973_117_3e-3,
        -2.675_333_4e-2,
        1.128_146_6e-1,
        -3.761_246_2e-1,
        std::f32::consts::FRAC_2_SQRT_PI,
    ];
    const FAR: [f32; 8] = [
        2.139_537_4e-5,
        -4.379_317_4e-4,
        4.187_863e-3,
        -2.516_365_8e-2,
        1.083_485e-1,
        6.332_847e-1,
        1.129_545_7,
        -1.810_988_3e-4,
    ];
    let polynomial = |coefficients: &[f32], x: f32| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let near = polynomial(&NEAR, (x * x).min(1.0)) * x;
    let far = (1.0 - exponential(-polynomial(&FAR, x.abs().min(4.0)))).copysign(x);
    if x.abs() < 0.95 { near } else { far }
}

/// `eˣ` to within two units in the last place, and 0 or a finite huge number beyond the range of f32.
///
/// Split as `2ⁿ · eʳ` with |r| ≤ ln 2 / 2 and a polynomial for `eʳ` (the coefficients of Cephes' `expf`). No branch
/// and no table, so loops over it become vector code, which the C library's function prevents.
#[inline(always)]
pub(in crate::kernels) fn exponential(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding and taking away 1.5 · 2²³ rounds to the nearest whole number.
    const ROUNDING: f32 = 12_582_912.0;
    let x = x.clamp(-87.3, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUNDING;
    let n = shifted - ROUNDING;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = 1.987_569_1e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p * r + c;
    }
    let fraction = p * r * r + r + 1.0;
    // n stands in the low bits of the shifted number; the rest leaves at the top.
    fraction * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_right_to_a_few_units_in_the_last_place() {
        let mut worst = 0.0f64;
        for i in -87_000..88_000 {
            let x = i as f32 / 1000.0;
            let exact = f64::from(x).exp();
            worst = worst.max(((f64::from(exponential(x)) - exact) / exact).abs());
        }
        assert!(worst < 2.5e-7, "off by {worst}");
        assert_eq!(exponential(0.0), 1.0);
        assert!(exponential(-1e9) < 1e-37);
        assert!(exponential(1e9).is_finite());
    }

    #[test]
    fn activations_equal_their_definitions() {
        for i in -4000..4000 {
            let x = i as f32 / 200.0;
            assert!((silu(x) - shaders::reference::silu(x)).abs() <= 4e-7 * x.abs().max(1.0), "silu {x}");
            let exact = shaders::reference::gelu_tanh(x);
            assert!((gelu_tanh(x) - exact).abs() <= 6e-7 * x.abs().max(1.0), "gelu {x}");
            let exact = shaders::reference::gelu_erf(x);
            assert!((gelu_erf(x) - exact).abs() <= 2e-7 * x.abs().max(1.0), "gelu with erf {x}");
        }
        for x in [1e5f32, -1e5, 1e30, -1e30] {
            for y in [gelu_tanh(x), gelu_erf(x), silu(x)] {
                assert!((y - x.max(0.0)).abs() <= 1e-7 * x.abs(), "{x} became {y}");
            }
        }
    }
}
