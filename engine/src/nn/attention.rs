//! Attention with one head wider than the attention kernel takes: the codecs' middle block.

use crate::kernels::{AttentionOptions, Epilogue, KernelError, KeyRange, MatrixWeight, attention, matmul};
use burn::tensor::{Tensor, activation::softmax};

const NAME: &str = "wide attention";

/// Head sizes that the attention kernel takes.
const KERNEL_SIZES: std::ops::RangeInclusive<usize> = 16..=128;

/// Scores held at once, in bytes.
const SCORE_BYTES: usize = 64 << 20;

/// `softmax(q·kᵀ / √channels)·v` with a single head of any size: `q [queries, channels]`, `k` and `v`
/// `[keys, channels]` → `[queries, channels]`.
///
/// Sizes that the attention kernel knows go there; wider heads multiply in runs of queries, so that never more
/// than 64 MiB of scores exist.
///
/// # Errors
/// [`KernelError::Shape`] when the operands do not fit each other.
pub fn wide_attention(q: &Tensor<2>, k: &Tensor<2>, v: &Tensor<2>) -> Result<Tensor<2>, KernelError> {
    let ([queries, channels], [keys, _]) = (q.dims(), k.dims());
    for (operand, x) in [("k", k), ("v", v)] {
        if x.dims() != [keys, channels] {
            return Err(KernelError::shape(NAME, operand, format!("[{keys}, {channels}]"), &x.dims()));
        }
    }
    let scale = (channels as f32).sqrt().recip();
    if KERNEL_SIZES.contains(&channels) && channels % 16 == 0 {
        let options = AttentionOptions { heads: 1, kv_heads: 1, scale, keys: KeyRange::All };
        return attention(q, k, v, &options);
    }
    let run = queries_at_once(queries, keys);
    let (to_scores, to_values) =
        (MatrixWeight::from_tensor(k.clone())?, MatrixWeight::from_tensor(v.clone().transpose())?);
    let mut parts = Vec::with_capacity(queries.div_ceil(run));
    for start in (0..queries).step_by(run) {
        let part = q.clone().slice([start..(start + run).min(queries), 0..channels]).mul_scalar(scale);
        let scores = matmul(&part, &to_scores, &Epilogue::default())?;
        parts.push(matmul(&softmax(scores, 1), &to_values, &Epilogue::default())?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) })
}

/// Queries whose scores on all keys fit the limit; one at least.
fn queries_at_once(queries: usize, keys: usize) -> usize {
    (SCORE_BYTES / 4 / keys.max(1)).clamp(1, queries.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::read;
    use burn::tensor::{Device, Distribution};

    #[test]
    fn a_megapixel_is_attended_in_runs() {
        assert_eq!(queries_at_once(16_384, 16_384), 1024);
        assert_eq!(queries_at_once(24, 24), 24);
        assert_eq!(queries_at_once(3, 1 << 30), 1);
        assert_eq!(queries_at_once(0, 0), 1);
    }

    #[test]
    fn wide_and_narrow_heads_agree_with_the_plain_formula() {
        let device = Device::flex();
        for channels in [12, 32, 144] {
            let x = |rows| Tensor::<2>::random([rows, channels], Distribution::Normal(0.0, 1.0), &device);
            let (q, k, v) = (x(5), x(7), x(7));
            let got = read(&wide_attention(&q, &k, &v).unwrap()).unwrap();
            let scores = q.matmul(k.transpose()).div_scalar((channels as f32).sqrt());
            let expected = read(&softmax(scores, 1).matmul(v)).unwrap();
            for (got, expected) in got.iter().zip(&expected) {
                assert!((got - expected).abs() < 1e-5, "{channels} channels: {got} is not {expected}");
            }
        }
    }

    #[test]
    fn keys_and_values_must_belong_together() {
        let device = Device::flex();
        let x = |rows| Tensor::<2>::zeros([rows, 12], &device);
        assert!(matches!(wide_attention(&x(2), &x(3), &x(4)), Err(KernelError::Shape { operand: "v", .. })));
    }
}
