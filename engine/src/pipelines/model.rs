//! A model folder, opened: what kind it is and where its parts are.

use super::PipelineError;
use super::sampling::schedule::SchedulerConfig;
use crate::device::Device;
use crate::models::qwen_image::{LatentFormat, TransformerConfig};
use crate::models::wan_codec::{Codec, CodecConfig};
use crate::models::{FamilySpec, family_of};
use crate::weights::{Scope, TensorStore, read_json};
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
    transformer_store: TensorStore,
    codec_store: TensorStore,
}

#[derive(Deserialize)]
struct ModelIndex {
    #[serde(rename = "_class_name")]
    class_name: Option<String>,
}

impl ImageModel {
    /// Opens `folder` for work on `device`.
    ///
    /// # Errors
    /// [`PipelineError::Checkpoint`] when the folder is no picture model or lacks a part,
    /// [`PipelineError::Model`] when a part's files are damaged or do not fit.
    pub fn open(folder: &Path, device: Device) -> Result<Self, PipelineError> {
        let index = folder.join("model_index.json");
        if !index.is_file() {
            return Err(not_a_model(folder));
        }
        let index: ModelIndex = read_json(&index)?;
        let class = index.class_name.unwrap_or_default();
        let family = family_of(&class).ok_or_else(|| PipelineError::Checkpoint {
            message: format!("{} holds a {class}, which cannot draw pictures here", folder.display()),
            hint: "Choose a Qwen-Image or Qwen-Image-Edit folder",
        })?;
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
        let transformer_store = TensorStore::open(&folder.join("transformer"))?;
        let transformer = TransformerConfig::read(&folder.join("transformer"))?
            .with_markers(&Scope::root(&transformer_store, device.tensors()));
        let codec = CodecConfig::read(&folder.join("vae"))?;
        let channels = transformer.out_channels.unwrap_or(transformer.in_channels);
        if codec.z_dim != channels {
            return Err(PipelineError::Checkpoint {
                message: format!(
                    "the codec has {} latent channels and the transformer {}",
                    codec.z_dim, channels
                ),
                hint: "The folders vae and transformer belong to different models",
            });
        }
        let codec_store = TensorStore::open(&folder.join("vae"))?;
        let folder = folder.to_path_buf();
        Ok(Self { folder, family, scheduler, transformer, codec, device, transformer_store, codec_store })
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

/// The error for a folder without `model_index.json`, with what the probe can tell of it.
fn not_a_model(folder: &Path) -> PipelineError {
    let found = crate::weights::probe(folder).map(|probe| format!(": {probe}")).unwrap_or_default();
    let found = found.lines().next().unwrap_or_default().trim_end_matches('.').to_string();
    let message = if folder.exists() {
        format!("{} is not a whole model{found}", folder.display())
    } else {
        format!("{} does not exist", folder.display())
    };
    PipelineError::Checkpoint {
        message,
        hint: "Give the folder that holds model_index.json; `rostrum models inspect` tells more",
    }
}
