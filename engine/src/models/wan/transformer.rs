//! The denoiser: from noisy latents and a conditioning to the velocity of every latent.

use super::TransformerConfig;
use super::block::{Block, Surroundings, layer_norm, rows};
use super::config::PATCH;
use super::keys::Keys;
use super::latent::{patchify, unpatchify};
use super::modulation::Modulation;
use super::position::{ClipGrid, Rotation};
use crate::kernels::Activation;
use crate::nn::{Linear, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// One expert of Wan without the weights that only make its modulation (see [`Modulation`]).
///
/// Some of its blocks may stay in the files: they are then read anew at every pass and let go one by one.
#[derive(Debug, Clone)]
pub struct Transformer {
    config: TransformerConfig,
    patch_in: Linear,
    text_first: Linear,
    text_second: Linear,
    /// The blocks that stay on the device, from the first on.
    kept: Vec<Block>,
    /// `[2, width]`.
    head_table: Tensor<2>,
    head: Linear,
    /// Most tokens that pass a block at once.
    run: usize,
}

/// What stays the same through all steps of one prompt in one expert.
#[derive(Debug, Clone)]
pub struct Conditioning {
    /// `[text rows, width]`.
    text: Tensor<2>,
}

/// What stays the same through all steps of one clip.
#[derive(Debug, Clone)]
pub struct Frame {
    grid: ClipGrid,
    rotation: Rotation,
}

/// What one forward pass is about.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    pub conditioning: &'a Conditioning,
    pub frame: &'a Frame,
    /// The schedule's rows, made by [`Modulation::for_schedule`] from the same expert.
    pub modulation: &'a Modulation,
    /// Position in that schedule.
    pub step: usize,
    /// Latent frames at the beginning that are free of noise: they have timestep 0.
    pub clean_frames: usize,
}

impl Transformer {
    /// Reads all weights but those of the modulation, and of the blocks the first `kept`.
    ///
    /// # Errors
    /// [`ModelError::Weight`] for missing or misshapen tensors, [`ModelError::Configuration`] for a
    /// configuration that cannot be run, [`ModelError::Cancelled`] between blocks.
    pub fn load(
        scope: &Scope,
        config: &TransformerConfig,
        kept: usize,
        watch: &dyn Watch,
    ) -> Result<Self, ModelError> {
        config.check()?;
        let (keys, width) = (Keys::of(scope), config.width());
        let linear = |name: &str, outputs, inputs| Linear::load(&keys.root, name, [outputs, inputs], true);
        let inputs = config.in_channels * PATCH.iter().product::<usize>();
        let mut blocks = Vec::with_capacity(kept.min(config.blocks));
        for index in 0..kept.min(config.blocks) {
            if watch.cancelled() {
                return Err(ModelError::Cancelled);
            }
            blocks.push(Block::load(&keys, config, index)?);
        }
        Ok(Self {
            patch_in: linear(keys.names.patch_in, width, inputs)?,
            text_first: linear(keys.names.text_first, width, config.text_channels)?,
            text_second: linear(keys.names.text_second, width, width)?,
            kept: blocks,
            head_table: rows(&keys.root, keys.names.head_table, [2, width])?,
            head: linear(keys.names.head, config.predicted(), width)?,
            run: config.run(),
            config: config.clone(),
        })
    }

    /// The same with at most so many tokens in a block at once: fewer need less memory and give the same result.
    pub fn in_runs_of(self, tokens: usize) -> Self {
        Self { run: tokens.max(1), ..self }
    }

    /// The configuration it was loaded with.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Memory of the matrices on the device, in bytes; gains, tables and biases (below a thousandth) are not counted.
    pub fn resident_bytes(&self) -> usize {
        let ends = [&self.patch_in, &self.text_first, &self.text_second, &self.head];
        ends.into_iter().map(Linear::bytes).sum::<usize>() + self.kept.iter().map(Block::bytes).sum::<usize>()
    }

    /// Projects the text encoder's rows `[tokens, text channels]`, filled up with rows of zeros to `rows`: the model was
    /// trained to attend to the padding, too.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when the text does not fit the model.
    pub fn condition(&self, text: &Tensor<2>, rows: usize) -> Result<Conditioning, ModelError> {
        let ([tokens, channels], expected) = (text.dims(), self.config.text_channels);
        if channels != expected || tokens > rows || rows == 0 {
            let expected = format!("[up to {rows} tokens, {expected}]");
            return Err(ModelError::Shape { what: "the conditioning", expected, got: text.dims().into() });
        }
        let mut text = text.clone();
        if tokens < rows {
            let padding = Tensor::zeros([rows - tokens, channels], &text.device());
            text = Tensor::cat(vec![text, padding], 0);
        }
        let inside = self.text_first.activated(&text, Activation::GeluTanh)?;
        Ok(Conditioning { text: self.text_second.forward(&inside)? })
    }

    /// Places the tokens of latents `[channel, frame, row, column]`.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for odd sizes.
    pub fn frame(&self, latents: [usize; 4], device: &burn::tensor::Device) -> Result<Frame, ModelError> {
        let [_, frames, rows, columns] = latents;
        if frames == 0 || rows == 0 || columns == 0 || rows % PATCH[1] != 0 || columns % PATCH[2] != 0 {
            let expected = "[channels, frames, even rows, even columns]".into();
            return Err(ModelError::Shape { what: "the latents", expected, got: latents.into() });
        }
        let grid = ClipGrid { frames, rows: rows / PATCH[1], columns: columns / PATCH[2] };
        Ok(Frame { grid, rotation: Rotation::new(&self.config, grid, device) })
    }

    /// Velocity (noise − clip) of every latent: `[in channels, frame, row, column]` → `[out channels, frame, row,
    /// column]`. `scope` is the one it was loaded from.
    ///
    /// `watch` is asked between blocks and sees what each hands on.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when latents, modulation or step do not fit, [`ModelError::Cancelled`] when asked
    /// to stop, and of blocks that stay in the files whatever keeps them from being read.
    pub fn forward(
        &self,
        scope: &Scope,
        latents: &Tensor<4>,
        pass: &Pass,
        watch: &dyn Watch,
    ) -> Result<Tensor<4>, ModelError> {
        let (grid, channels) = (pass.frame.grid, self.config.in_channels);
        let expected = [channels, grid.frames, grid.rows * PATCH[1], grid.columns * PATCH[2]];
        if latents.dims() != expected || pass.clean_frames > grid.frames {
            let (expected, got) = (format!("{expected:?}"), latents.dims().into());
            return Err(ModelError::Shape { what: "the latents", expected, got });
        }
        let clean = pass.clean_frames > 0;
        let split = pass.clean_frames * grid.frame_tokens();
        let mut x = self.patch_in.forward(&patchify(latents)?)?;
        watch.stage("patch_embedding", &x);
        watch.stage("condition_embedder.text_embedder", &pass.conditioning.text);
        let (text, rotation) = (&pass.conditioning.text, &pass.frame.rotation);
        let around = Surroundings { text, rotation, split, run: self.run };
        let keys = Keys::of(scope);
        for index in 0..self.config.blocks {
            if watch.cancelled() {
                return Err(ModelError::Cancelled);
            }
            let read;
            let block = match self.kept.get(index) {
                Some(block) => block,
                None => {
                    read = Block::load(&keys, &self.config, index)?;
                    &read
                }
            };
            x = block.forward(x, &pass.modulation.block(&block.table, pass.step, clean)?, &around)?;
            watch.stage(&format!("blocks.{index}"), &x);
        }
        let rows = pass.modulation.head(&self.head_table, pass.step, clean)?;
        let x = self.head.forward(&layer_norm(&x, self.config.epsilon, None, rows.modulation(split))?)?;
        watch.stage("proj_out", &x);
        unpatchify(&x, grid)
    }
}
