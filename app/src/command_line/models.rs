//! `rostrum models`.

use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// What to ask of the models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the installed models: name, what it is, size, licence
    List(PlainOptions),
    /// Tell what a folder, a file or an installed model is, and what is missing
    Inspect {
        /// The model's folder or file, or an installed model's name
        model: OsString,
        #[command(flatten)]
        plain: PlainOptions,
    },
    /// Look for models in folders of other programs; nothing is copied
    Scan {
        /// Folders to search [default: where ComfyUI, InvokeAI and Hugging Face keep theirs]
        folders: Vec<PathBuf>,
        #[command(flatten)]
        plain: PlainOptions,
    },
    /// Read every weight of a model and check that the files are whole
    Verify {
        /// The model's folder or file, or an installed model's name
        model: OsString,
        #[command(flatten)]
        plain: PlainOptions,
    },
}

/// For whom to print.
#[derive(Debug, Clone, Copy, Args)]
pub struct PlainOptions {
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}
