//! What a job will take, worked out before it starts from sizes alone.
//!
//! The bounds are sums of what is certainly held at once in the largest stage: mapped files, placed weights and
//! activations. They are upper bounds on purpose; tests hold measured peaks against them.

use super::settings::Numbers;
use super::{ImageModel, PipelineError, latents, report::Report};
use crate::device::host_memory;
use crate::models::qwen_vl::prompt::LONGEST_EDIT;
use engine_api::{ImageRequest, Plan, Size};

/// What the program itself takes: code, drivers, tokenizer, pictures in flight.
const BASE_BYTES: u64 = 384 << 20;

/// What a graphics driver and its staging buffers take in main memory.
const DRIVER_BYTES: u64 = 256 << 20;

/// Full-width activations that a block holds at once: streams, queries, keys, values and the MLP's hidden layer.
const BLOCK_WIDTHS: u64 = 24;

/// Full-size feature maps that the codec holds at once, the gathered taps of a convolution included.
const CODEC_MAPS: u64 = 14;

/// Pools keep freed memory for the next step; measured peaks stay below twice what is live.
const POOL_FACTOR: u64 = 2;

const MIB: u64 = 1 << 20;

/// Sizes of a job in pixels.
pub(super) struct Need {
    /// Width and height that the model draws.
    pub drawn: [usize; 2],
    /// Width and height of every reference at the codec.
    pub references: Vec<[usize; 2]>,
    /// Bytes of the longer prompt: it has fewer tokens than that.
    pub words: usize,
}

/// Bytes of placed weights, activations and the codec's maps at once.
fn live_bytes(model: &ImageModel, need: &Need) -> (u64, u64) {
    let tokens = |[width, height]: &[usize; 2]| (width * height / model.side_multiple().pow(2)) as u64;
    let all_tokens = tokens(&need.drawn)
        + need.references.iter().map(tokens).sum::<u64>()
        + 1024
        + need.words.min(LONGEST_EDIT) as u64;
    let activations = all_tokens * model.transformer.width() as u64 * 4 * BLOCK_WIDTHS;
    let number = if model.device.is_gpu() { 2 } else { 4 };
    let weights = model.transformer.resident_parameters() as u64 * number;
    let largest = need.references.iter().chain([&need.drawn]).map(|[w, h]| w * h).max().unwrap_or(0);
    let [width, height] = need.drawn;
    let side =
        latents::tiling(height, width).map_or(largest, |tiling| largest.min(4 * tiling.tile * tiling.tile));
    let codec = side as u64 * model.codec.base_dim as u64 * 4 * CODEC_MAPS + largest as u64 * 64;
    (weights, activations.max(codec))
}

/// The plan of a job, checked against what the user allows and what the machine has.
///
/// # Errors
/// [`PipelineError::Memory`] when it will not fit.
pub(super) fn make(
    model: &ImageModel,
    request: &ImageRequest,
    numbers: &Numbers,
    need: &Need,
    report: &dyn Report,
) -> Result<Plan, PipelineError> {
    let (weights, activations) = live_bytes(model, need);
    let files = model.file_bytes();
    let gpu = model.device.is_gpu();
    let vram = if gpu { POOL_FACTOR * (weights + activations) + 64 * MIB } else { 0 };
    let host = if gpu { DRIVER_BYTES + weights / 8 } else { POOL_FACTOR * (weights + activations) };
    let software = model.device.facts().is_some_and(|facts| !facts.kind.is_hardware());
    // A software driver keeps its graphics memory in main memory.
    let ram = BASE_BYTES + files + host + if software { vram } else { 0 };
    let limit = request.memory.map(|limit| limit.bytes);
    // Mapped files are given back by the system under pressure, so they do not count against what is free.
    let needed = ram - files;
    let free = host_memory().map(|[_, free]| free);
    for (what, needed, free, chosen) in [
        ("main memory", needed, free, false),
        ("main memory", needed, limit.filter(|_| !gpu), true),
        ("graphics memory", vram, limit.filter(|_| gpu), true),
    ] {
        if let Some(free) = free.filter(|free| *free < needed) {
            let (needed_mib, free_mib) = (needed.div_ceil(MIB), free / MIB);
            return Err(PipelineError::Memory { what, needed_mib, free_mib, chosen });
        }
    }
    let [width, height] = need.drawn;
    let tiles = latents::tiling(height, width).map_or(1, |tiling| {
        let count = |side: usize| side.div_ceil(tiling.stride);
        count(width) * count(height)
    });
    let mut notes = Vec::new();
    if tiles > 1 {
        notes.push(format!("The picture is decoded in {tiles} tiles."));
    }
    if software {
        notes.push("The graphics driver is a software one; --device cpu is faster.".into());
    }
    notes.iter().for_each(|note| report.note(note.clone()));
    Ok(Plan {
        device: model.device.name().into(),
        ram_bytes: ram,
        vram_bytes: vram,
        steps: numbers.steps as u32,
        tiles: tiles as u32,
        work_size: Size { width: width as u32, height: height as u32 },
        part: None,
        notes,
    })
}
