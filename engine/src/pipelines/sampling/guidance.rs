//! True guidance: two predictions, steered from the negative towards the positive prompt, with Qwen-Image's
//! norm rescale.

use burn::tensor::Tensor;

/// Mixes two predictions `[tokens, channels]` and gives every token the positive prediction's length again:
/// `m = negative + strength · (positive − negative)`, then `m · ‖positive‖ / ‖m‖` over the channels.
///
/// As in the reference nothing is added to the denominator and nothing is clamped.
/// Source: diffusers `QwenImagePipeline` (`true_cfg_scale`).
pub fn guided(positive: Tensor<2>, negative: Tensor<2>, strength: f32) -> Tensor<2> {
    let mixed = negative.clone() + (positive.clone() - negative).mul_scalar(strength);
    let factor = length(positive) / length(mixed.clone());
    mixed * factor
}

/// Euclidean length of every token, `[tokens, 1]`.
fn length(x: Tensor<2>) -> Tensor<2> {
    (x.clone() * x).sum_dim(1).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;
    use burn::tensor::Device;

    #[test]
    fn every_token_keeps_the_length_of_the_positive_prediction() {
        let device = Device::flex();
        let positive = Tensor::<2>::from_floats([[3.0, 4.0], [1.0, 0.0]], &device);
        let negative = Tensor::<2>::from_floats([[3.0, 0.0], [1.0, 1.0]], &device);
        let result = read(&guided(positive, negative, 4.0)).unwrap();
        // (3, 16) scaled to length 5, and (1, -3) scaled to length 1.
        let expected = [15.0 / 265f32.sqrt(), 80.0 / 265f32.sqrt(), 1.0 / 10f32.sqrt(), -3.0 / 10f32.sqrt()];
        for (got, expected) in result.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6, "{got} is not {expected}");
        }
    }

    #[test]
    fn strength_one_is_the_positive_prediction() {
        let device = Device::flex();
        let positive = Tensor::<2>::from_floats([[0.25, -0.5]], &device);
        let negative = Tensor::<2>::from_floats([[1.0, 1.0]], &device);
        assert_eq!(read(&guided(positive, negative, 1.0)).unwrap(), [0.25, -0.5]);
    }
}
