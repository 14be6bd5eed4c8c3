//! The tensors of Qwen-Image's transformer (diffusers `QwenImageTransformer2DModel`), from its measures
//! alone.

use super::component::{Headers, Measure, TensorList, affine, within};
use serde::Deserialize;

/// Empty tensor with which single files mark the 2511 kind (`zero_cond_t`).
pub const ZERO_TIMESTEP_MARKER: &str = "__index_timestep_zero__";

/// What repackers put in front of every name.
const WRAPPER: &str = "model.diffusion_model.";

/// Channels of the sinusoid that the timestep is told with.
const TIMESTEP_CHANNELS: usize = 256;

/// The measures that decide names and shapes, as in `transformer/config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TransformerShape {
    pub patch_size: usize,
    pub in_channels: usize,
    /// As many as `in_channels` when absent or null.
    pub out_channels: Option<usize>,
    pub num_layers: usize,
    pub attention_head_dim: usize,
    pub num_attention_heads: usize,
    pub joint_attention_dim: usize,
    /// Reference pictures count as free of noise (the 2511 kind); decides no tensor.
    pub zero_cond_t: bool,
    /// The Layered kind: one more embedding beside the timestep.
    pub use_additional_t_cond: bool,
    /// The Layered kind: positions count layers; decides no tensor.
    pub use_layer3d_rope: bool,
}

impl Default for TransformerShape {
    /// The published models' measures.
    fn default() -> Self {
        Self {
            patch_size: 2,
            in_channels: 64,
            out_channels: Some(16),
            num_layers: 60,
            attention_head_dim: 128,
            num_attention_heads: 24,
            joint_attention_dim: 3584,
            zero_cond_t: false,
            use_additional_t_cond: false,
            use_layer3d_rope: false,
        }
    }
}

impl TransformerShape {
    /// Channels of both streams.
    pub fn inner(&self) -> usize {
        self.num_attention_heads * self.attention_head_dim
    }

    /// Reads the measures off the tensors, for files that come without a `config.json`.
    pub(super) fn infer(headers: &Headers) -> Option<Self> {
        let inner = headers.dimension("img_in.weight", 0)?;
        let attention_head_dim = headers.dimension("transformer_blocks.0.attn.norm_q.weight", 0)?;
        let patch_size = Self::default().patch_size;
        let marked = headers.contains(ZERO_TIMESTEP_MARKER);
        let layered = headers.contains("time_text_embed.addition_t_embedding.weight");
        Some(Self {
            patch_size,
            in_channels: headers.dimension("img_in.weight", 1)?,
            out_channels: Some(headers.dimension("proj_out.weight", 0)? / (patch_size * patch_size)),
            num_layers: headers.count("transformer_blocks."),
            attention_head_dim,
            num_attention_heads: inner.checked_div(attention_head_dim)?,
            joint_attention_dim: headers.dimension("txt_norm.weight", 0)?,
            zero_cond_t: marked,
            use_additional_t_cond: layered,
            use_layer3d_rope: layered,
        })
    }

    /// Refuses measures far beyond any model, before lists and products are made of them.
    pub(super) fn check(&self) -> Result<(), String> {
        let out_channels = self.out_channels.unwrap_or(self.in_channels);
        within(&[
            Measure { name: "patch_size", value: self.patch_size, limit: 64 },
            Measure { name: "in_channels", value: self.in_channels, limit: 1 << 16 },
            Measure { name: "out_channels", value: out_channels, limit: 1 << 16 },
            Measure { name: "num_layers", value: self.num_layers, limit: 1 << 10 },
            Measure { name: "attention_head_dim", value: self.attention_head_dim, limit: 1 << 12 },
            Measure { name: "num_attention_heads", value: self.num_attention_heads, limit: 1 << 12 },
            Measure { name: "joint_attention_dim", value: self.joint_attention_dim, limit: 1 << 20 },
        ])
    }
}

/// Every tensor of a transformer of these measures, with its PyTorch shape.
pub fn expected_transformer(shape: &TransformerShape) -> TensorList {
    let inner = shape.inner();
    let mut list = TensorList::new();
    affine(&mut list, "time_text_embed.timestep_embedder.linear_1", [inner, TIMESTEP_CHANNELS]);
    affine(&mut list, "time_text_embed.timestep_embedder.linear_2", [inner, inner]);
    if shape.use_additional_t_cond {
        list.push(("time_text_embed.addition_t_embedding.weight".to_owned(), vec![2, inner]));
    }
    list.push(("txt_norm.weight".to_owned(), vec![shape.joint_attention_dim]));
    affine(&mut list, "img_in", [inner, shape.in_channels]);
    affine(&mut list, "txt_in", [inner, shape.joint_attention_dim]);
    for block in 0..shape.num_layers {
        joint_block(&mut list, &format!("transformer_blocks.{block}"), inner, shape.attention_head_dim);
    }
    affine(&mut list, "norm_out.linear", [2 * inner, inner]);
    let out_channels = shape.out_channels.unwrap_or(shape.in_channels);
    affine(&mut list, "proj_out", [shape.patch_size * shape.patch_size * out_channels, inner]);
    list
}

fn joint_block(list: &mut TensorList, block: &str, inner: usize, head: usize) {
    for projection in
        ["to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"]
    {
        affine(list, &format!("{block}.attn.{projection}"), [inner, inner]);
    }
    for norm in ["norm_q", "norm_k", "norm_added_q", "norm_added_k"] {
        list.push((format!("{block}.attn.{norm}.weight"), vec![head]));
    }
    for stream in ["img", "txt"] {
        affine(list, &format!("{block}.{stream}_mod.1"), [6 * inner, inner]);
        affine(list, &format!("{block}.{stream}_mlp.net.0.proj"), [4 * inner, inner]);
        affine(list, &format!("{block}.{stream}_mlp.net.2"), [inner, 4 * inner]);
    }
}

/// The diffusers name of a transformer's tensor in any of the spellings in use.
pub fn transformer_name(name: &str) -> String {
    name.strip_prefix(WRAPPER).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::component::digest;
    use super::*;

    #[test]
    fn the_published_measures_give_the_published_tensors() {
        let list = expected_transformer(&TransformerShape::default());
        assert_eq!(digest(&list), (TENSORS, 20_430_401_088, FINGERPRINT));
    }

    #[test]
    fn the_layered_kind_has_one_more_embedding() {
        let layered = TransformerShape { use_additional_t_cond: true, ..TransformerShape::default() };
        let list = expected_transformer(&layered);
        assert_eq!(list.len(), TENSORS + 1);
        let embedding = ("time_text_embed.addition_t_embedding.weight".to_owned(), vec![2, 3072]);
        assert!(list.contains(&embedding));
    }

    #[test]
    fn measures_beyond_reason_are_refused() {
        let endless = TransformerShape { num_layers: usize::MAX, ..TransformerShape::default() };
        assert!(endless.check().is_err_and(|reason| reason.contains("num_layers")));
        let empty = TransformerShape { patch_size: 0, ..TransformerShape::default() };
        assert!(empty.check().is_err());
        assert!(TransformerShape::default().check().is_ok());
    }

    #[test]
    fn wrapped_names_are_unwrapped() {
        assert_eq!(transformer_name("model.diffusion_model.img_in.weight"), "img_in.weight");
        assert_eq!(transformer_name("img_in.weight"), "img_in.weight");
    }

    /// From the reference class, built at full size: number of tensors and FNV-1a of the sorted list.
    const TENSORS: usize = 1933;
    const FINGERPRINT: u64 = 0x9fbe_6eca_399b_a687;
}
