//! Pixels laid into channels before the network and back after it: network channel = colour · patch² + column · patch +
//! row within the patch.
//!
//! Source: diffusers `patchify` and `unpatchify` of `AutoencoderKLWan`.

use burn::tensor::Tensor;

/// `[frame, row, column, colour]` → `[frame, row / patch, column / patch, colour · patch²]`.
pub(super) fn to_network(pixels: &Tensor<4>, patch: usize) -> Tensor<4> {
    if patch == 1 {
        return pixels.clone();
    }
    let [frames, rows, columns, colours] = pixels.dims();
    let (rows, columns) = (rows / patch, columns / patch);
    pixels
        .clone()
        .reshape([frames, rows, patch, columns, patch, colours])
        .permute([0, 1, 3, 5, 4, 2])
        .reshape([frames, rows, columns, colours * patch * patch])
}

/// The inverse of [`to_network`].
pub(super) fn from_network(channels: &Tensor<4>, patch: usize) -> Tensor<4> {
    if patch == 1 {
        return channels.clone();
    }
    let [frames, rows, columns, width] = channels.dims();
    let colours = width / (patch * patch);
    channels
        .clone()
        .reshape([frames, rows, columns, colours, patch, patch])
        .permute([0, 1, 5, 2, 4, 3])
        .reshape([frames, rows * patch, columns * patch, colours])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;
    use burn::tensor::{Device, Int};

    #[test]
    fn columns_come_before_rows() {
        let pixels = Tensor::<1, Int>::arange(0..8, &Device::flex()).float().reshape([1, 2, 2, 2]);
        let inside = to_network(&pixels, 2);
        assert_eq!(read(&inside).unwrap(), [0.0, 4.0, 2.0, 6.0, 1.0, 5.0, 3.0, 7.0]);
        assert_eq!(read(&from_network(&inside, 2)).unwrap(), read(&pixels).unwrap());
    }
}
