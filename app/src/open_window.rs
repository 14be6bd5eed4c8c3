//! `rostrum` without a command: the native window around the library's studio.

use crate::desk::Desk;
use crate::library::{self, shelf::SettingsFolder};
use app::link::{EngineLink, Waker};
use app::window::{Doors, Studio};
use eframe::egui;
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
    check_display()?;
    let viewport = egui::ViewportBuilder::default()
        .with_title("Rostrum")
        .with_app_id("rostrum")
        .with_inner_size(SIZE)
        .with_min_inner_size(LEAST)
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let start = move |creation: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>> {
        let ctx = creation.egui_ctx.clone();
        let waker: Waker = { let ctx = ctx.clone(); Arc::new(move || ctx.request_repaint()) };
        let shelf = Box::new(SettingsFolder::of_user(waker.clone()));
        let service = (link.start)(waker)?;
        let files_door = Desk::new(link, ctx.clone());
        let doors = Doors { service, files: Box::new(files_door), shelf, models: library::installed };
        Ok(Box::new(Native { studio: Studio::new(&ctx, doors, files) }))
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
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if ui.input(|input| input.viewport().close_requested()) && !self.studio.may_close() {
            ui.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        self.studio.ui(ui);
    }
}
