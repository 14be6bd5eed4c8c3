//! Scaled dot-product attention with an online softmax: the score matrix never exists as a whole.

mod on_device;
mod on_host;

use super::variant::chosen;
use super::{KernelError, host};
use burn::tensor::Tensor;

const NAME: &str = "attention";

/// Which keys a query sees; always one contiguous run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRange {
    /// Every key.
    All,
    /// The first `n` keys; the rest is padding.
    First(usize),
    /// Keys up to and including the query's own position (queries are the last tokens of the sequence).
    Causal,
    /// Tokens in consecutive segments see only their own: ascending segment ends, the last one = tokens.
    Segments(Vec<usize>),
}

/// Layout and reach of [`attention`].
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionOptions {
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; a divisor of `heads` (grouped queries) or the same.
    pub kv_heads: usize,
    /// Factor on the scores, usually 1/√(head size).
    pub scale: f32,
    pub keys: KeyRange,
}

/// `softmax(scale · q·kᵀ)·v` per head.
///
/// `q [queries, heads × size]`, `k` and `v` `[keys, kv_heads × size]` → `[queries, heads × size]`;
/// size 16–128. A query that sees no key gives zeros.
///
/// # Errors
/// [`KernelError::Shape`] when the operands do not fit each other, the heads or the key range.
pub fn attention(
    q: &Tensor<2>,
    k: &Tensor<2>,
    v: &Tensor<2>,
    options: &AttentionOptions,
) -> Result<Tensor<2>, KernelError> {
    check(q, k, v, options)?;
    if host::is_gpu(&q.device()) {
        let variant = chosen(NAME, on_device::class(q.dims()[1] / options.heads), &q.device());
        return on_device::attention(&variant, q, k, v, options);
    }
    on_host::attention(q, k, v, options)
}

/// As [`attention`], by a named variant of the shader; the `cpu` device has only one way and ignores the name.
///
/// # Errors
/// As [`attention`], and [`KernelError::Unsupported`] when the shader has no such variant.
pub fn attention_with(
    variant: &str,
    q: &Tensor<2>,
    k: &Tensor<2>,
    v: &Tensor<2>,
    options: &AttentionOptions,
) -> Result<Tensor<2>, KernelError> {
    check(q, k, v, options)?;
    if host::is_gpu(&q.device()) {
        return on_device::attention(variant, q, k, v, options);
    }
    on_host::attention(q, k, v, options)
}

fn check(q: &Tensor<2>, k: &Tensor<2>, v: &Tensor<2>, options: &AttentionOptions) -> Result<(), KernelError> {
    let ([queries, width], [keys, kv_width]) = (q.dims(), k.dims());
    let AttentionOptions { heads, kv_heads, .. } = *options;
    if heads == 0 || kv_heads == 0 || heads % kv_heads != 0 || width % heads != 0 {
        let expected = format!("[queries, {heads} heads], a multiple of {kv_heads} key heads");
        return Err(KernelError::shape(NAME, "q", expected, &q.dims()));
    }
    if kv_width != width / heads * kv_heads {
        return Err(KernelError::shape(
            NAME,
            "k",
            format!("[keys, {}]", width / heads * kv_heads),
            &k.dims(),
        ));
    }
    if v.dims() != k.dims() {
        return Err(KernelError::shape(NAME, "v", format!("{:?}", k.dims()), &v.dims()));
    }
    let reason = match &options.keys {
        KeyRange::All => None,
        KeyRange::First(n) => (*n > keys).then(|| format!("{n} valid keys of {keys}")),
        KeyRange::Causal => (queries > keys).then(|| format!("{queries} causal queries on {keys} keys")),
        KeyRange::Segments(ends) => {
            let sorted = ends.windows(2).all(|w| w[0] <= w[1]);
            let covers = ends.last() == Some(&queries) && queries == keys;
            (!sorted || !covers).then(|| format!("segment ends {ends:?} do not divide {keys} tokens"))
        }
    };
    reason.map_or(Ok(()), |reason| Err(KernelError::Unsupported { kernel: NAME, reason }))
}

/// First and one past the last visible key of every query.
pub(super) fn key_ranges(range: &KeyRange, queries: usize, keys: usize) -> Vec<[u32; 2]> {
    match range {
        KeyRange::All => vec![[0, keys as u32]; queries],
        KeyRange::First(n) => vec![[0, *n as u32]; queries],
        KeyRange::Causal => (0..queries).map(|i| [0, (keys - queries + i + 1) as u32]).collect(),
        KeyRange::Segments(ends) => {
            let mut ranges = Vec::with_capacity(queries);
            let mut start = 0;
            for &end in ends {
                ranges.extend(std::iter::repeat_n([start as u32, end as u32], end - start));
                start = end;
            }
            ranges
        }
    }
}
