//! One component held against the tensors that its measures call for.

use super::codec::{CodecShape, codec_name, expected_codec};
use super::report::{Component, Features, FormatShare, Misshapen, Role, State};
use super::text_encoder::{
    TextEncoderConfig, TextEncoderShape, WORD_HEAD, expected_text_encoder, text_encoder_name,
};
use super::transformer::{TransformerShape, ZERO_TIMESTEP_MARKER, expected_transformer, transformer_name};
use super::umt5::{Umt5Shape, expected_umt5, umt5_name};
use super::wan_transformer::{WanTransformerShape, expected_wan_transformer, wan_transformer_name};
use crate::weights::{TensorFacts, TensorStore};
use serde_json::Value;
use std::collections::BTreeMap;

/// Names and shapes in PyTorch's order.
pub type TensorList = Vec<(String, Vec<usize>)>;

/// A network whose tensors are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// `QwenImageTransformer2DModel`.
    Transformer,
    /// `Qwen2_5_VLForConditionalGeneration`.
    TextEncoder,
    /// `AutoencoderKLQwenImage`, the same as Wan 2.1's.
    Codec,
    /// `WanTransformer3DModel`, of which A14B has two.
    WanTransformer,
    /// `UMT5EncoderModel`.
    Umt5,
    /// `AutoencoderKLWan`, of both kinds.
    WanCodec,
}

impl Network {
    /// Those of pictures before those of clips: a codec without settings is told to be Qwen-Image's.
    pub(super) const ALL: [Self; 6] =
        [Self::Transformer, Self::TextEncoder, Self::Codec, Self::WanTransformer, Self::Umt5, Self::WanCodec];

    pub(super) fn role(self) -> Role {
        match self {
            Self::Transformer | Self::WanTransformer => Role::Transformer,
            Self::TextEncoder | Self::Umt5 => Role::TextEncoder,
            Self::Codec | Self::WanCodec => Role::Vae,
        }
    }

    /// Whether it belongs to a family of clips.
    pub(super) fn is_video(self) -> bool {
        matches!(self, Self::WanTransformer | Self::Umt5 | Self::WanCodec)
    }

    /// The network that plays a role in a family of clips, or of pictures.
    pub(super) fn of_role(role: Role, video: bool) -> Option<Self> {
        let role = if role == Role::SecondTransformer { Role::Transformer } else { role };
        Self::ALL.into_iter().find(|network| network.role() == role && network.is_video() == video)
    }

    /// The network that a config's class name stands for.
    pub(super) fn of_class(class: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.class() == class)
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Transformer => "QwenImageTransformer2DModel",
            Self::TextEncoder => "Qwen2_5_VLForConditionalGeneration",
            Self::Codec => "AutoencoderKLQwenImage",
            Self::WanTransformer => "WanTransformer3DModel",
            Self::Umt5 => "UMT5EncoderModel",
            Self::WanCodec => "AutoencoderKLWan",
        }
    }

    /// The network that a file's tensors belong to, told by names that no other network has together.
    pub(super) fn of_tensors(store: &TensorStore) -> Option<Self> {
        Self::ALL.into_iter().find(|network| {
            let marks: [&str; 2] = match network {
                Self::Transformer => ["txt_norm.weight", "transformer_blocks.0.img_mod.1.weight"],
                Self::TextEncoder => ["visual.merger.ln_q.weight", "model.layers.0.self_attn.q_proj.bias"],
                Self::Codec => {
                    ["post_quant_conv.weight", "decoder.up_blocks.0.upsamplers.0.resample.1.weight"]
                }
                Self::WanTransformer => ["condition_embedder.time_proj.weight", "blocks.0.attn1.to_q.weight"],
                Self::Umt5 => [
                    "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                    "encoder.block.0.layer.1.DenseReluDense.wi_0.weight",
                ],
                Self::WanCodec => {
                    ["post_quant_conv.weight", "decoder.up_blocks.0.upsampler.resample.1.weight"]
                }
            };
            let headers = Headers::new(store, *network);
            marks.iter().all(|mark| headers.contains(mark))
        })
    }

    fn canonical(self, name: &str) -> String {
        match self {
            Self::Transformer => transformer_name(name),
            Self::TextEncoder => text_encoder_name(name),
            Self::Codec | Self::WanCodec => codec_name(name),
            Self::WanTransformer => wan_transformer_name(name),
            Self::Umt5 => umt5_name(name),
        }
    }

    /// The tensors that the config calls for; without a config, those that the file's own measures call for.
    fn expected(self, config: Option<Value>, headers: &Headers) -> Result<(TensorList, Features), String> {
        let unknown = || "its measures cannot be told from its tensors".to_owned();
        let unreadable = |error: serde_json::Error| format!("its config.json cannot be understood ({error})");
        match self {
            Self::Transformer => {
                let shape = match config {
                    Some(config) => serde_json::from_value(config).map_err(unreadable)?,
                    None => TransformerShape::infer(headers).ok_or_else(unknown)?,
                };
                shape.check()?;
                let features = Features {
                    zero_cond_t: shape.zero_cond_t || headers.contains(ZERO_TIMESTEP_MARKER),
                    additional_t_cond: shape.use_additional_t_cond,
                    layer3d_rope: shape.use_layer3d_rope,
                    boundary: None,
                };
                Ok((expected_transformer(&shape), features))
            }
            Self::TextEncoder => {
                let shape = match config {
                    Some(mut config) => {
                        if let Some(vision) = config.get_mut("vision_config") {
                            adopt(vision, "in_chans", "in_channels");
                        }
                        let config: TextEncoderConfig = serde_json::from_value(config).map_err(unreadable)?;
                        config.shape().map_err(|reason| format!("its config.json is incomplete: {reason}"))?
                    }
                    None => TextEncoderShape::infer(headers).ok_or_else(unknown)?,
                };
                shape.check()?;
                Ok((expected_text_encoder(&shape), Features::default()))
            }
            Self::WanTransformer => {
                let shape = match config {
                    Some(config) => serde_json::from_value(config).map_err(unreadable)?,
                    None => WanTransformerShape::infer(headers).ok_or_else(unknown)?,
                };
                shape.check()?;
                Ok((expected_wan_transformer(&shape), Features::default()))
            }
            Self::Umt5 => {
                let shape = match config {
                    Some(config) => serde_json::from_value(config).map_err(unreadable)?,
                    None => Umt5Shape::infer(headers).ok_or_else(unknown)?,
                };
                shape.check()?;
                Ok((expected_umt5(&shape), Features::default()))
            }
            Self::Codec | Self::WanCodec => {
                let shape = match config {
                    Some(mut config) => {
                        adopt(&mut config, "in_channels", "input_channels");
                        serde_json::from_value(config).map_err(unreadable)?
                    }
                    None => CodecShape::infer(headers).ok_or_else(unknown)?,
                };
                shape.check()?;
                Ok((expected_codec(&shape), Features::default()))
            }
        }
    }
}

/// The class name in a component's config: diffusers writes `_class_name`, transformers `architectures`.
pub(super) fn class_of(config: &Value) -> Option<String> {
    let class = config.get("_class_name").or_else(|| config.get("architectures")?.get(0))?;
    class.as_str().map(str::to_owned)
}

/// Takes an older or a sibling's spelling of a config's key where the usual one is absent; some files have
/// both.
fn adopt(config: &mut Value, other: &str, usual: &str) {
    if let Some(object) = config.as_object_mut()
        && !object.contains_key(usual)
        && let Some(value) = object.get(other).cloned()
    {
        object.insert(usual.to_owned(), value);
    }
}

/// Compares a component with what its network calls for.
pub(super) fn compare(store: &TensorStore, network: Network, config: Option<Value>) -> (Component, Features) {
    let mut component = measure(store, network.role());
    component.class = config.as_ref().and_then(class_of);
    let headers = Headers::new(store, network);
    let (expected, features) = match network.expected(config, &headers) {
        Ok(expected) => expected,
        Err(problem) => return (component.with_problem(State::Wrong, problem), Features::default()),
    };
    let mut rest = headers.tensors;
    let mut foreign = None;
    for (name, shape) in expected {
        let Some(tensor) = rest.remove(&name) else {
            if name != WORD_HEAD {
                component.missing.add(|| name);
            }
            continue;
        };
        if tensor.format.weight().is_none() {
            foreign.get_or_insert(tensor);
        }
        if !same_shape(tensor.shape, &shape) {
            let got = tensor.shape.to_vec();
            component.misshapen.add(|| Misshapen { tensor: name, expected: shape, got });
        }
    }
    rest.remove(ZERO_TIMESTEP_MARKER);
    rest.into_keys().for_each(|name| component.unexpected.add(|| name));
    component.state = State::Right;
    if component.missing.count + component.misshapen.count > 0 {
        component.state = State::Wrong;
    } else if let Some(tensor) = foreign {
        let problem = format!(
            "`{}` is stored as {}, and this format is not supported yet; use a BF16, F16 or F32 version",
            tensor.name, tensor.format
        );
        component = component.with_problem(State::Unsupported, problem);
    }
    (component, features)
}

/// Counts what is in a store, without judging it.
pub(super) fn measure(store: &TensorStore, role: Role) -> Component {
    let mut component = Component::new(role, State::Present);
    let mut formats: BTreeMap<String, FormatShare> = BTreeMap::new();
    for tensor in store.facts() {
        let bytes = tensor.bytes as u64;
        let numbers = tensor.shape.iter().fold(1_u64, |n, d| n.saturating_mul(*d as u64));
        component.parameters = component.parameters.saturating_add(numbers);
        component.bytes = component.bytes.saturating_add(bytes);
        let format = tensor.format.to_string();
        let share = formats.entry(format.clone()).or_insert(FormatShare { format, tensors: 0, bytes: 0 });
        share.tensors += 1;
        share.bytes = share.bytes.saturating_add(bytes);
    }
    component.formats = formats.into_values().collect();
    component.formats.sort_by_key(|share| std::cmp::Reverse(share.bytes));
    component
}

/// Whether two shapes agree apart from dimensions of one at the end.
fn same_shape(one: &[usize], other: &[usize]) -> bool {
    fn cut(shape: &[usize]) -> &[usize] {
        let length = shape.iter().rposition(|d| *d != 1).map_or(0, |last| last + 1);
        shape.get(..length).unwrap_or(shape)
    }
    cut(one) == cut(other)
}

/// A store's tensors under the names that models use.
pub(super) struct Headers<'a> {
    tensors: BTreeMap<String, TensorFacts<'a>>,
}

impl<'a> Headers<'a> {
    pub(super) fn new(store: &'a TensorStore, network: Network) -> Self {
        let tensors = store.facts().map(|tensor| (network.canonical(tensor.name), tensor)).collect();
        Self { tensors }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// One dimension of a tensor.
    pub(super) fn dimension(&self, name: &str, axis: usize) -> Option<usize> {
        self.tensors.get(name)?.shape.get(axis).copied()
    }

    /// How many numbered parts follow a prefix: the highest number plus one.
    pub(super) fn count(&self, prefix: &str) -> usize {
        let numbers = self.tensors.keys().filter_map(|name| {
            let number = name.strip_prefix(prefix)?.split('.').next()?;
            number.parse::<usize>().ok()
        });
        numbers.max().map_or(0, |highest| highest.saturating_add(1))
    }
}

/// A measure from a config and the most that is believed.
pub(super) struct Measure {
    pub name: &'static str,
    pub value: usize,
    pub limit: usize,
}

/// Refuses measures that are zero or beyond belief.
pub(super) fn within(measures: &[Measure]) -> Result<(), String> {
    match measures.iter().find(|m| m.value == 0 || m.value > m.limit) {
        Some(m) => Err(format!("`{}` is {}, which cannot be right (1 to {})", m.name, m.value, m.limit)),
        None => Ok(()),
    }
}

/// Adds a linear layer without bias.
pub(super) fn matrix(list: &mut TensorList, name: &str, shape: [usize; 2]) {
    list.push((format!("{name}.weight"), shape.to_vec()));
}

/// Adds a linear layer with bias.
pub(super) fn affine(list: &mut TensorList, name: &str, shape: [usize; 2]) {
    matrix(list, name, shape);
    list.push((format!("{name}.bias"), vec![shape[0]]));
}

/// Number of tensors, of parameters, and FNV-1a (64 bits) over the sorted lines `name [shape]`, each ended by
/// a line feed: the same three numbers were computed once from the state dictionaries of the reference
/// classes.
#[cfg(test)]
pub(super) fn digest(list: &TensorList) -> (usize, u64, u64) {
    let mut lines: Vec<String> = list.iter().map(|(name, shape)| format!("{name} {shape:?}\n")).collect();
    lines.sort();
    let fingerprint = lines.concat().bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let parameters = list.iter().map(|(_, shape)| shape.iter().map(|d| *d as u64).product::<u64>()).sum();
    (list.len(), parameters, fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_ones_do_not_make_another_shape() {
        assert!(same_shape(&[96, 1, 1, 1], &[96]));
        assert!(same_shape(&[1, 1], &[]));
        assert!(same_shape(&[1152, 384, 1, 1], &[1152, 384]));
        assert!(!same_shape(&[1, 96], &[96]));
        assert!(!same_shape(&[96, 3], &[96]));
    }

    #[test]
    fn classes_are_found_in_both_spellings() {
        let diffusers = serde_json::json!({ "_class_name": "AutoencoderKLQwenImage" });
        let transformers = serde_json::json!({ "architectures": ["Qwen2_5_VLForConditionalGeneration"] });
        assert_eq!(class_of(&diffusers).and_then(|c| Network::of_class(&c)), Some(Network::Codec));
        assert_eq!(class_of(&transformers).and_then(|c| Network::of_class(&c)), Some(Network::TextEncoder));
        assert_eq!(class_of(&serde_json::json!({ "architectures": [] })), None);
    }
}
