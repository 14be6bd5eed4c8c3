//! `rostrum edit`.

use super::{CommonOptions, DrawingOptions, parse};
use clap::Args;
use engine_api::{Expansion, Size};
use std::path::PathBuf;

/// Above these options in the help.
const HEADING: &str = "The picture and what may change";

/// A picture, what may change in it, and how the change is put back.
#[derive(Debug, Args)]
pub struct EditOptions {
    #[command(flatten)]
    pub drawing: DrawingOptions,
    /// The picture to change; its file is never written to
    #[arg(help_heading = HEADING, short, long, value_name = "FILE", required_unless_present = "from")]
    pub image: Option<PathBuf>,
    /// Further pictures that the prompt may speak of; may be given several times
    #[arg(help_heading = HEADING, long = "ref", value_name = "FILE", num_args = 1..)]
    pub references: Vec<PathBuf>,
    /// A picture that is white where something may change [default: everywhere]
    #[arg(help_heading = HEADING, long, value_name = "FILE")]
    pub mask: Option<PathBuf>,
    /// Pixels by which the mask is widened; negative narrows it [default: 0]
    #[arg(help_heading = HEADING, long, value_name = "PIXELS", allow_negative_numbers = true,
          value_parser = clap::value_parser!(i32).range(-4096..=4096))]
    pub grow: Option<i32>,
    /// Pixels around the mask over which the change fades out [default: none; it begins softly inside the mask]
    #[arg(help_heading = HEADING, long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(0..=4096))]
    pub feather: Option<u32>,
    /// How much of the surroundings the model sees, in percent of the masked box [default: 50]
    #[arg(help_heading = HEADING, long, value_name = "PERCENT", value_parser = parse::percent)]
    pub context: Option<f32>,
    /// How far from the picture the edit may go, above 0 and up to 1 [default: the model's own]
    #[arg(help_heading = HEADING, long, value_name = "X", value_parser = parse::strength)]
    pub strength: Option<f32>,
    /// Enlarge the canvas by so many pixels on each side and fill the new area
    #[arg(help_heading = HEADING, long, value_name = "LEFT,TOP,RIGHT,BOTTOM")]
    pub expand: Option<Expansion>,
    /// Size at which the model works, and without a mask the size of the result [default: about one megapixel, or
    /// the size that the model knows, in the picture's shape]
    #[arg(help_heading = HEADING, long, value_name = "WxH")]
    pub work_size: Option<Size>,
    /// Put the result back without fitting it to the source first
    #[arg(help_heading = HEADING, long)]
    pub no_register: bool,
    #[command(flatten)]
    pub common: CommonOptions,
}
