//! Latents on their way into and out of the transformer: normalised, folded into tokens, shown as a preview.

use super::PictureGrid;
use crate::kernels::{Epilogue, KernelError, MatrixWeight, WeightFormat, matmul};
use crate::nn::ModelError;
use burn::tensor::{Device, Tensor, TensorData};

/// Latents per token side.
const PATCH: usize = 2;

/// Mean and deviation of every latent channel, as the codec's configuration states them.
#[derive(Debug, Clone)]
pub struct LatentFormat {
    /// `[channel, 1, 1, 1]`.
    mean: Tensor<4>,
    /// `[channel, 1, 1, 1]`.
    deviation: Tensor<4>,
}

impl LatentFormat {
    /// From `latents_mean` and `latents_std` of `vae/config.json`, which have one number per channel.
    pub fn new(mean: &[f32], deviation: &[f32], device: &Device) -> Self {
        let column = |values: &[f32]| {
            Tensor::from_data(TensorData::new(values.to_vec(), [values.len(), 1, 1, 1]), device)
        };
        Self { mean: column(mean), deviation: column(deviation) }
    }

    /// Where the latents are computed.
    pub fn device(&self) -> Device {
        self.mean.device()
    }

    /// The codec's latents as the transformer takes them, `[channel, frame, row, column]`.
    pub fn normalise(&self, latents: Tensor<4>) -> Tensor<4> {
        (latents - self.mean.clone()) / self.deviation.clone()
    }

    /// The transformer's latents as the codec takes them, `[channel, frame, row, column]`.
    pub fn denormalise(&self, latents: Tensor<4>) -> Tensor<4> {
        latents * self.deviation.clone() + self.mean.clone()
    }
}

/// Folds 2×2 latents into tokens: `[channel, 1, row, column]` → `[rows/2 × columns/2, channels × 4]`, token
/// channel = channel · 4 + row · 2 + column.
///
/// # Errors
/// [`ModelError::Shape`] for odd sizes or more than one frame.
pub fn patchify(latents: &Tensor<4>) -> Result<(PictureGrid, Tensor<2>), ModelError> {
    let [channels, frames, rows, columns] = latents.dims();
    if frames != 1 || rows % PATCH != 0 || columns % PATCH != 0 {
        let expected = "[channels, 1, even rows, even columns]".into();
        return Err(ModelError::Shape { what: "the latents", expected, got: latents.dims().into() });
    }
    let grid = PictureGrid { rows: rows / PATCH, columns: columns / PATCH };
    let tokens = latents
        .clone()
        .reshape([channels, grid.rows, PATCH, grid.columns, PATCH])
        .permute([1, 3, 0, 2, 4])
        .reshape([grid.tokens(), channels * PATCH * PATCH]);
    Ok((grid, tokens))
}

/// The inverse of [`patchify`].
///
/// # Errors
/// [`ModelError::Shape`] when the tokens do not fill the grid.
pub fn unpatchify(tokens: &Tensor<2>, grid: PictureGrid) -> Result<Tensor<4>, ModelError> {
    let [count, width] = tokens.dims();
    if count != grid.tokens() || width % (PATCH * PATCH) != 0 {
        let expected = format!("[{}, a multiple of {}]", grid.tokens(), PATCH * PATCH);
        return Err(ModelError::Shape { what: "the tokens", expected, got: tokens.dims().into() });
    }
    let channels = width / (PATCH * PATCH);
    let latents = tokens
        .clone()
        .reshape([grid.rows, grid.columns, channels, PATCH, PATCH])
        .permute([2, 0, 3, 1, 4])
        .reshape([channels, 1, grid.rows * PATCH, grid.columns * PATCH]);
    Ok(latents)
}

/// Red, green and blue of a picture in [−1, 1] per unit of each normalised latent channel.
///
/// Source: the numbers published in ComfyUI's `comfy/latent_formats.py` (`Wan21.latent_rgb_factors`,
/// `latent_rgb_factors_bias`); Qwen-Image's codec keeps Wan 2.1's latent space.
pub const RED_GREEN_BLUE: [[f32; 3]; 16] = [
    [-0.1299, -0.1692, 0.2932],
    [0.0671, 0.0406, 0.0442],
    [0.3568, 0.2548, 0.1747],
    [0.0372, 0.2344, 0.1420],
    [0.0313, 0.0189, -0.0328],
    [0.0296, -0.0956, -0.0665],
    [-0.3477, -0.4059, -0.2925],
    [0.0166, 0.1902, 0.1975],
    [-0.0412, 0.0267, -0.1364],
    [-0.1293, 0.0740, 0.1636],
    [0.0680, 0.3019, 0.1128],
    [0.0032, 0.0581, 0.0639],
    [-0.1251, 0.0927, 0.1699],
    [0.0060, -0.0633, 0.0005],
    [0.3477, 0.2275, 0.2950],
    [0.1984, 0.0913, 0.1861],
];
/// What is added to [`RED_GREEN_BLUE`]'s sum.
pub const BIAS: [f32; 3] = [-0.1835, -0.0868, -0.3360];

/// A small linear map from latents to colours: what a step's preview is made with, an eighth of the picture's
/// size.
#[derive(Debug, Clone)]
pub struct Preview {
    /// `[3, 16]`.
    weight: MatrixWeight,
    /// `[3]`.
    bias: Tensor<1>,
}

impl Preview {
    /// Places the map on a device.
    ///
    /// # Errors
    /// [`KernelError::Device`] when the device refuses.
    pub fn new(device: &Device) -> Result<Self, KernelError> {
        let rows = (0..3).flat_map(|colour| RED_GREEN_BLUE.iter().map(move |factors| factors[colour]));
        let bytes: Vec<u8> = rows.flat_map(f32::to_le_bytes).collect();
        let weight = MatrixWeight::new(WeightFormat::F32, &bytes, [3, RED_GREEN_BLUE.len()], device)?;
        Ok(Self { weight, bias: Tensor::from_floats(BIAS, device) })
    }

    /// Normalised latents `[16, 1, row, column]` → colours in [0, 1], `[row, column, 3]`.
    ///
    /// # Errors
    /// [`ModelError::Shape`] unless there are sixteen channels and one frame.
    pub fn colours(&self, latents: &Tensor<4>) -> Result<Tensor<3>, ModelError> {
        let [channels, frames, rows, columns] = latents.dims();
        if channels != RED_GREEN_BLUE.len() || frames != 1 {
            let expected = format!("[{}, 1, rows, columns]", RED_GREEN_BLUE.len());
            return Err(ModelError::Shape { what: "the latents", expected, got: latents.dims().into() });
        }
        let pixels = latents.clone().reshape([channels, rows * columns]).permute([1, 0]);
        let epilogue = Epilogue { bias: Some(&self.bias), ..Epilogue::default() };
        let colours = matmul(&pixels, &self.weight, &epilogue)?;
        Ok(colours.mul_scalar(0.5).add_scalar(0.5).clamp(0.0, 1.0).reshape([rows, columns, 3]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;

    #[test]
    fn tokens_hold_channel_row_column_and_unfold_again() {
        let device = Device::flex();
        let latents = Tensor::<1, burn::tensor::Int>::arange(0..48, &device).float().reshape([2, 1, 4, 6]);
        let (grid, tokens) = patchify(&latents).unwrap();
        assert_eq!(grid, PictureGrid { rows: 2, columns: 3 });
        // Token (1, 2): rows 2–3, columns 4–5 of both channels.
        let last = read(&tokens.clone().slice([5..6, 0..8])).unwrap();
        assert_eq!(last, [16.0, 17.0, 22.0, 23.0, 40.0, 41.0, 46.0, 47.0]);
        assert_eq!(read(&unpatchify(&tokens, grid).unwrap()).unwrap(), read(&latents).unwrap());
        assert!(patchify(&Tensor::zeros([2, 1, 3, 6], &device)).is_err());
        assert!(unpatchify(&tokens, PictureGrid { rows: 3, columns: 3 }).is_err());
    }

    #[test]
    fn a_preview_is_bias_plus_factors() {
        let device = Device::flex();
        let mut values = [0.0; 32];
        values[14 * 2 + 1] = 1.0; // channel 14, second pixel
        let latents = Tensor::<1>::from_floats(values, &device).reshape([16, 1, 1, 2]);
        let colours = read(&Preview::new(&device).unwrap().colours(&latents).unwrap()).unwrap();
        let expected = |b: f32, f: f32| (b + f) * 0.5 + 0.5;
        for colour in 0..3 {
            assert!((colours[colour] - expected(BIAS[colour], 0.0)).abs() < 1e-6);
            assert!((colours[3 + colour] - expected(BIAS[colour], RED_GREEN_BLUE[14][colour])).abs() < 1e-6);
        }
    }
}
