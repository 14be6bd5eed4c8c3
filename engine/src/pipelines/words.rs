//! Prompt and pictures to conditioning: the text encoder's part of a job.

use super::settings::Numbers;
use super::{ImageModel, PipelineError, watch::JobWatch};
use crate::models::Sight;
use crate::models::qwen_vl::{PreparedImage, Residency, TextEncoder};
use crate::picture::dimension::{VisionArea, fit_area, vision_size};
use crate::picture::{Filter, PictureError, Rgb8, resize, resize_antialiased_bicubic};
use burn::tensor::Tensor;
use engine_api::Stage;

/// What the denoiser is told, `[tokens, width]` each.
pub(super) struct Words {
    pub positive: Tensor<2>,
    /// None when guidance is off.
    pub negative: Option<Tensor<2>>,
}

/// A picture that guides the edit: as it came, and as the codec will see it.
pub(super) struct Guide {
    pub original: Rgb8,
    pub drawn: Rgb8,
}

/// Reads the prompt, with the pictures before it where the family shows them to the encoder.
pub(super) fn read(
    model: &ImageModel,
    prompt: &str,
    numbers: &Numbers,
    guides: &[Guide],
    watch: &JobWatch,
) -> Result<Words, PipelineError> {
    watch.report.stage(Stage::ReadingPrompt, None);
    let encoder = TextEncoder::load(&model.folder, model.device.tensors(), Residency::Streamed)?;
    let images = match model.family.sight {
        Sight::None => Vec::new(),
        sight => guides.iter().map(|guide| prepare(&encoder, guide, sight)).collect::<Result<Vec<_>, _>>()?,
    };
    let features = encoder.see(&images, watch)?;
    let mut prompts = vec![prompt];
    prompts.extend(numbers.negative.as_deref());
    let mut encoded = encoder.encode(model.family.template, &prompts, &features, watch)?;
    for (encoded, name) in encoded.iter().zip(["prompt", "negative prompt"]) {
        if let Some(tokens) = encoded.cut_from {
            watch.report.note(format!(
                "The {name} has {tokens} tokens, more than the model reads; its end is cut off."
            ));
        }
    }
    let negative = (encoded.len() > 1).then(|| encoded.pop()).flatten();
    let Some(positive) = encoded.pop() else {
        return Err(PipelineError::Request {
            message: "there is no prompt".into(),
            hint: "Say what you want",
        });
    };
    Ok(Words { positive: positive.tokens, negative: negative.map(|n| n.tokens) })
}

/// Two resamplings as in the reference: Lanczos to the family's area, then the vision processor's bicubic.
fn prepare(encoder: &TextEncoder, guide: &Guide, sight: Sight) -> Result<PreparedImage, PipelineError> {
    let shown = match sight {
        Sight::Area(area) => {
            let (width, height) = guide.original.size();
            let (width, height) = fit_area(area, width, height);
            resize(&guide.original, width, height, Filter::Lanczos)?
        }
        Sight::AsDrawn | Sight::None => guide.drawn.clone(),
    };
    let (width, height) = shown.size();
    let (width, height) = vision_size(width, height, vision_area(encoder)).map_err(|error| match error {
        PictureError::TooElongated { limit, .. } => {
            let (width, height) = guide.original.size();
            PictureError::TooElongated { width, height, limit }
        }
        other => other,
    })?;
    let seen = resize_antialiased_bicubic(&shown, width, height)?;
    Ok(encoder.prepare(seen.pixels(), [width, height])?)
}

fn vision_area(encoder: &TextEncoder) -> VisionArea {
    let [least, most] = encoder.picture_area();
    let factor = encoder.config().vision.as_ref().map_or(VisionArea::QWEN_2_5_VL.factor, |v| v.factor());
    VisionArea { factor, least, most }
}
