//! `cargo xtask check`: what a reviewer should not have to look for.

use crate::{cargo, setup};
use anyhow::{Result, bail};
use std::process::Command;

/// Formatting, lints, shader validation, architecture, licences and spelling; stops at the first failure.
pub fn check(install: bool) -> Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    cargo(&["test", "--release", "--workspace", "--quiet", "--lib", "variants"])?;
    cargo(&["test", "--release", "--workspace", "--quiet", "--test", "tidy"])?;
    // The advisory database lives on a server; licences, bans and sources need the lock file only.
    external("cargo-deny", &["--offline", "check", "bans", "licenses", "sources"], install)?;
    external("typos", &[], install)
}

fn external(program: &str, arguments: &[&str], install: bool) -> Result<()> {
    let package = if program == "typos" { "typos-cli" } else { program };
    if !setup::tool(program, package, install)? {
        eprintln!("▸ {program} is not on this machine and was left out");
        return Ok(());
    }
    eprintln!("▸ {program} {}", arguments.join(" "));
    if !Command::new(program).args(arguments).status()?.success() {
        bail!("{program} found something to mend");
    }
    Ok(())
}
