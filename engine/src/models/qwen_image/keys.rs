//! Names of the checkpoint's tensors: diffusers folders and ComfyUI single files use the same ones, the latter
//! sometimes behind a prefix.

use crate::weights::Scope;

/// Prefixes under which single files keep the transformer.
const PREFIXES: [&str; 2] = ["model.diffusion_model", "diffusion_model"];

/// The norm before the text projection; every checkpoint of the family has it.
pub(super) const TEXT_NORM: &str = "txt_norm.weight";

/// Empty tensor by which single files say that references are free of noise.
pub(super) const NOISE_FREE_MARKER: &str = "__index_timestep_zero__";

/// `[2, width]`, present only in Qwen-Image-Layered; the transformer adds row 0.
pub(super) const LAYER_EMBEDDING: &str = "time_text_embed.addition_t_embedding.weight";

pub(super) const TIMESTEP_FIRST: &str = "time_text_embed.timestep_embedder.linear_1";
pub(super) const TIMESTEP_SECOND: &str = "time_text_embed.timestep_embedder.linear_2";
pub(super) const PICTURE_IN: &str = "img_in";
pub(super) const TEXT_IN: &str = "txt_in";
pub(super) const HEAD_MODULATION: &str = "norm_out.linear";
pub(super) const HEAD: &str = "proj_out";
pub(super) const BLOCKS: &str = "transformer_blocks";

/// Names of one stream's layers inside a block.
pub(super) struct StreamKeys {
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub output: &'static str,
    pub query_gain: &'static str,
    pub key_gain: &'static str,
    pub widen: &'static str,
    pub narrow: &'static str,
    pub modulation: &'static str,
}

/// The picture's stream.
pub(super) const PICTURE: StreamKeys = StreamKeys {
    query: "attn.to_q",
    key: "attn.to_k",
    value: "attn.to_v",
    output: "attn.to_out.0",
    query_gain: "attn.norm_q.weight",
    key_gain: "attn.norm_k.weight",
    widen: "img_mlp.net.0.proj",
    narrow: "img_mlp.net.2",
    modulation: "img_mod.1",
};

/// The text's stream.
pub(super) const TEXT: StreamKeys = StreamKeys {
    query: "attn.add_q_proj",
    key: "attn.add_k_proj",
    value: "attn.add_v_proj",
    output: "attn.to_add_out",
    query_gain: "attn.norm_added_q.weight",
    key_gain: "attn.norm_added_k.weight",
    widen: "txt_mlp.net.0.proj",
    narrow: "txt_mlp.net.2",
    modulation: "txt_mod.1",
};

/// The scope in which the names above hold: `scope` itself, or below the prefix of a single file.
pub(super) fn root<'a>(scope: &Scope<'a>) -> Scope<'a> {
    let prefixed = PREFIXES.iter().map(|prefix| scope.at(prefix)).find(|inner| inner.has(TEXT_NORM));
    match prefixed {
        Some(inner) if !scope.has(TEXT_NORM) => inner,
        _ => scope.clone(),
    }
}

/// The scope of block `index`.
pub(super) fn block<'a>(root: &Scope<'a>, index: usize) -> Scope<'a> {
    root.at(BLOCKS).at(index)
}
