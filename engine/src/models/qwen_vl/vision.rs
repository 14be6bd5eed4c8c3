//! The vision tower: pictures to tokens that stand among the words of a prompt.
//!
//! Source: transformers `Qwen2_5_VisionTransformerPretrainedModel`. Most blocks attend within windows; a few
//! see the whole picture. The tower works in the order of windows and gives its tokens back in reading order.

use super::config::VisionConfig;
use super::layers::{Blocks, GatedMlp, Residency, RmsNorm};
use super::position::{Grid, Rotary, WindowOrder};
use super::preprocess::PreparedImage;
use super::unusable;
use crate::kernels::{
    Activation, AttentionOptions, HeadSegment, KeyRange, MatrixWeight, WeightFormat, attention,
    head_norm_rope,
};
use crate::nn::{Linear, ModelError, Watch};
use crate::weights::{Scope, TensorView};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Added to the mean square in every norm of the tower; not in any config file.
const EPSILON: f32 = 1e-6;

/// What the language model sees of one picture.
#[derive(Debug, Clone)]
pub struct Features {
    /// `[merged tokens in reading order, width of the language model]`.
    pub tokens: Tensor<2>,
    /// In merged tokens.
    pub grid: Grid,
}

/// Qwen2.5-VL's vision transformer.
#[derive(Debug)]
pub(super) struct VisionTower {
    config: VisionConfig,
    patches: Linear,
    blocks: Blocks<Block>,
    merger: Merger,
}

impl VisionTower {
    /// Reads the parts outside the blocks, and the blocks that `residency` wants kept.
    ///
    /// `patches` is the view of `patch_embed.proj.weight`; `outputs` the width of the language model.
    pub(super) fn load(
        scope: &Scope,
        patches: &TensorView,
        config: &VisionConfig,
        outputs: usize,
        residency: Residency,
    ) -> Result<Self, ModelError> {
        check_depth(scope, config)?;
        Ok(Self {
            patches: patch_embedding(patches, config, scope.device())?,
            blocks: Blocks::load(config.blocks, residency, |i| Block::load(scope, config, i))?,
            merger: Merger::load(&scope.at("merger"), config, outputs)?,
            config: config.clone(),
        })
    }

    /// Features of every picture. Pictures do not see each other, but pass each block together.
    pub(super) fn forward(
        &self,
        scope: &Scope,
        images: &[PreparedImage],
        watch: &dyn Watch,
    ) -> Result<Vec<Features>, ModelError> {
        let config = &self.config;
        let mut passes = Vec::with_capacity(images.len());
        for image in images {
            passes.push(Pass::new(image, config, &self.patches, scope.device())?);
        }
        let read = |i| Block::load(scope, config, i);
        self.blocks.for_each(watch, read, |i, block| {
            let whole = config.full_blocks.contains(&i);
            for pass in &mut passes {
                let keys =
                    if whole { KeyRange::All } else { KeyRange::Segments(pass.order.window_ends.clone()) };
                pass.x = block.forward(&pass.x, &pass.rotary, keys, config)?;
                watch.stage(&format!("visual.blocks.{i}"), &pass.x);
            }
            Ok(())
        })?;
        passes.into_iter().map(|pass| pass.finish(&self.merger, config.merge)).collect()
    }
}

/// One picture on its way through the blocks.
struct Pass {
    x: Tensor<2>,
    order: WindowOrder,
    rotary: Rotary,
    grid: Grid,
}

impl Pass {
    fn new(
        image: &PreparedImage,
        config: &VisionConfig,
        patches: &Linear,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let length = 3 * config.patch * config.patch;
        let divides =
            image.grid.rows.is_multiple_of(config.merge) && image.grid.columns.is_multiple_of(config.merge);
        if !divides || image.grid.area() == 0 || image.pixels.len() != image.grid.area() * length {
            let expected =
                format!("rows × columns in multiples of {} and {length} numbers each", config.merge);
            let got = vec![image.grid.rows, image.grid.columns, image.pixels.len()];
            return Err(ModelError::Shape { what: "picture patches", expected, got });
        }
        let order = WindowOrder::new(image.grid, config);
        let group = config.merge * config.merge * length;
        let mut pixels = Vec::with_capacity(image.pixels.len());
        for token in &order.tokens {
            pixels.extend_from_slice(&image.pixels[token * group..(token + 1) * group]);
        }
        let pixels = Tensor::from_data(TensorData::new(pixels, [image.grid.area(), length]), device);
        let rotary = Rotary::of_vision(&order.cells, config, device);
        Ok(Self { x: patches.forward(&pixels)?, order, rotary, grid: image.grid })
    }

    /// Merges patches to tokens and brings these back to reading order.
    fn finish(self, merger: &Merger, merge: usize) -> Result<Features, ModelError> {
        let merged = merger.forward(&self.x)?;
        let places: Vec<i32> = self.order.inverse().into_iter().map(|place| place as i32).collect();
        let places = Tensor::<1, Int>::from_data(TensorData::from(places.as_slice()), &merged.device());
        Ok(Features { tokens: merged.select(0, places), grid: self.grid.merged(merge) })
    }
}

/// Refuses weights with more blocks than the configuration speaks of.
pub(super) fn check_depth(scope: &Scope, config: &VisionConfig) -> Result<(), ModelError> {
    if scope.at("blocks").at(config.blocks).has("norm1.weight") {
        let reason =
            format!("the vision tower's depth is {}, and the weights hold more blocks", config.blocks);
        return Err(unusable(reason));
    }
    Ok(())
}

/// The patch convolution as a matrix. A still picture is the same in every frame of a patch, so the frames'
/// weights are added once here.
fn patch_embedding(view: &TensorView, config: &VisionConfig, device: &Device) -> Result<Linear, ModelError> {
    let (patch, frames) = (config.patch, config.frames);
    let expected = [config.width, 3, frames, patch, patch];
    if view.shape != expected {
        let expected = format!("{expected:?}");
        return Err(ModelError::Shape {
            what: "patch_embed.proj.weight",
            expected,
            got: view.shape.to_vec(),
        });
    }
    let weight = view.format.decode(view.bytes);
    if weight.len() != expected.iter().product::<usize>() || !weight.iter().all(|w| w.is_finite()) {
        return Err(unusable(format!("{} holds values that are no numbers", view.name)));
    }
    let plane = patch * patch;
    let mut summed = Vec::with_capacity(config.width * 3 * plane * 4);
    for channel in weight.chunks_exact(frames * plane) {
        for i in 0..plane {
            let sum: f32 = channel[i..].iter().step_by(plane).sum();
            summed.extend_from_slice(&sum.to_le_bytes());
        }
    }
    let matrix = MatrixWeight::new(WeightFormat::F32, &summed, [config.width, 3 * plane], device)?;
    Ok(Linear::from_parts(matrix, None))
}

#[derive(Debug)]
struct Block {
    before_attention: RmsNorm,
    joined: Linear,
    output: Linear,
    before_mlp: RmsNorm,
    mlp: GatedMlp,
}

impl Block {
    fn load(scope: &Scope, config: &VisionConfig, i: usize) -> Result<Self, ModelError> {
        let scope = scope.at("blocks").at(i);
        let attention = scope.at("attn");
        let width = config.width;
        Ok(Self {
            before_attention: RmsNorm::load(&scope, "norm1", width, EPSILON)?,
            joined: Linear::load(&attention, "qkv", [3 * width, width], true)?,
            output: Linear::load(&attention, "proj", [width, width], true)?,
            before_mlp: RmsNorm::load(&scope, "norm2", width, EPSILON)?,
            mlp: GatedMlp::load(&scope.at("mlp"), width, config.hidden, true)?,
        })
    }

    fn forward(
        &self,
        x: &Tensor<2>,
        rotary: &Rotary,
        keys: KeyRange,
        config: &VisionConfig,
    ) -> Result<Tensor<2>, ModelError> {
        let (heads, width, patches) = (config.heads, config.width, x.dims()[0]);
        let joined = self.joined.forward(&self.before_attention.forward(x)?)?;
        let part = |i: usize| joined.clone().slice([0..patches, i * width..(i + 1) * width]);
        let turn = |x: Tensor<2>| {
            head_norm_rope(&[HeadSegment { x: &x, gain: None }], heads, 0.0, Some(rotary.table()))
        };
        let scale = (config.head_size() as f32).sqrt().recip();
        let options = AttentionOptions { heads, kv_heads: heads, scale, keys };
        let seen = attention(&turn(part(0))?, &turn(part(1))?, &part(2), &options)?;
        let x = self.output.residual(&seen, None, x)?;
        Ok(self.mlp.forward(&self.before_mlp.forward(&x)?, &x)?)
    }
}

/// Joins the patches of a token and brings them to the language model's width.
#[derive(Debug)]
struct Merger {
    norm: RmsNorm,
    inner: Linear,
    outer: Linear,
    joined: usize,
}

impl Merger {
    fn load(scope: &Scope, config: &VisionConfig, outputs: usize) -> Result<Self, ModelError> {
        let joined = config.width * config.merge * config.merge;
        Ok(Self {
            norm: RmsNorm::load(scope, "ln_q", config.width, EPSILON)?,
            inner: Linear::load(scope, "mlp.0", [joined, joined], true)?,
            outer: Linear::load(scope, "mlp.2", [outputs, joined], true)?,
            joined,
        })
    }

    /// `[patches, width]` → `[tokens, width of the language model]`.
    fn forward(&self, x: &Tensor<2>) -> Result<Tensor<2>, ModelError> {
        let [patches, width] = x.dims();
        let tokens = patches * width / self.joined;
        let joined = self.norm.forward(x)?.reshape([tokens, self.joined]);
        Ok(self.outer.forward(&self.inner.activated(&joined, Activation::GeluErf)?)?)
    }
}
