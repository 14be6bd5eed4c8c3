//! `rostrum bench`: how fast this machine works.

use crate::command_line::{BenchOptions, WindowBenchOptions};
use crate::link::EngineLink;
use crate::narrator::Json;
use crate::native;
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

/// Frame times of a real window, painted on by nobody's hand.
pub(super) fn window(options: &WindowBenchOptions, link: &EngineLink) -> Result<(), EngineError> {
    let measured = native::bench(options, *link)?;
    if options.json {
        Json::print("window", json!(measured));
        return Ok(());
    }
    let milliseconds = |seconds: f32| format!("{:.1} ms", seconds * 1e3);
    line(&format!(
        "{} frames of painting on {} × {} pixels, {} layers",
        measured.frames, options.size, options.size, measured.layers
    ));
    line(&format!("drawn with {}; a job ran in {} of the frames", measured.adapter, measured.while_working));
    for (name, times) in [("work of the window", measured.work), ("from frame to frame", measured.interval)] {
        line(&format!(
            "{name}: half within {}, 95 % within {}, longest {}",
            milliseconds(times.median),
            milliseconds(times.p95),
            milliseconds(times.longest)
        ));
    }
    line(&format!(
        "tiles sent to the graphics card: {:.1} per frame, at most {}",
        measured.tiles_mean, measured.tiles_most
    ));
    Ok(())
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
