//! What a fresh machine lacks: a Vulkan driver for the tests, libraries for the window, a screen to test it on, tools for
//! the checks.

use crate::{place, step};
use anyhow::{Result, bail};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Folders where Vulkan drivers announce themselves.
const DRIVER_FOLDERS: [&str; 3] =
    ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];

/// Folders where the Vulkan loader may lie, beside those of the architecture (`/usr/lib/*-linux-gnu`).
const LIBRARY_FOLDERS: [&str; 5] = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"];

/// Debian's packages: the loader, and drivers that include the software one.
const PACKAGES: [&str; 2] = ["libvulkan1", "mesa-vulkan-drivers"];

/// Programs that the test of the real window plays with, and the packages that they come in.
const STAGE: [(&str, &str); 2] = [("Xvfb", "xvfb"), ("xdotool", "xdotool")];

/// Libraries that the window system's client loads when it starts, and the package that each comes in.
const WINDOW: [(&str, &str); 6] = [
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libXrandr.so.2", "libxrandr2"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
];

/// Programs that tests of clips hold against ours; the tests leave out what is not there.
const PLAYERS: [&str; 2] = ["ffmpeg", "chromium"];

/// Longest time that a package manager may take.
const INSTALLING: Duration = Duration::from_secs(10 * 60);

/// Longest time that a tool may compile.
const COMPILING: Duration = Duration::from_secs(20 * 60);

/// Makes sure that a Vulkan driver is there; macOS and Windows bring their own graphics API.
///
/// # Errors
/// When there is none and it may not or cannot be installed, with what to install.
pub fn vulkan(install: bool) -> Result<()> {
    if !cfg!(target_os = "linux") || (has_driver() && has_loader()) {
        return Ok(());
    }
    let wanted =
        format!("a Vulkan driver; the software one will do (Debian and Ubuntu: {})", PACKAGES.join(" "));
    if !install {
        bail!("the tests need {wanted}");
    }
    if !succeeds("apt-get", &["--version"]) {
        bail!("the tests need {wanted}; install it with this system's package manager");
    }
    install_packages(&PACKAGES)
        .map_err(|error| error.context(format!("the tests need {wanted}, and it could not be installed")))
}

/// Makes sure that the test of the real window has a screen and a hand.
///
/// # Errors
/// When they are not there and may not or cannot be installed, with what to install.
pub fn stage(install: bool) -> Result<()> {
    window(install)?;
    let missing: Vec<&str> =
        STAGE.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    if !cfg!(target_os = "linux") || missing.is_empty() {
        return Ok(());
    }
    let wanted = format!("the test of the window needs {}", missing.join(" and "));
    if !install || !succeeds("apt-get", &["--version"]) {
        bail!("{wanted}; install them with this system's package manager");
    }
    install_packages(&missing)
        .map_err(|error| error.context(format!("{wanted}, which could not be installed")))
}

/// Makes sure that the window can open: the libraries of the window system, and something to draw with.
///
/// # Errors
/// When they are not there and may not or cannot be installed, with what to install.
pub fn window(install: bool) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let mut packages: Vec<&str> =
        WINDOW.iter().filter(|(library, _)| !has_library(library)).map(|(_, package)| *package).collect();
    if !(has_driver() && has_loader()) {
        packages.extend(PACKAGES);
    }
    if packages.is_empty() {
        return Ok(());
    }
    let wanted = format!("libraries that are not here (Debian and Ubuntu: {})", packages.join(" "));
    if !install || !succeeds("apt-get", &["--version"]) {
        bail!("the window needs {wanted}; install them with this system's package manager");
    }
    install_packages(&packages)
        .map_err(|error| error.context(format!("the window needs {wanted}, and they could not be installed")))
}

/// Installs, where it may, the programs that clips are played with: on Debian, whose packages of these names are the programs
/// themselves. Without them their tests are left out, so nothing here is an error.
pub fn players(install: bool) {
    let debian = std::fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line.trim_matches('"') == "ID=debian"));
    let missing: Vec<&str> = PLAYERS.into_iter().filter(|program| !is_there(program)).collect();
    if missing.is_empty() || !cfg!(target_os = "linux") {
        return;
    }
    let installed = install && debian && install_packages(&missing).is_ok();
    if !installed {
        println!(
            "Left out: tests that play clips with {}, which are not on this machine",
            missing.join(" and ")
        );
    }
}

/// Whether a program is on the path.
fn is_there(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn install_packages(packages: &[&str]) -> Result<()> {
    let mut words = vec!["install", "-y", "-qq", "--no-install-recommends"];
    words.extend(packages);
    // The lists of a fresh image are empty or old; they are fetched only when the first try fails.
    apt(&words).or_else(|_| apt(&["update", "-qq"]).and_then(|()| apt(&words)))
}

fn apt(words: &[&str]) -> Result<()> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0");
    let mut command = Command::new(if root { "apt-get" } else { "sudo" });
    if !root {
        // Never ask for a password: nobody may be there to type it.
        command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    command.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(Stdio::null());
    step::run_within(INSTALLING, &format!("apt-get {}", words.join(" ")), &mut command)
}

/// Whether a driver announces itself that can work here: the software one, or another with a device to drive.
fn has_driver() -> bool {
    if ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].iter().any(|name| env::var_os(name).is_some()) {
        return true;
    }
    let announced = |wanted: &dyn Fn(&str) -> bool| {
        let names = DRIVER_FOLDERS.iter().flat_map(|folder| Path::new(folder).read_dir()).flatten().flatten();
        names.map(|entry| entry.file_name()).any(|name| wanted(&name.to_string_lossy()))
    };
    let device = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"].iter().any(|path| Path::new(path).exists());
    announced(&|name| name.starts_with("lvp_icd")) || device && announced(&|name| name.ends_with(".json"))
}

fn has_loader() -> bool {
    has_library("libvulkan.so.1")
}

/// Whether a shared library lies where the loader looks.
fn has_library(name: &str) -> bool {
    let folders = LIBRARY_FOLDERS.iter().map(PathBuf::from);
    let own = Path::new("/usr/lib").read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    folders.chain(own).any(|folder| folder.join(name).exists())
}

/// A program that checks, in the one version that the checks were written with.
pub struct Tool {
    /// As it is started.
    pub program: &'static str,
    /// The crate that it is compiled from.
    pub package: &'static str,
    pub version: &'static str,
}

/// Path of a tool in its right version: the machine's own, or one compiled into the target folder.
///
/// # Errors
/// When it is not there and may not or cannot be compiled.
pub fn tool(tool: &Tool, install: bool) -> Result<PathBuf> {
    let folder = place::target()?.join("tools");
    let compiled = folder.join("bin").join(format!("{}{}", tool.program, env::consts::EXE_SUFFIX));
    if let Some(found) =
        [PathBuf::from(tool.program), compiled.clone()].into_iter().find(|path| fits(path, tool))
    {
        return Ok(found);
    }
    if !install {
        bail!(
            "it is not on this machine; `cargo install --locked {}@{}` brings it",
            tool.package,
            tool.version
        );
    }
    let package = format!("{}@{}", tool.package, tool.version);
    let build = folder.join("build");
    let mut command = step::cargo_command()?;
    command.args(["install", "--locked", "--quiet", "--no-track", "--force", "--root"]).arg(&folder);
    command.arg("--target-dir").arg(&build).arg(&package).stdin(Stdio::null());
    let done = step::run_within(COMPILING, &format!("cargo install {package}"), &mut command);
    // Only the program is kept; what cannot be removed is only a waste of space.
    let _ = std::fs::remove_dir_all(build);
    done?;
    if !fits(&compiled, tool) {
        bail!("{} was compiled but does not start", tool.program);
    }
    Ok(compiled)
}

fn fits(program: &Path, tool: &Tool) -> bool {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    output.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout);
        output.status.success() && text.split_whitespace().any(|word| word == tool.version)
    })
}

/// Whether a program starts and ends well.
fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_of_another_version_or_none_is_not_taken() {
        let cargo = PathBuf::from(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let text = Command::new(&cargo).arg("--version").output().unwrap().stdout;
        let text = String::from_utf8(text).unwrap();
        let version: &'static str = text.split_whitespace().nth(1).unwrap().to_string().leak();
        assert!(fits(&cargo, &Tool { program: "cargo", package: "cargo", version }));
        assert!(!fits(&cargo, &Tool { program: "cargo", package: "cargo", version: "0.0.1" }));
        let missing = Tool { program: "no-such-program-anywhere", package: "none", version: "1.0.0" };
        let reason = tool(&missing, false).unwrap_err().to_string();
        assert!(reason.contains("cargo install --locked none@1.0.0"), "{reason}");
    }
}
