//! What pipelines hold: pictures to latents and back, whole or in tiles.

use super::CodecConfig;
use super::blocks::{pause, pointwise};
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::history::{History, Reach};
use super::patch::{from_network, to_network};
use super::tiles::{Tiling, map_tiles};
use crate::nn::{Convolution, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// Bounds of the log-variance, as the reference clamps it.
pub(super) const LOG_VARIANCE: [f32; 2] = [-30.0, 20.0];

/// The codec for single frames: of its convolutions over time only the last slice is kept.
#[derive(Debug, Clone)]
pub struct Codec {
    config: CodecConfig,
    encoder: Encoder,
    to_moments: Convolution,
    from_latents: Convolution,
    decoder: Decoder,
}

/// The distribution of a picture's or clip's latents, `[channel, frame, row, column]` each, not normalised.
#[derive(Debug, Clone)]
pub struct Posterior {
    pub mean: Tensor<4>,
    /// Clamped to [−30, 20].
    pub log_variance: Tensor<4>,
}

impl Posterior {
    /// From what the encoder gives, `[frame, row, column, 2 · latent]`.
    pub(super) fn of_moments(moments: Tensor<4>, latent: usize) -> Self {
        let moments = moments.permute([3, 0, 1, 2]);
        let log_variance = moments.clone().narrow(0, latent, latent);
        Self {
            mean: moments.narrow(0, 0, latent),
            log_variance: log_variance.clamp(LOG_VARIANCE[0], LOG_VARIANCE[1]),
        }
    }

    /// The most likely latents: what references of an edit are.
    pub fn mode(&self) -> Tensor<4> {
        self.mean.clone()
    }

    /// `mean + exp(log variance / 2) · epsilon`: what image-to-image and inpainting start from. `epsilon` is
    /// normal noise of the mean's shape.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when the noise has another shape.
    pub fn sample(&self, epsilon: &Tensor<4>) -> Result<Tensor<4>, ModelError> {
        if epsilon.dims() != self.mean.dims() {
            let (expected, got) = (format!("{:?}", self.mean.dims()), epsilon.dims().into());
            return Err(ModelError::Shape { what: "the posterior's noise", expected, got });
        }
        let deviation = self.log_variance.clone().mul_scalar(0.5).exp();
        Ok(self.mean.clone() + deviation * epsilon.clone())
    }
}

impl Codec {
    /// Reads encoder and decoder.
    ///
    /// # Errors
    /// [`ModelError::Weight`] for missing or misshapen tensors, [`ModelError::Configuration`] for a
    /// configuration that cannot be run.
    pub fn load(scope: &Scope, config: &CodecConfig) -> Result<Self, ModelError> {
        config.check()?;
        let latent = config.z_dim;
        Ok(Self {
            encoder: Encoder::load(&scope.at("encoder"), config, Reach::Single)?,
            to_moments: pointwise(scope, "quant_conv", 2 * latent, 2 * latent)?,
            from_latents: pointwise(scope, "post_quant_conv", latent, latent)?,
            decoder: Decoder::load(&scope.at("decoder"), config, Reach::Single)?,
            config: config.clone(),
        })
    }

    /// The configuration it was loaded with.
    pub fn config(&self) -> &CodecConfig {
        &self.config
    }

    /// Encodes a picture `[1, row, column, channel]` with values in [−1, 1]; rows and columns are multiples of
    /// the codec's scale. With `tiling` given, larger pictures pass in tiles. `watch` is asked between
    /// blocks; it sees the stages of a picture that passes whole.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for a picture that does not fit, [`ModelError::Cancelled`] when asked to stop.
    pub fn encode(
        &self,
        picture: &Tensor<4>,
        tiling: Option<Tiling>,
        watch: &dyn Watch,
    ) -> Result<Posterior, ModelError> {
        let scale = self.config.scale();
        let [frames, rows, columns, channels] = picture.dims();
        let whole = |pixels: usize| pixels > 0 && pixels.is_multiple_of(scale);
        if frames != 1 || channels != self.config.input_channels || !whole(rows) || !whole(columns) {
            let expected = format!("[1, rows, columns, {}] in {scale}s", self.config.input_channels);
            return Err(ModelError::Shape { what: "the picture", expected, got: picture.dims().into() });
        }
        let pass = |x: &Tensor<4>, watch: &dyn Watch| -> Result<Tensor<4>, ModelError> {
            let moments = self.encoder.forward(x, &mut History::default(), watch)?;
            Ok(self.to_moments.forward(&moments, None)?)
        };
        let patch = self.config.patch();
        let inside = to_network(picture, patch);
        let moments = match tiling.filter(|tiling| tiling.cuts(rows, columns)) {
            None => pass(&inside, watch)?,
            Some(tiling) => {
                // The reference counts encoded tiles in what its network takes, patches.
                let step = scale / patch;
                tiling.check(step)?;
                let extent = [rows / scale, columns / scale];
                let pass = |x: &Tensor<4>| pass(x, &|| watch.cancelled());
                map_tiles(&inside, [tiling, tiling.in_latents(step)], extent, pass)?
            }
        };
        Ok(Posterior::of_moments(moments, self.config.z_dim))
    }

    /// Decodes latents `[channel, 1, row, column]` (not normalised) to a picture `[1, row, column, channel]`
    /// with values in [−1, 1]. With `tiling` given (in pixels), larger pictures pass in tiles; like the
    /// reference's, those are not clamped. `watch` is asked between blocks; it sees the stages of
    /// a picture that passes whole.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for latents that do not fit, [`ModelError::Cancelled`] when asked to stop.
    pub fn decode(
        &self,
        latents: &Tensor<4>,
        tiling: Option<Tiling>,
        watch: &dyn Watch,
    ) -> Result<Tensor<4>, ModelError> {
        let scale = self.config.scale();
        let [channels, frames, rows, columns] = latents.dims();
        if frames != 1 || channels != self.config.z_dim || rows == 0 || columns == 0 {
            let expected = format!("[{}, 1, rows, columns]", self.config.z_dim);
            return Err(ModelError::Shape { what: "the latents", expected, got: latents.dims().into() });
        }
        let (latents, patch) = (latents.clone().permute([1, 2, 3, 0]), self.config.patch());
        let pass = |x: &Tensor<4>, watch: &dyn Watch| -> Result<Tensor<4>, ModelError> {
            let x = self.from_latents.forward(x, None)?;
            pause(watch, "post_quant_conv", &x)?;
            self.decoder.forward(&x, true, &mut History::default(), watch)
        };
        match tiling.filter(|tiling| tiling.cuts(rows * scale, columns * scale)) {
            None => Ok(from_network(&pass(&latents, watch)?, patch).clamp(-1.0, 1.0)),
            Some(tiling) => {
                tiling.check(scale)?;
                let extent = [rows, columns].map(|side| side * scale / patch);
                let pass = |x: &Tensor<4>| pass(x, &|| watch.cancelled());
                let tilings = [tiling.in_latents(scale), tiling.in_latents(patch)];
                Ok(from_network(&map_tiles(&latents, tilings, extent, pass)?, patch))
            }
        }
    }
}
