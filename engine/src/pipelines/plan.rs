//! What a job will take, worked out before it starts from sizes alone.
//!
//! The bounds are sums of what is certainly held at once in the largest stage: mapped files, placed weights and
//! activations. They are upper bounds on purpose; tests hold measured peaks against them.

use super::edit::work_sizes;
use super::fit::stitch::expected_region;
use super::settings::native::Native;
use super::settings::{Asked, Numbers, drawn_side};
use super::{ImageModel, PipelineError, convert, latents, report::Report};
use crate::device::{Device, host_memory};
use crate::models::References;
use crate::models::qwen_vl::prompt::LONGEST_EDIT;
use crate::picture::dimension::fit_area;
use engine_api::{Foresight, ImageRequest, Plan, Prospect, Room, Size};

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

/// Share of the free memory from which a job is called tight.
const TIGHT: f64 = 0.8;

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
    let plan = estimate(model, numbers, need);
    for claim in claims(model, &plan, request.memory.map(|limit| limit.bytes)) {
        if let Some(free) = claim.free.filter(|free| *free < claim.needed) {
            let (needed_mib, free_mib) = (claim.needed.div_ceil(MIB), free / MIB);
            return Err(PipelineError::Memory {
                what: claim.what,
                needed_mib,
                free_mib,
                chosen: claim.chosen,
            });
        }
    }
    plan.notes.iter().for_each(|note| report.note(note.clone()));
    Ok(plan)
}

/// The plan of a job that nobody has asked for yet: reads headers and settings, but no weight and no pixel.
///
/// # Errors
/// What the model's folder or the sizes are refused for. Too little memory is no error here.
pub fn foresee(prospect: &Prospect) -> Result<Foresight, PipelineError> {
    let model = ImageModel::open(&prospect.model, Device::open(convert::device(prospect.device))?)?;
    let asked = Asked {
        quality: prospect.quality,
        steps: prospect.steps,
        guidance: prospect.guidance,
        negative: prospect.negative.as_ref(),
    };
    let numbers = Numbers::of(&asked, &model);
    let words = numbers.negative.as_ref().map_or(0, String::len).max(prospect.prompt_bytes);
    let multiple = model.side_multiple();
    let mut part = None;
    let (drawn, references) = match &prospect.edit {
        None => {
            let canvas = prospect.canvas;
            let [width, height] = model.size_from_words([canvas.width as usize, canvas.height as usize]);
            ([drawn_side(width, multiple)?, drawn_side(height, multiple)?], Vec::new())
        }
        Some(edit) => {
            let region = expected_region(prospect.canvas, edit);
            let masked = edit.marked.is_some() || !edit.expand.is_none();
            part =
                masked.then_some([region.x, region.y, region.width, region.height].map(|side| side as u32));
            let [_, drawn] = work_sizes(region, edit.work_size, &model)?;
            let fitted = |width: usize, height: usize| {
                let (width, height) = fit_area(drawn[0] * drawn[1], width, height);
                [width, height]
            };
            let main =
                if masked || model.native.is_some() { drawn } else { fitted(region.width, region.height) };
            let others = edit.references.iter().map(|size| fitted(size.width as usize, size.height as usize));
            let guides = std::iter::once(main).chain(others).collect();
            (drawn, if model.family.references == References::None { Vec::new() } else { guides })
        }
    };
    let plan = Plan { part, ..estimate(&model, &numbers, &Need { drawn, references, words }) };
    let claims = claims(&model, &plan, prospect.memory.map(|limit| limit.bytes));
    let scarce = |claim: &&Claim| claim.free.map_or(0.0, |free| claim.needed as f64 / free.max(1) as f64);
    let scarcest = claims.iter().max_by(|one, other| scarce(one).total_cmp(&scarce(other)));
    let share = scarcest.as_ref().map_or(0.0, scarce);
    Ok(Foresight {
        family: model.title().into(),
        edits: model.family.references != References::None,
        room: match share {
            ..TIGHT => Room::Fits,
            ..=1.0 => Room::Tight,
            _ => Room::TooBig,
        },
        needed: scarcest.map_or(plan.ram_bytes, |claim| claim.needed),
        free: scarcest.and_then(|claim| claim.free),
        plan,
    })
}

/// A need for one kind of memory, and what there is of it.
struct Claim {
    what: &'static str,
    needed: u64,
    free: Option<u64>,
    /// Whether it is the user who allowed no more.
    chosen: bool,
}

fn claims(model: &ImageModel, plan: &Plan, limit: Option<u64>) -> [Claim; 3] {
    let gpu = model.device.is_gpu();
    // Mapped files are given back by the system under pressure, so they do not count against what is free.
    let needed = plan.ram_bytes - model.file_bytes().min(plan.ram_bytes);
    let free = host_memory().map(|[_, free]| free);
    [
        Claim { what: "main memory", needed, free, chosen: false },
        Claim { what: "main memory", needed, free: limit.filter(|_| !gpu), chosen: true },
        Claim { what: "graphics memory", needed: plan.vram_bytes, free: limit.filter(|_| gpu), chosen: true },
    ]
}

fn estimate(model: &ImageModel, numbers: &Numbers, need: &Need) -> Plan {
    let (weights, activations) = live_bytes(model, need);
    let files = model.file_bytes();
    let gpu = model.device.is_gpu();
    let vram = if gpu { POOL_FACTOR * (weights + activations) + 64 * MIB } else { 0 };
    let host = if gpu { DRIVER_BYTES + weights / 8 } else { POOL_FACTOR * (weights + activations) };
    let software = model.device.facts().is_some_and(|facts| !facts.kind.is_hardware());
    // A software driver keeps its graphics memory in main memory.
    let ram = BASE_BYTES + files + host + if software { vram } else { 0 };
    let [width, height] = need.drawn;
    let tiles = latents::tiling(height, width).map_or(1, |tiling| {
        let count = |side: usize| side.div_ceil(tiling.stride);
        count(width) * count(height)
    });
    let mut notes: Vec<String> = model.native.iter().map(Native::introduction).collect();
    if tiles > 1 {
        notes.push(format!("The picture is decoded in {tiles} tiles."));
    }
    if software {
        notes.push("The graphics driver is a software one; --device cpu is faster.".into());
    }
    Plan {
        device: model.device.name().into(),
        ram_bytes: ram,
        vram_bytes: vram,
        steps: numbers.steps as u32,
        tiles: tiles as u32,
        work_size: Size { width: width as u32, height: height as u32 },
        part: None,
        notes,
    }
}
