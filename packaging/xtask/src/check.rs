//! `cargo xtask check`: what a reviewer should not have to look for.

use crate::setup::{self, Tool};
use crate::{place, step};
use anyhow::Result;
use std::process::Command;

/// The lock file's licences, sources and forbidden crates. Its advisories change by the day and are left to
/// `cargo deny check advisories`.
const DENY: Tool = Tool { program: "cargo-deny", package: "cargo-deny", version: "0.20.2" };

/// Spelling; another version knows other words, so the version matters.
const TYPOS: Tool = Tool { program: "typos", package: "typos-cli", version: "1.52.0" };

/// Formatting, lints, shader validation, architecture, licences and spelling; stops at the first failure and
/// returns what had to be left out.
pub fn check(install: bool) -> Result<Vec<String>> {
    let mut left_out = Vec::new();
    step::cargo(&["fmt", "--all", "--check"])?;
    external(&TYPOS, &[], install, &mut left_out)?;
    external(&DENY, &["--locked", "check", "bans", "licenses", "sources"], install, &mut left_out)?;
    step::cargo(&["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    step::cargo(&["test", "--release", "--workspace", "--quiet", "--test", "tidy"])?;
    // The whole workspace, so that features and with them the compiled dependencies stay the same.
    step::cargo(&[
        "test",
        "--release",
        "--workspace",
        "--quiet",
        "--lib",
        "every_combination_is_valid_wgsl",
    ])?;
    Ok(left_out)
}

fn external(tool: &Tool, words: &[&str], install: bool, left_out: &mut Vec<String>) -> Result<()> {
    match setup::tool(tool, install) {
        Ok(program) => {
            let title = format!("{} {}", tool.program, words.join(" "));
            step::run(title.trim_end(), Command::new(program).args(words).current_dir(place::root()?))
        }
        Err(reason) => {
            left_out.push(format!("{} {} ({reason:#})", tool.program, tool.version));
            Ok(())
        }
    }
}
