//! One step of a command: said, timed, and an error when it fails.

use crate::place;
use anyhow::{Context, Result, bail};
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often a step with a time limit is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// Runs cargo at the repository's root.
///
/// # Errors
/// When it fails, with the command line in words.
pub fn cargo(words: &[&str]) -> Result<()> {
    let mut command = cargo_command()?;
    command.args(words);
    run(&format!("cargo {}", words.join(" ")), &mut command)
}

/// The cargo that runs this program, at the repository's root.
pub fn cargo_command() -> Result<Command> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(place::root()?);
    // Vulkan drivers want a folder for their sockets and say so on every start.
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
    Ok(command)
}

/// Runs a step to its end, with what it prints left as it is.
///
/// # Errors
/// When it cannot be started or fails.
pub fn run(title: &str, command: &mut Command) -> Result<()> {
    eprintln!("▸ {title}");
    let began = Instant::now();
    let status = command.status().with_context(|| format!("{title} could not be started"))?;
    judge(title, status, began)
}

/// As [`run`], ended after `limit`.
///
/// # Errors
/// When it cannot be started, fails or takes too long.
pub fn run_within(limit: Duration, title: &str, command: &mut Command) -> Result<()> {
    eprintln!("▸ {title} (at most {} minutes)", limit.as_secs() / 60);
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{title} could not be started"))?;
    match wait(&mut child, began + limit)? {
        Some(status) => judge(title, status, began),
        None => {
            child.kill()?;
            child.wait()?;
            bail!("{title} took longer than {} minutes", limit.as_secs() / 60)
        }
    }
}

fn wait(child: &mut Child, end: Instant) -> Result<Option<ExitStatus>> {
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        sleep(GLANCE);
    }
    Ok(None)
}

fn judge(title: &str, status: ExitStatus, began: Instant) -> Result<()> {
    let seconds = began.elapsed().as_secs();
    if !status.success() {
        bail!("{title} failed after {seconds} s ({status})");
    }
    if seconds > 0 {
        eprintln!("  {seconds} s");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_fails_with_its_title_and_ends_at_its_limit() {
        let cargo = || Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        run("version", cargo().arg("--version")).unwrap();
        let mut nonsense = cargo();
        nonsense.arg("no-such-command").stderr(std::process::Stdio::null());
        let wrong = run("nonsense", &mut nonsense).unwrap_err();
        assert!(wrong.to_string().starts_with("nonsense failed"), "{wrong}");
        let none = run("nothing", &mut Command::new("no-such-program-anywhere")).unwrap_err();
        assert!(none.to_string().contains("could not be started"), "{none}");
        let late = run_within(Duration::ZERO, "slow", cargo().arg("--version")).unwrap_err();
        assert!(late.to_string().contains("took longer"), "{late}");
    }
}
