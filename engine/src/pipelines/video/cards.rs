//! What a clip would take on cards of different sizes, from a model's headers alone.

use super::model::VideoModel;
use super::plan::{BESIDE_BYTES, Need, Plan};
use crate::pipelines::PipelineError;
use std::path::Path;

/// One card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardPlan {
    /// Bytes of the card.
    pub card: u64,
    /// Bytes that the job takes there at most, or would need at least when it does not fit.
    pub needed: u64,
    pub fits: bool,
    /// Blocks of an expert that stay on the card, of how many; the others are read at every step.
    pub blocks: [u32; 2],
    /// Pieces in which the clip is decoded; 1 means in one go.
    pub tiles: u32,
    /// Where it does not fit, the most frames of this size that do.
    pub shorter: Option<u32>,
    /// Where it does not fit, the largest size of this aspect that does with as many frames.
    pub smaller: Option<[u32; 2]>,
}

/// A clip of a model on cards with so many bytes: what is kept, what is read at every step, and in how many tiles it is
/// decoded. No size and no number of frames means the model's usual ones; those that are used come back with it.
///
/// # Errors
/// Whatever keeps the model from being opened.
pub fn cards(
    folder: &Path,
    size: Option<[u32; 2]>,
    frames: Option<u32>,
    cards: &[u64],
) -> Result<([usize; 2], usize, Vec<CardPlan>), PipelineError> {
    let model = VideoModel::open_for_plan(folder)?;
    let size = size.map_or(model.spec.size, |size| size.map(|side| side as usize));
    let frames = frames.unwrap_or(model.spec.frames) as usize;
    let multiple = model.side_multiple();
    let need = Need {
        transformer: model.transformer(),
        codec: &model.codec,
        size: size.map(|side| side.next_multiple_of(multiple)),
        frames,
        number: 2,
        codec_weights: model.codec_file_bytes(),
    };
    Ok((size, frames, cards.iter().map(|card| card_plan(&need, *card, multiple)).collect()))
}

fn card_plan(need: &Need, card: u64, multiple: usize) -> CardPlan {
    let blocks = need.transformer.blocks as u32;
    let empty =
        CardPlan { card, needed: 0, fits: true, blocks: [0, blocks], tiles: 0, shorter: None, smaller: None };
    match Plan::fit(need, available(card)) {
        Ok(plan) => {
            let [width, height] = need.size;
            let tiles = plan
                .passage
                .tiling
                .filter(|tiling| tiling.cuts(height, width))
                .map_or(1, |tiling| width.div_ceil(tiling.stride) * height.div_ceil(tiling.stride));
            let needed = plan.device_bytes() + BESIDE_BYTES;
            CardPlan { needed, blocks: [plan.kept as u32, blocks], tiles: tiles as u32, ..empty }
        }
        Err(least) => CardPlan {
            needed: least + BESIDE_BYTES,
            fits: false,
            shorter: shorter(need, card),
            smaller: smaller(need, card, multiple),
            ..empty
        },
    }
}

/// What a job may take of a card: others are on it, too.
fn available(card: u64) -> u64 {
    card.saturating_sub(BESIDE_BYTES)
}

/// The most frames of the same size that fit.
fn shorter(need: &Need, card: u64) -> Option<u32> {
    let time = need.codec.time_scale();
    let fewer = (0..need.frames.saturating_sub(1).div_ceil(time)).rev().map(|groups| groups * time + 1);
    let fits = |frames: &usize| Plan::fit(&Need { frames: *frames, ..*need }, available(card)).is_ok();
    fewer.into_iter().find(fits).map(|frames| frames as u32)
}

/// The largest size of the same aspect that fits with as many frames.
fn smaller(need: &Need, card: u64, multiple: usize) -> Option<[u32; 2]> {
    let [width, height] = need.size;
    let size = |across: usize| {
        let down = (height as f64 * (across * multiple) as f64 / width as f64 / multiple as f64).round();
        [across * multiple, (down as usize).max(1) * multiple]
    };
    let fits = |size: &[usize; 2]| Plan::fit(&Need { size: *size, ..*need }, available(card)).is_ok();
    (1..width / multiple).rev().map(size).find(fits).map(|size| size.map(|side| side as u32))
}
