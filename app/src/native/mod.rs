//! `rostrum` without a command: the native window around the library's studio.

mod bench;
mod desk;

pub use bench::bench;

use crate::library;
use crate::library::shelf::SettingsFolder;
use app::ahead::PlannerThread;
use app::link::{EngineLink, JobService, Waker};
use app::window::{Doors, Studio};
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
    open(link, move |creation, service| {
        let ctx = &creation.egui_ctx;
        let files_door = Box::new(Desk::new(link, ctx.clone()));
        let shelf = Box::new(SettingsFolder::of_user(waker(ctx)));
        let planner = Box::new(PlannerThread::new(link.foresee, waker(ctx)));
        let models = Box::new(library::installed);
        let doors = Doors { service, files: files_door, shelf, planner, models };
        Box::new(Native { studio: Studio::new(ctx, doors, files) })
    })
}

/// A window with what `make` puts into it, on the engine that was just started.
fn open(
    link: EngineLink,
    make: impl FnOnce(&CreationContext<'_>, Box<dyn JobService>) -> Box<dyn eframe::App>,
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
        let service = (link.start)(waker(&creation.egui_ctx))?;
        Ok(make(creation, service))
    };
    eframe::run_native("rostrum", options, Box::new(start)).map_err(|error| {
        let message = format!("The window cannot be opened ({error})");
        EngineError::new(ErrorKind::Device, message)
            .with_hint("The commands work without a window; see `rostrum --help`")
    })
}

/// Makes the window draw itself again.
fn waker(ctx: &egui::Context) -> Waker {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint())
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
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if ui.input(|input| input.viewport().close_requested()) && !self.studio.may_close() {
            ui.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        self.studio.ui(ui);
    }
}
