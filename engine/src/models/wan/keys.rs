//! Names of the checkpoint's tensors: diffusers folders have their own, single files (ComfyUI's too) and the makers'
//! folders those of the makers, sometimes behind a prefix.

use crate::weights::Scope;

/// Prefixes under which single files keep the transformer.
const PREFIXES: [&str; 3] = ["", "model.diffusion_model", "diffusion_model"];

/// One spelling of all names. Inside a block they begin with an empty scope.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub patch_in: &'static str,
    pub text_first: &'static str,
    pub text_second: &'static str,
    pub time_first: &'static str,
    pub time_second: &'static str,
    pub time_rows: &'static str,
    pub head: &'static str,
    pub head_table: &'static str,
    /// Shifts, scales and gates of a block before the timestep adds to them.
    pub table: &'static str,
    pub itself: AttentionNames,
    pub text: AttentionNames,
    /// The norm before the text is attended.
    pub text_norm: &'static str,
    pub widen: &'static str,
    pub narrow: &'static str,
}

/// Names of one attention's layers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AttentionNames {
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub output: &'static str,
    pub query_gain: &'static str,
    pub key_gain: &'static str,
}

/// What is the same in both spellings.
const BLOCKS: &str = "blocks";

const DIFFUSERS: Names = Names {
    patch_in: "patch_embedding",
    text_first: "condition_embedder.text_embedder.linear_1",
    text_second: "condition_embedder.text_embedder.linear_2",
    time_first: "condition_embedder.time_embedder.linear_1",
    time_second: "condition_embedder.time_embedder.linear_2",
    time_rows: "condition_embedder.time_proj",
    head: "proj_out",
    head_table: "scale_shift_table",
    table: "scale_shift_table",
    itself: AttentionNames {
        query: "attn1.to_q",
        key: "attn1.to_k",
        value: "attn1.to_v",
        output: "attn1.to_out.0",
        query_gain: "attn1.norm_q.weight",
        key_gain: "attn1.norm_k.weight",
    },
    text: AttentionNames {
        query: "attn2.to_q",
        key: "attn2.to_k",
        value: "attn2.to_v",
        output: "attn2.to_out.0",
        query_gain: "attn2.norm_q.weight",
        key_gain: "attn2.norm_k.weight",
    },
    text_norm: "norm2",
    widen: "ffn.net.0.proj",
    narrow: "ffn.net.2",
};

const MAKERS: Names = Names {
    patch_in: "patch_embedding",
    text_first: "text_embedding.0",
    text_second: "text_embedding.2",
    time_first: "time_embedding.0",
    time_second: "time_embedding.2",
    time_rows: "time_projection.1",
    head: "head.head",
    head_table: "head.modulation",
    table: "modulation",
    itself: AttentionNames {
        query: "self_attn.q",
        key: "self_attn.k",
        value: "self_attn.v",
        output: "self_attn.o",
        query_gain: "self_attn.norm_q.weight",
        key_gain: "self_attn.norm_k.weight",
    },
    text: AttentionNames {
        query: "cross_attn.q",
        key: "cross_attn.k",
        value: "cross_attn.v",
        output: "cross_attn.o",
        query_gain: "cross_attn.norm_q.weight",
        key_gain: "cross_attn.norm_k.weight",
    },
    // The makers count their norms in another order.
    text_norm: "norm3",
    widen: "ffn.0",
    narrow: "ffn.2",
};

/// A store's spelling and where it begins.
#[derive(Debug, Clone)]
pub(super) struct Keys<'a> {
    pub root: Scope<'a>,
    pub names: &'static Names,
}

impl<'a> Keys<'a> {
    /// Finds out by the head's table, which both spellings call differently. A store with neither is read as diffusers',
    /// and lacks its first tensor.
    pub(super) fn of(scope: &Scope<'a>) -> Self {
        let inside = |prefix: &str| if prefix.is_empty() { scope.clone() } else { scope.at(prefix) };
        let makers = PREFIXES.iter().map(|prefix| inside(prefix)).find(|root| root.has(MAKERS.head_table));
        match makers {
            Some(root) => Self { root, names: &MAKERS },
            None => {
                let found =
                    PREFIXES.iter().map(|prefix| inside(prefix)).find(|r| r.has(DIFFUSERS.head_table));
                Self { root: found.unwrap_or_else(|| scope.clone()), names: &DIFFUSERS }
            }
        }
    }

    /// The scope of block `index`.
    pub(super) fn block(&self, index: usize) -> Scope<'a> {
        self.root.at(BLOCKS).at(index)
    }

    /// Whether there is such a block.
    pub(super) fn has_block(&self, index: usize) -> bool {
        self.block(index).at(self.names.itself.query).has("weight")
    }
}
