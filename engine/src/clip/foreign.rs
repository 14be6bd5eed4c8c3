//! What FFmpeg can do for us where it is on the path: WebM and ProRes out, and clips of other kinds in.
//!
//! While such a clip grows it is an animated PNG, lossless and safe from crashes; FFmpeg sees the finished one.

use super::{About, ClipError, Frame, RECIPE_KEY, Shape};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Containers that are let in; FFmpeg would take text files for films, too.
const CONTAINERS: [&str; 8] = ["matroska", "mov", "avi", "mpegts", "mpeg", "flv", "ogg", "asf"];
/// BT.709, limited, in pixels and tags.
const COLOURS: [&str; 10] = [
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv",
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
    "-color_range",
    "tv",
];
/// VP9 at a quality that looks like the frames, and ProRes 422 HQ.
const WEBM: [&str; 10] =
    ["-c:v", "libvpx-vp9", "-crf", "16", "-b:v", "0", "-row-mt", "1", "-pix_fmt", "yuv420p"];
const PRORES: [&str; 8] =
    ["-c:v", "prores_ks", "-profile:v", "3", "-pix_fmt", "yuv422p10le", "-movflags", "use_metadata_tags"];

/// How often FFmpeg is looked after.
const GLANCE: Duration = Duration::from_millis(20);

/// The most of what it said that is looked at, in bytes.
const MOST_SAID: u64 = 64 << 10;

/// Whether FFmpeg can be called.
pub(super) fn is_there() -> bool {
    let quiet = |program: &str| {
        let mut command = Command::new(program);
        command.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    quiet("ffmpeg") && quiet("ffprobe")
}

/// Refuses what cannot be made here.
pub(super) fn check(shape: &Shape) -> Result<(), String> {
    if shape.width % 2 == 1 || shape.height % 2 == 1 {
        let (width, height) = (shape.width, shape.height);
        return Err(format!("WebM and ProRes have even sides, not {width} x {height}"));
    }
    if is_there() {
        return Ok(());
    }
    Err("WebM and ProRes are made with FFmpeg, which is not on the path; install it, or choose .mp4".into())
}

/// Makes `target` of a finished animated PNG; its ending chooses the kind. False when it was stopped, and nothing is there.
pub(super) fn convert(
    master: &Path,
    target: &Path,
    frame_rate: u32,
    about: &About,
    stop: &dyn Fn() -> bool,
) -> Result<bool, ClipError> {
    let is_webm = target.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("webm"));
    let kind: &[&str] = if is_webm { &WEBM } else { &PRORES };
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "apng", "-i"]).arg(local(master));
    command.args(COLOURS).args(kind).args(["-r", &frame_rate.to_string()]);
    for (key, text) in [(RECIPE_KEY, about.recipe), ("description", about.description)] {
        if let Some(text) = text {
            command.arg("-metadata").arg(format!("{key}={text}"));
        }
    }
    let refuse = |detail: &str| {
        let detail = detail.lines().next().unwrap_or("it does not say why");
        let detail = format!("FFmpeg gave up: {detail}; the frames are in {}", master.display());
        Err(ClipError::Encode { path: target.into(), detail })
    };
    command.arg(local(target)).stdin(Stdio::null());
    match run(command, stop) {
        Ok(Some((true, _))) => Ok(true),
        // Ctrl+C on a terminal reaches FFmpeg, too.
        Ok(_) if stop() => {
            let _ = std::fs::remove_file(target);
            Ok(false)
        }
        Ok(Some((false, said))) => refuse(&said),
        Ok(None) => Ok(false),
        Err(error) => refuse(&error.to_string()),
    }
}

/// Runs a program until it ends, and gives whether it did so well and what it said; none when it was stopped.
fn run(mut command: Command, stop: &dyn Fn() -> bool) -> io::Result<Option<(bool, String)>> {
    let mut said = tempfile::tempfile()?;
    let mut child = command.stdout(Stdio::null()).stderr(said.try_clone()?).spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            let mut text = Vec::new();
            said.seek(SeekFrom::Start(0))?;
            said.take(MOST_SAID).read_to_end(&mut text)?;
            return Ok(Some((status.success(), String::from_utf8_lossy(&text).into_owned())));
        }
        if stop() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(GLANCE);
    }
}

/// A clip that FFmpeg understands.
pub(super) struct Opened {
    width: u32,
    height: u32,
    pub frame_rate: f64,
    pub recipe: Option<String>,
    film: Child,
}

/// Opens a clip through FFmpeg; `None` when it is not there, or knows no better.
pub(super) fn open(path: &Path) -> Option<Opened> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-select_streams", "v:0", "-show_streams", "-show_format", "-of", "json"]);
    let told = command.args(LOCAL_ONLY).arg(local(path)).stdin(Stdio::null()).output().ok()?;
    let told: Value = serde_json::from_slice(&told.stdout).ok()?;
    let container = told["format"]["format_name"].as_str()?.split(',').next()?;
    let stream = told["streams"].get(0)?;
    let side = |key: &str| u32::try_from(stream[key].as_u64()?).ok().filter(|side| *side > 0);
    let (top, bottom) = stream["r_frame_rate"].as_str()?.split_once('/')?;
    let frame_rate = top.parse::<f64>().ok()? / bottom.parse::<f64>().ok()?;
    if !CONTAINERS.contains(&container) || !frame_rate.is_finite() {
        return None;
    }
    let tags = told["format"]["tags"].as_object().into_iter().flatten();
    let recipe = tags.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(RECIPE_KEY));
    let recipe = recipe.and_then(|(_, text)| Some(text.as_str()?.to_owned()));
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error"]).args(LOCAL_ONLY).arg("-noautorotate").arg("-i").arg(local(path));
    command.args(["-map", "0:v:0", "-f", "rawvideo", "-pix_fmt", "rgba", "-"]);
    let film = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    Some(Opened { width: side("width")?, height: side("height")?, frame_rate, recipe, film })
}

/// Files name other files and addresses; nothing but this machine is asked.
const LOCAL_ONLY: [&str; 2] = ["-protocol_whitelist", "file,pipe"];

impl Opened {
    /// Width and height.
    pub(super) fn size(&self) -> [u64; 2] {
        [self.width, self.height].map(u64::from)
    }

    /// The next frame; `None` after the last.
    pub(super) fn frame(&mut self) -> Option<Frame> {
        let mut rgba = vec![0; self.width as usize * self.height as usize * 4];
        self.film.stdout.as_mut()?.read_exact(&mut rgba).ok()?;
        Some(Frame { width: self.width, height: self.height, rgba })
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ = self.film.kill();
        let _ = self.film.wait();
    }
}

/// A file's name that is never taken for an option or an address.
fn local(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}
