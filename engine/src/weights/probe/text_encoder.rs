//! The tensors of Qwen-Image's text encoder (transformers `Qwen2_5_VLForConditionalGeneration`), vision tower
//! included, from its measures alone.

use super::component::{Headers, Measure, TensorList, affine, matrix, within};
use serde::Deserialize;

/// The tensor that turns hidden states into words. Editing never needs it, so a file may leave it out.
pub const WORD_HEAD: &str = "lm_head.weight";

/// The measures that decide names and shapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEncoderShape {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    /// Channels of all query heads together.
    pub query_width: usize,
    /// Channels of all key heads together, as many as of the value heads.
    pub key_width: usize,
    pub vision: VisionShape,
}

/// The vision tower's part of [`TextEncoderShape`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VisionShape {
    pub depth: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub in_channels: usize,
    pub patch_size: usize,
    pub temporal_patch_size: usize,
    pub spatial_merge_size: usize,
    pub out_hidden_size: usize,
}

impl Default for VisionShape {
    /// Qwen2.5-VL-7B.
    fn default() -> Self {
        Self {
            depth: 32,
            hidden_size: 1280,
            intermediate_size: 3420,
            in_channels: 3,
            patch_size: 14,
            temporal_patch_size: 2,
            spatial_merge_size: 2,
            out_hidden_size: 3584,
        }
    }
}

impl Default for TextEncoderShape {
    /// Qwen2.5-VL-7B.
    fn default() -> Self {
        Self {
            vocab_size: 152_064,
            hidden_size: 3584,
            intermediate_size: 18_944,
            num_hidden_layers: 28,
            query_width: 3584,
            key_width: 512,
            vision: VisionShape::default(),
        }
    }
}

/// `text_encoder/config.json`: the language model's measures stand at the top (transformers 4) or under
/// `text_config` (transformers 5); some files have both, and then the nested ones hold.
#[derive(Debug, Deserialize)]
pub(super) struct TextEncoderConfig {
    text_config: Option<LanguageConfig>,
    #[serde(flatten)]
    flat: LanguageConfig,
    vision_config: Option<VisionShape>,
}

#[derive(Debug, Default, Deserialize)]
struct LanguageConfig {
    vocab_size: Option<usize>,
    hidden_size: Option<usize>,
    intermediate_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
}

impl TextEncoderConfig {
    /// The measures, or what the file lacks.
    pub(super) fn shape(self) -> Result<TextEncoderShape, String> {
        let nested = self.text_config.unwrap_or_default();
        let flat = self.flat;
        let need = |name: &str, nested: Option<usize>, flat: Option<usize>| {
            nested.or(flat).ok_or_else(|| format!("`{name}` is missing"))
        };
        let hidden_size = need("hidden_size", nested.hidden_size, flat.hidden_size)?;
        let heads = need("num_attention_heads", nested.num_attention_heads, flat.num_attention_heads)?;
        let key_heads = nested.num_key_value_heads.or(flat.num_key_value_heads).unwrap_or(heads);
        let head = nested.head_dim.or(flat.head_dim).or_else(|| hidden_size.checked_div(heads)).unwrap_or(0);
        Ok(TextEncoderShape {
            vocab_size: need("vocab_size", nested.vocab_size, flat.vocab_size)?,
            hidden_size,
            intermediate_size: need("intermediate_size", nested.intermediate_size, flat.intermediate_size)?,
            num_hidden_layers: need("num_hidden_layers", nested.num_hidden_layers, flat.num_hidden_layers)?,
            query_width: heads.saturating_mul(head),
            key_width: key_heads.saturating_mul(head),
            vision: self.vision_config.unwrap_or_default(),
        })
    }
}

impl TextEncoderShape {
    /// Reads the measures off the tensors, for files that come without a `config.json`.
    pub(super) fn infer(headers: &Headers) -> Option<Self> {
        let patch = "visual.patch_embed.proj.weight";
        let vision = headers.dimension(patch, 0)?;
        let merged = headers.dimension("visual.merger.mlp.0.weight", 0)?;
        Some(Self {
            vocab_size: headers.dimension("model.embed_tokens.weight", 0)?,
            hidden_size: headers.dimension("model.embed_tokens.weight", 1)?,
            intermediate_size: headers.dimension("model.layers.0.mlp.gate_proj.weight", 0)?,
            num_hidden_layers: headers.count("model.layers."),
            query_width: headers.dimension("model.layers.0.self_attn.q_proj.weight", 0)?,
            key_width: headers.dimension("model.layers.0.self_attn.k_proj.weight", 0)?,
            vision: VisionShape {
                depth: headers.count("visual.blocks."),
                hidden_size: vision,
                intermediate_size: headers.dimension("visual.blocks.0.mlp.gate_proj.weight", 0)?,
                in_channels: headers.dimension(patch, 1)?,
                temporal_patch_size: headers.dimension(patch, 2)?,
                patch_size: headers.dimension(patch, 3)?,
                spatial_merge_size: merged.checked_div(vision)?.isqrt(),
                out_hidden_size: headers.dimension("visual.merger.mlp.2.weight", 0)?,
            },
        })
    }

    /// Refuses measures far beyond any model, before lists and products are made of them.
    pub(super) fn check(&self) -> Result<(), String> {
        let vision = &self.vision;
        within(&[
            Measure { name: "vocab_size", value: self.vocab_size, limit: 1 << 24 },
            Measure { name: "hidden_size", value: self.hidden_size, limit: 1 << 20 },
            Measure { name: "intermediate_size", value: self.intermediate_size, limit: 1 << 20 },
            Measure { name: "num_hidden_layers", value: self.num_hidden_layers, limit: 1 << 10 },
            Measure { name: "num_attention_heads", value: self.query_width, limit: 1 << 20 },
            Measure { name: "num_key_value_heads", value: self.key_width, limit: 1 << 20 },
            Measure { name: "vision_config.depth", value: vision.depth, limit: 1 << 10 },
            Measure { name: "vision_config.hidden_size", value: vision.hidden_size, limit: 1 << 20 },
            Measure {
                name: "vision_config.intermediate_size",
                value: vision.intermediate_size,
                limit: 1 << 20,
            },
            Measure { name: "vision_config.in_channels", value: vision.in_channels, limit: 64 },
            Measure { name: "vision_config.patch_size", value: vision.patch_size, limit: 256 },
            Measure {
                name: "vision_config.temporal_patch_size",
                value: vision.temporal_patch_size,
                limit: 64,
            },
            Measure { name: "vision_config.spatial_merge_size", value: vision.spatial_merge_size, limit: 64 },
            Measure { name: "vision_config.out_hidden_size", value: vision.out_hidden_size, limit: 1 << 20 },
        ])
    }
}

/// Every tensor of a text encoder of these measures, with its PyTorch shape, in the names of published files.
pub fn expected_text_encoder(shape: &TextEncoderShape) -> TensorList {
    let hidden = shape.hidden_size;
    let mut list = TensorList::new();
    vision(&mut list, &shape.vision);
    matrix(&mut list, "model.embed_tokens", [shape.vocab_size, hidden]);
    for layer in 0..shape.num_hidden_layers {
        let layer = format!("model.layers.{layer}");
        affine(&mut list, &format!("{layer}.self_attn.q_proj"), [shape.query_width, hidden]);
        affine(&mut list, &format!("{layer}.self_attn.k_proj"), [shape.key_width, hidden]);
        affine(&mut list, &format!("{layer}.self_attn.v_proj"), [shape.key_width, hidden]);
        matrix(&mut list, &format!("{layer}.self_attn.o_proj"), [hidden, shape.query_width]);
        matrix(&mut list, &format!("{layer}.mlp.gate_proj"), [shape.intermediate_size, hidden]);
        matrix(&mut list, &format!("{layer}.mlp.up_proj"), [shape.intermediate_size, hidden]);
        matrix(&mut list, &format!("{layer}.mlp.down_proj"), [hidden, shape.intermediate_size]);
        list.push((format!("{layer}.input_layernorm.weight"), vec![hidden]));
        list.push((format!("{layer}.post_attention_layernorm.weight"), vec![hidden]));
    }
    list.push(("model.norm.weight".to_owned(), vec![hidden]));
    list.push((WORD_HEAD.to_owned(), vec![shape.vocab_size, hidden]));
    list
}

fn vision(list: &mut TensorList, shape: &VisionShape) {
    let VisionShape { hidden_size: hidden, intermediate_size: middle, patch_size: patch, .. } = *shape;
    let kernel = vec![hidden, shape.in_channels, shape.temporal_patch_size, patch, patch];
    list.push(("visual.patch_embed.proj.weight".to_owned(), kernel));
    for block in 0..shape.depth {
        let block = format!("visual.blocks.{block}");
        list.push((format!("{block}.norm1.weight"), vec![hidden]));
        list.push((format!("{block}.norm2.weight"), vec![hidden]));
        affine(list, &format!("{block}.attn.qkv"), [3 * hidden, hidden]);
        affine(list, &format!("{block}.attn.proj"), [hidden, hidden]);
        affine(list, &format!("{block}.mlp.gate_proj"), [middle, hidden]);
        affine(list, &format!("{block}.mlp.up_proj"), [middle, hidden]);
        affine(list, &format!("{block}.mlp.down_proj"), [hidden, middle]);
    }
    let merged = hidden * shape.spatial_merge_size * shape.spatial_merge_size;
    list.push(("visual.merger.ln_q.weight".to_owned(), vec![hidden]));
    affine(list, "visual.merger.mlp.0", [merged, merged]);
    affine(list, "visual.merger.mlp.2", [shape.out_hidden_size, merged]);
}

/// The published name of a text encoder's tensor in any of the spellings in use: newer re-saves put the two
/// towers under one `model`.
pub fn text_encoder_name(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("model.language_model.") {
        return format!("model.{rest}");
    }
    match name.strip_prefix("model.visual.") {
        Some(rest) => format!("visual.{rest}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::component::digest;
    use super::*;

    #[test]
    fn the_published_measures_give_the_published_tensors() {
        let list = expected_text_encoder(&TextEncoderShape::default());
        // From the reference class, built at full size: tensors, parameters, FNV-1a of the sorted list.
        assert_eq!(digest(&list), (729, 8_292_166_656, 0x6418_b5e7_9ec2_55c9));
    }

    #[test]
    fn flat_and_nested_spellings_of_the_config_mean_the_same() {
        let language = r#""vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944,
            "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4"#;
        let flat = format!(
            r#"{{ {language}, "rope_scaling": {{"type": "mrope", "mrope_section": [16, 24, 24]}},
                "vision_config": {{"spatial_patch_size": 14, "depth": 32}} }}"#
        );
        let nested = format!(
            r#"{{ "text_config": {{ {language}, "rope_parameters": {{"rope_theta": 1e6}} }},
                "vision_config": {{"in_channels": 3, "rope_parameters": null}} }}"#
        );
        // As transformers 4.52 and later write it: the nested measures hold, the outer ones may be anything.
        let both = format!(r#"{{ "hidden_size": 1, "text_config": {{ {language} }} }}"#);
        for text in [flat, nested, both] {
            let config: TextEncoderConfig = serde_json::from_str(&text).expect("the test's own JSON");
            assert_eq!(config.shape(), Ok(TextEncoderShape::default()), "{text}");
        }
    }

    #[test]
    fn a_config_without_a_measure_says_which() {
        let config: TextEncoderConfig =
            serde_json::from_str(r#"{"hidden_size": 64}"#).expect("the test's own JSON");
        assert_eq!(config.shape(), Err("`num_attention_heads` is missing".to_owned()));
    }

    #[test]
    fn all_spellings_of_a_name_become_the_published_one() {
        for (name, published) in [
            ("model.language_model.layers.3.mlp.up_proj.weight", "model.layers.3.mlp.up_proj.weight"),
            ("model.visual.merger.ln_q.weight", "visual.merger.ln_q.weight"),
            ("model.layers.3.mlp.up_proj.weight", "model.layers.3.mlp.up_proj.weight"),
            ("visual.merger.ln_q.weight", "visual.merger.ln_q.weight"),
            ("lm_head.weight", "lm_head.weight"),
        ] {
            assert_eq!(text_encoder_name(name), published);
        }
    }
}
