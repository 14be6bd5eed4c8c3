//! `rostrum bench`: how fast this machine works.

use crate::command_line::BenchOptions;
use crate::link::EngineLink;
use crate::narrator::Json;
use crate::terminal::line;
use engine_api::{EngineError, KernelTiming};
use serde_json::json;

/// Our kernels beside burn's operations, one row per problem, printed as it is measured.
pub(super) fn kernels(options: &BenchOptions, link: &EngineLink) -> Result<(), EngineError> {
    if !options.json {
        line(&format!(
            "{:<14} {:<30} {:>12} {:>12} {:>10} {:>13}",
            "kernel", "problem", "ours", "burn", "burn/ours", "ours GFLOP/s"
        ));
    }
    let measured =
        (link.bench_kernels)(options.device, options.quick, &mut |timing| print(&timing, options.json));
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
    let remark = timing.remark.as_ref().map(|remark| format!("  ({remark})")).unwrap_or_default();
    line(&format!(
        "{:<14} {:<30} {:>12} {:>12} {:>10} {:>13.1}{remark}",
        timing.kernel,
        timing.problem,
        milliseconds(timing.ours),
        burn,
        ratio,
        timing.gflops,
    ));
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.3} ms", seconds * 1e3)
}
