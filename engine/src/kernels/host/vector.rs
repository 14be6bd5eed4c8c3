//! Plain loops compiled for the vector units of the processor that runs them.

use rayon::prelude::*;

/// Runs `work` in code compiled for the widest vectors that this processor has.
///
/// The program itself is built for every processor of its architecture; here the loops inside `work` (which must
/// be inlined into it) are built once more for AVX2 and for AVX-512.
#[inline(always)]
pub(in crate::kernels) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the processor has what the function is compiled for, as was just found out.
            return unsafe { avx512(work) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { avx2(work) };
        }
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl")]
fn avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Numbers that a thread takes at a time: enough to be worth waking it, few enough for its cache.
const RUN: usize = 1 << 14;

/// Copies rows of `width` numbers from `x` to `y`, many at once, and has each copy changed while it is near.
///
/// `change` gets the row's index and numbers; what it calls should be inlined, see [`vectorised`].
pub(in crate::kernels) fn map_rows(
    x: &[f32],
    y: &mut [f32],
    width: usize,
    change: impl Fn(usize, &mut [f32]) + Sync,
) {
    let width = width.max(1);
    let rows = (RUN / width).max(1);
    let runs = y.par_chunks_mut(rows * width).zip(x.par_chunks(rows * width));
    runs.enumerate().for_each(|(run, (y, x))| {
        vectorised(|| {
            for (i, (y, x)) in y.chunks_exact_mut(width).zip(x.chunks_exact(width)).enumerate() {
                y.copy_from_slice(x);
                change(run * rows + i, y);
            }
        });
    });
}

/// Numbers handled side by side in reductions: enough for two 512-bit vectors.
const LANES: usize = 32;

/// The sum of `term` of every value, in a fixed order that does not depend on the processor.
#[inline(always)]
pub(in crate::kernels) fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (whole, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0f32; LANES];
    for chunk in whole {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += term(*value));
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, value)| *lane += term(*value));
    total(lanes)
}

/// Replaces every value by `map` of it and sums the results, in the order of [`sum`].
#[inline(always)]
pub(in crate::kernels) fn map_sum(values: &mut [f32], map: impl Fn(f32) -> f32) -> f32 {
    let (whole, rest) = values.as_chunks_mut::<LANES>();
    let mut lanes = [0.0f32; LANES];
    let step = |(lane, value): (&mut f32, &mut f32)| {
        *value = map(*value);
        *lane += *value;
    };
    for chunk in whole {
        lanes.iter_mut().zip(chunk).for_each(step);
    }
    lanes.iter_mut().zip(rest).for_each(step);
    total(lanes)
}

#[inline(always)]
fn total(mut lanes: [f32; LANES]) -> f32 {
    for half in [16, 8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
    }
    lanes[0]
}

/// The largest value; `least` when there is none.
#[inline(always)]
pub(in crate::kernels) fn largest(values: &[f32], least: f32) -> f32 {
    let (whole, rest) = values.as_chunks::<LANES>();
    let mut lanes = [least; LANES];
    let keep = |lane: &mut f32, value: &f32| *lane = if *value > *lane { *value } else { *lane };
    for chunk in whole {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| keep(lane, value));
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, value)| keep(lane, value));
    lanes.iter().fold(least, |most, value| if *value > most { *value } else { most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_places() {
        let x: Vec<f32> = (0..30_000).map(|i| i as f32).collect();
        let mut y = vec![0.0; x.len()];
        map_rows(&x, &mut y, 3, |row, values| values[0] = -(row as f32));
        for (row, values) in y.chunks_exact(3).enumerate() {
            assert_eq!(values, [-(row as f32), x[3 * row + 1], x[3 * row + 2]]);
        }
        map_rows(&[], &mut [], 0, |_, _| unreachable!());
    }

    #[test]
    fn reductions_take_every_value_once() {
        for count in [0, 1, 31, 32, 33, 100] {
            let values: Vec<f32> = (0..count).map(|i| i as f32).collect();
            let expected = (count * (count.max(1) - 1) / 2) as f32;
            assert_eq!(vectorised(|| sum(&values, |x| x)), expected);
            let mut doubled = values.clone();
            assert_eq!(vectorised(|| map_sum(&mut doubled, |x| 2.0 * x)), 2.0 * expected);
            assert!(doubled.iter().zip(&values).all(|(d, v)| *d == 2.0 * v));
            let last = values.last().copied().unwrap_or(-1.0);
            assert_eq!(vectorised(|| largest(&values, -1.0)), last);
        }
        assert_eq!(sum(&[3.0, 4.0], |x| x * x), 25.0);
        assert_eq!(largest(&[3.0, 7.0, 4.0], 5.0), 7.0);
        assert_eq!(largest(&[-3.0], -1e30), -3.0);
    }
}
