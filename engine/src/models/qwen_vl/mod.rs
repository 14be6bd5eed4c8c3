//! Qwen2.5-VL as a text encoder: prompt and pictures in, conditioning for Qwen-Image out.
//!
//! Licence of the published weights: Apache-2.0. Model: "Qwen2.5-VL Technical Report" (arXiv 2502.13923); its
//! use as an encoder: "Qwen-Image Technical Report" (arXiv 2508.02324).
//!
//! Tour, in the order of the work:
//! * `config` (read by `config_json`): sizes of the two towers and of the picture processor;
//! * [`tokenizer`] (its files: `vocabulary`) and [`prompt`]: words to token numbers, inside the sentences
//!   that the model was trained with;
//! * [`preprocess`] and `vision`: pictures to patches to tokens;
//! * [`position`]: where words and patches stand;
//! * `language`: the decoder stack, whose last hidden state is the conditioning;
//! * `layers`: what both towers share, and where their blocks live between passes.

mod config;
mod config_json;
mod language;
mod layers;
pub mod position;
pub mod preprocess;
pub mod prompt;
pub mod tokenizer;
mod vision;
mod vocabulary;

pub use config::{EncoderConfig, LanguageConfig, PictureConfig, VisionConfig};
pub use layers::Residency;
pub use preprocess::PreparedImage;
pub use prompt::Template;
pub use vision::Features;

use crate::nn::{ModelError, Watch};
use crate::weights::{Scope, TensorStore};
use burn::tensor::{Device, Tensor};
use language::{LanguageModel, Sequence};
use position::{ImagePlace, Rotary, token_positions};
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;
use tokenizer::PromptTokenizer;
use vision::VisionTower;

/// What errors of this folder call the model.
const NAME: &str = "text encoder";

/// Where the language model's tensors are, in the order of how common the spelling is.
const LANGUAGE_SCOPES: [&str; 3] = ["model", "model.language_model", "language_model.model"];
/// Where the vision tower's tensors are.
const VISION_SCOPES: [&str; 2] = ["visual", "model.visual"];
/// A tensor by which the language model is found.
const EMBEDDING: &str = "embed_tokens.weight";
/// The tensor by which the vision tower is found.
const PATCHES: &str = "patch_embed.proj.weight";

/// What a denoiser is told by a prompt.
#[derive(Debug, Clone)]
pub struct Conditioning {
    /// `[tokens, width]`: the last hidden state after the final norm, from the user's turn on.
    pub tokens: Tensor<2>,
    /// Tokens of the prompt before it was cut; none when it was short enough.
    pub cut_from: Option<usize>,
}

/// Qwen2.5-VL with its tokenizer and picture processor.
pub struct TextEncoder {
    config: EncoderConfig,
    picture: PictureConfig,
    tokenizer: PromptTokenizer,
    store: TensorStore,
    device: Device,
    residency: Residency,
    language_scope: &'static str,
    language: LanguageModel,
    /// Read when the first picture is seen; prompts without pictures never need it.
    vision: OnceLock<VisionTower>,
}

impl TextEncoder {
    /// Opens `text_encoder/`, `tokenizer/` and, for the size of pictures, `processor/` of a model folder.
    ///
    /// # Errors
    /// [`ModelError::Weight`] when a file is missing or damaged, [`ModelError::Configuration`] when the files
    /// do not belong together or to another model.
    pub fn load(model: &Path, device: &Device, residency: Residency) -> Result<Self, ModelError> {
        let folder = model.join("text_encoder");
        let settings = folder.join("config.json");
        let config = EncoderConfig::read(&settings)?;
        let tokenizer = PromptTokenizer::open(model)?;
        tokenizer.check_against(config.language.vocabulary, config.image_token)?;
        let picture = match &config.vision {
            Some(vision) => PictureConfig::read(&model.join("processor"), vision)?,
            None => PictureConfig::default(),
        };
        let store = TensorStore::open(&folder)?;
        let scope = Scope::root(&store, device);
        let language_scope = find(&scope, &LANGUAGE_SCOPES, EMBEDDING)?;
        let scope = scope.at(language_scope);
        let language = LanguageModel::load(&scope, &config.language, residency)
            .map_err(|error| error.in_file(&settings))?;
        Ok(Self {
            config,
            picture,
            tokenizer,
            device: device.clone(),
            residency,
            language_scope,
            language,
            vision: OnceLock::new(),
            store,
        })
    }

    /// Opens everything as [`Self::load`] does and looks at the headers of both towers, without reading a weight.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn check(model: &Path) -> Result<(), ModelError> {
        let encoder = Self::load(model, &Device::flex(), Residency::Streamed)?;
        let Some(vision) = &encoder.config.vision else { return Ok(()) };
        let scope = Scope::root(&encoder.store, &encoder.device);
        let name = find(&scope, &VISION_SCOPES, PATCHES)?;
        let settings = model.join("text_encoder").join("config.json");
        vision::check_depth(&scope.at(name), vision).map_err(|error| error.in_file(&settings))
    }

    /// Sizes of the model.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// The tokenizer, to count a prompt's tokens.
    pub fn tokenizer(&self) -> &PromptTokenizer {
        &self.tokenizer
    }

    /// Smallest and largest area, in pixels, to which a picture is resized before [`Self::prepare`].
    pub fn picture_area(&self) -> [usize; 2] {
        [self.picture.smallest_area, self.picture.largest_area]
    }

    /// Patches of a picture given as red, green and blue bytes; its sides are multiples of
    /// [`VisionConfig::factor`].
    ///
    /// # Errors
    /// As [`preprocess::prepare`], and [`ModelError::Configuration`] when the encoder only reads text.
    pub fn prepare(&self, pixels: &[u8], size: [usize; 2]) -> Result<PreparedImage, ModelError> {
        preprocess::prepare(pixels, size, &self.picture, self.sight()?)
    }

    /// What the language model will see of every picture. One pass serves any number of prompts.
    ///
    /// # Errors
    /// [`ModelError::Configuration`] when the encoder only reads text, [`ModelError::Cancelled`], or the
    /// weights' and the device's own.
    pub fn see(&self, images: &[PreparedImage], watch: &dyn Watch) -> Result<Vec<Features>, ModelError> {
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let config = self.sight()?;
        let scope = Scope::root(&self.store, &self.device);
        let name = find(&scope, &VISION_SCOPES, PATCHES)?;
        let scope = scope.at(name);
        let tower = match self.vision.get() {
            Some(tower) => tower,
            None => {
                scope.check(PATCHES)?;
                let patches = self.store.view(&format!("{name}.{PATCHES}"))?;
                let width = self.config.language.width;
                let tower = VisionTower::load(&scope, &patches, config, width, self.residency)?;
                self.vision.get_or_init(|| tower)
            }
        };
        tower.forward(&scope, images, watch)
    }

    /// Conditioning of every prompt, with `images` before each.
    ///
    /// Give the positive and the negative prompt together: streamed weights are then read once.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], or the weights' and the device's own.
    pub fn encode(
        &self,
        template: Template,
        prompts: &[&str],
        images: &[Features],
        watch: &dyn Watch,
    ) -> Result<Vec<Conditioning>, ModelError> {
        let scope = Scope::root(&self.store, &self.device).at(self.language_scope);
        LanguageModel::check_embeddings(&scope)?;
        let mut counts = Vec::with_capacity(images.len());
        for image in images {
            let [expected, got] = [[image.grid.area(), self.config.language.width], image.tokens.dims()];
            if got != expected {
                let expected = format!("{expected:?}");
                return Err(ModelError::Shape { what: "picture features", expected, got: got.to_vec() });
            }
            counts.push(got[0]);
        }
        let mut sequences = Vec::with_capacity(prompts.len());
        let mut cuts = Vec::with_capacity(prompts.len());
        for text in prompts {
            let prompt = prompt::tokenize(&self.tokenizer, template, text, &counts)?;
            let places: Vec<ImagePlace> = prompt
                .images
                .iter()
                .cloned()
                .zip(images)
                .map(|(tokens, image)| ImagePlace { tokens, grid: image.grid })
                .collect();
            let positions = token_positions(prompt.ids.len(), &places);
            let words = self.language.embed(&scope, &prompt.ids)?;
            sequences.push(Sequence {
                x: with_pictures(words, &places, images),
                rotary: Rotary::of_language(&positions, &self.config.language, &self.device),
                dropped: prompt.dropped,
            });
            cuts.push(prompt.cut_from);
        }
        let hidden = self.language.forward(&scope, sequences, watch)?;
        Ok(hidden.into_iter().zip(cuts).map(|(tokens, cut_from)| Conditioning { tokens, cut_from }).collect())
    }

    fn sight(&self) -> Result<&VisionConfig, ModelError> {
        self.config.vision.as_ref().ok_or_else(|| unusable("config.json describes no vision tower"))
    }
}

impl fmt::Debug for TextEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextEncoder").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Replaces the embeddings at every picture's place by its features.
fn with_pictures(words: Tensor<2>, places: &[ImagePlace], images: &[Features]) -> Tensor<2> {
    if places.is_empty() {
        return words;
    }
    let [tokens, width] = words.dims();
    let mut parts = Vec::with_capacity(2 * places.len() + 1);
    let mut start = 0;
    for (place, image) in places.iter().zip(images) {
        parts.push(words.clone().slice([start..place.tokens.start, 0..width]));
        parts.push(image.tokens.clone());
        start = place.tokens.end;
    }
    parts.push(words.slice([start..tokens, 0..width]));
    Tensor::cat(parts, 0)
}

fn find(root: &Scope, scopes: &[&'static str], tensor: &str) -> Result<&'static str, ModelError> {
    let found = scopes.iter().copied().find(|scope| root.at(scope).has(tensor));
    found.ok_or_else(|| {
        unusable(format!("its weights hold no `{}.{tensor}`; they are of another model", scopes[0]))
    })
}

fn unusable(reason: impl Into<String>) -> ModelError {
    ModelError::Configuration { model: NAME, reason: reason.into() }
}
