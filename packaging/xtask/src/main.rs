//! The project's own commands: `cargo xtask run`, `test` and `check`.
//!
//! Each looks for what it needs on the machine first and installs what is missing where it may.

mod check;
mod sample;
mod setup;

use anyhow::{Result, bail};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask <command>

  run [FILE…]   build Rostrum and start it; without a display, do the sample edit and write it to out/
  test          everything that CI runs: check, then all tests
  check         formatting, lints, shaders, architecture, licences, spelling

Options of test and check:
  --no-install  use what is on the machine and leave out, with a note, what is not";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let install = !words.iter().any(|word| word == "--no-install");
    let result = match words.first().map(String::as_str) {
        Some("run") => sample::run(&words[1..]),
        Some("test") => test(install),
        Some("check") => check::check(install),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn test(install: bool) -> Result<()> {
    setup::vulkan(install)?;
    check::check(install)?;
    // The command line tests start the program itself, so it is built before them.
    cargo(&["build", "--release", "--workspace", "--bins"])?;
    cargo(&["test", "--release", "--workspace", "--no-fail-fast"])
}

/// Runs cargo and fails with its status.
fn cargo(arguments: &[&str]) -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    eprintln!("▸ cargo {}", arguments.join(" "));
    let status = Command::new(cargo).args(arguments).status()?;
    if !status.success() {
        bail!("cargo {} failed", arguments.join(" "));
    }
    Ok(())
}
