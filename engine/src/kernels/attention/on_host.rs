//! `attention` on the `cpu` device: blocks of queries against blocks of keys, two small products and an online
//! softmax between them, many blocks at once.

use super::{AttentionOptions, NAME, key_ranges};
use crate::kernels::host::activate::exponential;
use crate::kernels::host::vector::{largest, map_sum, vectorised};
use crate::kernels::matmul::{Threads, View, multiply};
use crate::kernels::{KernelError, host};
use burn::tensor::Tensor;
use rayon::prelude::*;

/// Queries and keys of a block: scores of 512 KiB, which a core's own cache holds.
const QUERIES: usize = 256;
const KEYS: usize = 512;

/// Below every score, and finite.
const LOWEST: f32 = -1e30;

/// Attention; operands have been checked.
pub(super) fn attention(
    q: &Tensor<2>,
    k: &Tensor<2>,
    v: &Tensor<2>,
    options: &AttentionOptions,
) -> Result<Tensor<2>, KernelError> {
    let ([queries, width], [keys, _]) = (q.dims(), k.dims());
    let size = width / options.heads;
    let mut values = vec![0.0; queries * width];
    if width > 0 {
        let operands = [
            host::HostTensor::new(NAME, q)?,
            host::HostTensor::new(NAME, k)?,
            host::HostTensor::new(NAME, v)?,
        ];
        let ranges = key_ranges(&options.keys, queries, keys);
        let problem = Problem {
            q: operands[0].values(),
            k: operands[1].values(),
            v: operands[2].values(),
            ranges: &ranges,
            heads: options.heads,
            kv_heads: options.kv_heads,
            size,
            scale: options.scale,
        };
        let most = QUERIES.min((queries * options.heads).div_ceil(4 * rayon::current_num_threads())).max(16);
        let blocks = blocks(&ranges, most);
        let mut rows = values.chunks_exact_mut(width);
        // The output of a block and head: one short row of every query.
        let mut work: Vec<(usize, usize, Vec<&mut [f32]>)> = Vec::with_capacity(blocks.len() * options.heads);
        for &[first, end] in &blocks {
            let start = work.len();
            work.extend((0..options.heads).map(|head| (first, head, Vec::with_capacity(end - first))));
            for row in rows.by_ref().take(end - first) {
                row.chunks_exact_mut(size)
                    .zip(&mut work[start..])
                    .for_each(|(part, (.., parts))| parts.push(part));
            }
        }
        work.into_par_iter().for_each(|(first, head, parts)| problem.block(first, head, parts));
    }
    Ok(host::from_values(values, [queries, width], &q.device()))
}

/// Runs of queries, `[first, end]`, of at most `most`; where neighbours see runs of keys that do not overlap, they
/// part.
fn blocks(ranges: &[[u32; 2]], most: usize) -> Vec<[usize; 2]> {
    let mut blocks: Vec<[usize; 2]> = Vec::new();
    for (query, range) in ranges.iter().enumerate() {
        match blocks.last_mut() {
            Some([first, end]) if query - *first < most && range[0] < ranges[query - 1][1] => {
                *end = query + 1;
            }
            _ => blocks.push([query, query + 1]),
        }
    }
    blocks
}

/// Operands as slices.
struct Problem<'a> {
    q: &'a [f32],
    k: &'a [f32],
    v: &'a [f32],
    ranges: &'a [[u32; 2]],
    heads: usize,
    kv_heads: usize,
    size: usize,
    scale: f32,
}

impl Problem<'_> {
    /// One head of the queries from `first` on, into `parts`.
    fn block(&self, first: usize, head: usize, parts: Vec<&mut [f32]>) {
        let (size, count) = (self.size, parts.len());
        let ranges = &self.ranges[first..first + count];
        let begin = ranges.iter().map(|[begin, _]| *begin as usize).min().unwrap_or(0);
        let end = ranges.iter().map(|[_, end]| *end as usize).max().unwrap_or(0);
        let width = self.heads * size;
        let mut query = Vec::with_capacity(count * size);
        for row in self.q[first * width..].chunks_exact(width).take(count) {
            query.extend(row[head * size..][..size].iter().map(|x| x * self.scale));
        }
        let mut output = vec![0.0; count * size];
        let mut scores = vec![0.0; count * KEYS.min(end.saturating_sub(begin))];
        let mut state = vec![[LOWEST, 0.0]; count];
        for block in (begin..end).step_by(KEYS) {
            let keys = KEYS.min(end - block);
            let scores = &mut scores[..count * keys];
            let key = self.keys(self.k, head, block, keys);
            multiply(scores, View::new(&query, count, size), key.turned(), false, Threads::This);
            for (i, row) in scores.chunks_exact_mut(keys).enumerate() {
                let visible = ranges[i].map(|key| (key as usize).clamp(block, block + keys) - block);
                let factor = vectorised(|| weigh(row, visible, &mut state[i]));
                if factor != 1.0 {
                    output[i * size..][..size].iter_mut().for_each(|x| *x *= factor);
                }
            }
            let value = self.keys(self.v, head, block, keys);
            multiply(&mut output, View::new(scores, count, keys), value, true, Threads::This);
        }
        for ((part, row), [_, total]) in parts.into_iter().zip(output.chunks_exact(size)).zip(state) {
            let inverse = if total > 0.0 { 1.0 / total } else { 0.0 };
            part.iter_mut().zip(row).for_each(|(y, x)| *y = x * inverse);
        }
    }

    /// A block of keys or values of the head that `head` reads.
    fn keys<'b>(&self, values: &'b [f32], head: usize, first: usize, count: usize) -> View<'b> {
        let width = self.kv_heads * self.size;
        let column = head / (self.heads / self.kv_heads) * self.size;
        let values = &values[first * width + column..];
        View { values, rows: count, columns: self.size, row_stride: width, column_stride: 1 }
    }
}

/// Turns a row of scores into weights relative to the highest score so far, zero outside of what is visible.
/// Updates `[highest, total]` and returns what earlier weights have to be multiplied by.
#[inline(always)]
fn weigh(row: &mut [f32], [first, end]: [usize; 2], [highest, total]: &mut [f32; 2]) -> f32 {
    row[..first].fill(0.0);
    row[end..].fill(0.0);
    let visible = &mut row[first..end];
    let most = largest(visible, *highest);
    let added = map_sum(visible, |score| exponential(score - most));
    let factor = if most > *highest { exponential(*highest - most) } else { 1.0 };
    *total = *total * factor + added;
    *highest = most;
    factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_part_where_keys_do() {
        let segments = [[0, 2], [0, 2], [2, 5], [2, 5], [2, 5], [5, 6]];
        assert_eq!(blocks(&segments, 2), [[0, 2], [2, 4], [4, 5], [5, 6]]);
        assert_eq!(blocks(&[[0, 9]; 5], 4), [[0, 4], [4, 5]]);
        assert_eq!(blocks(&[[0, 1], [0, 2], [0, 3]], 8), [[0, 3]]);
        assert!(blocks(&[], 4).is_empty());
    }

    #[test]
    fn weights_are_relative_to_the_highest_score() {
        let mut state = [LOWEST, 0.0];
        let mut row = [9.0, 1.0, 1.0, 9.0];
        assert_eq!(weigh(&mut row, [1, 3], &mut state), 0.0f32.max(exponential(LOWEST)));
        assert_eq!((row, state), ([0.0, 1.0, 1.0, 0.0], [1.0, 2.0]));
        let mut row = [2.0];
        let factor = weigh(&mut row, [0, 1], &mut state);
        assert_eq!((row, state), ([1.0], [2.0, 2.0 * factor + 1.0]));
        assert_eq!(weigh(&mut [7.0], [1, 1], &mut state), 1.0);
        assert_eq!(state[0], 2.0);
    }
}
