//! Between pixels and packed, normalised latents.

use super::sampling::noise::Generator;
use super::{PipelineError, watch::JobWatch};
use crate::kernels::read;
use crate::models::qwen_image::{LatentFormat, PictureGrid, patchify, unpatchify};
use crate::models::wan_codec::{Codec, Tiling};
use crate::picture::{Rgb8, from_signed};
use burn::tensor::{Device, Tensor, TensorData};

/// Pictures above this many pixels pass through the codec in tiles, which bounds its memory.
const UNTILED_PIXELS: usize = 1600 * 1600;

/// The codec with the normalisation of its latents.
pub(super) struct LatentCodec {
    pub codec: Codec,
    pub format: LatentFormat,
}

impl LatentCodec {
    /// A picture's latents at the posterior's mode, normalised: `[16, 1, row, column]`.
    pub(super) fn encode(&self, picture: &Rgb8, watch: &JobWatch) -> Result<Tensor<4>, PipelineError> {
        Ok(self.format.normalise(self.posterior(picture, watch)?.mode()))
    }

    /// A sample of the posterior with noise from `generator`, normalised.
    pub(super) fn sample(
        &self,
        picture: &Rgb8,
        generator: &mut Generator,
        watch: &JobWatch,
    ) -> Result<Tensor<4>, PipelineError> {
        let posterior = self.posterior(picture, watch)?;
        let shape = posterior.mean.dims();
        let epsilon = draw(generator, shape, &posterior.mean.device());
        Ok(self.format.normalise(posterior.sample(&epsilon)?))
    }

    /// Normalised latents to 8-bit colours.
    pub(super) fn decode(
        &self,
        latents: Tensor<4>,
        watch: &JobWatch,
    ) -> Result<(Rgb8, Vec<f32>), PipelineError> {
        let [_, _, rows, columns] = latents.dims();
        let scale = self.codec.config().scale();
        let tiling = tiling(rows * scale, columns * scale);
        let pixels = self.codec.decode(&self.format.denormalise(latents), tiling, watch)?;
        let [_, height, width, _] = pixels.dims();
        let values = read(&pixels)?;
        Ok((from_signed(width, height, &values)?, values))
    }

    fn posterior(
        &self,
        picture: &Rgb8,
        watch: &JobWatch,
    ) -> Result<crate::models::wan_codec::Posterior, PipelineError> {
        let (width, height) = picture.size();
        let data = TensorData::new(picture.to_signed(), [1, height, width, 3]);
        let pixels = Tensor::<4>::from_data(data, &self.format.device());
        Ok(self.codec.encode(&pixels, tiling(height, width), watch)?)
    }
}

/// How a picture of this size passes through the codec.
pub(super) fn tiling(height: usize, width: usize) -> Option<Tiling> {
    (height * width > UNTILED_PIXELS).then(Tiling::default)
}

/// Noise of a latent's shape; the reference's axis order differs, its order in memory does not.
pub(super) fn draw(generator: &mut Generator, shape: [usize; 4], device: &Device) -> Tensor<4> {
    let count = shape.iter().product();
    Tensor::from_data(TensorData::new(generator.normal(count), shape), device)
}

/// Packs latents into tokens.
pub(super) fn pack(latents: &Tensor<4>) -> Result<(PictureGrid, Tensor<2>), PipelineError> {
    Ok(patchify(latents)?)
}

/// Unpacks tokens into latents.
pub(super) fn unpack(tokens: &Tensor<2>, grid: PictureGrid) -> Result<Tensor<4>, PipelineError> {
    Ok(unpatchify(tokens, grid)?)
}
