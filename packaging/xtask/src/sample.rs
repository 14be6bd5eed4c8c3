//! `cargo xtask run`: the window on the sample picture. Without a display, or with options, the program does a sample
//! edit and a sample clip with the starter pack, and writes what comes of them.

use crate::{place, setup, step};
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

/// What is shown: a picture, a mask in it, what shall be there, and with which model.
struct Sample {
    picture: &'static str,
    mask: &'static str,
    prompt: &'static str,
    model: &'static str,
    /// Options that only this model needs.
    options: &'static [(&'static str, &'static str)],
    /// What is said of the model beside a result, and before the window opens.
    about: &'static str,
}

/// With the small models that come with the source.
const STARTER: Sample = Sample {
    picture: "assets/samples/harbour.png",
    mask: "assets/samples/harbour-mask.png",
    prompt: "remove the balloon",
    model: "assets/starter/starter",
    options: &[],
    about: "The model is Starter, which is small and learned from drawn scenes.",
};

/// Where that is not there: with a checkpoint of the tests. Small and quick, with a seed so that everybody sees the same.
const RANDOM: Sample = Sample {
    picture: "assets/samples/chelsea.png",
    mask: "assets/samples/chelsea-mask.png",
    prompt: "Give the cat a crown of flowers",
    model: "tests/golden/qwen_image/edit_plus",
    options: &[("--work-size", "192x128"), ("--steps", "4"), ("--seed", "7")],
    about: "The model is a checkpoint of the tests with random weights: it shows that the whole way works and that nothing \
            outside the mask changes, but it paints noise.",
};

/// The folder of such checkpoints, which the window then offers beside the models that are installed.
const RANDOM_MODELS: &str = "tests/golden/qwen_image";

/// The motion model that belongs to the starter, and what it is told.
const MOTION_MODEL: &str = "assets/starter/starter-motion";
const MOTION: &str = "the boat sails right";

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

fn is_model(folder: &Path) -> bool {
    folder.join("model_index.json").is_file()
}

fn sample(root: &Path) -> &'static Sample {
    if is_model(&root.join(STARTER.model)) { &STARTER } else { &RANDOM }
}

fn open_window(root: &Path) -> Result<()> {
    let sample = sample(root);
    let mut command = Command::new(place::program()?);
    command.arg(root.join(sample.picture)).current_dir(root);
    if sample.model == RANDOM.model && std::env::var_os("ROSTRUM_MODELS").is_none() {
        command.env("ROSTRUM_MODELS", root.join(RANDOM_MODELS));
    }
    println!(
        "The window opens. {} For photographs, put a model where `rostrum models list` says.",
        sample.about
    );
    step::run("rostrum", &mut command)
}

fn edit(root: &Path, words: &[String]) -> Result<()> {
    let sample = sample(root);
    let out = root.join("out");
    std::fs::create_dir_all(&out).context("the folder out/ cannot be made")?;
    let own_picture = given(words, "-i", "--image");
    if !own_picture {
        for (from, to) in [(sample.picture, "before.png"), (sample.mask, "mask.png")] {
            std::fs::copy(root.join(from), out.join(to))
                .with_context(|| format!("{from} cannot be copied to out/"))?;
        }
    }
    let after = out.join("after.png");
    let mut command = Command::new(place::program()?);
    command.arg("edit").args(sample_options(sample, root, &after, words)).args(words);
    step::run("rostrum edit", &mut command)?;
    let own_output = given(words, "-o", "--output");
    if !own_picture {
        println!("before  {}", out.join("before.png").display());
        println!("mask    {}", out.join("mask.png").display());
    }
    println!("after   {}", if own_output { "as asked".into() } else { after.display().to_string() });
    // An edit of one's own stays one; the clip belongs to the sample.
    if words.is_empty() && is_model(&root.join(MOTION_MODEL)) {
        let clip = out.join("clip.mp4");
        let mut command = Command::new(place::program()?);
        command.arg("animate").arg("--model").arg(root.join(MOTION_MODEL));
        command.arg("--image").arg(&after).args(["--prompt", MOTION]).arg("-o").arg(&clip);
        step::run("rostrum animate", &mut command)?;
        println!("clip    {}", clip.display());
    }
    if !given(words, "-m", "--model") {
        println!(
            "\n{} For real edits:\n    cargo xtask run --model FOLDER     with the folder of a Qwen-Image-Edit model",
            sample.about
        );
    }
    Ok(())
}

/// What the sample asks for, less what the user asks for instead.
fn sample_options(sample: &Sample, root: &Path, after: &Path, words: &[String]) -> Vec<String> {
    let path = |path: &str| root.join(path).display().to_string();
    let mut options = Vec::new();
    let mut add = |short: &str, long: &str, value: String| {
        if !given(words, short, long) {
            options.extend([long.to_string(), value]);
        }
    };
    add("-i", "--image", path(sample.picture));
    // The sample's mask fits the sample's picture only.
    if !given(words, "-i", "--image") {
        add("-", "--mask", path(sample.mask));
    }
    add("-p", "--prompt", sample.prompt.into());
    add("-o", "--output", after.display().to_string());
    add("-m", "--model", path(sample.model));
    if !given(words, "-m", "--model") {
        sample.options.iter().for_each(|(name, value)| add("-", name, (*value).to_string()));
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
        let options =
            |text: &str| sample_options(&RANDOM, Path::new("r"), Path::new("a.png"), &words(text)).join(" ");
        assert!(options("").contains("--steps 4") && options("").contains("edit_plus"));
        let own = options("--model M --steps=9 -pX");
        assert!(!own.contains("--model") && !own.contains("--steps") && !own.contains("--prompt"), "{own}");
        assert!(!own.contains("--work-size") && own.contains("--mask"), "{own}");
        assert!(!options("--image a.png").contains("--mask"));
        assert!(given(&words("-mM"), "-m", "--model") && !given(&words("--mask M"), "-m", "--model"));
    }

    #[test]
    fn the_samples_are_there() {
        let root = place::root().unwrap();
        let parts = [STARTER.picture, STARTER.mask, RANDOM.picture, RANDOM.mask, RANDOM.model, RANDOM_MODELS];
        assert!(parts.iter().all(|path| root.join(path).exists()));
    }
}
