//! What a clip will take, worked out before it starts from sizes alone; and what gives way when memory is short: first the
//! codec works in tiles, then blocks of the transformer stay in the files.

use super::model::VideoModel;
use super::settings::Numbers;
use crate::device::host_memory;
use crate::models::wan_codec::{Passage, Tiling};
use crate::pipelines::{PipelineError, report::Report};
use engine_api::{Size, VideoRequest};

/// What the program itself takes: code, drivers, tokenizer, pictures in flight.
const BASE_BYTES: u64 = 384 << 20;

/// Full-width activations that a block holds at once: the clip, its norm, queries, keys, values, what attention sees.
const BLOCK_WIDTHS: u64 = 8;

/// The MLP's hidden layer, which passes in runs of this many bytes, with its input and output.
const HIDDEN_BYTES: u64 = 512 << 20;

/// Pools keep freed memory for the next step; measured peaks stay below this many times what is live.
const POOL_TENTHS: u64 = 14;

const MIB: u64 = 1 << 20;

/// How a clip is made within what memory there is.
pub(super) struct Plan {
    pub passage: Passage,
    /// Blocks of an expert that stay on the device.
    pub kept: usize,
    /// Bytes on the device in the stage that takes most.
    device_bytes: u64,
    codec_bytes: u64,
}

impl Plan {
    /// Finds the fastest way that fits.
    ///
    /// # Errors
    /// [`PipelineError::Memory`] when none does.
    pub(super) fn new(
        model: &VideoModel,
        request: &VideoRequest,
        numbers: &Numbers,
    ) -> Result<Self, PipelineError> {
        let (gpu, config) = (model.device.is_gpu(), model.transformer());
        let limit = request.memory.map(|limit| limit.bytes);
        let free = host_memory().map(|[_, free]| free).filter(|_| !gpu);
        let chosen = limit.is_some();
        let available = limit.into_iter().chain(free).min().map_or(u64::MAX, |bytes| {
            bytes.saturating_sub(if gpu { 0 } else { BASE_BYTES }) * 10 / POOL_TENTHS
        });
        let [_, frames, rows, columns] = numbers.latents(model);
        let tokens = (frames * rows * columns / 4) as u64;
        let width = config.width() as u64;
        let activations =
            tokens * width * 4 * BLOCK_WIDTHS + HIDDEN_BYTES.min(tokens * config.hidden as u64 * 4);
        let number = if gpu { 2 } else { 4 };
        let block = config.block_parameters() as u64 * number;
        let ends = config.end_parameters() as u64 * number;
        let [wide, high] = numbers.size;
        let whole = model.codec.clip_bytes(high, wide, 1) as u64;
        let tile = Tiling::default();
        let tiled = model.codec.clip_bytes(tile.tile.min(high), tile.tile.min(wide), 1) as u64;
        let (codec_bytes, tiling) = if whole <= available { (whole, None) } else { (tiled, Some(tile)) };
        let needed = (activations + ends + 2 * block).max(codec_bytes);
        if needed > available {
            return Err(PipelineError::Memory {
                what: if gpu { "graphics memory" } else { "main memory" },
                needed_mib: (needed * POOL_TENTHS / 10).div_ceil(MIB),
                free_mib: available * POOL_TENTHS / 10 / MIB,
                chosen,
            });
        }
        let room = (available - activations - ends) / block.max(1);
        let kept =
            if room >= config.blocks as u64 + 1 { config.blocks } else { room.saturating_sub(1) as usize };
        let transformer = activations + ends + kept.min(config.blocks) as u64 * block;
        let streamed = if kept < config.blocks { block } else { 0 };
        Ok(Self {
            passage: Passage { chunk: 1, tiling },
            kept,
            device_bytes: (transformer + streamed).max(codec_bytes),
            codec_bytes,
        })
    }

    /// The plan in the words of the app, its remarks told as notes.
    pub(super) fn told(
        &self,
        model: &VideoModel,
        numbers: &Numbers,
        report: &dyn Report,
    ) -> engine_api::Plan {
        let bytes = self.device_bytes * POOL_TENTHS / 10;
        let gpu = model.device.is_gpu();
        let blocks = model.transformer().blocks;
        let mut notes = Vec::new();
        if self.kept < blocks {
            let (kept, rest) = (self.kept, blocks - self.kept);
            notes.push(format!("{kept} of {blocks} blocks stay in memory; {rest} are read at every step."));
        }
        let [width, height] = numbers.size;
        let tiles = self
            .passage
            .tiling
            .filter(|tiling| tiling.cuts(height, width))
            .map_or(1, |tiling| width.div_ceil(tiling.stride) * height.div_ceil(tiling.stride));
        if tiles > 1 {
            let mib = self.codec_bytes / MIB;
            notes.push(format!("The clip is decoded in {tiles} tiles of about {mib} MiB."));
        }
        notes.iter().for_each(|note| report.note(note.clone()));
        engine_api::Plan {
            device: model.device.name().into(),
            ram_bytes: BASE_BYTES + if gpu { 0 } else { bytes },
            vram_bytes: if gpu { bytes } else { 0 },
            steps: numbers.steps.len() as u32,
            tiles: tiles as u32,
            work_size: Size { width: width as u32, height: height as u32 },
            notes,
        }
    }
}
