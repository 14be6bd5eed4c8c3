//! `rostrum` without a command: the native window around the library's studio.

mod bench;
mod desk;

pub use bench::bench;

use crate::library;
use crate::library::notes::SettingsFolder;
use app::ahead::PlannerThread;
use app::link::{EngineLink, Waker};
use app::live::{Codec, Disk, Threads};
use app::window::{Doors, Files, Studio};
use desk::Desk;
use eframe::{CreationContext, egui};
use engine_api::{EngineError, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

/// Size of a new window, in points.
const SIZE: [f32; 2] = [1440.0, 900.0];
const LEAST: [f32; 2] = [900.0, 560.0];

/// Opens the window on these pictures and returns when it is closed.
///
/// # Errors
/// [`ErrorKind::Device`] when there is no display or it cannot be drawn on.
pub fn run(files: Vec<PathBuf>, link: EngineLink) -> Result<(), EngineError> {
    open(move |creation, waker| {
        let ctx = &creation.egui_ctx;
        let files_door = Box::new(Desk::new(link, ctx.clone()));
        let line = library::places::data_folder().map(|folder| folder.join("rostrum").join("queue"));
        let mut doors = doors(link, files_door, line, waker.clone())?;
        doors.notes = Box::new(SettingsFolder::at(library::places::settings(), waker));
        Ok(Box::new(Native { studio: Studio::new(ctx, doors, files) }))
    })
}

/// Doors to an engine that is started now. The queue is kept in `line`, or nowhere, and nothing else is kept.
fn doors(
    link: EngineLink,
    files: Box<dyn Files>,
    line: Option<PathBuf>,
    waker: Waker,
) -> Result<Doors, EngineError> {
    let service = (link.start_behind_window)(waker.clone())?;
    let codec = Codec { write: link.save_picture, read: link.open_picture, read_mask: link.open_mask };
    let shelf = Box::new(Disk::open(line, codec, waker.clone()));
    let aside = Box::new(Threads::new(waker.clone()));
    let notes = Box::new(SettingsFolder::at(None, waker.clone()));
    let planner = Box::new(PlannerThread::new(link.foresee, waker));
    let models = Arc::new(library::installed);
    let model_folder = library::places::own();
    Ok(Doors { service, files, aside, shelf, notes, planner, models, model_folder })
}

/// A window with what `make` puts into it; the waker asks for its next frame.
fn open(
    make: impl FnOnce(&CreationContext<'_>, Waker) -> Result<Box<dyn eframe::App>, EngineError>,
) -> Result<(), EngineError> {
    check_display()?;
    let viewport = egui::ViewportBuilder::default()
        .with_title("Rostrum")
        .with_app_id("rostrum")
        .with_inner_size(SIZE)
        .with_min_inner_size(LEAST)
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let start = |creation: &CreationContext<'_>| {
        let ctx = creation.egui_ctx.clone();
        let waker: Waker = Arc::new(move || ctx.request_repaint());
        Ok(make(creation, waker)?)
    };
    eframe::run_native("rostrum", options, Box::new(start)).map_err(|error| {
        let message = format!("The window cannot be opened ({error})");
        EngineError::new(ErrorKind::Device, message)
            .with_hint("The commands work without a window; see `rostrum --help`")
    })
}

/// Linux without a screen: said in one line rather than by the window library.
fn check_display() -> Result<(), EngineError> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(all(unix, not(target_os = "macos"))) && !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
        let error = EngineError::new(ErrorKind::Device, "There is no display to open the window on");
        return Err(error.with_hint("The commands work without one; see `rostrum --help`"));
    }
    Ok(())
}

/// The studio as the window library wants it.
struct Native {
    studio: Studio,
}

impl eframe::App for Native {
    /// Called while the window is hidden, too: the engine gets its next job then as well.
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.studio.logic(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if ui.input(|input| input.viewport().close_requested()) && !self.studio.may_close() {
            ui.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        self.studio.ui(ui);
    }
}
