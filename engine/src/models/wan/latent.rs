//! Latents on their way into and out of the transformer: folded into tokens, normalised, shown as a preview.

use super::config::PATCH;
use super::position::ClipGrid;
use crate::nn::ModelError;
use burn::tensor::Tensor;

/// Folds 2×2 latents of every frame into tokens: `[channel, frame, row, column]` → `[frames × rows/2 × columns/2,
/// channels × 4]`, token channel = channel · 4 + row · 2 + column.
///
/// # Errors
/// [`ModelError::Shape`] for odd sizes.
pub fn patchify(latents: &Tensor<4>) -> Result<Tensor<2>, ModelError> {
    let [channels, frames, rows, columns] = latents.dims();
    let [_, down, across] = PATCH;
    if rows % down != 0 || columns % across != 0 {
        let expected = "[channels, frames, even rows, even columns]".into();
        return Err(ModelError::Shape { what: "the latents", expected, got: latents.dims().into() });
    }
    let tokens = frames * (rows / down) * (columns / across);
    Ok(latents
        .clone()
        .reshape([channels, frames, rows / down, down, columns / across, across])
        .permute([1, 2, 4, 0, 3, 5])
        .reshape([tokens, channels * down * across]))
}

/// Unfolds predicted tokens, whose channels lie otherwise than on the way in: token channel = row · 2 · channels +
/// column · channels + channel.
///
/// # Errors
/// [`ModelError::Shape`] when the tokens do not fill the grid.
pub fn unpatchify(tokens: &Tensor<2>, grid: ClipGrid) -> Result<Tensor<4>, ModelError> {
    let ([count, width], [_, down, across]) = (tokens.dims(), PATCH);
    if count != grid.tokens() || width % (down * across) != 0 {
        let expected = format!("[{}, a multiple of {}]", grid.tokens(), down * across);
        return Err(ModelError::Shape { what: "the tokens", expected, got: tokens.dims().into() });
    }
    let channels = width / (down * across);
    let ClipGrid { frames, rows, columns } = grid;
    Ok(tokens
        .clone()
        .reshape([frames, rows, columns, down, across, channels])
        .permute([5, 0, 1, 3, 2, 4])
        .reshape([channels, frames, rows * down, columns * across]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;
    use burn::tensor::{Device, Int};

    #[test]
    fn tokens_lie_in_one_order_going_in_and_in_another_coming_out() {
        let device = Device::flex();
        let latents = Tensor::<1, Int>::arange(0..2 * 2 * 2 * 4, &device).float().reshape([2, 2, 2, 4]);
        let tokens = patchify(&latents).unwrap();
        assert_eq!(tokens.dims(), [4, 8]);
        // The last token: frame 1, columns 2 and 3, both channels.
        let last = read(&tokens.slice([3..4, 0..8])).unwrap();
        assert_eq!(last, [10.0, 11.0, 14.0, 15.0, 26.0, 27.0, 30.0, 31.0]);
        let grid = ClipGrid { frames: 1, rows: 1, columns: 1 };
        let out = Tensor::<1, Int>::arange(0..8, &device).float().reshape([1, 8]);
        let unfolded = read(&unpatchify(&out, grid).unwrap()).unwrap();
        assert_eq!(unfolded, [0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0]);
        assert!(patchify(&Tensor::zeros([1, 1, 3, 2], &device)).is_err());
        assert!(unpatchify(&Tensor::zeros([2, 8], &device), grid).is_err());
    }
}
