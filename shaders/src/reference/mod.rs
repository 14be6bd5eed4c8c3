//! CPU twins of the kernels: the same arithmetic in plain loops, same names, same argument order.

pub mod attention;
pub mod convolution;
pub mod head_norm_rope;
pub mod matmul;
pub mod norm_modulate;
pub mod pixel_norm;

/// `x · sigmoid(x)`.
pub fn silu(x: f32) -> f32 {
    x / (1.0 + (-x).exp())
}

/// GELU in its tanh approximation (`torch.nn.functional.gelu(approximate="tanh")`).
pub fn gelu_tanh(x: f32) -> f32 {
    const ROOT: f32 = 0.797_884_6;
    0.5 * x * (1.0 + (ROOT * (x + 0.044_715 * x * x * x)).tanh())
}

/// GELU with the error function, in double precision inside (Abramowitz and Stegun 7.1.26 is too coarse for
/// parity, so the series and continued fraction of erf are used).
pub fn gelu_erf(x: f32) -> f32 {
    let x = f64::from(x);
    (0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2))) as f32
}

/// The error function to about 1e-15: Taylor series near zero, continued fraction in the tails.
pub fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a < 2.5 {
        let mut term = a;
        let mut sum = a;
        for n in 1..60 {
            term *= -a * a / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return (sum * 2.0 / std::f64::consts::PI.sqrt()).copysign(x);
    }
    if a > 6.0 {
        return 1.0f64.copysign(x);
    }
    let mut fraction = 0.0;
    for n in (1..=60).rev() {
        fraction = f64::from(n) / 2.0 / (a + fraction);
    }
    (1.0 - (-a * a).exp() / std::f64::consts::PI.sqrt() / (a + fraction)).copysign(x)
}
