//! What a clip would take on cards of different sizes, from a model's headers alone.

use super::model::VideoModel;
use super::plan::{Need, POOL_TENTHS, Plan};
use crate::device::Device;
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
    let model = VideoModel::open(folder, Device::cpu())?;
    let size = size.map_or(model.spec.size, |size| size.map(|side| side as usize));
    let frames = frames.unwrap_or(model.spec.frames) as usize;
    let need = Need { transformer: model.transformer(), codec: &model.codec, size, frames, number: 2 };
    let blocks = model.transformer().blocks as u32;
    let plan = |&card: &u64| match Plan::fit(&need, card / POOL_TENTHS * 10) {
        Ok(plan) => {
            let [width, height] = size;
            let tiles = plan
                .passage
                .tiling
                .filter(|tiling| tiling.cuts(height, width))
                .map_or(1, |tiling| width.div_ceil(tiling.stride) * height.div_ceil(tiling.stride));
            let needed = plan.device_bytes();
            CardPlan { card, needed, fits: true, blocks: [plan.kept as u32, blocks], tiles: tiles as u32 }
        }
        Err(least) => {
            let needed = least / 10 * POOL_TENTHS;
            CardPlan { card, needed, fits: false, blocks: [0, blocks], tiles: 0 }
        }
    };
    Ok((size, frames, cards.iter().map(plan).collect()))
}
