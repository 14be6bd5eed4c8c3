//! `cargo xtask run`: the program on the sample picture, or the sample edit where there is no display.

use crate::cargo;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const PICTURE: &str = "assets/samples/chelsea.png";
const MASK: &str = "assets/samples/chelsea-mask.png";
/// Until the starter pack exists, the sample runs on a checkpoint of the golden tests: random numbers.
const MODEL: &str = "tests/golden/qwen_image/edit_plus";

/// Builds and does the sample edit with `words` as further options.
pub fn run(words: &[String]) -> Result<()> {
    cargo(&["build", "--release", "--quiet", "-p", "app"])?;
    let out = Path::new("out");
    std::fs::create_dir_all(out).context("the folder out/ cannot be made")?;
    for (from, to) in [(PICTURE, "before.png"), (MASK, "mask.png")] {
        std::fs::copy(from, out.join(to)).with_context(|| format!("{from} cannot be copied to out/"))?;
    }
    let after = out.join("after.png");
    let status = Command::new(program()?)
        .args(["edit", "--model", MODEL, "--image", PICTURE, "--mask", MASK])
        .args(["--prompt", "Give the cat a crown of flowers", "--steps", "4", "--work-size", "192x128"])
        .arg("-o")
        .arg(&after)
        .args(words)
        .status()?;
    if !status.success() {
        bail!("the sample edit failed");
    }
    println!("out/before.png, out/mask.png and out/after.png are written.");
    println!(
        "The model is a checkpoint of the tests with random numbers: it shows that the whole way works and that \
         nothing outside the mask changes, but it paints noise. For real edits give a Qwen-Image-Edit folder to \
         `rostrum edit --model`."
    );
    Ok(())
}

/// The program as cargo built it.
fn program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().context("xtask has no folder")?;
    let program = folder.join(format!("rostrum{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    bail!("{} is missing", program.display())
}
