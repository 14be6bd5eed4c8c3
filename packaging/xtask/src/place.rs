//! Where things lie.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> Result<PathBuf> {
    let manifest =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.ancestors().nth(2).map(Path::to_path_buf).context("xtask lies outside of its repository")
}

/// Where cargo builds: `$CARGO_TARGET_DIR`, else `target`. What is made for this machine alone goes here too.
pub fn target() -> Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => Ok(std::path::absolute(folder)?),
        None => Ok(root()?.join("target")),
    }
}

/// The program as cargo built it: beside this one.
pub fn program() -> Result<PathBuf> {
    let own = env::current_exe()?;
    Ok(own.with_file_name(format!("rostrum{}", env::consts::EXE_SUFFIX)))
}
