//! What [`super::probe`] found, as plain data for programs (serde); `words` puts it into sentences.

use serde::Serialize;

/// What a folder or file is, told from names, configs and headers alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    pub path: String,
    /// One or two sentences for people.
    pub summary: String,
    pub source: Source,
    pub family: Family,
    /// `_class_name` of `model_index.json`.
    pub pipeline: Option<String>,
    pub features: Features,
    /// Whether every component that a run needs ([`Role::needed`]) is there and right, as far as that can be
    /// told.
    pub complete: bool,
    pub components: Vec<Component>,
}

/// What lies at the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A diffusers folder with one subfolder per component.
    Pipeline,
    /// A folder with the files of one component.
    ComponentFolder,
    /// A single safetensors file.
    File,
}

/// Which models belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    QwenImage,
    QwenImageEdit,
    QwenImageEditPlus,
    QwenImageLayered,
    #[serde(rename = "qwen_image_2_1")]
    QwenImage21,
    WanText,
    WanImage,
    /// Words or a picture to clips, with one transformer (Wan 2.2 5B).
    WanTextImage,
    Unknown,
}

/// Differences within a family that a run must know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Features {
    /// Reference pictures count as free of noise (Qwen-Image-Edit-2511).
    pub zero_cond_t: bool,
    /// One more embedding beside the timestep (Layered).
    pub additional_t_cond: bool,
    /// Positions count layers (Layered).
    pub layer3d_rope: bool,
    /// Wan 2.2 A14B: the timestep, in thousandths, below which the second transformer takes over from the first.
    pub boundary: Option<u32>,
}

/// The part a component plays; its name is that of its subfolder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Transformer,
    /// The expert for low noise of Wan 2.2.
    #[serde(rename = "transformer_2")]
    SecondTransformer,
    TextEncoder,
    Vae,
    Tokenizer,
    Processor,
    Scheduler,
    /// Weights that belong to no model known here.
    Unknown,
}

/// How a component fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every tensor is there, in the right shape and a format that can be decoded.
    Right,
    /// There, and nothing more can be said without running it.
    Present,
    /// Of the right kind, in a number format that is not supported yet.
    Unsupported,
    /// Tensors are missing or misshapen, or it is another model.
    Wrong,
    /// A file could not be read.
    Unreadable,
    Missing,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Component {
    pub role: Role,
    pub state: State,
    /// Class name in its config.
    pub class: Option<String>,
    pub parameters: u64,
    /// Length of its tensors in the files.
    pub bytes: u64,
    /// Number formats, most bytes first.
    pub formats: Vec<FormatShare>,
    pub missing: Listing<String>,
    pub misshapen: Listing<Misshapen>,
    pub unexpected: Listing<String>,
    /// What is wrong apart from single tensors, in words.
    pub problem: Option<String>,
}

/// How much of a component is stored in one number format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormatShare {
    pub format: String,
    pub tensors: usize,
    pub bytes: u64,
}

/// The first few of a possibly long list, and how long it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listing<T> {
    pub count: usize,
    pub first: Vec<T>,
}

/// A tensor of another shape than its model's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Misshapen {
    pub tensor: String,
    pub expected: Vec<usize>,
    pub got: Vec<usize>,
}

impl Family {
    /// The family of a diffusers pipeline class.
    pub fn of_pipeline(class: &str) -> Self {
        match class {
            "QwenImagePipeline" | "QwenImageImg2ImgPipeline" | "QwenImageInpaintPipeline" => Self::QwenImage,
            "QwenImageEditPipeline" | "QwenImageEditInpaintPipeline" => Self::QwenImageEdit,
            "QwenImageEditPlusPipeline" => Self::QwenImageEditPlus,
            "QwenImageLayeredPipeline" => Self::QwenImageLayered,
            "QwenImage21Pipeline" => Self::QwenImage21,
            "WanPipeline" => Self::WanText,
            "WanImageToVideoPipeline" => Self::WanImage,
            _ => Self::Unknown,
        }
    }

    /// The family's name as its authors write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::QwenImage => "Qwen-Image",
            Self::QwenImageEdit => "Qwen-Image-Edit",
            Self::QwenImageEditPlus => "Qwen-Image-Edit Plus",
            Self::QwenImageLayered => "Qwen-Image-Layered",
            Self::QwenImage21 => "Qwen-Image-2.1",
            Self::WanText => "Wan text-to-video",
            Self::WanImage => "Wan image-to-video",
            Self::WanTextImage => "Wan 2.2 text-and-image-to-video",
            Self::Unknown => "unknown model",
        }
    }

    /// Whether the tensors of its components are known and compared.
    pub fn is_compared(self) -> bool {
        matches!(
            self,
            Self::QwenImage | Self::QwenImageEdit | Self::QwenImageEditPlus | Self::QwenImageLayered
        ) || self.is_video()
    }

    /// Whether it makes clips.
    pub fn is_video(self) -> bool {
        matches!(self, Self::WanText | Self::WanImage | Self::WanTextImage)
    }

    /// The components that belong to a folder of this family.
    pub fn roles(self) -> &'static [Role] {
        use Role::*;
        match self {
            Self::QwenImage | Self::WanText | Self::WanImage | Self::WanTextImage => {
                &[Transformer, TextEncoder, Vae, Tokenizer, Scheduler]
            }
            Self::QwenImageEdit | Self::QwenImageEditPlus | Self::QwenImageLayered | Self::QwenImage21 => {
                &[Transformer, TextEncoder, Vae, Tokenizer, Processor, Scheduler]
            }
            Self::Unknown => &[],
        }
    }
}

impl Role {
    /// All roles that have a subfolder.
    pub const ALL: [Self; 7] = [
        Self::Transformer,
        Self::SecondTransformer,
        Self::TextEncoder,
        Self::Vae,
        Self::Tokenizer,
        Self::Processor,
        Self::Scheduler,
    ];

    /// The subfolder's name.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Transformer => "transformer",
            Self::SecondTransformer => "transformer_2",
            Self::TextEncoder => "text_encoder",
            Self::Vae => "vae",
            Self::Tokenizer => "tokenizer",
            Self::Processor => "processor",
            Self::Scheduler => "scheduler",
            Self::Unknown => "unknown",
        }
    }

    /// The name inside a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Transformer => "transformer",
            Self::SecondTransformer => "second transformer (the expert for low noise)",
            Self::TextEncoder => "text encoder",
            Self::Vae => "VAE",
            Self::Tokenizer => "tokenizer",
            Self::Processor => "processor",
            Self::Scheduler => "scheduler",
            Self::Unknown => "unknown component",
        }
    }

    /// Whether nothing runs without it. A processor's and a scheduler's settings are the same for a whole
    /// family.
    pub fn needed(self) -> bool {
        !matches!(self, Self::Processor | Self::Scheduler | Self::Unknown)
    }

    /// Whether it consists of tensors.
    pub fn has_weights(self) -> bool {
        !matches!(self, Self::Tokenizer | Self::Processor | Self::Scheduler)
    }
}

impl State {
    /// Whether the component can be used, as far as that can be told.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Right | Self::Present)
    }
}

impl<T> Listing<T> {
    /// How many entries are kept.
    pub const KEPT: usize = 5;

    /// Counts one more, and keeps it while there is room.
    pub(super) fn add(&mut self, entry: impl FnOnce() -> T) {
        self.count += 1;
        if self.first.len() < Self::KEPT {
            self.first.push(entry());
        }
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { count: 0, first: Vec::new() }
    }
}

impl Component {
    /// A component of which nothing else is known.
    pub(super) fn new(role: Role, state: State) -> Self {
        Self {
            role,
            state,
            class: None,
            parameters: 0,
            bytes: 0,
            formats: Vec::new(),
            missing: Listing::default(),
            misshapen: Listing::default(),
            unexpected: Listing::default(),
            problem: None,
        }
    }

    /// The first thing that is wrong with it, in a few words.
    pub fn trouble(&self) -> Option<String> {
        let named = |names: &Listing<String>| names.first.first().cloned();
        let misshapen = self.misshapen.first.first();
        let misshapen = misshapen.map(|m| format!("`{}` has another shape than config.json says", m.tensor));
        let missing = named(&self.missing).map(|name| format!("`{name}` is missing"));
        self.problem.clone().or(misshapen).or(missing)
    }

    /// The same with something wrong.
    pub(super) fn with_problem(mut self, state: State, problem: impl Into<String>) -> Self {
        self.state = state;
        self.problem = Some(problem.into());
        self
    }
}
