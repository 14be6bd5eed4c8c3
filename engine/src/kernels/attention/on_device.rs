//! `attention` on the `gpu` device: parameters, and how the work is divided into launches.

use super::{AttentionOptions, KeyRange, NAME, key_ranges};
use crate::kernels::KernelError;
use crate::kernels::launch::{Operand, launch_into, shader};
use crate::kernels::variant::launch_operations;
use burn::tensor::Tensor;

/// Channels up to which a head needs half of the registers that the largest one needs.
const SMALL_HEAD: usize = 64;

/// The class of problems that heads of this size belong to.
pub(super) fn class(size: usize) -> &'static str {
    if size <= SMALL_HEAD { "small heads" } else { "large heads" }
}

/// Attention by `variant`; operands have been checked.
pub(super) fn attention(
    variant: &str,
    q: &Tensor<2>,
    k: &Tensor<2>,
    v: &Tensor<2>,
    options: &AttentionOptions,
) -> Result<Tensor<2>, KernelError> {
    let ([queries, width], [keys, _]) = (q.dims(), k.dims());
    let size = width / options.heads;
    if size > 128 {
        let reason = format!("heads of {size} channels; at most 128");
        return Err(KernelError::Unsupported { kernel: NAME, reason });
    }
    if !size.is_multiple_of(4) {
        // The shader reads four channels at once. Zeros behind a head change neither its scores nor its values.
        let [q, k, v] = [(q, options.heads), (k, options.kv_heads), (v, options.kv_heads)]
            .map(|(x, heads)| resized(x, heads, size.next_multiple_of(4)));
        let y = attention(variant, &q, &k, &v, options)?;
        return Ok(resized(&y, options.heads, size));
    }
    let room = if size <= SMALL_HEAD { "SIZE_64" } else { "SIZE_128" };
    let source = shader(NAME, variant, &[room])?;
    let device = q.device();
    let (q, k, v) = (Operand::float(NAME, q)?, Operand::float(NAME, k)?, Operand::float(NAME, v)?);
    let y = q.unwritten([queries, width]);
    let tile = source.defines.get("QUERIES").map_or(1, |n| *n as usize);
    let (reach, bound, table) = reach(&options.keys, queries, keys);
    let most = launch_operations(NAME, class(size), &device);
    for part in parts([queries, keys, options.heads, size], tile, most) {
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

/// `[tokens, heads × size]` with every head cut, or filled up with zeros, to `size` channels.
fn resized(x: &Tensor<2>, heads: usize, size: usize) -> Tensor<2> {
    let [tokens, width] = x.dims();
    let old = width / heads;
    let x = x.clone().reshape([tokens, heads, old]);
    let x = if size > old {
        let zeros = Tensor::zeros([tokens, heads, size - old], &x.device());
        Tensor::cat(vec![x, zeros], 2)
    } else {
        x.slice([0..tokens, 0..heads, 0..size])
    };
    x.reshape([tokens, heads * size])
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

/// Divides the work into parts of at most so many operations, but at least a tile of queries of one head each.
fn parts([queries, keys, heads, size]: [usize; 4], tile: usize, most_operations: f64) -> Vec<Part> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everything_once_and_stay_below_the_bound() {
        for ([queries, keys, heads, size], tile, most) in [
            ([1000, 1000, 3, 64], 64, 1e9),
            ([1000, 1000, 3, 64], 64, 6e8),
            ([1000, 1000, 3, 64], 16, 1e7),
            ([1, 70_000, 5, 128], 64, 1.0),
            ([64, 0, 2, 16], 64, 1e9),
        ] {
            let mut seen = vec![0; queries * heads];
            for part in parts([queries, keys, heads, size], tile, most) {
                let [[first, end], [head, last]] = [part.queries, part.heads];
                assert_eq!(first % tile, 0);
                let operations = 4.0 * ((end - first) * keys * (last - head) * size) as f64;
                assert!(operations <= most || (end - first <= tile && last - head == 1));
                (head..last).for_each(|h| (first..end).for_each(|query| seen[h * queries + query] += 1));
            }
            assert!(seen.iter().all(|count| *count == 1));
        }
    }
}
