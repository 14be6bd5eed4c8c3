//! What each command does, from typed options to an exit status.

mod animate;
mod bench;
mod draw;
mod edit;
mod generate;
mod models;
mod selftest;
mod wanted;

use crate::command_line::{BenchCommand, Command};
use crate::link::EngineLink;
use engine_api::EngineError;

/// Does what was typed.
///
/// # Errors
/// Whatever kept it from being done, in the user's words; the caller prints it and sets the exit status.
pub fn run(command: &Command, link: &EngineLink) -> Result<(), EngineError> {
    match command {
        Command::Generate(options) => generate::run(options, link),
        Command::Edit(options) => edit::run(options, link),
        Command::Animate(options) => animate::run(options, link),
        Command::Models(command) => models::run(command, link),
        Command::Selftest(options) => selftest::run(options, link),
        Command::Bench(BenchCommand::Kernels(options)) => bench::kernels(options, link),
        Command::Bench(BenchCommand::Window(options)) => bench::window(options, link),
    }
}
