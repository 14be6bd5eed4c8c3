//! A model folder, opened: what kind it is and where its parts are.

use super::PipelineError;
use super::sampling::schedule::SchedulerConfig;
use super::settings::USUAL_AREA;
use super::settings::native::Native;
use crate::device::Device;
use crate::models::qwen_image::{LatentFormat, TransformerConfig};
use crate::models::qwen_vl::{EncoderConfig, TextEncoder};
use crate::models::wan_codec::{Codec, CodecConfig};
use crate::models::{FamilySpec, family_of};
use crate::picture::dimension::fit_area;
use crate::weights::probe::Family;
use crate::weights::{Scope, TensorStore, probe, read_json};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A folder in the layout of diffusers, with its settings read and its weights mapped but not placed.
pub struct ImageModel {
    pub folder: PathBuf,
    pub family: &'static FamilySpec,
    pub scheduler: SchedulerConfig,
    pub transformer: TransformerConfig,
    pub codec: CodecConfig,
    pub device: Device,
    /// What its makers say of it.
    pub(super) native: Option<Native>,
    transformer_store: TensorStore,
    codec_store: TensorStore,
}

#[derive(Deserialize)]
struct ModelIndex {
    #[serde(rename = "_class_name")]
    class_name: Option<String>,
}

/// Looks at everything in a model's folder that a job would look at, but reads no weight: whether the settings are
/// possible ones, and whether weights, settings and tokenizer belong together.
///
/// # Errors
/// As [`ImageModel::open`], and what the text encoder's files are refused for.
pub fn check(folder: &Path) -> Result<(), PipelineError> {
    if super::video::model::is_video(folder) {
        return super::video::model::check(folder);
    }
    ImageModel::open(folder, Device::cpu())?;
    Ok(TextEncoder::check(folder)?)
}

/// What the makers of a model of either kind say of it to this program: its name and a sentence. `None` where they say
/// nothing, or nothing that can be read ([`check`] tells why).
pub fn said_of(folder: &Path) -> Option<String> {
    Native::of(folder).ok().flatten().as_ref().map(Native::introduction)
}

impl ImageModel {
    /// Opens `folder` for work on `device`.
    ///
    /// # Errors
    /// [`PipelineError::Checkpoint`] when the folder is no picture model or lacks a part,
    /// [`PipelineError::Model`] when a part's files are damaged or do not fit.
    pub fn open(folder: &Path, device: Device) -> Result<Self, PipelineError> {
        let family = family_in(folder)?;
        for part in ["transformer", "vae", "text_encoder", "tokenizer", "scheduler"] {
            let processor = part == "tokenizer" && folder.join("processor").is_dir();
            if !folder.join(part).is_dir() && !processor {
                return Err(PipelineError::Checkpoint {
                    message: format!("{} is incomplete: the folder {part} is missing", folder.display()),
                    hint: "Download the whole model; `rostrum models inspect` lists what is there",
                });
            }
        }
        let scheduler: SchedulerConfig = read_json(&folder.join("scheduler/scheduler_config.json"))?;
        scheduler.check()?;
        let part = folder.join("transformer");
        let transformer_store = TensorStore::open(&part)?;
        let scope = Scope::root(&transformer_store, device.tensors());
        let transformer = TransformerConfig::read(&part)?.with_markers(&scope);
        transformer.check_against(&scope).map_err(|error| error.in_file(&part.join("config.json")))?;
        let codec = CodecConfig::read(&folder.join("vae"))?;
        let channels = transformer.out_channels.unwrap_or(transformer.in_channels);
        if codec.z_dim != channels {
            return Err(mixed(folder, "vae", [codec.z_dim, channels]));
        }
        let words = EncoderConfig::read(&folder.join("text_encoder/config.json"))?.language.width;
        if words != transformer.text_channels {
            return Err(mixed(folder, "text_encoder", [words, transformer.text_channels]));
        }
        let codec_store = TensorStore::open(&folder.join("vae"))?;
        let native = Native::of(folder)?;
        let folder = folder.to_path_buf();
        Ok(Self {
            folder,
            family,
            scheduler,
            transformer,
            codec,
            device,
            native,
            transformer_store,
            codec_store,
        })
    }

    /// How people call it.
    pub fn title(&self) -> &str {
        self.native.as_ref().map_or(self.family.title, |native| &native.name)
    }

    /// Width and height at which a part of a picture is worked on when nothing else is said: about a megapixel in its
    /// aspect, or the size that the model knows.
    pub fn size_of_part(&self, [width, height]: [usize; 2]) -> [usize; 2] {
        let usual = || {
            let (width, height) = fit_area(USUAL_AREA, width, height);
            [width, height]
        };
        let multiple = self.side_multiple();
        self.native.as_ref().map_or_else(usual, |native| native.fitted([width, height], multiple))
    }

    /// Width and height at which a picture of that size is drawn from words: its own, unless the model knows none but
    /// smaller ones.
    pub fn size_from_words(&self, size: [usize; 2]) -> [usize; 2] {
        self.native.as_ref().map_or(size, |native| native.drawn_size(size, self.side_multiple()))
    }

    /// The transformer's weights.
    pub fn transformer_scope(&self) -> Scope<'_> {
        Scope::root(&self.transformer_store, self.device.tensors())
    }

    /// Places the codec's weights.
    ///
    /// # Errors
    /// [`PipelineError::Model`] when a tensor is missing, misshapen or holds values that are no numbers.
    pub fn load_codec(&self) -> Result<Codec, PipelineError> {
        Ok(Codec::load(&Scope::root(&self.codec_store, self.device.tensors()), &self.codec)?)
    }

    /// How latents are normalised.
    pub fn latent_format(&self) -> LatentFormat {
        LatentFormat::new(&self.codec.latents_mean, &self.codec.latents_std, self.device.tensors())
    }

    /// Sides of a drawn picture are multiples of this many pixels: usually eight for the codec, two for patchify.
    pub fn side_multiple(&self) -> usize {
        self.codec.scale() * self.transformer.patch_size
    }

    /// Whether the schedule is that of a step-distilled checkpoint: one shift for all sizes, no terminal stretch.
    pub fn is_distilled(&self) -> bool {
        let s = &self.scheduler;
        let constant = !s.use_dynamic_shifting || s.base_shift == s.max_shift;
        constant && s.shift_terminal.unwrap_or(0.0) == 0.0
    }

    /// Bytes of the weight files on disk, all parts together.
    pub fn file_bytes(&self) -> u64 {
        ["transformer", "vae", "text_encoder"]
            .iter()
            .filter_map(|part| self.folder.join(part).read_dir().ok())
            .flat_map(|entries| entries.flatten())
            .filter(|entry| entry.path().extension().is_some_and(|x| x == "safetensors"))
            .filter_map(|entry| entry.metadata().ok().or_else(|| entry.path().metadata().ok()))
            .map(|facts| facts.len())
            .sum()
    }
}

/// The kind of checkpoint that a folder's `model_index.json` names.
fn family_in(folder: &Path) -> Result<&'static FamilySpec, PipelineError> {
    let index = folder.join("model_index.json");
    if !index.is_file() {
        return Err(not_a_model(folder));
    }
    let refuse = |message| PipelineError::Checkpoint {
        message,
        hint: "Choose a Qwen-Image or Qwen-Image-Edit folder",
    };
    let Some(class) = read_json::<ModelIndex>(&index)?.class_name else {
        return Err(refuse(format!("{} does not say what kind of model this is", index.display())));
    };
    family_of(&class).ok_or_else(|| {
        refuse(match Family::of_pipeline(&class) {
            Family::Unknown => format!("{} is a {class}, which is not known here", folder.display()),
            family if family.is_video() => {
                format!("{} is {}, which makes clips and no pictures", folder.display(), family.title())
            }
            family => {
                format!("{} is {}, which cannot draw pictures here yet", folder.display(), family.title())
            }
        })
    })
}

/// Two parts whose channels differ.
fn mixed(folder: &Path, part: &str, [got, expected]: [usize; 2]) -> PipelineError {
    PipelineError::Checkpoint {
        message: format!(
            "{} mixes two models: {part} has {got} channels where transformer has {expected}",
            folder.display()
        ),
        hint: "Use both folders of one model, or download it again",
    }
}

/// The error for whatever has no `model_index.json`, with what the probe can tell of it.
fn not_a_model(folder: &Path) -> PipelineError {
    let found = match probe(folder) {
        Ok(found) => format!("{} is not a whole model. {}", folder.display(), found.summary),
        Err(error) => error.to_string(),
    };
    PipelineError::Checkpoint {
        message: found.trim_end_matches('.').to_owned(),
        hint: "Give the folder that holds model_index.json; `rostrum models inspect` tells more",
    }
}
