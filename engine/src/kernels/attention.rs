//! Scaled dot-product attention with an online softmax: the score matrix never exists as a whole.

use super::launch::{Operand, launch_into, shader};
use super::variant::chosen;
use super::{KernelError, host};
use crate::device::{AdapterKind, facts_of};
use burn::tensor::{Tensor, activation::softmax};

const NAME: &str = "attention";

/// Scores held at once on the `cpu` device, in numbers.
const HOST_SCORES: usize = 1 << 21;

/// Channels up to which a head needs half of the registers that the largest one needs.
const SMALL_HEAD: usize = 64;

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
        let class = if q.dims()[1] / options.heads <= SMALL_HEAD { "small heads" } else { "large heads" };
        return on_device(&chosen(NAME, class, &q.device()), q, k, v, options);
    }
    on_host(q, k, v, options)
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
        return on_device(variant, q, k, v, options);
    }
    on_host(q, k, v, options)
}

fn on_device(
    variant: &str,
    q: &Tensor<2>,
    k: &Tensor<2>,
    v: &Tensor<2>,
    options: &AttentionOptions,
) -> Result<Tensor<2>, KernelError> {
    let ([queries, width], [keys, _]) = (q.dims(), k.dims());
    let size = width / options.heads;
    if size > 128 || !size.is_multiple_of(4) {
        let reason = format!("heads of {size} channels; at most 128, a multiple of 4");
        return Err(KernelError::Unsupported { kernel: NAME, reason });
    }
    let room = if size <= SMALL_HEAD { "SIZE_64" } else { "SIZE_128" };
    let source = shader(NAME, variant, &[room])?;
    let device = q.device();
    let (q, k, v) = (Operand::float(NAME, q)?, Operand::float(NAME, k)?, Operand::float(NAME, v)?);
    let y = q.unwritten([queries, width]);
    let tile = source.defines.get("QUERIES").map_or(1, |n| *n as usize);
    let (reach, bound, table) = reach(&options.keys, queries, keys);
    let kind = facts_of(&device).map_or(AdapterKind::Other, |facts| facts.kind);
    for part in parts([queries, keys, options.heads, size], tile, kind) {
        let [first, end] = part.queries;
        let mut params = vec![
            queries as u32,
            options.heads as u32,
            options.kv_heads as u32,
            (size / 4) as u32,
            options.scale.to_bits(),
            reach,
            bound,
            first as u32,
            part.heads[0] as u32,
            end as u32,
        ];
        params.extend(table.iter().flatten());
        let groups = [(end - first).div_ceil(tile) as u32, (part.heads[1] - part.heads[0]) as u32, 1];
        launch_into(NAME, &source, &[&q, &k, &v], &y, &params, groups)?;
    }
    Ok(y.into_tensor())
}

/// Reach code, bound and table of the shader.
fn reach(range: &KeyRange, queries: usize, keys: usize) -> (u32, u32, Vec<[u32; 2]>) {
    match range {
        KeyRange::All => (0, keys as u32, Vec::new()),
        KeyRange::First(n) => (0, *n as u32, Vec::new()),
        KeyRange::Causal => (1, (keys - queries) as u32, Vec::new()),
        KeyRange::Segments(_) => (2, 0, key_ranges(range, queries, keys)),
    }
}

/// Queries and heads of one dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    queries: [usize; 2],
    heads: [usize; 2],
}

/// Divides the work so that a dispatch stays near 50 ms on a slow adapter of its kind: a desktop's watchdog ends
/// long ones, and work can be called off only between them.
fn parts([queries, keys, heads, size]: [usize; 4], tile: usize, kind: AdapterKind) -> Vec<Part> {
    let most_operations: f64 = match kind {
        AdapterKind::Discrete => 100e9,
        AdapterKind::Software => 4e9,
        _ => 12e9,
    };
    let per_tile = 4.0 * tile as f64 * keys.max(1) as f64 * size as f64;
    let tiles = ((most_operations / per_tile) as usize).max(1);
    let whole = queries.div_ceil(tile);
    let (tiles, heads_each) = if tiles < whole { (tiles, 1) } else { (whole, (tiles / whole.max(1)).max(1)) };
    let mut parts = Vec::new();
    for head in (0..heads).step_by(heads_each) {
        for first in (0..queries).step_by(tiles.max(1) * tile) {
            let end = queries.min(first + tiles * tile);
            parts.push(Part { queries: [first, end], heads: [head, heads.min(head + heads_each)] });
        }
    }
    parts
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

fn on_host(
    q: &Tensor<2>,
    k: &Tensor<2>,
    v: &Tensor<2>,
    options: &AttentionOptions,
) -> Result<Tensor<2>, KernelError> {
    let ([queries, width], [_, kv_width]) = (q.dims(), k.dims());
    let (heads, size) = (options.heads, width / options.heads);
    // Padding is cut off, not hidden: it may hold anything.
    let keys = if let KeyRange::First(n) = options.keys { n } else { k.dims()[0] };
    if keys == 0 || queries == 0 {
        return Ok(q.zeros_like());
    }
    let k = &k.clone().slice([0..keys, 0..kv_width]);
    let v = &v.clone().slice([0..keys, 0..kv_width]);
    let split = |x: &Tensor<2>, heads: usize| {
        let tokens = x.dims()[0];
        x.clone().reshape([tokens, heads, size]).swap_dims(0, 1)
    };
    let group = heads / options.kv_heads;
    let repeat = |x: Tensor<3>| {
        if group == 1 {
            return x;
        }
        let index: Vec<i32> = (0..heads).map(|h| (h / group) as i32).collect();
        let device = x.device();
        x.select(0, Tensor::from_ints(index.as_slice(), &device))
    };
    let q = split(q, heads).mul_scalar(options.scale);
    let k = repeat(split(k, options.kv_heads)).swap_dims(1, 2);
    let v = repeat(split(v, options.kv_heads));
    let ranges = key_ranges(&options.keys, queries, keys);
    let chunk = (HOST_SCORES / (heads * keys).max(1)).clamp(1, queries.max(1));
    let mut parts = Vec::new();
    for start in (0..queries).step_by(chunk) {
        let end = (start + chunk).min(queries);
        let mut scores = q.clone().slice([0..heads, start..end, 0..size]).matmul(k.clone());
        if !matches!(options.keys, KeyRange::All | KeyRange::First(_)) {
            scores = scores + hidden_keys(&ranges[start..end], keys, &v.device()).unsqueeze::<3>();
        }
        parts.push(softmax(scores, 2).matmul(v.clone()).swap_dims(0, 1).reshape([end - start, width]));
    }
    Ok(Tensor::cat(parts, 0))
}

/// `[queries, keys]`: zero where a key is visible, a large negative number elsewhere.
fn hidden_keys(ranges: &[[u32; 2]], keys: usize, device: &burn::tensor::Device) -> Tensor<2> {
    let mut mask = vec![-1e30f32; ranges.len() * keys];
    for (row, [start, end]) in mask.chunks_exact_mut(keys).zip(ranges) {
        row[*start as usize..*end as usize].fill(0.0);
    }
    host::from_values(mask, [ranges.len(), keys], device)
}
