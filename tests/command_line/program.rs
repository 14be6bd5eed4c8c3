//! The built program, run in a folder of its own.

use image::RgbaImage;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub use tests::{copy_folder, program as path};

/// A file of the repository.
pub fn in_repository(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    root.join(name).to_string_lossy().into_owned()
}

/// A small checkpoint of the golden tests.
pub fn model(name: &str) -> String {
    in_repository(&format!("tests/golden/qwen_image/{name}"))
}

/// What a run answered.
pub struct Answer {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Answer {
    /// The JSON objects on standard output.
    pub fn events(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }

    /// The last event, which must be this one.
    pub fn last(&self, event: &str) -> Value {
        let last = self.events().pop().unwrap_or_else(|| panic!("no events; {}", self.err));
        assert_eq!(last["event"], event, "{last} {}", self.err);
        last
    }

    /// Asserts success with nothing on standard error.
    pub fn done(self) -> Self {
        assert_eq!((self.status, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self
    }

    /// Asserts a failure that says everything in one line, and returns the line.
    pub fn failed(self) -> String {
        assert_eq!(self.status, Some(1), "{} {}", self.out, self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        assert!(self.err.starts_with("rostrum: ") && self.err.ends_with(".\n"), "{}", self.err);
        self.err
    }
}

/// A folder with a picture, a mask and whatever a test adds, in which the program runs.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// With `picture.png` (50 x 38, a gradient) and `mask.png` (white in the middle).
    pub fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.draw("picture.png", (50, 38), |x, y| [(x * 5) as u8, (y * 6) as u8, (x + y) as u8, 255]);
        desk.draw("mask.png", (50, 38), |x, y| if in_middle(x, y) { [255; 4] } else { [0, 0, 0, 255] });
        desk
    }

    pub fn draw(&self, name: &str, (width, height): (u32, u32), pixel: impl Fn(u32, u32) -> [u8; 4]) {
        let picture = RgbaImage::from_fn(width, height, |x, y| image::Rgba(pixel(x, y)));
        picture.save(self.path(name)).unwrap();
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Names of everything in the folder, hidden files too, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn open(&self, name: &str) -> RgbaImage {
        image::open(self.path(name)).unwrap().into_rgba8()
    }

    /// The program with these words, ready to run here. It sees no models but those that are named, and no display.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(path());
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("ROSTRUM_MODELS").env("XDG_DATA_HOME", self.folder.path().join("data"));
        command.env("ROSTRUM_STARTER", "");
        command.env_remove("RUST_BACKTRACE").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command
    }

    pub fn run(&self, words: &[&str]) -> Answer {
        self.command(words).output().unwrap().into()
    }

    /// As [`Self::run`], for what might wait for ever: a run of more than half a minute fails the test.
    pub fn run_soon(&self, words: &[&str]) -> Answer {
        let mut command = self.command(words);
        let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        for _ in 0..3000 {
            if running.try_wait().unwrap().is_some() {
                return running.wait_with_output().unwrap().into();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        running.kill().unwrap();
        panic!("{words:?} did not end");
    }

    /// A short edit of the picture on the processor with further words, writing `out.png`.
    pub fn edit(&self, words: &[&str]) -> Answer {
        let model = model("edit_plus");
        let mut all =
            vec!["edit", "--model", &model, "--image", "picture.png", "-o", "out.png", "--device", "cpu"];
        all.extend(["--prompt", "make it red", "--steps", "2", "--work-size", "64x48", "--seed", "7"]);
        all.extend(words);
        self.run(&all)
    }
}

/// Whether a pixel of the 50 x 38 picture is marked by the mask.
pub fn in_middle(x: u32, y: u32) -> bool {
    (20..30).contains(&x) && (14..24).contains(&y)
}
