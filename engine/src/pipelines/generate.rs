//! A picture from words alone.

use super::dump::{Dump, noise_from};
use super::latents::LatentCodec;
use super::plan::Need;
use super::sampling::draw::{Drawing, Start};
use super::sampling::noise::Generator;
use super::settings::{Numbers, drawn_side};
use super::{ImageModel, PipelineError, convert, plan, report::Report, watch::JobWatch, words};
use crate::device::Device;
use crate::models::References;
use crate::picture::{Filter, Region, resize};
use engine_api::{ImageRequest, Outcome, Size, Stage};

/// Side of the square that is drawn when no size is asked for.
const USUAL_SIDE: usize = 1024;

/// Draws a picture of exactly `size`; the model draws up to 15 pixels more on the right and below, which are cut off. A
/// model that knows smaller pictures only draws a small one, which is enlarged.
///
/// # Errors
/// Any [`PipelineError`].
pub fn run(
    request: &ImageRequest,
    size: Option<Size>,
    report: &dyn Report,
) -> Result<Outcome, PipelineError> {
    report.stage(Stage::Opening, None);
    let dump = Dump::new(request.dump.as_deref())?;
    let model = ImageModel::open(&request.model, Device::open(convert::device(request.device))?)?;
    if model.native.is_none() && model.family.references != References::None {
        report.note(format!(
            "{} is made for editing pictures; without one it may not follow the words.",
            model.family.title
        ));
    }
    let numbers = Numbers::new(request, &model);
    let usual = model.native.as_ref().map_or([USUAL_SIDE; 2], |native| native.size);
    let size = size.map_or(usual, |Size { width, height }| [width as usize, height as usize]);
    let work = model.size_from_words(size);
    if let Some(native) = &model.native {
        native.tell_size(work, size, report);
    }
    let side = |pixels: usize| drawn_side(pixels, model.side_multiple());
    let (width, height) = (side(work[0])?, side(work[1])?);
    let need = Need { drawn: [width, height], references: Vec::new(), words: numbers.words(&request.prompt) };
    report.planned(plan::make(&model, request, &numbers, &need, report)?);
    let watch = JobWatch::new(model.device.clone(), report);
    let scale = model.codec.scale();
    let extent = [height / scale, width / scale];
    let shape = [model.codec.z_dim, 1, extent[0], extent[1]];
    let noise =
        request.noise.as_ref().map(|path| noise_from(path, shape, model.device.tensors())).transpose()?;
    let words = words::read(&model, &request.prompt, &numbers, &[], &watch)?;
    dump.save("conditioning", &words.positive)?;
    let drawing = Drawing {
        model: &model,
        numbers: &numbers,
        words,
        references: Vec::new(),
        extent,
        start: Start { clean: None, mask: None, strength: 1.0 },
        watch: &watch,
    };
    let drawn = drawing.draw(&mut Generator::new(request.seed), noise, &dump)?;
    report.stage(Stage::Developing, None);
    let codec = LatentCodec { codec: model.load_codec()?, format: model.latent_format() };
    let (picture, values) = codec.decode(drawn.latents, &watch)?;
    dump.save_values("image", &values, &[height, width, 3])?;
    let inner = picture.crop(Region { x: 0, y: 0, width: work[0], height: work[1] })?;
    let picture = if work == size { inner } else { resize(&inner, size[0], size[1], Filter::Lanczos)? };
    Ok(Outcome {
        picture: convert::opaque(&picture)?,
        settings: numbers.settings(model.title(), None, [width, height]),
        changed_outside_mask: None,
        registration: None,
        peak_vram: watch.peak(),
        stopped_after: drawn.stopped_after,
    })
}
