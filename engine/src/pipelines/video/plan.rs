//! What a clip will take, worked out before it starts from sizes alone; and what gives way when memory is short: first the
//! codec works in tiles, then blocks of the transformer stay in the files.

use super::model::VideoModel;
use super::settings::Numbers;
use crate::device::host_memory;
use crate::models::wan::TransformerConfig;
use crate::models::wan_codec::{CodecConfig, Passage, Tiling};
use crate::pipelines::{PipelineError, report::Report};
use engine_api::{Size, VideoRequest};

/// What the program itself takes: code, drivers, tokenizer, pictures in flight.
const BASE_BYTES: u64 = 384 << 20;

/// What the screen and other programs hold of a card.
pub(super) const BESIDE_BYTES: u64 = 384 << 20;

const MIB: u64 = 1 << 20;

/// What is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    pub transformer: &'a TransformerConfig,
    pub codec: &'a CodecConfig,
    /// Width and height in pixels, as they are drawn.
    pub size: [usize; 2],
    pub frames: usize,
    /// Bytes of a stored number: 2 on a graphics card, 4 on the processor.
    pub number: u64,
    /// Bytes of the codec's weights on the device.
    pub codec_weights: u64,
}

/// How a clip is made within what memory there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub passage: Passage,
    /// Blocks of an expert that stay on the device.
    pub kept: usize,
    /// Bytes that the device holds while the transformer draws, and while the codec decodes: what is live, and one page. Pools
    /// cut their pages to the largest tensor, and one of them is never full.
    pub bytes: [u64; 2],
}

impl Plan {
    /// The fastest way that fits into `available` bytes; else the bytes that the frugalest one needs.
    ///
    /// # Errors
    /// Those bytes.
    pub fn fit(need: &Need, available: u64) -> Result<Self, u64> {
        let Need { transformer, codec, size: [wide, high], frames, number, codec_weights } = *need;
        let (scale, time) = (codec.scale(), codec.time_scale());
        let latent_frames = (frames.max(1) - 1) / time + 1;
        let side = |pixels: usize| pixels.div_ceil(2 * scale);
        let tokens = latent_frames * side(high) * side(wide);
        let page = (tokens * transformer.width() * 4) as u64;
        let activations = page + transformer.pass_bytes(tokens, transformer.run()) as u64;
        let block = transformer.block_parameters() as u64 * number;
        let ends = transformer.resident_end_parameters() as u64 * number;
        let decoding = |rows, columns| {
            let bytes = codec.clip_bytes(rows, columns, 1) + codec.largest_bytes(rows, columns, 1);
            codec_weights + bytes as u64
        };
        let whole = decoding(high, wide);
        let tile = Tiling::default();
        let tiled = decoding(tile.tile.min(high), tile.tile.min(wide));
        let (codec_bytes, tiling) = if whole <= available { (whole, None) } else { (tiled, Some(tile)) };
        let least = activations + ends + block;
        if least.max(codec_bytes) > available {
            return Err(least.max(codec_bytes));
        }
        let room = available - activations - ends;
        let all = transformer.blocks as u64;
        // A block on its way through the device needs a place of its own.
        let kept = if room / block >= all { all } else { room / block - 1 };
        let moving = if kept < all { block } else { 0 };
        Ok(Self {
            passage: Passage { chunk: 1, tiling },
            kept: kept as usize,
            bytes: [activations + ends + kept * block + moving, codec_bytes],
        })
    }

    /// Bytes that the device has to have.
    pub fn device_bytes(&self) -> u64 {
        self.bytes.into_iter().max().unwrap_or(0)
    }

    /// The plan of a job within what the user allows and what the machine has.
    ///
    /// # Errors
    /// [`PipelineError::Memory`] when nothing fits.
    pub(super) fn new(
        model: &VideoModel,
        request: &VideoRequest,
        numbers: &Numbers,
    ) -> Result<Self, PipelineError> {
        let gpu = model.device.is_gpu();
        let limit = request.memory.map(|limit| limit.bytes);
        let free = host_memory().map(|[_, free]| free).filter(|_| !gpu);
        let most = limit.into_iter().chain(free).min();
        let own = if gpu { 0 } else { BASE_BYTES };
        let available = most.map_or(u64::MAX, |most| most.saturating_sub(own));
        let need = Need {
            transformer: model.transformer(),
            codec: &model.codec,
            size: numbers.drawn,
            frames: numbers.frames,
            number: if gpu { 2 } else { 4 },
            codec_weights: model.codec_bytes(),
        };
        Self::fit(&need, available).map_err(|least| PipelineError::Memory {
            what: if gpu { "graphics memory" } else { "main memory" },
            needed_mib: (least + own).div_ceil(MIB),
            free_mib: most.unwrap_or(0) / MIB,
            chosen: limit.is_some() && most == limit,
        })
    }

    /// The plan in the words of the app, its remarks told as notes.
    pub(super) fn told(
        &self,
        model: &VideoModel,
        numbers: &Numbers,
        report: &dyn Report,
    ) -> engine_api::Plan {
        let gpu = model.device.is_gpu();
        let blocks = model.transformer().blocks;
        let mut notes: Vec<String> =
            model.native.iter().flat_map(|native| native.told(numbers.drawn)).collect();
        if self.kept < blocks {
            let (kept, rest) = (self.kept, blocks - self.kept);
            notes.push(format!("{kept} of {blocks} blocks stay in memory; {rest} are read at every step."));
        }
        let [width, height] = numbers.drawn;
        let tiles = self
            .passage
            .tiling
            .filter(|tiling| tiling.cuts(height, width))
            .map_or(1, |tiling| width.div_ceil(tiling.stride) * height.div_ceil(tiling.stride));
        if tiles > 1 {
            notes.push(format!(
                "The clip is decoded in {tiles} tiles of {} MiB; its frames come when all have passed.",
                self.bytes[1] / MIB
            ));
        }
        notes.iter().for_each(|note| report.note(note.clone()));
        engine_api::Plan {
            device: model.device.name().into(),
            ram_bytes: BASE_BYTES + if gpu { 0 } else { self.device_bytes() },
            vram_bytes: if gpu { self.device_bytes() } else { 0 },
            steps: numbers.steps.len() as u32,
            tiles: tiles as u32,
            part: None,
            work_size: Size { width: width as u32, height: height as u32 },
            notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn the_published_model_gives_way_step_by_step() {
        let (transformer, codec) = (TransformerConfig::default(), CodecConfig::default());
        let need = |size, frames| Need {
            transformer: &transformer,
            codec: &codec,
            size,
            frames,
            number: 2,
            codec_weights: 508 << 20,
        };
        let hd = need([1280, 720], 81);
        let large = Plan::fit(&hd, 80 * GIB).unwrap();
        assert_eq!((large.kept, large.passage.tiling), (40, None));
        let middle = Plan::fit(&hd, 24 * GIB).unwrap();
        assert!(middle.kept < 40 && middle.passage.tiling.is_none(), "{middle:?}");
        let small = Plan::fit(&hd, 12 * GIB).unwrap();
        assert!(small.kept < middle.kept && small.passage.tiling.is_some(), "{small:?}");
        for (plan, card) in [(large, 80), (middle, 24), (small, 12)] {
            assert!(plan.device_bytes() <= card * GIB, "{plan:?}");
        }
        // Less than activations and one block: what would be needed is told.
        let least = Plan::fit(&hd, 6 * GIB).unwrap_err();
        assert!(least > 6 * GIB && Plan::fit(&hd, least).is_ok());
        assert!(Plan::fit(&hd, 8 * GIB).is_ok() && Plan::fit(&need([832, 480], 81), 6 * GIB).is_ok());
    }
}
