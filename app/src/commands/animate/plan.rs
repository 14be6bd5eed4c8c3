//! `rostrum animate --plan`: what a clip would take on cards of several sizes, from a model's headers alone.

use crate::command_line::AnimateOptions;
use crate::library;
use crate::link::{CardPlan, EngineLink};
use crate::narrator::Json;
use crate::terminal::line;
use crate::words;
use engine_api::{EngineError, Size};
use serde_json::json;

/// Cards that people have, in gibibytes.
const CARDS: [u64; 4] = [8, 12, 16, 24];
const GIB: u64 = 1 << 30;

pub(super) fn run(options: &AnimateOptions, link: &EngineLink) -> Result<(), EngineError> {
    let told = tell(options, link);
    if let (Err(error), true) = (&told, options.common.json) {
        Json::failed(error);
    }
    told
}

fn tell(options: &AnimateOptions, link: &EngineLink) -> Result<(), EngineError> {
    let model = library::find(options.model.as_deref().unwrap_or_default())?;
    let size = options.width.zip(options.height).map(|(width, height)| Size { width, height });
    // The memory that may be planned with stands in for a card of that size.
    let cards: Vec<u64> = match options.common.memory {
        Some(limit) => vec![limit.bytes],
        None => CARDS.iter().map(|card| card * GIB).collect(),
    };
    let plans = (link.plan_clip)(&model, size, options.frames.map(super::whole), &cards)?;
    let (size, frames) = (plans.size, plans.frames);
    if options.common.json {
        for plan in &plans.cards {
            let CardPlan { card, needed, fits, blocks: [kept, blocks], tiles, shorter, smaller } = *plan;
            let fields = json!({
                "width": size.width, "height": size.height, "frames": frames,
                "card_bytes": card, "needed_bytes": needed, "fits": fits,
                "blocks_kept": kept, "blocks": blocks, "tiles": tiles,
                "fitting_frames": shorter,
                "fitting_width": smaller.map(|size| size.width),
                "fitting_height": smaller.map(|size| size.height),
            });
            Json::print("plan", fields);
        }
        return Ok(());
    }
    line(&format!("{} of {size} pixels:", words::count(u64::from(frames), "frame")));
    plans.cards.iter().for_each(|plan| line(&sentence(plan)));
    Ok(())
}

fn sentence(plan: &CardPlan) -> String {
    let (card, needed) = (words::bytes(plan.card), words::bytes(plan.needed));
    if !plan.fits {
        let smaller = plan.smaller.map(|size| format!("{size} pixels"));
        let shorter = plan.shorter.map(|frames| words::count(u64::from(frames), "frame"));
        let fits: Vec<String> = smaller.into_iter().chain(shorter).collect();
        let fits = if fits.is_empty() { String::new() } else { format!("; {} would fit", fits.join(" or ")) };
        return format!("  a card of {card}: too small, at least {needed} are needed{fits}");
    }
    let [kept, blocks] = plan.blocks;
    let blocks = if kept == blocks {
        format!("all {blocks} blocks stay there")
    } else {
        format!("{kept} of {blocks} blocks stay there, {} are read at every step", blocks - kept)
    };
    let tiles = if plan.tiles > 1 { format!("in {} tiles", plan.tiles) } else { "in one go".into() };
    format!("  a card of {card}: {blocks}; decoded {tiles}; up to {needed} in use")
}
