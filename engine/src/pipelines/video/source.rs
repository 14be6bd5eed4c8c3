//! Stills and clips on their way in: resampled, encoded, and laid beside or into the noisy latents.

use super::colours::Sums;
use super::model::VideoModel;
use super::settings::{Numbers, aspect};
use crate::models::qwen_image::LatentFormat;
use crate::models::wan::KnownFrames;
use crate::models::wan_codec::{ClipCodec, ClipSize, Passage};
use crate::picture::{Filter, Region, Rgb8, pad_to_multiple, resize};
use crate::pipelines::report::Report;
use crate::pipelines::{PipelineError, convert, watch::JobWatch};
use burn::tensor::{Device, Tensor, TensorData};
use engine_api::{ClipSource, Colours, Continuation, Fit, Latents, Picture, VideoRequest};
use std::collections::BTreeMap;

/// What is known of the clip before it is drawn.
pub(super) enum Known {
    Nothing,
    /// Mask and known clip, `[channel, frame, row, column]`, that go in beside the noisy latents.
    Beside(Tensor<4>),
    /// Clean latents of the first frames, `[channel, frame, row, column]`.
    First(Tensor<4>),
}

/// Where the drawing starts.
pub(super) struct Start {
    pub known: Known,
    /// Latents of the clip that is drawn anew.
    pub clean: Option<Tensor<4>>,
    /// Frames at the beginning that repeat those that were given.
    pub overlap: usize,
    /// Colours of those frames.
    pub colours: Option<Colours>,
    /// Latents that were taken over as they were.
    pub carried: usize,
}

/// Encodes whatever the request brings along.
pub(super) fn encode(
    model: &VideoModel,
    request: &VideoRequest,
    numbers: &Numbers,
    passage: Passage,
    watch: &JobWatch,
) -> Result<Start, PipelineError> {
    let given = given(model, request, numbers, watch.report)?;
    let mut start =
        Start { known: Known::Nothing, clean: None, overlap: given.overlap, colours: None, carried: 0 };
    if given.pictures.is_empty() {
        return Ok(start);
    }
    watch.report.stage(engine_api::Stage::ReadingPictures, None);
    let encoding = Encoding {
        codec: model.load_codec()?,
        format: model.latent_format(),
        device: model.device.tensors().clone(),
        size: numbers.drawn,
        passage,
    };
    let mut carried = None;
    if let ClipSource::Continuation(from) = &request.source {
        start.colours = Some(colours(given.pictures.values()));
        carried = carried_latents(from, given.overlap, numbers.latents(model), &encoding, watch.report);
    }
    start.carried = carried.as_ref().map_or(0, |latents: &Tensor<4>| latents.dims()[1]);
    let pictures = given
        .pictures
        .into_iter()
        .map(|(place, picture)| Ok((place, pad_to_multiple(&picture, model.side_multiple())?.picture)))
        .collect::<Result<BTreeMap<_, _>, PipelineError>>()?;
    let from_clip = matches!(request.source, ClipSource::Clip { .. });
    match model.spec.known_frames {
        _ if from_clip => start.clean = Some(encoding.clip(&pictures, numbers.frames, watch)?),
        KnownFrames::InPlace => {
            // Those that are carried need no codec.
            let count = if start.carried > 0 { 1 } else { pictures.len() };
            let clean = encoding.clip(&pictures, count, watch)?;
            start.known = Known::First(Tensor::cat([clean].into_iter().chain(carried).collect(), 1));
        }
        KnownFrames::Beside | KnownFrames::None => {
            let mut condition = encoding.clip(&pictures, numbers.frames, watch)?;
            if let Some(latents) = carried {
                let [channels, _, rows, columns] = condition.dims();
                let places = [0..channels, 1..1 + start.carried, 0..rows, 0..columns];
                condition = condition.slice_assign(places, latents);
            }
            let mask = encoding.mask(&pictures, condition.dims(), numbers.frames);
            start.known = Known::Beside(Tensor::cat(vec![mask, condition], 0));
        }
    }
    Ok(start)
}

/// Mean and contrast of pictures.
fn colours<'a>(pictures: impl Iterator<Item = &'a Rgb8>) -> Colours {
    let mut sums = Sums::default();
    pictures.for_each(|picture| sums.add(picture.pixels().iter().map(|level| f32::from(*level))));
    sums.colours()
}

/// The latents that stand for whole groups of the frames that are taken over. The first of those frames stands by itself,
/// which it did not in the clip before, and is encoded anew.
fn carried_latents(
    from: &Continuation,
    overlap: usize,
    [channels, _, rows, columns]: [usize; 4],
    encoding: &Encoding,
    report: &dyn Report,
) -> Option<Tensor<4>> {
    let latents @ Latents { shape: [own, frames, high, wide], .. } = from.latents.as_ref()?;
    let time = encoding.codec.config().time_scale();
    let wanted = overlap.saturating_sub(1) / time;
    let unfit = if [*own, *high, *wide] != [channels, rows, columns] {
        "the latents beside the clip are of another size or model"
    } else if overlap % time != 1 % time {
        "latents stand for groups of four frames: with an overlap of 5, 9, 13 or 17 they are taken over as they are"
    } else if wanted > *frames || latents.values.len() != latents.shape.iter().product::<usize>() {
        "not as many latents were kept as frames are taken over"
    } else if wanted == 0 {
        return None;
    } else {
        let all = TensorData::new(latents.values.clone(), latents.shape);
        return Some(Tensor::from_data(all, &encoding.device).narrow(1, frames - wanted, wanted));
    };
    report.note(format!("The clip goes on from its frames: {unfit}."));
    None
}

/// Known frames by their place in the clip, at the clip's size.
struct Given {
    pictures: BTreeMap<usize, Rgb8>,
    overlap: usize,
}

fn given(
    model: &VideoModel,
    request: &VideoRequest,
    numbers: &Numbers,
    report: &dyn Report,
) -> Result<Given, PipelineError> {
    let (spec, time) = (&model.spec, model.codec.time_scale());
    let refuse =
        |what: &str, hint| PipelineError::Request { message: format!("{} {what}", spec.title), hint };
    let takes = model.takes_frames();
    let at = |place: usize, picture: &Picture| {
        Ok::<_, PipelineError>((place, fitted(picture, numbers, request.fit)?))
    };
    let (pictures, overlap): (BTreeMap<_, _>, usize) = match &request.source {
        ClipSource::Words if spec.known_frames == KnownFrames::Beside => {
            return Err(refuse("needs a picture to begin with", "Give one, or choose a T2V or TI2V model"));
        }
        ClipSource::Words => (BTreeMap::new(), 0),
        ClipSource::Clip { frames, .. } | ClipSource::Continuation(Continuation { frames, .. })
            if frames.is_empty() =>
        {
            return Err(refuse("was given a clip without frames", "Choose another clip"));
        }
        ClipSource::Clip { .. } if spec.known_frames == KnownFrames::Beside => {
            let hint = "Choose a T2V or TI2V model, or go on from the clip's last frames";
            return Err(refuse("cannot draw a clip anew", hint));
        }
        ClipSource::Clip { frames, .. } => {
            let frames = frames.iter().take(numbers.frames).enumerate();
            (frames.map(|(place, picture)| at(place, picture)).collect::<Result<_, _>>()?, 0)
        }
        _ if !takes => {
            return Err(refuse(
                "draws from words alone",
                "Choose an I2V or TI2V model, or leave the pictures out",
            ));
        }
        ClipSource::Stills { last: Some(_), .. } if spec.known_frames == KnownFrames::InPlace => {
            let hint = "Choose an I2V model, or leave the last picture out";
            return Err(refuse("cannot be told how a clip ends", hint));
        }
        ClipSource::Stills { first, last } => {
            let ends = last.as_ref().filter(|_| numbers.frames > 1).map(|last| (numbers.frames - 1, last));
            let both = [(0, first)].into_iter().chain(ends);
            (both.map(|(place, picture)| at(place, picture)).collect::<Result<_, _>>()?, 0)
        }
        ClipSource::Continuation(Continuation { frames, .. }) => {
            // Clean latents stand for one frame and whole groups after it.
            let whole = (frames.len() - 1) / time * time + 1;
            let usable = if spec.known_frames == KnownFrames::InPlace { whole } else { frames.len() };
            if usable >= numbers.frames {
                return Err(refuse("has nothing left to draw", "Ask for more frames than are given"));
            }
            let frames = frames.iter().skip(frames.len() - usable).enumerate();
            (frames.map(|(place, picture)| at(place, picture)).collect::<Result<_, _>>()?, usable)
        }
    };
    if let Some(picture) = aspect(&request.source) {
        let [width, height] = numbers.size.map(|side| side as f64);
        let off = (f64::from(picture.width()) / f64::from(picture.height())) / (width / height);
        if request.fit == Fit::Stretch && !(0.97..=1.03).contains(&off) {
            report.note(
                "The picture has another aspect than the clip and is stretched; cover crops instead.".into(),
            );
        }
    }
    Ok(Given { pictures, overlap })
}

/// A picture at the clip's size.
fn fitted(picture: &Picture, numbers: &Numbers, fit: Fit) -> Result<Rgb8, PipelineError> {
    let source = convert::rgba(picture)?.over_white();
    let [width, height] = numbers.size;
    if fit == Fit::Stretch || source.size() == (width, height) {
        return Ok(resize(&source, width, height, Filter::Lanczos)?);
    }
    let scale = (width as f64 / source.width() as f64).max(height as f64 / source.height() as f64);
    let grown = |side: usize, least: usize| ((side as f64 * scale).round() as usize).max(least);
    let (w, h) = (grown(source.width(), width), grown(source.height(), height));
    let covered = resize(&source, w, h, Filter::Lanczos)?;
    Ok(covered.crop(Region { x: (w - width) / 2, y: (h - height) / 2, width, height })?)
}

/// The codec at work on known frames.
struct Encoding {
    codec: ClipCodec,
    format: LatentFormat,
    device: Device,
    size: [usize; 2],
    passage: Passage,
}

impl Encoding {
    /// Normalised latents, at the posterior's mode, of a clip whose unknown frames are mid grey.
    fn clip(
        &self,
        pictures: &BTreeMap<usize, Rgb8>,
        frames: usize,
        watch: &JobWatch,
    ) -> Result<Tensor<4>, PipelineError> {
        let [columns, rows] = self.size;
        let run = |run: std::ops::Range<usize>| {
            let mut values = Vec::with_capacity(run.len() * rows * columns * 3);
            for place in run.clone() {
                match pictures.get(&place) {
                    Some(picture) => values.extend(picture.to_signed()),
                    None => values.resize(values.len() + rows * columns * 3, 0.0),
                }
            }
            Tensor::from_data(TensorData::new(values, [run.len(), rows, columns, 3]), &self.device)
        };
        let size = ClipSize { frames, rows, columns };
        let posterior = self.codec.encode(size, &run, self.passage, watch)?;
        Ok(self.format.normalise(posterior.mode()))
    }

    /// Which of the frames behind each latent frame are known, one channel each; the first latent frame stands for the first
    /// frame alone, in all channels. Source: diffusers `WanImageToVideoPipeline.prepare_latents`.
    fn mask(&self, pictures: &BTreeMap<usize, Rgb8>, latents: [usize; 4], frames: usize) -> Tensor<4> {
        let [_, latent_frames, rows, columns] = latents;
        let time = self.codec.config().time_scale();
        let known = |place: usize| if place < frames && pictures.contains_key(&place) { 1.0 } else { 0.0 };
        let mut values: Vec<f32> = Vec::with_capacity(time * latent_frames * rows * columns);
        for channel in 0..time {
            for frame in 0..latent_frames {
                let place = if frame == 0 { 0 } else { time * (frame - 1) + 1 + channel };
                values.resize(values.len() + rows * columns, known(place));
            }
        }
        Tensor::from_data(TensorData::new(values, [time, latent_frames, rows, columns]), &self.device)
    }
}
