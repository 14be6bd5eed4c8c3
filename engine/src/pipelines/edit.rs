//! A picture from a picture: edits by sentence, by mask, beyond the edge; image-to-image and inpainting.
//!
//! With a mask the model works on a box around it (crop and stitch) at its own size; the rest of the picture never
//! enters the model and comes back bit by bit. What the family can do decides the way: a family with references is
//! guided by the picture, one without starts from it.

use super::dump::{Dump, noise_from};
use super::fit::stitch::{Stitch, Stitched};
use super::latents::{LatentCodec, pack};
use super::plan::Need;
use super::sampling::draw::{Drawing, Drawn, Start};
use super::sampling::noise::Generator;
use super::settings::{Numbers, drawn_side, strength_of};
use super::words::{self, Guide};
use super::{ImageModel, PipelineError, convert, plan, report::Report, watch::JobWatch};
use crate::device::Device;
use crate::models::References;
use crate::models::qwen_image::PictureGrid;
use crate::picture::dimension::{MOST_ELONGATED, fit_area};
use crate::picture::{Filter, Gray8, Region, Rgb8, mask, pad_to_multiple, resize};
use burn::tensor::{Tensor, TensorData};
use engine_api::{Edit, ImageRequest, Outcome, Plan, Size, Stage};

/// Does one edit.
///
/// # Errors
/// Any [`PipelineError`].
pub fn run(request: &ImageRequest, edit: &Edit, report: &dyn Report) -> Result<Outcome, PipelineError> {
    report.stage(Stage::Opening, None);
    let dump = Dump::new(request.dump.as_deref())?;
    let model = ImageModel::open(&request.model, Device::open(convert::device(request.device))?)?;
    let numbers = Numbers::new(request, &model);
    let stitch = Stitch::new(edit, report)?;
    let frame = Frame::new(edit, &stitch, &model)?;
    if let Some(native) = &model.native {
        let finished = if stitch.mask.is_none() && edit.work_size.is_some() {
            frame.work
        } else {
            [stitch.region.width, stitch.region.height]
        };
        native.tell_size(frame.work, finished, report);
    }
    let guides = guides(&model, edit, &stitch, &frame, report)?;
    let need = Need {
        drawn: frame.drawn,
        references: guides.iter().map(|guide| [guide.drawn.width(), guide.drawn.height()]).collect(),
        words: numbers.words(&request.prompt),
    };
    let region = stitch.region;
    let part = [region.x, region.y, region.width, region.height].map(|length| length as u32);
    let part = stitch.mask.is_some().then_some(part);
    report.planned(Plan { part, ..plan::make(&model, request, &numbers, &need, report)? });
    let watch = JobWatch::new(model.device.clone(), report);
    let strength = strength_of(edit, model.family);
    let extent = frame.extent(&model);
    let shape = [model.codec.z_dim, 1, extent[0], extent[1]];
    let noise =
        request.noise.as_ref().map(|path| noise_from(path, shape, model.device.tensors())).transpose()?;
    let words = words::read(&model, &request.prompt, &numbers, &guides, &watch)?;
    dump.save("conditioning", &words.positive)?;
    let mut generator = Generator::new(request.seed);
    let drawn = {
        let pictures = Pictures { model: &model, frame: &frame, stitch: &stitch, guides: &guides };
        let (references, start) = pictures.encode(strength, &mut generator, &watch)?;
        let drawing =
            Drawing { model: &model, numbers: &numbers, words, references, extent, start, watch: &watch };
        drawing.draw(&mut generator, noise, &dump)?
    };
    let Drawn { latents, stopped_after } = drawn;
    report.stage(Stage::Developing, None);
    let codec = LatentCodec { codec: model.load_codec()?, format: model.latent_format() };
    let (picture, values) = codec.decode(latents, &watch)?;
    dump.save_values("image", &values, &[frame.drawn[1], frame.drawn[0], 3])?;
    report.stage(Stage::Fitting, None);
    let Stitched { picture, changed_outside_mask, registration } =
        stitch.put_back(&picture.crop(frame.inner())?, edit, model.native.is_some(), report)?;
    let started_from_picture = model.family.references == References::None || strength < 1.0;
    Ok(Outcome {
        picture: convert::picture(picture)?,
        settings: numbers.settings(
            model.title(),
            started_from_picture.then_some(strength as f32),
            frame.drawn,
        ),
        changed_outside_mask,
        registration,
        peak_vram: watch.peak(),
        stopped_after,
    })
}

/// The size at which the model works.
struct Frame {
    /// As asked for, or about the model's usual area in the worked-on part's aspect.
    work: [usize; 2],
    /// The next size that the model can draw.
    drawn: [usize; 2],
    /// What the drawn sides are multiples of.
    multiple: usize,
}

impl Frame {
    fn new(edit: &Edit, stitch: &Stitch, model: &ImageModel) -> Result<Self, PipelineError> {
        let multiple = model.side_multiple();
        let [work, drawn] = work_sizes(stitch.region, edit.work_size, model)?;
        Ok(Self { work, drawn, multiple })
    }

    fn is_padded(&self) -> bool {
        self.work != self.drawn
    }

    fn inner(&self) -> Region {
        Region { x: 0, y: 0, width: self.work[0], height: self.work[1] }
    }

    /// Rows and columns of the latents.
    fn extent(&self, model: &ImageModel) -> [usize; 2] {
        let scale = model.codec.scale();
        [self.drawn[1] / scale, self.drawn[0] / scale]
    }

    /// The worked-on part at the drawn size: resampled to the work size, then padded by reflection.
    fn fit(&self, source: &Rgb8) -> Result<Rgb8, PipelineError> {
        let work = resize(source, self.work[0], self.work[1], Filter::Lanczos)?;
        Ok(pad_to_multiple(&work, self.multiple)?.picture)
    }

    fn fit_mask(&self, source: &Gray8) -> Result<Gray8, PipelineError> {
        let work = resize(source, self.work[0], self.work[1], Filter::Lanczos)?;
        Ok(pad_to_multiple(&work, self.multiple)?.picture)
    }
}

/// Width and height at which a part of a picture is worked on: as asked for, or about the model's usual area in its
/// aspect; and the next size that the model can draw.
pub(super) fn work_sizes(
    part: Region,
    asked: Option<Size>,
    model: &ImageModel,
) -> Result<[[usize; 2]; 2], PipelineError> {
    let multiple = model.side_multiple();
    check_aspect("part of the picture to work on", part.width, part.height)?;
    let work = match asked {
        Some(size) => [size.width as usize, size.height as usize],
        None => model.size_of_part([part.width, part.height]),
    };
    Ok([work, [drawn_side(work[0], multiple)?, drawn_side(work[1], multiple)?]])
}

/// The pictures that guide the edit: the worked-on part first, then the user's own references.
fn guides(
    model: &ImageModel,
    edit: &Edit,
    stitch: &Stitch,
    frame: &Frame,
    report: &dyn Report,
) -> Result<Vec<Guide>, PipelineError> {
    let allowed = match model.family.references {
        References::None => 0,
        References::One => 1,
        References::Several => usize::MAX,
    };
    if !edit.references.is_empty() && allowed < 1 + edit.references.len() {
        return Err(PipelineError::Request {
            message: format!("{} cannot take reference pictures beside the edited one", model.title()),
            hint: "Leave --ref out, or use Qwen-Image-Edit 2509 or 2511",
        });
    }
    if allowed == 0 {
        return Ok(Vec::new());
    }
    if edit.references.len() > 2 {
        report.note("The model was trained with up to three pictures; more may blur together.".into());
    }
    let area = frame.drawn[0] * frame.drawn[1];
    let part = stitch.part.clone();
    let main = if frame.is_padded() { frame.fit(&part)? } else { part };
    let drawn = match &stitch.mask {
        // With a mask, what is kept and what guides are one picture in one frame; and a model that knows one size
        // knows both pictures at it.
        Some(_) => frame.fit(&stitch.part)?,
        None if model.native.is_some() => frame.fit(&stitch.part)?,
        None => fitted(&main, area)?,
    };
    let mut guides = vec![Guide { original: main, drawn }];
    for reference in &edit.references {
        let original = convert::rgba(reference)?.over_white();
        check_aspect("reference picture", original.width(), original.height())?;
        guides.push(Guide { drawn: fitted(&original, area)?, original });
    }
    Ok(guides)
}

/// Refuses strips, in the picture's own pixels and before they are resampled to something absurd.
fn check_aspect(what: &str, width: usize, height: usize) -> Result<(), PipelineError> {
    if width.max(height) <= MOST_ELONGATED * width.min(height) {
        return Ok(());
    }
    Err(PipelineError::Request {
        message: format!(
            "the {what} is {width} x {height} pixels, more than {MOST_ELONGATED} times as long as it is wide"
        ),
        hint: "Choose or crop a picture that is less of a strip",
    })
}

/// Resampled to about `area` pixels with its own aspect.
fn fitted(picture: &Rgb8, area: usize) -> Result<Rgb8, PipelineError> {
    let (width, height) = fit_area(area, picture.width(), picture.height());
    Ok(resize(picture, width, height, Filter::Lanczos)?)
}

/// References with their sizes in tokens, and what the drawing starts from.
type Encoded = (Vec<(PictureGrid, Tensor<2>)>, Start);

/// Everything that passes through the codec before the drawing.
struct Pictures<'a> {
    model: &'a ImageModel,
    frame: &'a Frame,
    stitch: &'a Stitch,
    guides: &'a [Guide],
}

impl Pictures<'_> {
    /// Draws of the generator come in the reference's order: the posterior's first, the initial noise after.
    fn encode(
        &self,
        strength: f64,
        generator: &mut Generator,
        watch: &JobWatch,
    ) -> Result<Encoded, PipelineError> {
        watch.report.stage(Stage::ReadingPictures, None);
        let codec = LatentCodec { codec: self.model.load_codec()?, format: self.model.latent_format() };
        let from_picture = self.model.family.references == References::None;
        let clean = if from_picture || self.stitch.mask.is_some() || strength < 1.0 {
            Some(codec.sample(&self.frame.fit(&self.stitch.part)?, generator, watch)?)
        } else {
            None
        };
        let mut references = Vec::with_capacity(self.guides.len());
        for (index, guide) in self.guides.iter().enumerate() {
            let latents = match (&clean, &self.stitch.mask) {
                (Some(clean), Some(_)) if index == 0 => clean.clone(),
                _ => codec.encode(&guide.drawn, watch)?,
            };
            references.push(pack(&latents)?);
        }
        let mask = match &self.stitch.mask {
            Some(mask) => Some(self.latent_mask(&mask.worked)?),
            None => None,
        };
        Ok((references, Start { clean, mask, strength }))
    }

    /// `[16, 1, row, column]`, every channel alike.
    fn latent_mask(&self, worked: &Gray8) -> Result<Tensor<4>, PipelineError> {
        let [rows, columns] = self.frame.extent(self.model);
        let values = mask::on_latents(&self.frame.fit_mask(worked)?, columns, rows)?;
        let channels = self.model.codec.z_dim;
        let plane = Tensor::<4>::from_data(
            TensorData::new(values, [1, 1, rows, columns]),
            self.model.device.tensors(),
        );
        Ok(plane.repeat_dim(0, channels))
    }
}
