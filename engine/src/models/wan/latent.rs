//! Latents on their way into and out of the transformer: folded into tokens, normalised, shown as a preview.

use super::config::PATCH;
use super::position::ClipGrid;
use crate::models::qwen_image;
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

/// Red, green and blue of a picture in [−1, 1] per unit of each normalised latent channel of Wan 2.2's codec.
///
/// Source: the numbers published in ComfyUI's `comfy/latent_formats.py` (`Wan22.latent_rgb_factors`,
/// `latent_rgb_factors_bias`).
const RED_GREEN_BLUE: [[f32; 3]; 48] = [
    [0.0119, 0.0103, 0.0046],
    [-0.1062, -0.0504, 0.0165],
    [0.0140, 0.0409, 0.0491],
    [-0.0813, -0.0677, 0.0607],
    [0.0656, 0.0851, 0.0808],
    [0.0264, 0.0463, 0.0912],
    [0.0295, 0.0326, 0.0590],
    [-0.0244, -0.0270, 0.0025],
    [0.0443, -0.0102, 0.0288],
    [-0.0465, -0.0090, -0.0205],
    [0.0359, 0.0236, 0.0082],
    [-0.0776, 0.0854, 0.1048],
    [0.0564, 0.0264, 0.0561],
    [0.0006, 0.0594, 0.0418],
    [-0.0319, -0.0542, -0.0637],
    [-0.0268, 0.0024, 0.0260],
    [0.0539, 0.0265, 0.0358],
    [-0.0359, -0.0312, -0.0287],
    [-0.0285, -0.1032, -0.1237],
    [0.1041, 0.0537, 0.0622],
    [-0.0086, -0.0374, -0.0051],
    [0.0390, 0.0670, 0.2863],
    [0.0069, 0.0144, 0.0082],
    [0.0006, -0.0167, 0.0079],
    [0.0313, -0.0574, -0.0232],
    [-0.1454, -0.0902, -0.0481],
    [0.0714, 0.0827, 0.0447],
    [-0.0304, -0.0574, -0.0196],
    [0.0401, 0.0384, 0.0204],
    [-0.0758, -0.0297, -0.0014],
    [0.0568, 0.1307, 0.1372],
    [-0.0055, -0.0310, -0.0380],
    [0.0239, -0.0305, 0.0325],
    [-0.0663, -0.0673, -0.0140],
    [-0.0416, -0.0047, -0.0023],
    [0.0166, 0.0112, -0.0093],
    [-0.0211, 0.0011, 0.0331],
    [0.1833, 0.1466, 0.2250],
    [-0.0368, 0.0370, 0.0295],
    [-0.3441, -0.3543, -0.2008],
    [-0.0479, -0.0489, -0.0420],
    [-0.0660, -0.0153, 0.0800],
    [-0.0101, 0.0068, 0.0156],
    [-0.0690, -0.0452, -0.0927],
    [-0.0145, 0.0041, 0.0015],
    [0.0421, 0.0451, 0.0373],
    [0.0504, -0.0483, -0.0356],
    [-0.0837, 0.0168, 0.0055],
];
const BIAS: [f32; 3] = [0.0317, -0.0878, -0.1388];

/// The linear map from so many normalised latent channels to colours in [−1, 1], and its bias; none where no map is known.
/// Sixteen channels are those of Wan 2.1, which Qwen-Image keeps.
pub fn colour_map(channels: usize) -> Option<(&'static [[f32; 3]], [f32; 3])> {
    match channels {
        16 => Some((&qwen_image::RED_GREEN_BLUE, qwen_image::BIAS)),
        48 => Some((&RED_GREEN_BLUE, BIAS)),
        _ => None,
    }
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
