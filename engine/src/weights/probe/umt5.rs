//! The tensors of umT5's encoder (transformers `UMT5EncoderModel`), from its measures alone.

use super::component::{Headers, Measure, TensorList, matrix, within};
use serde::Deserialize;

/// The measures that decide names and shapes, as in `text_encoder/config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Umt5Shape {
    pub vocab_size: usize,
    pub d_model: usize,
    pub d_kv: usize,
    pub d_ff: usize,
    pub num_layers: usize,
    pub num_heads: usize,
    pub relative_attention_num_buckets: usize,
}

impl Default for Umt5Shape {
    /// umT5-XXL.
    fn default() -> Self {
        Self {
            vocab_size: 256_384,
            d_model: 4096,
            d_kv: 64,
            d_ff: 10_240,
            num_layers: 24,
            num_heads: 64,
            relative_attention_num_buckets: 32,
        }
    }
}

impl Umt5Shape {
    /// Reads the measures off the tensors, for files that come without a `config.json`.
    pub(super) fn infer(headers: &Headers) -> Option<Self> {
        let bias = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        let heads = headers.dimension(bias, 1)?;
        Some(Self {
            vocab_size: headers.dimension("shared.weight", 0)?,
            d_model: headers.dimension("shared.weight", 1)?,
            d_kv: headers
                .dimension("encoder.block.0.layer.0.SelfAttention.q.weight", 0)?
                .checked_div(heads)?,
            d_ff: headers.dimension("encoder.block.0.layer.1.DenseReluDense.wi_0.weight", 0)?,
            num_layers: headers.count("encoder.block."),
            num_heads: heads,
            relative_attention_num_buckets: headers.dimension(bias, 0)?,
        })
    }

    /// Refuses measures far beyond any model, before lists and products are made of them.
    pub(super) fn check(&self) -> Result<(), String> {
        within(&[
            Measure { name: "vocab_size", value: self.vocab_size, limit: 1 << 24 },
            Measure { name: "d_model", value: self.d_model, limit: 1 << 16 },
            Measure { name: "d_kv", value: self.d_kv, limit: 1 << 12 },
            Measure { name: "d_ff", value: self.d_ff, limit: 1 << 20 },
            Measure { name: "num_layers", value: self.num_layers, limit: 1 << 10 },
            Measure { name: "num_heads", value: self.num_heads, limit: 1 << 12 },
            Measure {
                name: "relative_attention_num_buckets",
                value: self.relative_attention_num_buckets,
                limit: 1 << 16,
            },
        ])
    }
}

/// Every tensor of an encoder of these measures, with its PyTorch shape.
pub fn expected_umt5(shape: &Umt5Shape) -> TensorList {
    let (width, inside) = (shape.d_model, shape.num_heads * shape.d_kv);
    let mut list = TensorList::new();
    matrix(&mut list, "shared", [shape.vocab_size, width]);
    for index in 0..shape.num_layers {
        let block = format!("encoder.block.{index}");
        let attention = format!("{block}.layer.0.SelfAttention");
        for projection in ["q", "k", "v"] {
            matrix(&mut list, &format!("{attention}.{projection}"), [inside, width]);
        }
        matrix(&mut list, &format!("{attention}.o"), [width, inside]);
        let table = [shape.relative_attention_num_buckets, shape.num_heads];
        matrix(&mut list, &format!("{attention}.relative_attention_bias"), table);
        for gate in ["wi_0", "wi_1"] {
            matrix(&mut list, &format!("{block}.layer.1.DenseReluDense.{gate}"), [shape.d_ff, width]);
        }
        matrix(&mut list, &format!("{block}.layer.1.DenseReluDense.wo"), [width, shape.d_ff]);
        for layer in 0..2 {
            list.push((format!("{block}.layer.{layer}.layer_norm.weight"), vec![width]));
        }
    }
    list.push(("encoder.final_layer_norm.weight".to_owned(), vec![width]));
    list
}

/// The published name of a tensor: the one table of embeddings may carry its other name.
pub fn umt5_name(name: &str) -> String {
    match name {
        "encoder.embed_tokens.weight" => "shared.weight".to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::component::digest;
    use super::*;

    #[test]
    fn the_published_measures_give_the_published_tensors() {
        // From the reference class, built at full size: tensors, parameters, FNV-1a of the sorted list.
        let list = expected_umt5(&Umt5Shape::default());
        assert_eq!(digest(&list), (242, 5_680_910_336, 0x96ea_8fd9_f35b_e3c3));
    }

    #[test]
    fn measures_beyond_reason_are_refused() {
        let wide = Umt5Shape { d_ff: usize::MAX, ..Default::default() };
        assert!(wide.check().is_err_and(|reason| reason.contains("d_ff")));
        assert!(Umt5Shape::default().check().is_ok());
    }
}
