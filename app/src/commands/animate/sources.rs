//! The files that a clip is made from, opened and checked against each other.

use super::whole;
use crate::command_line::SourceOptions;
use crate::link::{EngineLink, OpenedClip, Span};
use crate::narrator::Narrator;
use crate::recipe::{RepeatedClip, source_file};
use engine_api::{
    ClipFiles, ClipSource, Colours, Continuation, EngineError, ErrorKind, MOST_FRAMES, Picture, Size,
    SourceFile,
};
use std::path::{Path, PathBuf};

/// Denoise strength of `--video` when none is typed.
const STRENGTH: f32 = 0.7;
/// Frames of the clip before that one which goes on begins with: one, and one group of four.
const OVERLAP: u32 = 5;
/// Frames per second that can be meant.
const RATES: std::ops::RangeInclusive<f64> = 1.0..=1000.0;
/// Aspects further apart than this would show as distortion.
const ASPECT: f64 = 0.03;

/// A file to read, and the sum of its pixels when it was read last.
struct Source {
    path: PathBuf,
    pixels: Option<String>,
}

/// What the clip is made from.
pub(super) struct Sources {
    kind: Kind,
    typed_strength: Option<f32>,
}

enum Kind {
    Words,
    /// The last picture alone has no meaning; it is refused in words.
    Stills(Option<Source>, Option<Source>),
    Clip(Source, f32),
    Continuation(Source, Joining),
}

/// How a clip goes on.
#[derive(Clone, Copy)]
struct Joining {
    overlap: u32,
    /// Colours of the first clip of the chain, where the recipe tells.
    first: Option<Colours>,
    held: bool,
    latents: bool,
}

/// What the files hold.
pub(super) struct Opened {
    pub source: ClipSource,
    pub files: ClipFiles,
    /// Of the clip that is drawn anew or goes on.
    pub frame_rate: Option<u32>,
    /// Frames of the clip that is drawn anew.
    pub frames: Option<u32>,
    /// Size of the clip that goes on: the two shall fit together.
    pub size: Option<Size>,
}

impl Sources {
    /// The typed files, and the recipe's where none were typed.
    pub(super) fn new(options: &SourceOptions, repeated: Option<&RepeatedClip>) -> Self {
        let typed = |path: &PathBuf| Source { path: path.clone(), pixels: None };
        let SourceOptions { image, last, video, strength, continued, overlap, no_anchor, no_latents } =
            options;
        let kind = match (image, last, video, continued) {
            (None, None, None, None) => repeated.map_or(Kind::Words, |repeated| {
                let kept = |file: &SourceFile| Source {
                    path: repeated.find(file),
                    pixels: Some(file.pixels.clone()),
                };
                match &repeated.recipe.source {
                    ClipFiles::Words => Kind::Words,
                    ClipFiles::Stills { first, last } => {
                        Kind::Stills(Some(kept(first)), last.as_ref().map(kept))
                    }
                    ClipFiles::Clip { video, strength: own } => {
                        Kind::Clip(kept(video), strength.unwrap_or(*own))
                    }
                    ClipFiles::Continuation { clip, overlap: own, first, held, latents } => {
                        let joining = Joining {
                            overlap: overlap.unwrap_or(*own),
                            first: *first,
                            held: *held && !no_anchor,
                            latents: *latents && !no_latents,
                        };
                        Kind::Continuation(kept(clip), joining)
                    }
                }
            }),
            (_, _, Some(video), _) => Kind::Clip(typed(video), strength.unwrap_or(STRENGTH)),
            (_, _, _, Some(clip)) => {
                let overlap = overlap.unwrap_or(OVERLAP);
                let joining = Joining { overlap, first: None, held: !no_anchor, latents: !no_latents };
                Kind::Continuation(typed(clip), joining)
            }
            (image, last, ..) => Kind::Stills(image.as_ref().map(typed), last.as_ref().map(typed)),
        };
        Self { kind, typed_strength: *strength }
    }

    /// The files that must not be overwritten.
    pub(super) fn paths(&self) -> Vec<&Path> {
        let all: Vec<&Source> = match &self.kind {
            Kind::Words => Vec::new(),
            Kind::Stills(first, last) => first.iter().chain(last).collect(),
            Kind::Clip(source, _) | Kind::Continuation(source, _) => vec![source],
        };
        all.into_iter().map(|source| source.path.as_path()).collect()
    }

    /// Reads the files; `frames` is how many the clip shall have, where that is known.
    pub(super) fn open(
        &self,
        frames: Option<u32>,
        link: &EngineLink,
        narrator: &mut dyn Narrator,
    ) -> Result<Opened, EngineError> {
        let nothing = Opened {
            source: ClipSource::Words,
            files: ClipFiles::Words,
            frame_rate: None,
            frames: None,
            size: None,
        };
        if self.typed_strength.is_some() && !matches!(self.kind, Kind::Clip(..)) {
            return Err(EngineError::request(
                "A strength says how far to go from a clip, and there is none",
                "Name the clip with --video, or leave --strength out",
            ));
        }
        match &self.kind {
            Kind::Words => Ok(nothing),
            Kind::Stills(None, _) => Err(EngineError::request(
                "There is a picture to end with and none to begin with",
                "Name the first one with --image",
            )),
            Kind::Stills(Some(first), last) => {
                let (first, first_file) = first.picture(link, narrator)?;
                let last = last.as_ref().map(|last| last.picture(link, narrator)).transpose()?;
                let (last, last_file) = last.unzip();
                if let (Some(last), Some(file)) = (&last, &last_file) {
                    one_shape([&first, last], [&first_file, file])?;
                }
                let files = ClipFiles::Stills { first: first_file, last: last_file };
                Ok(Opened { source: ClipSource::Stills { first, last }, files, ..nothing })
            }
            Kind::Clip(source, strength) => {
                let most = frames.unwrap_or(MOST_FRAMES) as usize;
                let (opened, rate, video) = source.clip(Span::First(most), link, narrator)?;
                let mut frames = opened.frames;
                let count = frames.len() as u32;
                // What is missing to a number that the model makes stands still; it is not written in the end.
                if let Some(last) = frames.last().cloned() {
                    frames.resize(whole(count) as usize, last);
                }
                let strength = *strength;
                let files = ClipFiles::Clip { video, strength };
                let source = ClipSource::Clip { frames, strength };
                Ok(Opened { source, files, frame_rate: rate, frames: Some(count), ..nothing })
            }
            Kind::Continuation(source, joining) => {
                let span = Span::Last(joining.overlap as usize);
                let (opened, rate, clip) = source.clip(span, link, narrator)?;
                let OpenedClip { frames, latents, .. } = opened;
                let size = frames.first().map(|frame| Size { width: frame.width(), height: frame.height() });
                let first = joining.first.or_else(|| first_colours(&source.path, link));
                let latents = latents.filter(|_| joining.latents);
                let Joining { overlap, held, .. } = *joining;
                let files = ClipFiles::Continuation { clip, overlap, first, held, latents: false };
                let source = ClipSource::Continuation(Continuation { frames, latents, first, held });
                Ok(Opened { source, files, frame_rate: rate, size, ..nothing })
            }
        }
    }
}

/// Colours of the first clip of a chain, where the clip at hand goes on from another one and tells.
fn first_colours(clip: &Path, link: &EngineLink) -> Option<Colours> {
    let recipe = RepeatedClip::open(link, clip).ok()?.recipe;
    if let ClipFiles::Continuation { first, .. } = recipe.source { first } else { None }
}

impl Source {
    fn picture(
        &self,
        link: &EngineLink,
        narrator: &mut dyn Narrator,
    ) -> Result<(Picture, SourceFile), EngineError> {
        let opened = (link.open_picture)(&self.path)?;
        opened.notes.iter().for_each(|note| narrator.note(&format!("{}: {note}", self.path.display())));
        let file = self.seen(opened.picture.fingerprint(), narrator);
        Ok((opened.picture, file))
    }

    /// Frames, and the frame rate in whole frames, with a note where it is none.
    fn clip(
        &self,
        span: Span,
        link: &EngineLink,
        narrator: &mut dyn Narrator,
    ) -> Result<(OpenedClip, Option<u32>, SourceFile), EngineError> {
        let opened = (link.open_clip)(&self.path, span)?;
        let rate = Some(opened.frame_rate.round()).filter(|rate| RATES.contains(rate));
        match rate {
            None => narrator.note(&format!(
                "{} does not tell how fast it goes; the new clip goes as fast as its model",
                self.path.display()
            )),
            Some(rate) if (opened.frame_rate - rate).abs() > 0.01 * rate => narrator.note(&format!(
                "{} goes at {:.2} frames per second, the new clip at {rate}; --fps chooses another",
                self.path.display(),
                opened.frame_rate
            )),
            Some(_) => {}
        }
        let sum = opened.frames.iter().fold(0u64, |sum, frame| sum.rotate_left(7) ^ frame.fingerprint());
        let file = self.seen(sum, narrator);
        Ok((opened, rate.map(|rate| rate as u32), file))
    }

    /// The entry for the recipe, with a note where the file is another one than before.
    fn seen(&self, fingerprint: u64, narrator: &mut dyn Narrator) -> SourceFile {
        let file = source_file(&self.path, fingerprint);
        if self.pixels.as_ref().is_some_and(|pixels| *pixels != file.pixels) {
            narrator.note(&format!("{} has changed since; the result will differ", self.path.display()));
        }
        file
    }
}

/// Refuses a last picture of another aspect: one of the two would be distorted.
fn one_shape([first, last]: [&Picture; 2], [_, file]: [&SourceFile; 2]) -> Result<(), EngineError> {
    let aspect = |picture: &Picture| f64::from(picture.width()) / f64::from(picture.height());
    let off = aspect(first) / aspect(last);
    if (1.0 - ASPECT..=1.0 + ASPECT).contains(&off) {
        return Ok(());
    }
    let message = format!(
        "{} is {} x {} pixels and the first picture {} x {}: a clip has one shape",
        file.path,
        last.width(),
        last.height(),
        first.width(),
        first.height()
    );
    Err(EngineError::new(ErrorKind::Input, message).with_hint("Crop one of them to the shape of the other"))
}
