//! `cargo xtask golden`: the golden results, made anew by the reference implementations.

use crate::{place, step};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

const FOLDER: &str = "tests/golden";

/// Makes a Python environment in the target folder, installs the exact versions of `requirements.txt`, and runs
/// all scripts: comparing, or with `write` replacing what is committed.
///
/// # Errors
/// When Python is missing or too old, a script fails, or results differ.
pub fn golden(write: bool) -> Result<()> {
    let root = place::root()?;
    let python = environment(&root)?;
    let script = |name: &str, words: &[&str]| {
        let mut command = Command::new(&python);
        command.current_dir(&root).arg(format!("{FOLDER}/{name}")).args(words);
        step::run(format!("{FOLDER}/{name} {}", words.join(" ")).trim_end(), &mut command)
    };
    for family in ["qwen_image.py", "wan.py"] {
        script(family, if write { &[] } else { &["--check"] })?;
    }
    // Pictures and noise are the same to the bit on every machine, so they are compared by writing them.
    script("picture.py", &[])?;
    let status = Command::new("git").current_dir(&root).args(["status", "--short", "--", FOLDER]).output();
    let changed = String::from_utf8_lossy(&status.context("git could not be started")?.stdout).into_owned();
    match (changed.trim().is_empty(), write) {
        (true, _) => println!("All golden results are as committed."),
        (false, true) => println!("Changed:\n{changed}Look at the difference before you commit it."),
        (false, false) => bail!("these golden results differ from the committed ones:\n{changed}"),
    }
    Ok(())
}

/// The Python of the environment, made and filled where that has not happened yet.
fn environment(root: &Path) -> Result<std::path::PathBuf> {
    let folder = place::target()?.join("golden-python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.exists() {
        let names: &[&str] = if cfg!(windows) { &["py", "python"] } else { &["python3", "python"] };
        let recent = "import sys; sys.exit(sys.version_info < (3, 11))";
        let fits = |name: &&&str| Command::new(name).args(["-c", recent]).status().is_ok_and(|s| s.success());
        let Some(system) = names.iter().find(fits) else {
            bail!("the reference implementations need Python 3.11 or newer; install it first");
        };
        step::run("python -m venv", Command::new(system).args(["-m", "venv"]).arg(&folder))
            .context("the environment could not be made (Debian and Ubuntu: install python3-venv)")?;
    }
    let requirements = root.join(FOLDER).join("requirements.txt");
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements);
    step::run("pip install (the first time, some gigabytes)", &mut pip)?;
    Ok(python)
}
