//! CPU twin of `matmul.wgsl`.

use super::{gelu_erf, gelu_tanh, silu};

/// What is applied to the product plus bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    None,
    GeluTanh,
    GeluErf,
    Silu,
}

/// Operands beside `x` and the weight, as in the shader's bindings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operands<'a> {
    pub bias: Option<&'a [f32]>,
    pub activation: Activation,
    /// One or two rows.
    pub gate: Option<&'a [f32]>,
    /// First token of the gate's second row.
    pub split: usize,
    pub residual: Option<&'a [f32]>,
}

/// `residual + gate · activation(x · Wᵀ + bias)`: `x [tokens, columns]`, `weight [N, columns]` → `[tokens, N]`;
/// sums in f64.
pub fn matmul(x: &[f32], weight: &[f32], columns: usize, operands: &Operands) -> Vec<f32> {
    let outputs = weight.len() / columns;
    let mut y = Vec::with_capacity(x.len() / columns * outputs);
    for (token, row) in x.chunks_exact(columns).enumerate() {
        for (n, weights) in weight.chunks_exact(columns).enumerate() {
            let mut sum: f64 = row.iter().zip(weights).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            if let Some(bias) = operands.bias {
                sum += f64::from(bias[n]);
            }
            let mut value = match operands.activation {
                Activation::None => sum as f32,
                Activation::GeluTanh => gelu_tanh(sum as f32),
                Activation::GeluErf => gelu_erf(sum as f32),
                Activation::Silu => silu(sum as f32),
            };
            if let Some(gate) = operands.gate {
                value *= gate[if token < operands.split { n } else { outputs + n }];
            }
            if let Some(residual) = operands.residual {
                value += residual[token * outputs + n];
            }
            y.push(value);
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_product_by_hand() {
        let operands = Operands {
            bias: Some(&[1.0, 0.0]),
            activation: Activation::None,
            gate: Some(&[2.0, 1.0, -1.0, 1.0]),
            split: 1,
            residual: Some(&[0.0, 10.0, 0.0, 20.0]),
        };
        let y = matmul(&[1.0, 2.0, 3.0, 4.0], &[1.0, 0.0, 1.0, 1.0], 2, &operands);
        assert_eq!(y, [4.0, 13.0, -4.0, 27.0]);
    }
}
