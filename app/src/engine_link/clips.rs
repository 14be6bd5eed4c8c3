//! The doors for clips: files, frames on their way from the engine, plans.

use super::is_about_room;
use crate::link::{CardPlan, ClipFile, ClipPlans, Embedded, FrameTaker, KeptClip, OpenedClip, Span};
use engine::clip::{self, About, ClipError, ClipWriter, Kind, Shape};
use engine::pipelines::video::{self, FrameSink};
use engine_api::{ClipFacts, EngineError, ErrorKind, Picture, Size};
use std::io;
use std::path::Path;

/// The engine's side of a [`FrameTaker`].
pub(super) struct Sink(pub Box<dyn FrameTaker>);

impl FrameSink for Sink {
    fn begin(&mut self, facts: ClipFacts) -> Result<(), EngineError> {
        self.0.begin(facts)
    }

    fn frame(&mut self, _: u32, picture: Picture) -> Result<(), EngineError> {
        self.0.frame(&picture)
    }
}

/// A writer as the app sees it.
struct Writer(ClipWriter);

impl ClipFile for Writer {
    fn frame(&mut self, picture: &Picture) -> Result<(), EngineError> {
        self.0.frame(picture.rgba()).map_err(|error| output_error(&error))
    }

    fn finish(
        self: Box<Self>,
        embedded: &Embedded<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), (EngineError, Option<KeptClip>)> {
        let about = About { recipe: embedded.recipe, description: embedded.description };
        self.0.finish_unless(&about, stop).map_err(|error| match error {
            ClipError::Stopped { path, frames } => {
                (EngineError::cancelled(), Some(KeptClip { path, frames }))
            }
            error => (output_error(&error), None),
        })
    }

    fn abandon(self: Box<Self>) -> Option<KeptClip> {
        let kept = self.0.abandon()?;
        Some(KeptClip { path: kept.path, frames: kept.frames })
    }
}

pub(super) fn create(file: &Path, facts: ClipFacts) -> Result<Box<dyn ClipFile>, EngineError> {
    let ClipFacts { size: Size { width, height }, frames, frame_rate } = facts;
    let shape = Shape { width, height, frames, frame_rate };
    let writer = ClipWriter::create(file, shape).map_err(|error| output_error(&error))?;
    Ok(Box::new(Writer(writer)))
}

pub(super) fn check(file: &Path, size: Option<Size>, frame_rate: Option<u32>) -> Result<(), EngineError> {
    let kind = Kind::of(file).map_err(|error| output_error(&error))?;
    // Where nothing was asked for, what any model makes: it fits every kind.
    let Size { width, height } = size.unwrap_or(Size { width: 64, height: 64 });
    let shape = Shape { width, height, frames: 1, frame_rate: frame_rate.unwrap_or(16) };
    kind.check(file, &shape).map_err(|error| output_error(&error))
}

pub(super) fn open(file: &Path, span: Span) -> Result<OpenedClip, EngineError> {
    let latents = matches!(span, Span::Last(_)).then(|| video::kept_latents(file)).flatten();
    let span = match span {
        Span::First(count) => clip::Span::First(count),
        Span::Last(count) => clip::Span::Last(count),
    };
    let opened = clip::read_clip(file, span).map_err(|error| input_error(&error))?;
    let pictures = opened.frames.into_iter().map(|frame| Picture::new(frame.width, frame.height, frame.rgba));
    let frames = pictures.collect::<Result<_, _>>()?;
    Ok(OpenedClip { frames, frame_rate: opened.frame_rate, latents })
}

pub(super) fn recipe(file: &Path) -> Result<Option<String>, EngineError> {
    clip::read_recipe(file).map_err(|error| input_error(&error))
}

pub(super) fn plan(
    model: &Path,
    size: Option<Size>,
    frames: Option<u32>,
    cards: &[u64],
) -> Result<ClipPlans, EngineError> {
    let size = size.map(|size| [size.width, size.height]);
    let ([width, height], frames, cards) =
        video::cards(model, size, frames, cards).map_err(EngineError::from)?;
    let card = |plan: video::CardPlan| {
        let video::CardPlan { card, needed, fits, blocks, tiles, shorter, smaller } = plan;
        let smaller = smaller.map(|[width, height]| Size { width, height });
        CardPlan { card, needed, fits, blocks, tiles, shorter, smaller }
    };
    let size = Size { width: width as u32, height: height as u32 };
    Ok(ClipPlans { size, frames: frames as u32, cards: cards.into_iter().map(card).collect() })
}

fn input_error(error: &ClipError) -> EngineError {
    let hint = match error {
        ClipError::Open { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "Check who may read it"
        }
        ClipError::Open { .. } => "Check the name",
        ClipError::UnknownFormat { .. } | ClipError::Codec { .. } => "Convert it to MP4 with H.264",
        ClipError::Still { .. } => "To begin with a picture, use --image",
        ClipError::Damaged { .. } => "Copy or export it again",
        ClipError::Sizes { .. } => "Bring all frames to one size",
        ClipError::TooLarge { .. } => "Make it smaller first",
        ClipError::TooMany { .. } => "Ask for fewer frames with --frames",
        _ => return EngineError::new(ErrorKind::Input, error.to_string()),
    };
    EngineError::new(ErrorKind::Input, error.to_string()).with_hint(hint)
}

fn output_error(error: &ClipError) -> EngineError {
    let hint = match error {
        ClipError::UnknownEnding { .. } => {
            "End the name with .mp4, .webm, .mov, .gif, .apng or .webp, or with a slash for a folder of PNG files"
        }
        ClipError::Write { source, .. } if is_about_room(source) => {
            "Make room, or choose another folder with -o"
        }
        ClipError::Write { .. } => "Choose another folder or name with -o",
        ClipError::Taken { .. } => "Choose an empty folder with -o",
        ClipError::Encode { .. } => "Choose another kind of file with -o",
        _ => return EngineError::new(ErrorKind::Output, error.to_string()),
    };
    EngineError::new(ErrorKind::Output, error.to_string()).with_hint(hint)
}
