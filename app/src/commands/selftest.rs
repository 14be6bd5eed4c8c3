//! `rostrum selftest`: what the machine can do, and whether it computes rightly.

use crate::command_line::TestOptions;
use crate::link::EngineLink;
use crate::narrator::Json;
use crate::terminal::line;
use crate::words;
use engine_api::{Adapter, EngineError, ErrorKind, KernelCheck, Machine};
use serde_json::json;

/// Lists the adapters, then runs every kernel variant against its CPU twin on the chosen device.
pub(super) fn run(options: &TestOptions, link: &EngineLink) -> Result<(), EngineError> {
    let machine = (link.machine)();
    if options.json {
        Json::print("machine", json!(machine));
    } else {
        describe(&machine);
    }
    let (mut passed, mut failed) = (0u64, 0u64);
    let tested = (link.selftest)(options.device, &mut |check: KernelCheck| {
        if check.passed {
            passed += 1;
        } else {
            failed += 1;
        }
        if options.json {
            Json::print("check", json!(check));
        } else {
            line(&check_line(&check));
        }
    });
    let verdict = tested.and_then(|()| verdict(passed, failed));
    match &verdict {
        Err(error) if options.json => Json::failed(error),
        Err(_) => {}
        Ok(()) if options.json => Json::print("finished", json!({ "passed": passed, "failed": failed })),
        Ok(()) => line(&format!("All {} passed", words::count(passed, "check"))),
    }
    verdict
}

fn verdict(passed: u64, failed: u64) -> Result<(), EngineError> {
    if failed == 0 {
        return Ok(());
    }
    let message = format!("{failed} of {} kernel checks failed on this device", passed + failed);
    let hint = "Update the graphics driver; until then Rostrum does without the failing kernels, or use --device cpu";
    Err(EngineError::new(ErrorKind::Device, message).with_hint(hint))
}

fn describe(machine: &Machine) {
    let memory =
        machine.memory.map(|memory| format!(", {} of memory", words::bytes(memory))).unwrap_or_default();
    line(&format!("cpu    {}{memory}", words::count(u64::from(machine.threads), "thread")));
    if machine.adapters.is_empty() {
        line("gpu    no graphics adapter with Vulkan, Metal or DirectX 12 was found");
    }
    machine.adapters.iter().for_each(describe_adapter);
}

fn describe_adapter(adapter: &Adapter) {
    let software = if adapter.software { ", a program that imitates a graphics card" } else { "" };
    line(&format!(
        "gpu:{}  {}, {}, {}{software}",
        adapter.number, adapter.name, adapter.interface, adapter.driver
    ));
    line(&format!(
        "       features: {}",
        if adapter.features.is_empty() { "none".into() } else { adapter.features.join(", ") }
    ));
    let limits: Vec<String> = adapter.limits.iter().map(|(name, value)| format!("{name} {value}")).collect();
    line(&format!("       limits: {}", limits.join(", ")));
}

fn check_line(check: &KernelCheck) -> String {
    let mark = if check.passed { "ok  " } else { "FAIL" };
    let remark = check.remark.as_ref().map(|remark| format!("  ({remark})")).unwrap_or_default();
    format!(
        "{mark}  {:<16} {:<20} {:<28} error {:.2e} of {:.2e}{remark}",
        check.kernel, check.variant, check.problem, check.error, check.tolerance
    )
}
