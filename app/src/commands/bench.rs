//! `rostrum bench`: how fast this machine works.

use crate::command_line::TestOptions;
use crate::link::EngineLink;
use crate::narrator::Json;
use crate::terminal::line;
use crate::words;
use engine_api::{EngineError, KernelTiming};
use serde_json::json;

/// Our kernels beside burn's operations, one row per problem, printed as it is measured.
pub(super) fn kernels(options: &TestOptions, link: &EngineLink) -> Result<(), EngineError> {
    if !options.json {
        line(&format!(
            "{:<14} {:<20} {:<28} {:>11} {:>11} {:>9} {:>12} {:>11}",
            "kernel", "variant", "problem", "ours", "burn", "burn/ours", "ours GFLOP/s", "scratch"
        ));
    }
    let measured = (link.bench_kernels)(options.device, &mut |timing| print(&timing, options.json));
    if let (Err(error), true) = (&measured, options.json) {
        Json::failed(error);
    }
    measured
}

fn print(timing: &KernelTiming, json: bool) {
    if json {
        return Json::print("timing", json!(timing));
    }
    let (burn, ratio) = match timing.burn {
        Some(burn) => (milliseconds(burn), format!("{:.2}", burn / timing.ours)),
        None => ("cannot".into(), "-".into()),
    };
    line(&format!(
        "{:<14} {:<20} {:<28} {:>11} {:>11} {:>9} {:>12.1} {:>11}",
        timing.kernel,
        timing.variant,
        timing.problem,
        milliseconds(timing.ours),
        burn,
        ratio,
        timing.operations / timing.ours / 1e9,
        words::bytes(timing.scratch)
    ));
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.3} ms", seconds * 1e3)
}
