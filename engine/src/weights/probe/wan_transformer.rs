//! The tensors of Wan's video transformer (diffusers `WanTransformer3DModel`), from its measures alone.

use super::component::{Headers, Measure, TensorList, affine, within};
use serde::Deserialize;

/// What repackers put in front of every name.
const WRAPPERS: [&str; 2] = ["model.diffusion_model.", "diffusion_model."];

/// The measures that decide names and shapes, as in `transformer/config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WanTransformerShape {
    pub patch_size: [usize; 3],
    pub num_attention_heads: usize,
    pub attention_head_dim: usize,
    pub in_channels: usize,
    /// As many as `in_channels` when absent or null.
    pub out_channels: Option<usize>,
    pub text_dim: usize,
    pub freq_dim: usize,
    pub ffn_dim: usize,
    pub num_layers: usize,
    /// Channels of a picture encoder's tokens (Wan 2.1 I2V).
    pub image_dim: Option<usize>,
}

impl Default for WanTransformerShape {
    /// An expert of Wan 2.2 T2V A14B.
    fn default() -> Self {
        Self {
            patch_size: [1, 2, 2],
            num_attention_heads: 40,
            attention_head_dim: 128,
            in_channels: 16,
            out_channels: Some(16),
            text_dim: 4096,
            freq_dim: 256,
            ffn_dim: 13_824,
            num_layers: 40,
            image_dim: None,
        }
    }
}

impl WanTransformerShape {
    /// Channels of a token.
    pub fn inner(&self) -> usize {
        self.num_attention_heads * self.attention_head_dim
    }

    /// Reads the measures off the tensors, for files that come without a `config.json`. All published models have heads
    /// of 128.
    pub(super) fn infer(headers: &Headers) -> Option<Self> {
        let patch = "patch_embedding.weight";
        let side = |axis| headers.dimension(patch, axis);
        let patch_size = [side(2)?, side(3)?, side(4)?];
        let area = patch_size.iter().try_fold(1_usize, |n, d| n.checked_mul(*d))?;
        let head = Self::default().attention_head_dim;
        Some(Self {
            patch_size,
            num_attention_heads: side(0)? / head,
            attention_head_dim: head,
            in_channels: side(1)?,
            out_channels: Some(headers.dimension("proj_out.weight", 0)?.checked_div(area)?),
            text_dim: headers.dimension("condition_embedder.text_embedder.linear_1.weight", 1)?,
            freq_dim: headers.dimension("condition_embedder.time_embedder.linear_1.weight", 1)?,
            ffn_dim: headers.dimension("blocks.0.ffn.net.0.proj.weight", 0)?,
            num_layers: headers.count("blocks."),
            image_dim: None,
        })
    }

    /// Refuses measures far beyond any model, before lists and products are made of them, and kinds whose tensors are not
    /// listed here.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.image_dim.is_some() {
            return Err(
                "it sees pictures through CLIP (Wan 2.1 I2V), and such a transformer is not known".into()
            );
        }
        let out_channels = self.out_channels.unwrap_or(self.in_channels);
        let [frames, rows, columns] = self.patch_size;
        within(&[
            Measure { name: "patch_size (frames)", value: frames, limit: 64 },
            Measure { name: "patch_size (rows)", value: rows, limit: 64 },
            Measure { name: "patch_size (columns)", value: columns, limit: 64 },
            Measure { name: "num_attention_heads", value: self.num_attention_heads, limit: 1 << 12 },
            Measure { name: "attention_head_dim", value: self.attention_head_dim, limit: 1 << 12 },
            Measure { name: "in_channels", value: self.in_channels, limit: 1 << 16 },
            Measure { name: "out_channels", value: out_channels, limit: 1 << 16 },
            Measure { name: "text_dim", value: self.text_dim, limit: 1 << 20 },
            Measure { name: "freq_dim", value: self.freq_dim, limit: 1 << 16 },
            Measure { name: "ffn_dim", value: self.ffn_dim, limit: 1 << 20 },
            Measure { name: "num_layers", value: self.num_layers, limit: 1 << 10 },
        ])
    }
}

/// Every tensor of a transformer of these measures, with its PyTorch shape.
pub fn expected_wan_transformer(shape: &WanTransformerShape) -> TensorList {
    let inner = shape.inner();
    let [frames, rows, columns] = shape.patch_size;
    let mut list = TensorList::new();
    list.push(("scale_shift_table".to_owned(), vec![1, 2, inner]));
    list.push(("patch_embedding.weight".to_owned(), vec![inner, shape.in_channels, frames, rows, columns]));
    list.push(("patch_embedding.bias".to_owned(), vec![inner]));
    affine(&mut list, "condition_embedder.time_embedder.linear_1", [inner, shape.freq_dim]);
    affine(&mut list, "condition_embedder.time_embedder.linear_2", [inner, inner]);
    affine(&mut list, "condition_embedder.time_proj", [6 * inner, inner]);
    affine(&mut list, "condition_embedder.text_embedder.linear_1", [inner, shape.text_dim]);
    affine(&mut list, "condition_embedder.text_embedder.linear_2", [inner, inner]);
    for index in 0..shape.num_layers {
        block(&mut list, &format!("blocks.{index}"), inner, shape.ffn_dim);
    }
    let out_channels = shape.out_channels.unwrap_or(shape.in_channels);
    affine(&mut list, "proj_out", [out_channels * frames * rows * columns, inner]);
    list
}

fn block(list: &mut TensorList, block: &str, inner: usize, hidden: usize) {
    list.push((format!("{block}.scale_shift_table"), vec![1, 6, inner]));
    for attention in ["attn1", "attn2"] {
        for projection in ["to_q", "to_k", "to_v", "to_out.0"] {
            affine(list, &format!("{block}.{attention}.{projection}"), [inner, inner]);
        }
        for norm in ["norm_q", "norm_k"] {
            list.push((format!("{block}.{attention}.{norm}.weight"), vec![inner]));
        }
    }
    for end in ["weight", "bias"] {
        list.push((format!("{block}.norm2.{end}"), vec![inner]));
    }
    affine(list, &format!("{block}.ffn.net.0.proj"), [hidden, inner]);
    affine(list, &format!("{block}.ffn.net.2"), [inner, hidden]);
}

/// The diffusers name of a transformer's tensor in any of the spellings in use: the makers' own, which single files
/// have too, count the norms in another order.
pub fn wan_transformer_name(name: &str) -> String {
    const TOP: [(&str, &str); 7] = [
        ("time_embedding.0.", "condition_embedder.time_embedder.linear_1."),
        ("time_embedding.2.", "condition_embedder.time_embedder.linear_2."),
        ("text_embedding.0.", "condition_embedder.text_embedder.linear_1."),
        ("text_embedding.2.", "condition_embedder.text_embedder.linear_2."),
        ("time_projection.1.", "condition_embedder.time_proj."),
        ("head.modulation", "scale_shift_table"),
        ("head.head.", "proj_out."),
    ];
    const INSIDE: [(&str, &str); 14] = [
        ("modulation", "scale_shift_table"),
        ("self_attn.q.", "attn1.to_q."),
        ("self_attn.k.", "attn1.to_k."),
        ("self_attn.v.", "attn1.to_v."),
        ("self_attn.o.", "attn1.to_out.0."),
        ("self_attn.norm_", "attn1.norm_"),
        ("cross_attn.q.", "attn2.to_q."),
        ("cross_attn.k.", "attn2.to_k."),
        ("cross_attn.v.", "attn2.to_v."),
        ("cross_attn.o.", "attn2.to_out.0."),
        ("cross_attn.norm_", "attn2.norm_"),
        ("ffn.0.", "ffn.net.0.proj."),
        ("ffn.2.", "ffn.net.2."),
        ("norm3.", "norm2."),
    ];
    let name = WRAPPERS.iter().find_map(|wrapper| name.strip_prefix(wrapper)).unwrap_or(name);
    let renamed = |name: &str, pairs: &[(&str, &str)]| {
        let found = pairs.iter().find_map(|(from, to)| Some((to, name.strip_prefix(from)?)));
        found.map(|(to, rest)| format!("{to}{rest}"))
    };
    let inside = name.strip_prefix("blocks.").and_then(|rest| rest.split_once('.'));
    match inside {
        Some((number, rest)) => {
            let rest = renamed(rest, &INSIDE).unwrap_or_else(|| rest.to_owned());
            format!("blocks.{number}.{rest}")
        }
        None => renamed(name, &TOP).unwrap_or_else(|| name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::component::digest;
    use super::*;

    #[test]
    fn the_published_measures_give_the_published_tensors() {
        // From the reference class, built at full size: tensors, parameters, FNV-1a of the sorted list.
        let words = WanTransformerShape::default();
        assert_eq!(digest(&expected_wan_transformer(&words)), (1095, 14_288_491_584, 0x268a_2a72_1a18_358b));
        let pictures = WanTransformerShape { in_channels: 36, ..words.clone() };
        assert_eq!(
            digest(&expected_wan_transformer(&pictures)),
            (1095, 14_288_901_184, 0x6de2_09eb_d2c0_40e9)
        );
        let small = WanTransformerShape {
            num_attention_heads: 24,
            in_channels: 48,
            out_channels: Some(48),
            ffn_dim: 14_336,
            num_layers: 30,
            ..words
        };
        assert_eq!(digest(&expected_wan_transformer(&small)), (825, 4_999_787_712, 0x4e57_b554_5cfc_15e5));
    }

    #[test]
    fn the_makers_names_become_those_of_diffusers() {
        for (original, published) in [
            ("model.diffusion_model.head.modulation", "scale_shift_table"),
            ("head.head.weight", "proj_out.weight"),
            ("time_projection.1.bias", "condition_embedder.time_proj.bias"),
            ("blocks.3.modulation", "blocks.3.scale_shift_table"),
            ("blocks.3.norm3.weight", "blocks.3.norm2.weight"),
            ("blocks.3.cross_attn.o.weight", "blocks.3.attn2.to_out.0.weight"),
            ("blocks.3.self_attn.norm_q.weight", "blocks.3.attn1.norm_q.weight"),
            ("blocks.3.ffn.0.bias", "blocks.3.ffn.net.0.proj.bias"),
        ] {
            assert_eq!(wan_transformer_name(original), published);
            assert_eq!(wan_transformer_name(published), published, "a published name stays as it is");
        }
    }

    #[test]
    fn measures_beyond_reason_are_refused() {
        let endless = WanTransformerShape { num_layers: usize::MAX, ..Default::default() };
        assert!(endless.check().is_err_and(|reason| reason.contains("num_layers")));
        let older = WanTransformerShape { image_dim: Some(1280), ..Default::default() };
        assert!(older.check().is_err_and(|reason| reason.contains("CLIP")));
        assert!(WanTransformerShape::default().check().is_ok());
    }
}
