//! What a fresh machine lacks: a Vulkan driver for the tests, tools for the checks.

use anyhow::{Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// Folders where Vulkan drivers announce themselves.
const DRIVER_FOLDERS: [&str; 3] =
    ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];

/// Debian's packages: the loader, and drivers that include the software one.
const PACKAGES: [&str; 2] = ["libvulkan1", "mesa-vulkan-drivers"];

/// Makes sure that a Vulkan driver is there; macOS and Windows bring their own graphics API.
pub fn vulkan(install: bool) -> Result<()> {
    if !cfg!(target_os = "linux") || has_driver() {
        return Ok(());
    }
    let wanted = format!("a Vulkan driver (Debian and Ubuntu: {})", PACKAGES.join(" "));
    if !install {
        bail!("the tests need {wanted}");
    }
    if !succeeds("apt-get", &["--version"]) {
        bail!("the tests need {wanted}; install it with this system's package manager");
    }
    eprintln!("▸ installing {}", PACKAGES.join(" "));
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0");
    let apt = |words: &[&str]| -> Result<bool> {
        let mut command = if root {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "apt-get"]);
            sudo
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        Ok(command.args(words).stdout(Stdio::null()).status()?.success())
    };
    let mut words = vec!["install", "-y", "-qq", "--no-install-recommends"];
    words.extend(PACKAGES);
    if apt(&words)? || (apt(&["update", "-qq"])? && apt(&words)?) {
        return Ok(());
    }
    bail!("the tests need {wanted}, and it could not be installed; install it by hand")
}

fn has_driver() -> bool {
    DRIVER_FOLDERS.iter().any(|folder| {
        Path::new(folder).read_dir().is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|e| e.path().extension().is_some_and(|x| x == "json")))
        })
    })
}

/// Whether a cargo subcommand or tool is there; compiles it from its source package when it may.
pub fn tool(name: &str, package: &str, install: bool) -> Result<bool> {
    if succeeds(name, &["--version"]) {
        return Ok(true);
    }
    if !install {
        return Ok(false);
    }
    eprintln!("▸ installing {package}");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let status = Command::new(cargo).args(["install", "--locked", "--quiet", package]).status()?;
    Ok(status.success() && succeeds(name, &["--version"]))
}

/// Whether a program starts and ends well.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
