//! `rostrum bench window`: a real window in which a stroke is painted by a script while the engine works, and the times
//! of its frames.
//!
//! The script types and presses keys like a user, so that what is measured is what a user gets: events, tools, document,
//! canvas, panels, and the drawing.

use crate::command_line::WindowBenchOptions;
use crate::library;
use app::canvas::Uploads;
use app::document::Document;
use app::link::{EngineLink, OpenedPicture};
use app::window::{Answer, Command, Files, Purpose, SaveDetails, Studio};
use eframe::egui::{self, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, vec2};
use engine_api::{EngineError, ErrorKind, Picture};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Layers of the picture that is painted on: itself, its mask, and three of paint.
const PAINT_LAYERS: u32 = 3;
/// Frames in which the window may come to rest, and the engine begin.
const PATIENCE: u32 = 2_000;
const PROMPT: &str = "a harbour at dawn";

/// What was measured.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Measured {
    pub frames: usize,
    pub layers: usize,
    /// Frames during which a job ran.
    pub while_working: usize,
    /// What draws the window.
    pub adapter: String,
    /// What the window's own thread did per frame, waiting for the screen left out.
    pub work: Times,
    /// From the beginning of a frame to that of the next.
    pub interval: Times,
    pub tiles_mean: f32,
    pub tiles_most: usize,
}

/// Seconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Times {
    pub median: f32,
    pub p95: f32,
    pub longest: f32,
}

/// Opens a window, paints, and closes it.
///
/// # Errors
/// No display, no such model, or what the engine says.
pub fn bench(options: &WindowBenchOptions, link: EngineLink) -> Result<Measured, EngineError> {
    let model = if options.idle { None } else { Some(wanted_model(options)?) };
    let picture = ramp(options.size)?;
    let result = Arc::new(Mutex::new(None));
    let told = Arc::clone(&result);
    let (frames, idle) = (options.frames as usize, options.idle);
    super::open(move |creation, waker| {
        let files = Box::new(Drawer { picture: Some(picture) });
        let mut doors = super::doors(link, files, None, waker)?;
        let models = model.into_iter().collect::<Vec<_>>();
        doors.models = std::sync::Arc::new(move || models.clone());
        let adapter = creation.wgpu_render_state.as_ref().map(|state| state.adapter.get_info().name);
        let studio = Studio::new(&creation.egui_ctx, doors, vec![PathBuf::from("picture")]);
        Ok(Box::new(Script::new(studio, frames, idle, adapter.unwrap_or_default(), told)))
    })?;
    let measured = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    measured
        .unwrap_or_else(|| Err(EngineError::new(ErrorKind::Device, "The window was closed before the end")))
}

fn wanted_model(options: &WindowBenchOptions) -> Result<library::Installed, EngineError> {
    let models = library::installed();
    let fits = |model: &&library::Installed| options.model.as_ref().is_none_or(|name| *name == model.name);
    models.iter().find(fits).cloned().ok_or_else(|| {
        let error = EngineError::new(ErrorKind::Model, "There is no such model here to work with");
        error.with_hint("See `rostrum models list`, or measure with --idle")
    })
}

/// A picture in which no tile is like another.
fn ramp(side: u32) -> Result<Picture, EngineError> {
    let pixel = |x: u32, y: u32| [(x * 255 / side) as u8, (y * 255 / side) as u8, ((x ^ y) & 255) as u8, 255];
    let pixels: Vec<u8> = (0..side).flat_map(|y| (0..side).flat_map(move |x| pixel(x, y))).collect();
    Picture::new(side, side, pixels)
}

/// Hands out one picture, once.
struct Drawer {
    picture: Option<Picture>,
}

impl Files for Drawer {
    fn ask_open(&mut self, _purpose: Purpose) {}
    fn open(&mut self, _file: PathBuf, _purpose: Purpose) {}
    fn ask_save(&mut self, _document: Document, _details: SaveDetails) {}
    fn save(&mut self, _file: PathBuf, _document: Document, _details: SaveDetails) {}
    fn try_answer(&mut self) -> Option<Answer> {
        let picture = self.picture.take()?;
        let opened = OpenedPicture { picture, profile: None, notes: Vec::new() };
        Some(Answer::Opened { file: "picture".into(), purpose: Purpose::Document, result: Ok(opened) })
    }
}

/// Where the script is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scene {
    /// Until the picture is there and all of it is on the screen.
    Opening,
    /// The prompt is typed, and the key is pressed that starts the job.
    Asking(u32),
    /// Until the engine has begun.
    Waiting,
    /// Strokes, frame by frame.
    Painting(usize),
    Done,
}

/// The window with nobody in front of it.
struct Script {
    studio: Studio,
    scene: Scene,
    frames: usize,
    idle: bool,
    /// Frames since the scene began.
    patience: u32,
    last: Option<Instant>,
    work: Vec<f32>,
    interval: Vec<f32>,
    tiles: Vec<usize>,
    measured: Measured,
    told: Arc<Mutex<Option<Result<Measured, EngineError>>>>,
}

impl Script {
    fn new(
        studio: Studio,
        frames: usize,
        idle: bool,
        adapter: String,
        told: Arc<Mutex<Option<Result<Measured, EngineError>>>>,
    ) -> Self {
        let measured = Measured { adapter, ..Measured::default() };
        let (work, interval, tiles) = (Vec::new(), Vec::new(), Vec::new());
        let (scene, patience, last) = (Scene::Opening, 0, None);
        Self { studio, scene, frames, idle, patience, last, work, interval, tiles, measured, told }
    }

    /// What is typed and pressed before a frame.
    fn input(&self) -> Vec<Event> {
        let key = |key, modifiers, pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers,
        };
        match self.scene {
            Scene::Asking(2) => vec![Event::Text(PROMPT.into())],
            Scene::Asking(4) => {
                vec![key(Key::Enter, Modifiers::COMMAND, true), key(Key::Enter, Modifiers::COMMAND, false)]
            }
            Scene::Painting(frame) => self.stroke(frame),
            _ => Vec::new(),
        }
    }

    /// Loops over the picture; every fifty frames the pen is lifted.
    fn stroke(&self, frame: usize) -> Vec<Event> {
        const STROKE: usize = 50;
        let Some(canvas) = self.studio.sight().map(|sight| sight.rect) else { return Vec::new() };
        let at = place(canvas.shrink2(canvas.size() * 0.3), frame);
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        match frame % STROKE {
            0 => vec![Event::PointerMoved(at), button(true)],
            last if last == STROKE - 1 => vec![Event::PointerMoved(at), button(false)],
            _ => vec![Event::PointerMoved(at)],
        }
    }

    /// Whether all of the picture is on the screen.
    fn is_settled(&self) -> bool {
        self.patience > 3 && self.studio.uploads() == Uploads::default()
    }

    /// Goes on to the next scene where this one is over.
    fn turn(&mut self, ctx: &egui::Context) {
        let before = std::mem::discriminant(&self.scene);
        self.scene = match self.scene {
            Scene::Opening if self.studio.document().is_some() && self.is_settled() => {
                (0..PAINT_LAYERS).for_each(|_| self.studio.perform(ctx, Command::NewPaintLayer));
                self.studio.perform(ctx, Command::Tool(app::tools::ToolKind::Paint));
                self.studio.perform(ctx, Command::FocusPrompt);
                if self.idle { Scene::Painting(0) } else { Scene::Asking(0) }
            }
            Scene::Asking(6) => Scene::Waiting,
            Scene::Asking(frame) => Scene::Asking(frame + 1),
            Scene::Waiting if self.studio.is_drawing() => Scene::Painting(0),
            Scene::Painting(frame) if frame + 1 == self.frames => Scene::Done,
            Scene::Painting(frame) => Scene::Painting(frame + 1),
            scene => scene,
        };
        self.patience = if before == std::mem::discriminant(&self.scene) { self.patience + 1 } else { 0 };
        let is_stuck = self.patience > PATIENCE && !matches!(self.scene, Scene::Painting(_));
        if self.scene == Scene::Done || is_stuck {
            self.end(ctx, is_stuck);
        }
    }

    fn end(&mut self, ctx: &egui::Context, is_stuck: bool) {
        let message = self.studio.message().map_or("Nothing began to move", |message| message.text.as_str());
        let stuck = EngineError::new(ErrorKind::Internal, format!("The bench came to no end: {message}"));
        let mut measured = self.measured.clone();
        measured.frames = self.work.len();
        measured.layers = self.studio.document().map_or(0, |document| document.listed().len());
        (measured.work, measured.interval) = (times(&mut self.work), times(&mut self.interval));
        measured.tiles_mean = self.tiles.iter().sum::<usize>() as f32 / self.tiles.len().max(1) as f32;
        measured.tiles_most = self.tiles.iter().copied().max().unwrap_or_default();
        let result = if is_stuck { Err(stuck) } else { Ok(measured) };
        self.told.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(result);
        self.scene = Scene::Done;
        ctx.send_viewport_cmd(egui::ViewportCommand::Close);
    }

    /// Notes how long the frame before this one took.
    fn note(&mut self, frame: &eframe::Frame) {
        let now = Instant::now();
        let before = self.last.replace(now);
        // The first frames of a stroke belong to the scene before.
        let (Scene::Painting(1..), Some(before), Some(work)) = (self.scene, before, frame.info().cpu_usage)
        else {
            return;
        };
        self.work.push(work);
        self.interval.push((now - before).as_secs_f32());
        self.tiles.push(self.studio.uploads().sent);
        self.measured.while_working += usize::from(self.studio.is_drawing());
    }
}

impl eframe::App for Script {
    fn raw_input_hook(&mut self, _ctx: &egui::Context, raw: &mut RawInput) {
        raw.events.extend(self.input());
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.note(frame);
        self.studio.ui(ui);
        let ctx = ui.ctx().clone();
        if self.scene != Scene::Done {
            self.turn(&ctx);
        }
        ctx.request_repaint();
    }
}

/// A point of a figure that crosses itself, so that tiles are painted more than once.
fn place(area: Rect, frame: usize) -> Pos2 {
    let turn = frame as f32 * 0.11;
    area.center() + vec2((turn * 2.0).sin() * area.width(), turn.sin() * area.height()) / 2.0
}

fn times(values: &mut [f32]) -> Times {
    values.sort_by(f32::total_cmp);
    let at =
        |share: usize| values.get((values.len() * share / 100).min(values.len().saturating_sub(1))).copied();
    Times {
        median: at(50).unwrap_or_default(),
        p95: at(95).unwrap_or_default(),
        longest: values.last().copied().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    #[test]
    fn times_are_read_off_the_sorted_list() {
        let mut values: Vec<f32> = (0..100).rev().map(|value| value as f32).collect();
        let found = times(&mut values);
        assert_eq!((found.median, found.p95, found.longest), (50.0, 95.0, 99.0));
        assert_eq!(times(&mut []).p95, 0.0);
    }

    #[test]
    fn the_pen_stays_on_the_canvas() {
        let area = Rect::from_min_max(pos2(100.0, 50.0), pos2(500.0, 250.0));
        assert!((0..1000).all(|frame| area.contains(place(area, frame))));
    }
}
