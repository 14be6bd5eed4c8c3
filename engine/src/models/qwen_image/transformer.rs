//! The denoiser: from noisy picture tokens and a conditioning to the velocity of every target token.

use super::TransformerConfig;
use super::block::{EPSILON, JointBlock, Streams, normalised};
use super::keys;
use super::modulation::Modulation;
use super::position::{PictureGrid, Rotation};
use crate::kernels::{NormKind, NormOptions, RowPair, ShiftScale, norm_modulate};
use crate::nn::{Linear, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// Qwen-Image's transformer without its modulation weights (see [`Modulation`]).
#[derive(Debug, Clone)]
pub struct Transformer {
    config: TransformerConfig,
    text_gain: Tensor<1>,
    text_in: Linear,
    picture_in: Linear,
    blocks: Vec<JointBlock>,
    head: Linear,
}

/// What a pass is conditioned on, as it comes from the encoders.
#[derive(Debug, Clone, Copy)]
pub struct ConditioningInput<'a> {
    /// The text encoder's output, `[text tokens, text channels]`.
    pub text: &'a Tensor<2>,
    /// Size of the picture to be made.
    pub target: PictureGrid,
    /// References in order: size and packed, normalised latents `[tokens, in channels]`.
    pub references: &'a [(PictureGrid, Tensor<2>)],
}

/// What stays the same through all steps of one prompt: text and references as the first block takes them, and
/// where every token stands.
#[derive(Debug, Clone)]
pub struct Conditioning {
    /// `[text tokens, width]`.
    text: Tensor<2>,
    /// `[reference tokens, width]`.
    references: Option<Tensor<2>>,
    rotation: Rotation,
    target_tokens: usize,
}

/// What one forward pass is about.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    pub conditioning: &'a Conditioning,
    /// The schedule's rows, made by [`Modulation::for_schedule`].
    pub modulation: &'a Modulation,
    /// Position in that schedule.
    pub step: usize,
}

impl Transformer {
    /// Reads all weights but those of the modulation.
    ///
    /// # Errors
    /// [`ModelError::Weight`] for missing or misshapen tensors, [`ModelError::Configuration`] for a
    /// configuration that cannot be run.
    pub fn load(scope: &Scope, config: &TransformerConfig) -> Result<Self, ModelError> {
        config.check()?;
        let root = keys::root(scope);
        let (width, channels) = (config.width(), config.in_channels);
        let blocks = (0..config.blocks).map(|index| JointBlock::load(&keys::block(&root, index), config));
        Ok(Self {
            text_gain: root.vector(keys::TEXT_NORM, config.text_channels)?,
            text_in: Linear::load(&root, keys::TEXT_IN, [width, config.text_channels], true)?,
            picture_in: Linear::load(&root, keys::PICTURE_IN, [width, channels], true)?,
            blocks: blocks.collect::<Result<_, _>>()?,
            head: Linear::load(&root, keys::HEAD, [channels, width], true)?,
            config: config.clone(),
        })
    }

    /// The configuration it was loaded with.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Memory of the matrices on the device, in bytes; gains and biases (below a thousandth) are not counted.
    pub fn resident_bytes(&self) -> usize {
        let ends = [&self.text_in, &self.picture_in, &self.head];
        ends.into_iter().map(Linear::bytes).sum::<usize>()
            + self.blocks.iter().map(JointBlock::bytes).sum::<usize>()
    }

    /// Projects text and references once for all steps.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when text or references do not fit the model or their stated sizes.
    pub fn condition(&self, input: &ConditioningInput) -> Result<Conditioning, ModelError> {
        let [text_tokens, text_channels] = input.text.dims();
        if text_channels != self.config.text_channels || text_tokens == 0 {
            let expected = format!("[at least one token, {}]", self.config.text_channels);
            return Err(ModelError::Shape {
                what: "the conditioning",
                expected,
                got: input.text.dims().into(),
            });
        }
        let mut pictures = vec![input.target];
        let mut references = Vec::with_capacity(input.references.len());
        for (grid, tokens) in input.references {
            self.check_tokens("a reference", *grid, tokens)?;
            pictures.push(*grid);
            references.push(self.picture_in.forward(tokens)?);
        }
        let options = NormOptions {
            kind: NormKind::Rms,
            epsilon: EPSILON,
            gain: Some(&self.text_gain),
            modulation: None,
        };
        let text = self.text_in.forward(&norm_modulate(input.text, &options)?)?;
        let rotation = Rotation::new(&self.config, text_tokens, &pictures, &text.device());
        let references = (!references.is_empty()).then(|| Tensor::cat(references, 0));
        Ok(Conditioning { text, references, rotation, target_tokens: input.target.tokens() })
    }

    /// Velocity (noise − picture) of every target token: `latents [target tokens, in channels]` → the same shape.
    ///
    /// `watch` is asked between blocks; of each it sees both streams, `.text` and `.image`.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when latents, modulation or step do not fit, [`ModelError::Cancelled`] when asked
    /// to stop.
    pub fn forward(
        &self,
        latents: &Tensor<2>,
        pass: &Pass,
        watch: &dyn Watch,
    ) -> Result<Tensor<2>, ModelError> {
        self.check_pass(latents, pass)?;
        let Pass { conditioning, modulation, step } = *pass;
        let target = self.picture_in.forward(latents)?;
        let picture = match &conditioning.references {
            Some(references) => Tensor::cat(vec![target, references.clone()], 0),
            None => target,
        };
        let mut streams = Streams { text: conditioning.text.clone(), picture };
        watch.stage(keys::TEXT_IN, &streams.text);
        watch.stage(keys::PICTURE_IN, &streams.picture);
        let split = conditioning.references.is_some().then_some(conditioning.target_tokens);
        for (index, block) in self.blocks.iter().enumerate() {
            if watch.cancelled() {
                return Err(ModelError::Cancelled);
            }
            streams =
                block.forward(streams, &modulation.block(index, step, split)?, &conditioning.rotation)?;
            watch.stage(&format!("{}.{index}.text", keys::BLOCKS), &streams.text);
            watch.stage(&format!("{}.{index}.image", keys::BLOCKS), &streams.picture);
        }
        let target = streams.picture.slice([0..conditioning.target_tokens, 0..self.config.width()]);
        let [scale, shift] = modulation.head(step)?;
        let row = |rows| RowPair { rows, split: 0 };
        let rows = ShiftScale { shift: row(&shift), scale: row(&scale) };
        let target = normalised(&target, rows)?;
        watch.stage("norm_out", &target);
        Ok(self.head.forward(&target)?)
    }

    fn check_pass(&self, latents: &Tensor<2>, pass: &Pass) -> Result<(), ModelError> {
        let expected = [pass.conditioning.target_tokens, self.config.in_channels];
        if latents.dims() != expected {
            let (expected, got) = (format!("{expected:?}"), latents.dims().into());
            return Err(ModelError::Shape { what: "the latents", expected, got });
        }
        if pass.modulation.blocks() != self.blocks.len() {
            let (expected, got) = (format!("{} blocks", self.blocks.len()), vec![pass.modulation.blocks()]);
            return Err(ModelError::Shape { what: "the modulation", expected, got });
        }
        Ok(())
    }

    fn check_tokens(
        &self,
        what: &'static str,
        grid: PictureGrid,
        tokens: &Tensor<2>,
    ) -> Result<(), ModelError> {
        let expected = [grid.tokens(), self.config.in_channels];
        if tokens.dims() == expected && grid.tokens() > 0 {
            return Ok(());
        }
        Err(ModelError::Shape { what, expected: format!("{expected:?}"), got: tokens.dims().into() })
    }
}
