//! `cargo xtask run`: the window on the sample picture. Without a display, or with options, the program does the
//! sample edit and writes before, mask and after.

use crate::{place, setup, step};
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

const PICTURE: &str = "assets/samples/chelsea.png";
const MASK: &str = "assets/samples/chelsea-mask.png";
const PROMPT: &str = "Give the cat a crown of flowers";

/// Until the starter pack exists, the sample runs on a checkpoint of the golden tests, whose weights are random.
const MODEL: &str = "tests/golden/qwen_image/edit_plus";

/// The folder of such checkpoints, which the window offers as models beside those that are installed.
const MODELS: &str = "tests/golden/qwen_image";

/// For that checkpoint only: small and quick, with a seed so that everybody sees the same.
const SMALL: [(&str, &str); 3] = [("--work-size", "192x128"), ("--steps", "4"), ("--seed", "7")];

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
    let mut command = Command::new(place::program()?);
    command.arg(root.join(PICTURE));
    if std::env::var_os("ROSTRUM_MODELS").is_none() {
        command.env("ROSTRUM_MODELS", root.join(MODELS));
        println!(
            "The window opens. Beside the models that are installed it offers checkpoints of the tests, whose weights \
             are random: they show that everything works, but they paint noise."
        );
    }
    step::run("rostrum", &mut command)
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
    if !given(words, "-m", "--model") {
        println!(
            "\nThe model was a checkpoint of the tests with random weights: this shows that the whole way works and \
             that nothing outside the mask changes, but it paints noise. For real edits:\n    \
             cargo xtask run --model FOLDER     with the folder of a Qwen-Image-Edit model"
        );
    }
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
        SMALL.iter().for_each(|(name, value)| add("-", name, value.to_string()));
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
        assert!(options("").contains("--steps 4") && options("").contains("edit_plus"));
        let own = options("--model M --steps=9 -pX");
        assert!(!own.contains("--model") && !own.contains("--steps") && !own.contains("--prompt"), "{own}");
        assert!(!own.contains("--work-size") && own.contains("--mask"), "{own}");
        assert!(!options("--image a.png").contains("--mask"));
        assert!(given(&words("-mM"), "-m", "--model") && !given(&words("--mask M"), "-m", "--model"));
    }

    #[test]
    fn the_sample_is_there() {
        let root = place::root().unwrap();
        assert!([PICTURE, MASK, MODEL, MODELS].iter().all(|path| root.join(path).exists()));
    }
}
