//! What can be typed: commands, options and their help. Nothing is done here.
//!
//! Scripts rely on these names; they are written down in the manual and change only with a new major version.

mod animate;
mod drawing;
mod edit;
mod models;
mod parse;

pub use animate::{AnimateOptions, SourceOptions};
pub use drawing::{CommonOptions, DrawingOptions, GenerateOptions, QualityWord};
pub use edit::EditOptions;
pub use models::ModelsCommand;

use clap::{Parser, Subcommand};
use engine_api::DeviceChoice;
use std::path::PathBuf;

const STATUS: &str = "Exit status: 0 done, 1 failed (one line says what, where and what to do), 2 wrong usage, \
130 cancelled. Ctrl+C once stops after the current block, twice ends at once.";

const START: &str = "To begin: `rostrum models list` shows which models are here, and `rostrum edit --help` how a \
picture is changed, `rostrum animate --help` how it is set in motion.";

const GENERATE: &str = "rostrum generate --model <MODEL> --prompt <TEXT> --output <FILE> [OPTIONS]
       rostrum generate --from <PNG> [OPTIONS]";

const EDIT: &str = "rostrum edit --model <MODEL> --image <FILE> --prompt <TEXT> --output <FILE> [OPTIONS]
       rostrum edit --from <PNG> [OPTIONS]";

const EDIT_EXAMPLE: &str =
    "Example: a hat for the cat, where hat.png is white above its head and black elsewhere
  rostrum edit -m Qwen-Image-Edit-2511 -i cat.png --mask hat.png -p \"a red beret\" -o cat-hat.png";

const ANIMATE: &str = "rostrum animate --model <MODEL> --prompt <TEXT> --output <FILE> [OPTIONS]
       rostrum animate --from <CLIP> [OPTIONS]
       rostrum animate --model <MODEL> --plan [--width <PIXELS> --height <PIXELS> --frames <N>]";

const ANIMATE_EXAMPLE: &str = "Examples: a picture set in motion, and then going on
  rostrum animate -m Wan2.2-I2V-A14B -i cat.png -p \"the cat yawns\" -o cat.mp4
  rostrum animate -m Wan2.2-I2V-A14B --continue cat.mp4 -p \"it falls asleep\" -o asleep.mp4

Frames are written as they are ready. Should a clip come to no end, those that are there stay beside it, as
cat.unfinished.mp4.";

const GENERATE_EXAMPLE: &str = "Example:
  rostrum generate -m Qwen-Image-2512 -p \"a lighthouse in fog\" -o lighthouse.png";

/// An example, then what the statuses mean.
fn after(example: &str) -> String {
    format!("{example}\n\n{STATUS}")
}

/// Edit pictures with a mask and a sentence and set them in motion, on your own computer. Without a command, the window
/// opens.
#[derive(Debug, Parser)]
#[command(name = "rostrum", version, after_help = after(START), max_term_width = 100, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    /// Pictures to open in the window; the first becomes the document, the others its layers
    #[arg(value_name = "FILE", value_parser = parse::file)]
    pub files: Vec<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a picture from words
    #[command(
        override_usage = GENERATE,
        after_help = after(GENERATE_EXAMPLE),
        args_override_self = true
    )]
    Generate(Box<GenerateOptions>),
    /// Change a picture, all of it or what a mask marks in white
    #[command(override_usage = EDIT, after_help = after(EDIT_EXAMPLE), args_override_self = true)]
    Edit(Box<EditOptions>),
    /// Make a clip from words, from pictures, or from another clip
    #[command(override_usage = ANIMATE, after_help = after(ANIMATE_EXAMPLE), args_override_self = true)]
    Animate(Box<AnimateOptions>),
    /// See which models are here and what they are
    #[command(subcommand, arg_required_else_help = true)]
    Models(ModelsCommand),
    /// Check every kernel on this machine against plain arithmetic, and tell what the machine can do
    Selftest(TestOptions),
    /// Measure how fast this machine works
    #[command(subcommand, arg_required_else_help = true)]
    Bench(BenchCommand),
}

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Our kernels beside burn's own operations, on the same problems and device
    Kernels(BenchOptions),
    /// The window: how long its frames take while you paint on a large picture and a job runs
    Window(WindowBenchOptions),
}

/// Options of the window's bench.
#[derive(Debug, clap::Args)]
pub struct WindowBenchOptions {
    /// Side of the square picture that is painted on
    #[arg(long, value_name = "PIXELS", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(64..=8192))]
    pub size: u32,
    /// Frames to measure
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub frames: u32,
    /// An installed model that works on the picture meanwhile [default: the first]
    #[arg(short, long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Paint without a job
    #[arg(long, conflicts_with = "model")]
    pub idle: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Where to test or measure, and for whom to print.
#[derive(Debug, clap::Args)]
pub struct TestOptions {
    /// Where to work: auto, cpu, gpu, or gpu:N with N from `rostrum selftest`
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

/// Options of a bench.
#[derive(Debug, clap::Args)]
pub struct BenchOptions {
    /// Where to work: auto, cpu, gpu, or gpu:N with N from `rostrum selftest`
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,
    /// Small problems: seconds in place of minutes on a slow device
    #[arg(long)]
    pub quick: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        CommandLine::command().debug_assert();
    }

    fn parse(line: &str) -> Result<CommandLine, clap::Error> {
        CommandLine::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn every_option_of_the_manual_is_understood() {
        let line = "rostrum edit --model M --image a.png --prompt P -o out.png --ref b.png c.png --ref d.png \
            --mask m.png --grow -3 --feather 12 --context 25 --strength 0.5 --expand 1,2,3,4 --work-size 640x480 \
            --no-register --steps 8 --guidance 1 --seed 18446744073709551615 --negative blur --device gpu:1 \
            --quality draft --json --noise n.safetensors --dump d --memory 8G";
        let Some(Command::Edit(edit)) = parse(line).unwrap().command else { panic!("not an edit") };
        assert_eq!(edit.references.len(), 3);
        assert_eq!((edit.grow, edit.feather, edit.no_register), (Some(-3), Some(12), true));
        assert_eq!(edit.drawing.seed, Some(u64::MAX));
        let line = "rostrum generate --model M --prompt P -o out.png --negative N --width 640 --height 480 \
            --steps 8 --guidance 4.5 --seed 1";
        assert!(matches!(parse(line).unwrap().command, Some(Command::Generate(_))));
    }

    #[test]
    fn every_option_of_a_clip_is_understood() {
        let line = "rostrum animate --model M --prompt P -o clip.mp4 --image a.png --last b.png --frames 81 --fps 16 \
            --width 832 --height 480 --steps 40 --guidance 4 --guidance-low 3 --shift 12 --seed 7 --negative N \
            --sampler euler --sigmas 1,0.9,0.5 --device cpu --noise n.safetensors --dump d --json --quality best";
        let Some(Command::Animate(clip)) = parse(line).unwrap().command else { panic!("not a clip") };
        assert_eq!((clip.frames, clip.fps, clip.shift), (Some(81), Some(16), Some(12.0)));
        assert_eq!(clip.sigmas.as_deref(), Some(&[1.0, 0.9, 0.5][..]));
        let animate = "rostrum animate --model M --prompt P -o clip.mp4";
        for right in ["--video a.mp4 --strength 0.5", "--continue a.mp4 --overlap 5", "--last b.png"] {
            assert!(parse(&format!("{animate} {right}")).is_ok(), "{right}");
        }
        for wrong in
            ["--fps 0", "--fps 12.5", "--frames 0", "--shift 0", "--image a.png --video b.mp4", "--width 8"]
        {
            assert!(parse(&format!("{animate} {wrong}")).is_err(), "{wrong}");
        }
        assert!(parse("rostrum animate --model M --plan").is_ok());
        assert!(parse("rostrum animate --from clip.mp4").is_ok());
    }

    #[test]
    fn nonsense_is_wrong_usage() {
        let edit = "rostrum edit --model M --image a.png --prompt P -o out.png";
        for wrong in [
            "--steps 0",
            "--steps 1001",
            "--guidance NaN",
            "--guidance=-1",
            "--strength 0",
            "--strength 1.5",
            "--seed -1",
            "--device cuda",
            "--memory lots",
            "--expand 1,2,3",
            "--work-size 0x5",
            "--context=-1",
            "--grow 1.5",
            "--feather=-1",
            "--nonsense",
        ] {
            assert!(parse(&format!("{edit} {wrong}")).is_err(), "{wrong}");
        }
        let generate = "rostrum generate --model M --prompt P -o out.png";
        for wrong in ["--width 0 --height 8", "--width 8", "--height 8"] {
            assert!(parse(&format!("{generate} {wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_recipe_knows_need_not_be_typed() {
        assert!(parse("rostrum edit --from out.png").is_ok());
        assert!(parse("rostrum generate --from out.png").is_ok());
        assert!(parse("rostrum edit --model M --prompt P -o out.png").is_err());
        assert!(parse("rostrum edit --model M --image a.png --prompt P").is_err());
    }

    #[test]
    fn a_prompt_may_begin_with_a_dash_and_the_last_of_an_option_wins() {
        let words =
            ["rostrum", "generate", "--model", "M", "-o", "a.png", "--prompt", "-5 degrees", "--steps", "2"];
        let typed = CommandLine::try_parse_from(words.into_iter().chain(["--steps", "3"])).unwrap();
        let Some(Command::Generate(generate)) = typed.command else { panic!("not a picture") };
        assert_eq!(
            (generate.drawing.prompt.as_deref(), generate.drawing.steps),
            (Some("-5 degrees"), Some(3))
        );
    }
}
