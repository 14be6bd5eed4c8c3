//! Prompts to conditioning: the text encoder's part of a clip.

use super::model::VideoModel;
use crate::models::umt5::TextEncoder;
use crate::pipelines::{PipelineError, watch::JobWatch};
use burn::tensor::Tensor;
use engine_api::Stage;

/// What the denoiser is told, `[tokens, width]` each.
pub(super) struct Words {
    pub positive: Tensor<2>,
    /// None when guidance is off.
    pub negative: Option<Tensor<2>>,
}

/// Reads the prompts; the encoder is let go afterwards.
pub(super) fn read(
    model: &VideoModel,
    prompt: &str,
    negative: Option<&str>,
    watch: &JobWatch,
) -> Result<Words, PipelineError> {
    watch.report.stage(Stage::ReadingPrompt, None);
    let encoder = TextEncoder::load(&model.folder, model.device.tensors())?;
    let prompts: Vec<&str> = [prompt].into_iter().chain(negative).collect();
    let mut encoded = encoder.encode(&prompts, watch)?;
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
