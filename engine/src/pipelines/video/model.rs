//! A video model's folder, opened: what kind it is, where its parts are, and where one expert hands over to the other.

use crate::device::{Device, host_memory};
use crate::models::qwen_image::LatentFormat;
use crate::models::tiny_decoder::TinyDecoder;
use crate::models::umt5::TextEncoder;
use crate::models::wan::{CLASSES, KnownFrames, TransformerConfig, VideoSpec, spec_of};
use crate::models::wan_codec::{ClipCodec, CodecConfig};
use crate::nn::ModelError;
use crate::pipelines::PipelineError;
use crate::pipelines::settings::native::Native;
use crate::weights::{Scope, TensorFacts, TensorStore, read_json};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Tiny decoders by the latent channels that they take.
const TINY_DECODERS: [(usize, &str); 2] = [(16, "taew2_1.safetensors"), (48, "taew2_2.safetensors")];

/// Which of two experts draws; a model with one has the first only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expert {
    HighNoise,
    LowNoise,
}

/// A folder in the layout of diffusers, with its settings read and its weights mapped but not placed.
pub(in crate::pipelines) struct VideoModel {
    pub folder: PathBuf,
    /// What its kind is usually made with, less what its makers say otherwise.
    pub spec: VideoSpec,
    /// What its makers say of it.
    pub native: Option<Native>,
    pub codec: CodecConfig,
    pub device: Device,
    high: Part,
    low: Option<Part>,
    /// Timestep below which the expert for low noise draws.
    boundary: f32,
    codec_store: TensorStore,
}

/// One expert.
struct Part {
    config: TransformerConfig,
    store: TensorStore,
}

#[derive(Deserialize)]
struct ModelIndex {
    #[serde(rename = "_class_name")]
    class_name: Option<String>,
    boundary_ratio: Option<f64>,
    #[serde(default)]
    expand_timesteps: bool,
}

/// Whether a folder's `model_index.json` names a video model that is known here.
pub(in crate::pipelines) fn is_video(folder: &Path) -> bool {
    let index = read_json::<ModelIndex>(&folder.join("model_index.json"));
    index.ok().and_then(|index| index.class_name).is_some_and(|class| CLASSES.contains(&class.as_str()))
}

/// Looks at everything in a model's folder that a job would look at, but reads no weight.
pub(in crate::pipelines) fn check(folder: &Path) -> Result<(), PipelineError> {
    VideoModel::open(folder, Device::cpu())?;
    Ok(())
}

impl VideoModel {
    /// Opens `folder` for work on `device`.
    pub(super) fn open(folder: &Path, device: Device) -> Result<Self, PipelineError> {
        let model = Self::open_parts(folder, device, &["transformer", "vae", "text_encoder", "tokenizer"])?;
        let encoder = TextEncoder::load(folder, model.device.tensors())?;
        mixed(folder, "text_encoder", [encoder.config().width, model.high.config.text_channels])?;
        Ok(model)
    }

    /// Opens what decides on memory: the transformers and the codec.
    pub(super) fn open_for_plan(folder: &Path) -> Result<Self, PipelineError> {
        Self::open_parts(folder, Device::cpu(), &["transformer", "vae"])
    }

    /// Opens transformers and codec of a folder that has all of `parts`.
    fn open_parts(folder: &Path, device: Device, parts: &[&str]) -> Result<Self, PipelineError> {
        let index_path = folder.join("model_index.json");
        if !index_path.is_file() || !is_video(folder) {
            return Err(refused(
                format!("{} is no video model", folder.display()),
                "Choose a Wan folder, the one that holds model_index.json",
            ));
        }
        let index: ModelIndex = read_json(&index_path)?;
        let second = index.boundary_ratio.map(|_| "transformer_2");
        for part in parts.iter().copied().chain(second) {
            if !folder.join(part).is_dir() {
                return Err(refused(
                    format!("{} is incomplete: the folder {part} is missing", folder.display()),
                    "Download the whole model; `rostrum models inspect` lists what is there",
                ));
            }
        }
        let codec = CodecConfig::read(&folder.join("vae"))?;
        let high = Part::open(&folder.join("transformer"), &device)?;
        let low = second.map(|part| Part::open(&folder.join(part), &device)).transpose()?;
        if low.as_ref().is_some_and(|low| low.config != high.config) {
            return Err(refused(
                format!("{} mixes two models: its two transformers differ", folder.display()),
                "Use both experts of one model, or download it again",
            ));
        }
        let Some(spec) = spec_of(&high.config, index.expand_timesteps, codec.time_scale()) else {
            let (inputs, outputs) = (high.config.in_channels, high.config.out_channels());
            return Err(refused(
                format!(
                    "{}: a transformer that makes {outputs} channels of {inputs} is of a kind that is not known here",
                    folder.display()
                ),
                "Choose Wan 2.2 T2V, I2V or TI2V",
            ));
        };
        mixed(folder, "vae", [codec.z_dim, high.config.out_channels()])?;
        let boundary = index.boundary_ratio.filter(|ratio| ratio.is_finite()).unwrap_or(0.0);
        // Multiplied in double precision: a boundary of 0.417 is 417 and not a hair above it.
        let boundary = (boundary * 1000.0) as f32;
        let codec_store = TensorStore::open(&folder.join("vae"))?;
        let native = Native::of(folder)?;
        let spec = native.as_ref().map_or(*spec, |native| adapted(*spec, native));
        let folder = folder.to_path_buf();
        Ok(Self { folder, spec, native, codec, device, high, low, boundary, codec_store })
    }

    /// How people call it.
    pub(super) fn title(&self) -> &str {
        self.native.as_ref().map_or(self.spec.title, |native| &native.name)
    }

    /// Which expert draws at a timestep.
    pub(super) fn expert(&self, timestep: f32) -> Expert {
        match self.low {
            Some(_) if timestep < self.boundary => Expert::LowNoise,
            _ => Expert::HighNoise,
        }
    }

    /// Whether there are two experts.
    pub(super) fn has_two(&self) -> bool {
        self.low.is_some()
    }

    /// The settings that both experts share.
    pub(super) fn transformer(&self) -> &TransformerConfig {
        &self.high.config
    }

    /// An expert's weights.
    pub(super) fn scope(&self, expert: Expert) -> Scope<'_> {
        let part = match (expert, &self.low) {
            (Expert::LowNoise, Some(low)) => low,
            _ => &self.high,
        };
        Scope::root(&part.store, self.device.tensors())
    }

    /// While the first expert draws, has the system read the second one's files, where main memory has room for them.
    pub(super) fn read_ahead(&self) {
        let Some(low) = &self.low else { return };
        if host_memory().is_some_and(|[_, free]| free / 2 > low.store.file_bytes()) {
            low.store.read_ahead();
        }
    }

    /// Places the codec's weights.
    pub(super) fn load_codec(&self) -> Result<ClipCodec, PipelineError> {
        Ok(ClipCodec::load(&Scope::root(&self.codec_store, self.device.tensors()), &self.codec)?)
    }

    /// The tiny decoder for previews that the user has put into the model's folder, under the name that it is published by.
    pub(super) fn tiny_decoder(&self) -> Result<Option<TinyDecoder>, ModelError> {
        let found = TINY_DECODERS.iter().find(|(channels, _)| *channels == self.codec.z_dim);
        let file = found.map(|(_, name)| self.folder.join(name)).filter(|file| file.is_file());
        let Some(file) = file else { return Ok(None) };
        let tiny = TinyDecoder::load(&TensorStore::open_file(&file)?, self.device.tensors())?;
        if tiny.channels() != self.codec.z_dim {
            let reason = format!("{} is of another codec", file.display());
            return Err(ModelError::Configuration { model: "The tiny decoder", reason });
        }
        Ok(Some(tiny))
    }

    /// Bytes of the codec's weights on the device: as they are stored, or widened on the processor.
    pub(super) fn codec_bytes(&self) -> u64 {
        let wide = |facts: TensorFacts| facts.shape.iter().product::<usize>() as u64 * 4;
        if self.device.is_gpu() { self.codec_file_bytes() } else { self.codec_store.facts().map(wide).sum() }
    }

    /// Bytes of the codec's weights as they are stored.
    pub(super) fn codec_file_bytes(&self) -> u64 {
        self.codec_store.facts().map(|facts| facts.bytes as u64).sum()
    }

    /// How latents are normalised.
    pub(super) fn latent_format(&self) -> LatentFormat {
        LatentFormat::new(&self.codec.latents_mean, &self.codec.latents_std, self.device.tensors())
    }

    /// Sides of a clip are multiples of this many pixels: the codec's scale, and two for patchify.
    pub(super) fn side_multiple(&self) -> usize {
        self.codec.scale() * 2
    }

    /// Whether the model takes known frames at all.
    pub(super) fn takes_frames(&self) -> bool {
        self.spec.known_frames != KnownFrames::None
    }
}

/// What a clip is usually made with, as the model's makers say.
fn adapted(spec: VideoSpec, native: &Native) -> VideoSpec {
    VideoSpec {
        size: native.size,
        frames: native.frames.unwrap_or(spec.frames),
        steps: native.steps.map_or(spec.steps, |steps| [steps.div_ceil(2), steps, steps]),
        guidance: native.guidance.map_or(spec.guidance, |guidance| [guidance; 2]),
        shift: native.shift.unwrap_or(spec.shift),
        ..spec
    }
}

impl Part {
    fn open(folder: &Path, device: &Device) -> Result<Self, PipelineError> {
        let config = TransformerConfig::read(folder)?;
        let store = TensorStore::open(folder)?;
        let checked = config.check_against(&Scope::root(&store, device.tensors()));
        checked.map_err(|error| error.in_file(&folder.join("config.json")))?;
        Ok(Self { config, store })
    }
}

/// Refuses two parts whose channels differ.
fn mixed(folder: &Path, part: &str, [got, expected]: [usize; 2]) -> Result<(), PipelineError> {
    if got == expected {
        return Ok(());
    }
    Err(refused(
        format!(
            "{} mixes two models: {part} has {got} channels where transformer has {expected}",
            folder.display()
        ),
        "Use both folders of one model, or download it again",
    ))
}

fn refused(message: String, hint: &'static str) -> PipelineError {
    PipelineError::Checkpoint { message, hint }
}
