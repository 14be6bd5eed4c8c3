//! A screen without glass, and somebody in front of it.
//!
//! With `ROSTRUM_SCREENS=FOLDER` every sight that was waited for is kept there as a PNG.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SIZE: &str = "1440x900x24";
/// Long, because a software renderer on a busy machine draws few frames.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long nothing moves in a window at rest, even when its frames are slow.
const REST: Duration = Duration::from_secs(2);
const GLANCE: Duration = Duration::from_millis(30);
/// The button that is offered first, in the dark theme.
const ACCENT: [u8; 3] = [0x3f, 0x6f, 0xc4];

/// Xvfb, and the program on it.
pub struct Screen {
    server: Child,
    program: Option<Child>,
    display: String,
    memory: PathBuf,
    home: PathBuf,
    window: String,
    kept: usize,
}

/// What is seen: rows of three bytes per pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Screen {
    pub fn open(home: &Path) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", SIZE, "-nolisten", "tcp", "-fbdir"])
            .arg(home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed (cargo xtask test does it)");
        let mut number = String::new();
        let told = server.stdout.take().expect("it is piped");
        BufReader::new(told).read_line(&mut number).expect("Xvfb tells its number");
        let display = format!(":{}", number.trim());
        let memory = home.join("Xvfb_screen0");
        Self { server, program: None, display, memory, home: home.into(), window: String::new(), kept: 0 }
    }

    /// Starts the program with a home of its own, and gives its window the keyboard.
    pub fn start(&mut self, models: &Path, picture: &Path) {
        let child = Command::new(tests::program())
            .arg(picture)
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env("ROSTRUM_MODELS", models)
            .env("ROSTRUM_STARTER", "")
            .envs(
                ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"]
                    .map(|name| (name, &self.home)),
            )
            .spawn()
            .expect("the program is built");
        self.program = Some(child);
        let began = Instant::now();
        while self.window.is_empty() {
            assert!(began.elapsed() < PATIENCE, "no window came");
            std::thread::sleep(GLANCE);
            let found = self.hand(&["search", "--onlyvisible", "--name", "Rostrum"]);
            self.window = found.lines().last().unwrap_or_default().to_owned();
        }
        let window = self.window.clone();
        self.hand(&["windowfocus", "--sync", &window]);
    }

    /// Looks until something is to be seen.
    pub fn wait(&mut self, what: &str, is_there: impl Fn(&Picture) -> bool) -> Picture {
        // Half-drawn frames are not what is meant.
        self.wait_for(what, Duration::ZERO, is_there)
    }

    /// Looks until something is to be seen and the window has come to rest.
    pub fn settle(&mut self, what: &str, is_there: impl Fn(&Picture) -> bool) -> Picture {
        self.wait_for(what, REST, is_there)
    }

    fn wait_for(&mut self, what: &str, rest: Duration, is_there: impl Fn(&Picture) -> bool) -> Picture {
        let began = Instant::now();
        let (mut last, mut since) = (None, began);
        loop {
            let now = self.look();
            if last.as_ref() != Some(&now) {
                (last, since) = (Some(now.clone()), Instant::now());
            } else if is_there(&now) && since.elapsed() >= rest {
                self.keep(&now, what);
                return now;
            }
            if began.elapsed() > PATIENCE {
                self.keep(&now, &format!("not seen, {what}"));
            }
            let ended = self.program.as_mut().and_then(|program| program.try_wait().ok().flatten());
            assert!(ended.is_none(), "the program ended while waiting until {what}: {ended:?}");
            assert!(began.elapsed() < PATIENCE, "not seen: {what}");
            std::thread::sleep(GLANCE);
        }
    }

    fn keep(&mut self, picture: &Picture, what: &str) {
        let Some(folder) = std::env::var_os("ROSTRUM_SCREENS") else { return };
        self.kept += 1;
        let file = Path::new(&folder).join(format!("{} {what}.png", self.kept));
        let bytes = picture.pixels.as_flattened();
        let height = (picture.pixels.len() / picture.width) as u32;
        image::save_buffer(file, bytes, picture.width as u32, height, image::ColorType::Rgb8)
            .expect("a folder to write to");
    }

    pub fn keys(&self, keys: &[&str]) {
        keys.iter().for_each(|key| drop(self.hand(&["key", "--clearmodifiers", key])));
    }

    pub fn write(&self, text: &str) {
        self.hand(&["type", "--delay", "20", text]);
    }

    /// Draws with the button held.
    pub fn drag(&self, points: &[[usize; 2]]) {
        for (index, [x, y]) in points.iter().enumerate() {
            self.hand(&["mousemove", "--sync", &x.to_string(), &y.to_string()]);
            if index == 0 {
                self.hand(&["mousedown", "1"]);
            }
        }
        self.hand(&["mouseup", "1"]);
    }

    /// Takes the pointer out of the picture.
    pub fn rest(&self) {
        self.hand(&["mousemove", "--sync", "60", "700"]);
    }

    /// Waits for the program's end; says whether it was a good one.
    pub fn ended(&mut self) -> bool {
        let Some(mut program) = self.program.take() else { return false };
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Ok(Some(status)) = program.try_wait() {
                return status.success();
            }
            std::thread::sleep(GLANCE);
        }
        let _ = program.kill();
        false
    }

    fn hand(&self, words: &[&str]) -> String {
        let output = Command::new("xdotool").args(words).env("DISPLAY", &self.display).output();
        let output = output.expect("xdotool is installed (cargo xtask test does it)");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Reads the screen's memory, which is laid out as an XWD file: a header of big-endian numbers, a list of colours,
    /// rows of blue, green, red and nothing.
    fn look(&self) -> Picture {
        let file = fs::read(&self.memory).expect("Xvfb keeps its screen in a file");
        let number = |at: usize| u32::from_be_bytes(file[at * 4..at * 4 + 4].try_into().unwrap()) as usize;
        let (header, width, height, row, colours) = (number(0), number(4), number(5), number(12), number(19));
        let start = header + colours * 12;
        let line = |y: usize| file[start + y * row..][..width * 4].chunks_exact(4);
        let pixels = (0..height).flat_map(|y| line(y).map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]])).collect();
        Picture { width, pixels }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(program) = &mut self.program {
            let _ = program.kill();
            let _ = program.wait();
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Picture {
    /// Pixels between left, top, right and bottom.
    pub fn part(&self, [left, top, right, bottom]: [usize; 4]) -> Vec<[u8; 3]> {
        (top..bottom)
            .flat_map(|y| &self.pixels[y * self.width + left..y * self.width + right])
            .copied()
            .collect()
    }

    /// Pixels of one part that do not lie in another.
    pub fn outside(&self, [left, top, right, bottom]: [usize; 4], hole: [usize; 4]) -> Vec<[u8; 3]> {
        let in_hole = |x: usize, y: usize| (hole[0]..hole[2]).contains(&x) && (hole[1]..hole[3]).contains(&y);
        let places = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
        places.filter(|&(x, y)| !in_hole(x, y)).map(|(x, y)| self.pixels[y * self.width + x]).collect()
    }

    /// How many colours there are in a part.
    pub fn colours(&self, part: [usize; 4]) -> usize {
        self.part(part).into_iter().collect::<BTreeSet<_>>().len()
    }

    /// Whether a block of the accent's colour, as high as a button, is to be seen in a part.
    pub fn has_button(&self, [left, top, right, bottom]: [usize; 4]) -> bool {
        const HIGH: usize = 16;
        let is_accent = |x: usize, y: usize| self.pixels[y * self.width + x] == ACCENT;
        (left..right).any(|x| (top..bottom - HIGH).any(|y| (0..HIGH).all(|down| is_accent(x, y + down))))
    }
}
