//! What pipelines hold for clips: frames to latents and back, in chunks of time and, where asked, in tiles.
//!
//! In chunks the result is that of the whole clip. Tiles pass the whole clip one after another and are blended, as in the
//! reference: they bound the memory of the device, and no frame is finished before the last tile is.

use super::CodecConfig;
use super::blocks::{pause, pointwise};
use super::codec::Posterior;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::history::{History, Reach};
use super::patch::{from_network, to_network};
use super::tiles::{TilePlan, Tiling, join_tiles, part};
use crate::kernels::read;
use crate::nn::{Convolution, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::{Device, Tensor, TensorData};
use std::ops::Range;

/// The codec for clips.
#[derive(Debug, Clone)]
pub struct ClipCodec {
    config: CodecConfig,
    encoder: Encoder,
    to_moments: Convolution,
    from_latents: Convolution,
    decoder: Decoder,
}

/// Size of a clip in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClipSize {
    pub frames: usize,
    pub rows: usize,
    pub columns: usize,
}

/// How a clip passes through the codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Passage {
    /// Latent frames of a chunk, at least one.
    pub chunk: usize,
    /// Tiles, for clips larger than one.
    pub tiling: Option<Tiling>,
}

impl Default for Passage {
    /// As the reference does it: one latent frame at a time, untiled.
    fn default() -> Self {
        Self { chunk: 1, tiling: None }
    }
}

/// A clip on its way out of the latents: chunks go in, frames come out.
pub struct Decoding<'a> {
    codec: &'a ClipCodec,
    history: History,
    begun: bool,
}

impl ClipCodec {
    /// Reads encoder and decoder.
    ///
    /// # Errors
    /// [`ModelError::Weight`] for missing or misshapen tensors, [`ModelError::Configuration`] for a
    /// configuration that cannot be run.
    pub fn load(scope: &Scope, config: &CodecConfig) -> Result<Self, ModelError> {
        config.check()?;
        let latent = config.z_dim;
        Ok(Self {
            encoder: Encoder::load(&scope.at("encoder"), config, Reach::Clip)?,
            to_moments: pointwise(scope, "quant_conv", 2 * latent, 2 * latent)?,
            from_latents: pointwise(scope, "post_quant_conv", latent, latent)?,
            decoder: Decoder::load(&scope.at("decoder"), config, Reach::Clip)?,
            config: config.clone(),
        })
    }

    /// The configuration it was loaded with.
    pub fn config(&self) -> &CodecConfig {
        &self.config
    }

    /// Encodes a clip of 1 + 4n frames. `frames` gives any run of them, `[frame, row, column, colour]` in [−1, 1]; in tiles
    /// it is asked for every run again. `watch` is asked between blocks; untiled, it sees the stages of every chunk.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for a clip that does not fit, [`ModelError::Cancelled`] when asked to stop.
    pub fn encode(
        &self,
        size: ClipSize,
        frames: &dyn Fn(Range<usize>) -> Tensor<4>,
        passage: Passage,
        watch: &dyn Watch,
    ) -> Result<Posterior, ModelError> {
        let (scale, time, patch) = (self.config.scale(), self.config.time_scale(), self.config.patch());
        let ClipSize { frames: count, rows, columns } = size;
        let whole = |pixels: usize| pixels > 0 && pixels.is_multiple_of(scale);
        if count % time != 1 % time || !whole(rows) || !whole(columns) {
            let expected = format!("[1 + {time}n frames, rows, columns] in {scale}s");
            return Err(ModelError::Shape { what: "the clip", expected, got: vec![count, rows, columns] });
        }
        let pass = |cut: &dyn Fn(Tensor<4>) -> Tensor<4>, watch: &dyn Watch| {
            let mut history = History::default();
            let mut moments = Vec::new();
            for run in runs(count, passage.chunk.max(1) * time) {
                let inside = cut(to_network(&frames(run), patch));
                let chunk = self.encoder.forward(&inside, &mut history, watch)?;
                moments.push(self.to_moments.forward(&chunk, None)?);
            }
            Ok::<_, ModelError>(joined(moments))
        };
        let moments = match passage.tiling.filter(|tiling| tiling.cuts(rows, columns)) {
            None => pass(&|x| x, watch)?,
            Some(tiling) => {
                // The reference counts encoded tiles in what its network takes, patches.
                let step = scale / patch;
                tiling.check(step)?;
                let plan = TilePlan::new(rows / patch, columns / patch, tiling);
                let extent = [rows / scale, columns / scale];
                join_tiles(&plan, tiling.in_latents(step), extent, |row, column| {
                    pass(&|x| part(&x, row, column), &|| watch.cancelled())
                })?
            }
        };
        Ok(Posterior::of_moments(moments, self.config.z_dim))
    }

    /// Begins to decode a clip.
    pub fn decoding(&self) -> Decoding<'_> {
        Decoding { codec: self, history: History::default(), begun: false }
    }

    /// Decodes latents `[channel, frame, row, column]` (not normalised) and hands over the frames as they are finished, as
    /// `[frame, row, column, colour]` in [−1, 1]: one, then four per latent frame. In tiles frames are finished, and lie in
    /// main memory, only when all tiles have passed. `watch` is asked between blocks; untiled, it sees the stages of
    /// every chunk.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for latents that do not fit, [`ModelError::Cancelled`] when asked to stop, and whatever
    /// `take` answers.
    pub fn decode<E: From<ModelError>>(
        &self,
        latents: &Tensor<4>,
        passage: Passage,
        watch: &dyn Watch,
        mut take: impl FnMut(Tensor<4>) -> Result<(), E>,
    ) -> Result<(), E> {
        let [_, frames, rows, columns] = latents.dims();
        let (scale, chunk) = (self.config.scale(), passage.chunk.max(1));
        self.check_latents(latents)?;
        let Some(tiling) = passage.tiling.filter(|tiling| tiling.cuts(rows * scale, columns * scale)) else {
            let mut decoding = self.decoding();
            for start in (0..frames).step_by(chunk) {
                let run = latents.clone().narrow(1, start, chunk.min(frames - start));
                take(decoding.push(&run, watch)?)?;
            }
            return Ok(());
        };
        let clip = self.decode_tiles(latents, tiling, chunk, watch)?;
        for run in runs(clip.dims()[0], chunk * self.config.time_scale()) {
            take(clip.clone().narrow(0, run.start, run.len()))?;
        }
        Ok(())
    }

    /// The whole clip, tile by tile, in main memory.
    fn decode_tiles(
        &self,
        latents: &Tensor<4>,
        tiling: Tiling,
        chunk: usize,
        watch: &dyn Watch,
    ) -> Result<Tensor<4>, ModelError> {
        let [channels, frames, rows, columns] = latents.dims();
        let (scale, patch) = (self.config.scale(), self.config.patch());
        tiling.check(scale)?;
        let plan = TilePlan::new(rows, columns, tiling.in_latents(scale));
        let extent = [rows, columns].map(|side| side * scale / patch);
        let host = Device::flex();
        let inside = join_tiles(&plan, tiling.in_latents(patch), extent, |row, column| {
            let mut decoding = self.decoding();
            let (mut values, mut shape) = (Vec::new(), [0; 4]);
            for start in (0..frames).step_by(chunk) {
                let tile = latents.clone().slice([
                    0..channels,
                    start..(start + chunk).min(frames),
                    row.start..row.start + row.length,
                    column.start..column.start + column.length,
                ]);
                let decoded = decoding.network(&tile, &|| watch.cancelled())?;
                let dims = decoded.dims();
                shape = [shape[0] + dims[0], dims[1], dims[2], dims[3]];
                values.extend(read(&decoded)?);
            }
            Ok(Tensor::from_data(TensorData::new(values, shape), &host))
        })?;
        Ok(from_network(&inside, patch).clamp(-1.0, 1.0))
    }

    fn check_latents(&self, latents: &Tensor<4>) -> Result<(), ModelError> {
        let [channels, frames, rows, columns] = latents.dims();
        if channels == self.config.z_dim && frames > 0 && rows > 0 && columns > 0 {
            return Ok(());
        }
        let expected = format!("[{}, frames, rows, columns]", self.config.z_dim);
        Err(ModelError::Shape { what: "the latents", expected, got: latents.dims().into() })
    }
}

impl Decoding<'_> {
    /// The next latent frames, `[channel, frame, row, column]` of one size throughout, to frames `[frame, row, column,
    /// colour]` in [−1, 1].
    ///
    /// # Errors
    /// [`ModelError::Shape`] for latents that do not fit, [`ModelError::Cancelled`] when asked to stop.
    pub fn push(&mut self, latents: &Tensor<4>, watch: &dyn Watch) -> Result<Tensor<4>, ModelError> {
        self.codec.check_latents(latents)?;
        let inside = self.network(latents, watch)?;
        Ok(from_network(&inside, self.codec.config.patch()).clamp(-1.0, 1.0))
    }

    /// What the network gives: patches, not clamped.
    fn network(&mut self, latents: &Tensor<4>, watch: &dyn Watch) -> Result<Tensor<4>, ModelError> {
        let x = self.codec.from_latents.forward(&latents.clone().permute([1, 2, 3, 0]), None)?;
        pause(watch, "post_quant_conv", &x)?;
        let first = !std::mem::replace(&mut self.begun, true);
        self.codec.decoder.forward(&x, first, &mut self.history, watch)
    }
}

/// The first frame together with as many as fill a chunk, then chunks: with `chunk` 4, 0..1, 1..5, 5..9 …
fn runs(frames: usize, chunk: usize) -> impl Iterator<Item = Range<usize>> {
    let first = 1.min(frames);
    let rest = (first..frames).step_by(chunk).map(move |start| start..(start + chunk).min(frames));
    std::iter::once(0..first).chain(rest)
}

fn joined(mut parts: Vec<Tensor<4>>) -> Tensor<4> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_passes_by_itself() {
        let all = |frames, chunk| runs(frames, chunk).collect::<Vec<_>>();
        assert_eq!(all(9, 4), [0..1, 1..5, 5..9]);
        assert_eq!(all(1, 4).iter().map(|slab| (slab.start, slab.end)).collect::<Vec<_>>(), [(0, 1)]);
        assert_eq!(all(13, 8), [0..1, 1..9, 9..13]);
    }
}
