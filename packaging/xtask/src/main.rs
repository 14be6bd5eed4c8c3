//! The project's own commands: `cargo xtask run`, `test`, `check` and `golden`.
//!
//! Each looks for what it needs on the machine first and installs what is missing where it may. Nothing here asks
//! questions or needs a terminal.

mod check;
mod golden;
mod place;
mod sample;
mod setup;
mod step;

use anyhow::Result;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  run [OPTION…]   build Rostrum and open its window on the sample picture. With options, or without a
                  display, do the sample edit into out/; the options go to `rostrum edit`
                  (`cargo xtask run --model FOLDER --steps 20` edits the sample with a real model)
  test            everything that CI runs: check, then all tests
  check           formatting, lints, shaders, architecture, licences, spelling
  golden          make the golden results anew with the reference implementations, and compare
                  (--write replaces the committed ones)

Option of test and check:
  --no-install    use what is on the machine and leave out, with a note, what is not";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, options)) = words.split_first() else { return wrong_usage("no command") };
    let allowed: &[&str] = match command.as_str() {
        "test" | "check" => &["--no-install"],
        "golden" => &["--write"],
        _ => &[],
    };
    let stray = options.iter().find(|option| !allowed.contains(&option.as_str()));
    if let Some(stray) = stray.filter(|_| command != "run") {
        return wrong_usage(&format!("`{command}` takes no `{stray}`"));
    }
    let install = !options.iter().any(|option| option == "--no-install");
    let result = match command.as_str() {
        "run" => sample::run(options),
        "test" => test(install),
        "check" => check::check(install).map(|left_out| farewell(&left_out)),
        "golden" => golden::golden(!options.is_empty()),
        _ => return wrong_usage(&format!("there is no `{command}`")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn wrong_usage(complaint: &str) -> ExitCode {
    eprintln!("xtask: {complaint}\n\n{USAGE}");
    ExitCode::from(2)
}

fn test(install: bool) -> Result<()> {
    setup::vulkan(install)?;
    setup::stage(install)?;
    setup::players(install);
    let left_out = check::check(install)?;
    // The tests of the command line start the program itself, so it is built before them.
    step::cargo(&["build", "--release", "--workspace", "--bins"])?;
    step::cargo(&["test", "--release", "--workspace", "--no-fail-fast", "--quiet"])?;
    farewell(&left_out);
    Ok(())
}

/// The last words of a run that found nothing.
fn farewell(left_out: &[String]) {
    left_out.iter().for_each(|what| eprintln!("▸ left out: {what}"));
    eprintln!("▸ all is well");
}
