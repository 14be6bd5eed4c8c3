//! The Euler step of flow matching, and the straight line between a picture and noise that it walks along.

use burn::tensor::Tensor;

/// Moves latents from `sigma` to `next` along the predicted velocity: `x + (next − sigma) · velocity`.
///
/// Source: diffusers `FlowMatchEulerDiscreteScheduler.step`.
pub fn step<const D: usize>(latents: Tensor<D>, velocity: Tensor<D>, sigma: f32, next: f32) -> Tensor<D> {
    latents + velocity.mul_scalar(next - sigma)
}

/// Latents at `sigma` on the line from a clean picture to noise: `sigma · noise + (1 − sigma) · clean`.
///
/// Source: diffusers `FlowMatchEulerDiscreteScheduler.scale_noise`.
pub fn scale_noise<const D: usize>(clean: Tensor<D>, noise: Tensor<D>, sigma: f32) -> Tensor<D> {
    noise.mul_scalar(sigma) + clean.mul_scalar(1.0 - sigma)
}

/// The clean picture that the velocity at `sigma` points to: what a step's preview shows.
pub fn clean_estimate<const D: usize>(latents: Tensor<D>, velocity: Tensor<D>, sigma: f32) -> Tensor<D> {
    latents - velocity.mul_scalar(sigma)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;
    use burn::tensor::Device;

    #[test]
    fn the_line_is_walked_both_ways() {
        let device = Device::flex();
        let clean = Tensor::<2>::from_floats([[1.0, -2.0]], &device);
        let noise = Tensor::<2>::from_floats([[0.5, 4.0]], &device);
        let velocity = noise.clone() - clean.clone();
        let half = scale_noise(clean.clone(), noise.clone(), 0.5);
        assert_eq!(read(&half).unwrap(), [0.75, 1.0]);
        assert_eq!(read(&step(half.clone(), velocity.clone(), 0.5, 0.25)).unwrap(), [0.875, -0.5]);
        assert_eq!(read(&clean_estimate(half, velocity, 0.5)).unwrap(), [1.0, -2.0]);
    }
}
