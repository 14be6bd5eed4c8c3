//! `cargo xtask run`: the window on the sample picture. Without a display, or with options, the program does the
//! sample edit and writes before, mask and after; without options it sets the result in motion, too.

use crate::{place, setup, step};
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

const PICTURE: &str = "assets/samples/harbour.png";
const MASK: &str = "assets/samples/harbour-mask.png";
const PROMPT: &str = "remove the balloon";
const MOTION: &str = "pan left";

/// The starter pack: the model of the sample edit, and of the clip.
const MODEL: &str = "assets/starter/starter";
const MOTION_MODEL: &str = "assets/starter/starter-motion";

/// For the starter only, so that everybody sees the same.
const SEED: &str = "7";

/// Builds, then opens the window, or edits the sample; `words` are further options of `rostrum edit` and replace the
/// sample's own.
pub fn run(words: &[String]) -> Result<()> {
    let in_window = words.is_empty() && has_display();
    if in_window {
        setup::window(true)?;
    }
    step::cargo(&["build", "--release", "--workspace", "--bins", "--quiet"])?;
    let root = place::root()?;
    if in_window { open_window(&root) } else { edit(&root, words) }
}

/// Whether there is a screen to open a window on.
fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn open_window(root: &Path) -> Result<()> {
    println!(
        "The window opens on a drawn harbour. Beside the models that are installed it offers the starter pack, which \
         learnt from drawn scenes: try \"make it night\", or mark the balloon and ask to remove it."
    );
    step::run("rostrum", Command::new(place::program()?).arg(root.join(PICTURE)).current_dir(root))
}

fn edit(root: &Path, words: &[String]) -> Result<()> {
    let out = root.join("out");
    std::fs::create_dir_all(&out).context("the folder out/ cannot be made")?;
    for (from, to) in [(PICTURE, "before.png"), (MASK, "mask.png")] {
        std::fs::copy(root.join(from), out.join(to))
            .with_context(|| format!("{from} cannot be copied to out/"))?;
    }
    let after = out.join("after.png");
    let mut command = Command::new(place::program()?);
    command.arg("edit").args(sample_options(root, &after, words)).args(words);
    step::run("rostrum edit", &mut command)?;
    println!("before  {}", out.join("before.png").display());
    println!("mask    {}", out.join("mask.png").display());
    println!(
        "after   {}",
        if given(words, "-o", "--output") { "as asked".into() } else { after.display().to_string() }
    );
    if words.is_empty() {
        animate(&root.join(MOTION_MODEL), &after, &out.join("clip.mp4"))?;
    }
    if !given(words, "-m", "--model") {
        println!(
            "\nThe models were the starter pack: small ones that learnt from drawn scenes. For photographs:\n    \
             cargo xtask run --model FOLDER     with the folder of a Qwen-Image-Edit model"
        );
    }
    Ok(())
}

/// Sets the edited picture in motion.
fn animate(model: &Path, first: &Path, clip: &Path) -> Result<()> {
    let mut command = Command::new(place::program()?);
    command.args(["animate", "--prompt", MOTION, "--seed", SEED, "--model"]).arg(model);
    step::run("rostrum animate", command.arg("--image").arg(first).arg("-o").arg(clip))?;
    println!("clip    {}", clip.display());
    Ok(())
}

/// What the sample asks for, less what the user asks for instead.
fn sample_options(root: &Path, after: &Path, words: &[String]) -> Vec<String> {
    let path = |path: &str| root.join(path).display().to_string();
    let mut options = Vec::new();
    let mut add = |short: &str, long: &str, value: String| {
        if !given(words, short, long) {
            options.extend([long.to_string(), value]);
        }
    };
    add("-i", "--image", path(PICTURE));
    // The sample's mask fits the sample's picture only.
    if !given(words, "-i", "--image") {
        add("-", "--mask", path(MASK));
    }
    add("-p", "--prompt", PROMPT.into());
    add("-o", "--output", after.display().to_string());
    add("-m", "--model", path(MODEL));
    if !given(words, "-m", "--model") {
        add("-", "--seed", SEED.into());
    }
    options
}

/// Whether an option was typed, in any of its spellings: `-m x`, `-mx`, `--model x`, `--model=x`.
fn given(words: &[String], short: &str, long: &str) -> bool {
    words.iter().any(|word| match word.strip_prefix(long) {
        Some(rest) => rest.is_empty() || rest.starts_with('='),
        None => !word.starts_with("--") && short.len() == 2 && word.starts_with(short),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn typed_options_replace_those_of_the_sample() {
        let options = |text: &str| sample_options(Path::new("r"), Path::new("a.png"), &words(text)).join(" ");
        assert!(options("").contains("--seed 7") && options("").contains("starter"));
        assert!(!options("--seed=9").contains("--seed"));
        let own = options("--model M -pX");
        assert!(!own.contains("--model") && !own.contains("--seed") && !own.contains("--prompt"), "{own}");
        assert!(own.contains("--mask"), "{own}");
        assert!(!options("--image a.png").contains("--mask"));
        assert!(given(&words("-mM"), "-m", "--model") && !given(&words("--mask M"), "-m", "--model"));
    }

    #[test]
    fn the_sample_is_there() {
        let root = place::root().unwrap();
        assert!([PICTURE, MASK, MODEL, MOTION_MODEL].iter().all(|path| root.join(path).exists()));
    }
}
