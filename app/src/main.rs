//! The program `rostrum`. Reads the command line, hands the work to the engine, and answers with an exit status.
//!
//! This is the only place that knows the engine (through `engine_link`, its list of doors); everything else
//! talks in the plain data of `engine-api`.

mod command_line;
mod commands;
mod engine_link;
mod interrupt;
mod jobs;
mod narrator;
mod native;
mod output;
mod terminal;

use app::{library, link, recipe, words};
use clap::Parser;
use command_line::CommandLine;
use engine_api::ErrorKind;
use std::panic::PanicHookInfo;
use std::process::ExitCode;

/// The tensors of a picture come and go by the hundred megabytes; this allocator keeps their pages, where the system's
/// gives them back and has them cleared again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit status of a run that did not do what was asked.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    give_drivers_a_folder();
    std::panic::set_hook(Box::new(one_line_about_a_fault));
    // A panic on this thread has printed its line by then; the status is that of any failure.
    std::panic::catch_unwind(run).unwrap_or(ExitCode::from(FAILED))
}

fn run() -> ExitCode {
    let typed = match CommandLine::try_parse() {
        Ok(typed) => typed,
        Err(error) => {
            // Help and version are "errors" with status 0; a closed pipe is no reason to fail.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    let done = match &typed.command {
        Some(command) => commands::run(command, &engine_link::link()),
        None => native::run(typed.files, engine_link::link()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&error.to_string());
            ExitCode::from(if error.kind == ErrorKind::Cancelled { interrupt::CANCELLED } else { FAILED })
        }
    }
}

/// Linux graphics drivers complain on standard error, in the middle of our lines, where the system has set no
/// folder for sockets; any folder quiets them.
fn give_drivers_a_folder() {
    const FOLDER: &str = "XDG_RUNTIME_DIR";
    if cfg!(target_os = "linux") && std::env::var_os(FOLDER).is_none() {
        // SAFETY: this is the first line of `main`, so no other thread reads the environment meanwhile.
        unsafe { std::env::set_var(FOLDER, std::env::temp_dir()) };
    }
}

/// Keeps a fault to one line. The engine catches the faults of its jobs and reports them itself; `RUST_BACKTRACE`
/// brings the usual report back.
fn one_line_about_a_fault(info: &PanicHookInfo<'_>) {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        let trace = std::backtrace::Backtrace::capture();
        terminal::complain(&format!("{info}\n{trace}"));
        return;
    }
    if std::thread::current().name() == Some("main") {
        let place = info.location().map(|place| format!(" at {place}")).unwrap_or_default();
        let text = info.payload_as_str().unwrap_or("no description");
        terminal::complain(&format!("Rostrum met a fault of its own{place} ({text}). Please report it."));
    }
}
