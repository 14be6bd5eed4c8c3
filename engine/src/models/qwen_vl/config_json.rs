//! The json files beside the text encoder: `text_encoder/config.json` in the nested spelling of transformers
//! 5 and the flat one of transformers 4, and the processor's picture sizes in both of theirs.

use super::config::{EncoderConfig, LanguageConfig, PictureConfig, VisionConfig};
use super::unusable;
use crate::nn::ModelError;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct RawConfig {
    model_type: Option<String>,
    text_config: Option<RawLanguage>,
    vision_config: Option<RawVision>,
    image_token_id: Option<u32>,
    #[serde(flatten)]
    flat: RawLanguage,
}

#[derive(Deserialize)]
struct RawLanguage {
    vocab_size: Option<usize>,
    hidden_size: Option<usize>,
    intermediate_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    num_key_value_heads: Option<usize>,
    hidden_act: Option<String>,
    rms_norm_eps: Option<f64>,
    use_sliding_window: Option<bool>,
    rope_theta: Option<f64>,
    rope_parameters: Option<RawRotary>,
    rope_scaling: Option<RawRotary>,
}

#[derive(Deserialize)]
struct RawRotary {
    rope_theta: Option<f64>,
    rope_type: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    mrope_section: Option<Vec<usize>>,
}

/// Missing keys take the defaults of transformers' `Qwen2_5_VLVisionConfig`.
#[derive(Deserialize)]
struct RawVision {
    hidden_size: Option<usize>,
    intermediate_size: Option<usize>,
    depth: Option<usize>,
    num_heads: Option<usize>,
    hidden_act: Option<String>,
    in_channels: Option<usize>,
    in_chans: Option<usize>,
    patch_size: Option<usize>,
    temporal_patch_size: Option<usize>,
    spatial_merge_size: Option<usize>,
    window_size: Option<usize>,
    out_hidden_size: Option<usize>,
    fullatt_block_indexes: Option<Vec<usize>>,
    rope_parameters: Option<RawRotary>,
}

#[derive(Deserialize)]
pub(super) struct RawProcessor {
    pub image_processor: Option<RawPicture>,
}

#[derive(Deserialize)]
pub(super) struct RawPicture {
    min_pixels: Option<usize>,
    max_pixels: Option<usize>,
    size: Option<RawArea>,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
    patch_size: Option<usize>,
    merge_size: Option<usize>,
}

#[derive(Deserialize)]
struct RawArea {
    shortest_edge: Option<usize>,
    longest_edge: Option<usize>,
}

impl RawConfig {
    pub(super) fn check(self) -> Result<EncoderConfig, ModelError> {
        if let Some(kind) = self.model_type.as_deref().filter(|kind| !kind.starts_with("qwen2_5_vl")) {
            return Err(unusable(format!("it describes a {kind}, expected qwen2_5_vl")));
        }
        let language = self.text_config.unwrap_or(self.flat).check()?;
        let vision = self.vision_config.map(|v| v.check(language.width)).transpose()?;
        Ok(EncoderConfig { language, vision, image_token: self.image_token_id })
    }
}

impl RawLanguage {
    fn check(self) -> Result<LanguageConfig, ModelError> {
        let rotary = self.rope_scaling.or(self.rope_parameters);
        let heads = size("num_attention_heads", self.num_attention_heads, 1 << 10)?;
        let language = LanguageConfig {
            vocabulary: size("vocab_size", self.vocab_size, 1 << 24)?,
            width: size("hidden_size", self.hidden_size, 1 << 16)?,
            hidden: size("intermediate_size", self.intermediate_size, 1 << 20)?,
            blocks: size("num_hidden_layers", self.num_hidden_layers, 1 << 10)?,
            heads,
            kv_heads: size("num_key_value_heads", self.num_key_value_heads.or(Some(heads)), 1 << 10)?,
            epsilon: positive("rms_norm_eps", self.rms_norm_eps.unwrap_or(1e-5))?,
            theta: positive(
                "rope_theta",
                rotary.as_ref().and_then(|r| r.rope_theta).or(self.rope_theta).unwrap_or(1e6),
            )?,
            sections: sections(rotary.as_ref())?,
        };
        silu(self.hidden_act.as_deref())?;
        if self.use_sliding_window == Some(true) {
            return Err(unusable("it asks for sliding-window attention, which no Qwen-Image uses"));
        }
        if !heads.is_multiple_of(language.kv_heads) {
            return Err(unusable(format!("{heads} heads do not share {} key heads", language.kv_heads)));
        }
        even_heads(language.width, heads)?;
        if language.sections.iter().sum::<usize>() * 2 != language.head_size() {
            let (sections, size) = (language.sections, language.head_size());
            return Err(unusable(format!("mrope_section {sections:?} does not fill half a head of {size}")));
        }
        Ok(language)
    }
}

impl RawVision {
    fn check(self, language_width: usize) -> Result<VisionConfig, ModelError> {
        let theta = self.rope_parameters.and_then(|r| r.rope_theta).unwrap_or(10_000.0);
        let patch = size("patch_size", self.patch_size.or(Some(14)), 1 << 8)?;
        let merge = size("spatial_merge_size", self.spatial_merge_size.or(Some(2)), 1 << 4)?;
        let window = size("window_size", self.window_size.or(Some(112)), 1 << 16)?;
        let vision = VisionConfig {
            width: size("vision hidden_size", self.hidden_size.or(Some(3584)), 1 << 16)?,
            hidden: size("vision intermediate_size", self.intermediate_size.or(Some(3420)), 1 << 20)?,
            blocks: size("vision depth", self.depth.or(Some(32)), 1 << 10)?,
            heads: size("vision num_heads", self.num_heads.or(Some(16)), 1 << 10)?,
            patch,
            frames: size("temporal_patch_size", self.temporal_patch_size.or(Some(2)), 1 << 4)?,
            merge,
            window: window / (patch * merge),
            full_blocks: self.fullatt_block_indexes.unwrap_or_else(|| vec![7, 15, 23, 31]),
            theta: positive("vision rope_theta", theta)?,
        };
        silu(self.hidden_act.as_deref())?;
        if self.in_channels.or(self.in_chans).is_some_and(|channels| channels != 3) {
            return Err(unusable("the vision tower does not take pictures of three channels"));
        }
        if vision.window == 0 {
            return Err(unusable(format!("window_size {window} is smaller than one token")));
        }
        let outputs = self.out_hidden_size.unwrap_or(3584);
        if outputs != language_width {
            let reason = format!("out_hidden_size {outputs} does not meet hidden_size {language_width}");
            return Err(unusable(reason));
        }
        even_heads(vision.width, vision.heads)?;
        if !vision.head_size().is_multiple_of(4) {
            return Err(unusable(format!("a vision head of {} has no two axes", vision.head_size())));
        }
        Ok(vision)
    }
}

impl RawPicture {
    pub(super) fn check(self, vision: &VisionConfig) -> Result<PictureConfig, ModelError> {
        let default = PictureConfig::default();
        let area = self.size.unwrap_or(RawArea { shortest_edge: None, longest_edge: None });
        let smallest = self.min_pixels.or(area.shortest_edge).unwrap_or(default.smallest_area);
        let largest = self.max_pixels.or(area.longest_edge).unwrap_or(default.largest_area);
        if smallest == 0 || smallest > largest || largest > 1 << 28 {
            return Err(unusable(format!("the processor's areas {smallest} to {largest} pixels cannot be")));
        }
        let sizes =
            [("patch_size", self.patch_size, vision.patch), ("merge_size", self.merge_size, vision.merge)];
        for (key, got, expected) in sizes {
            if let Some(got) = got.filter(|got| *got != expected) {
                let reason = format!("the processor's {key} is {got}, the vision tower's {expected}");
                return Err(unusable(reason));
            }
        }
        let deviation = self.image_std.unwrap_or(default.deviation);
        let mean = self.image_mean.unwrap_or(default.mean);
        if !deviation.iter().all(|d| d.is_finite() && *d > 0.0) || !mean.iter().all(|m| m.is_finite()) {
            return Err(unusable(format!(
                "the processor's mean {mean:?} and deviation {deviation:?} cannot be"
            )));
        }
        Ok(PictureConfig { smallest_area: smallest, largest_area: largest, mean, deviation })
    }
}

/// A count that must be there, above zero and not absurd.
fn size(key: &str, value: Option<usize>, largest: usize) -> Result<usize, ModelError> {
    match value {
        Some(value) if (1..=largest).contains(&value) => Ok(value),
        Some(value) => Err(unusable(format!("{key} is {value}, expected 1 to {largest}"))),
        None => Err(unusable(format!("it lacks {key}"))),
    }
}

fn positive(key: &str, value: f64) -> Result<f32, ModelError> {
    let value = value as f32;
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(unusable(format!("{key} is {value}"))) }
}

fn silu(activation: Option<&str>) -> Result<(), ModelError> {
    match activation {
        None | Some("silu") => Ok(()),
        Some(other) => Err(unusable(format!("hidden_act is {other}, expected silu"))),
    }
}

fn even_heads(width: usize, heads: usize) -> Result<(), ModelError> {
    if width.is_multiple_of(heads) && (width / heads).is_multiple_of(2) {
        return Ok(());
    }
    Err(unusable(format!("{width} channels do not divide into {heads} heads of even size")))
}

fn sections(rotary: Option<&RawRotary>) -> Result<[usize; 3], ModelError> {
    let Some(rotary) = rotary else {
        return Err(unusable("it lacks rope_parameters (or rope_scaling) with mrope_section"));
    };
    match rotary.rope_type.as_deref().or(rotary.kind.as_deref()) {
        None | Some("default" | "mrope") => {}
        Some(other) => return Err(unusable(format!("rope_type is {other}, expected default"))),
    }
    let sections = rotary.mrope_section.as_deref().unwrap_or_default();
    match <[usize; 3]>::try_from(sections) {
        Ok(sections) if sections.iter().all(|s| *s <= 1 << 10) => Ok(sections),
        _ => Err(unusable(format!("mrope_section is {sections:?}, expected three small numbers"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::NAME;
    use super::*;
    use serde_json::{Value, json};

    fn nested() -> Value {
        json!({
            "model_type": "qwen2_5_vl", "image_token_id": 446,
            "text_config": {
                "vocab_size": 448, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 3,
                "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-6,
                "rope_parameters": { "rope_theta": 1e6, "rope_type": "default", "mrope_section": [2, 3, 3] }
            },
            "vision_config": {
                "depth": 4, "hidden_size": 32, "intermediate_size": 52, "num_heads": 2, "out_hidden_size": 64,
                "fullatt_block_indexes": [1, 3]
            }
        })
    }

    fn read(value: Value) -> Result<EncoderConfig, ModelError> {
        serde_json::from_value::<RawConfig>(value).expect("fixture parses").check()
    }

    #[test]
    fn both_spellings_say_the_same() {
        let mut flat = nested();
        let mut language = flat["text_config"].take();
        let rotary = language["rope_parameters"].take();
        flat["text_config"] = Value::Null;
        flat["rope_theta"] = rotary["rope_theta"].clone();
        flat["rope_scaling"] = json!({ "type": "mrope", "mrope_section": rotary["mrope_section"] });
        for key in
            ["vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"]
        {
            flat[key] = language[key].clone();
        }
        flat["num_key_value_heads"] = language["num_key_value_heads"].clone();
        flat["rms_norm_eps"] = language["rms_norm_eps"].clone();
        flat["vision_config"]["in_chans"] = json!(3);
        assert_eq!(read(flat).expect("flat"), read(nested()).expect("nested"));
    }

    #[test]
    fn impossible_sizes_are_refused_in_words() {
        let cases = [
            ("/text_config/num_attention_heads", json!(0), "num_attention_heads is 0"),
            ("/text_config/hidden_size", json!(1_u64 << 60), "hidden_size is"),
            ("/text_config/num_key_value_heads", json!(3), "do not share"),
            ("/text_config/rope_parameters/mrope_section", json!([2, 3]), "mrope_section"),
            ("/text_config/rope_parameters/rope_type", json!("yarn"), "rope_type is yarn"),
            ("/vision_config/out_hidden_size", json!(32), "does not meet"),
            ("/vision_config/num_heads", json!(3), "do not divide"),
            ("/vision_config/window_size", json!(14), "smaller than one token"),
            ("/model_type", json!("qwen3_vl"), "describes a qwen3_vl"),
        ];
        for (path, value, expected) in cases {
            let mut config = nested();
            match config.pointer_mut(path) {
                Some(place) => *place = value,
                None => config["vision_config"]["window_size"] = value,
            }
            let message = read(config).expect_err(path).to_string();
            assert!(message.contains(expected), "{path}: {message}");
            assert!(message.starts_with(NAME), "{message}");
        }
    }

    #[test]
    fn the_processor_speaks_in_edges_or_in_pixels() {
        let vision = read(nested()).expect("nested").vision.expect("vision");
        let read = |value| serde_json::from_value::<RawPicture>(value).expect("parses").check(&vision);
        let edges =
            read(json!({ "size": { "shortest_edge": 784, "longest_edge": 78400 }, "patch_size": 14 }));
        let pixels = read(json!({ "min_pixels": 784, "max_pixels": 78400, "size": { "longest_edge": 5 } }));
        assert_eq!(edges.expect("edges"), pixels.expect("pixels"));
        assert!(read(json!({ "min_pixels": 10, "max_pixels": 5 })).is_err());
        assert!(read(json!({ "patch_size": 16 })).is_err());
        assert!(read(json!({ "image_std": [0.0, 1.0, 1.0] })).is_err());
    }
}
