//! Problem lists, one file per kernel: shared by the parity tests and the benches.

pub mod attention;
pub mod convolution;
pub mod head_norm_rope;
pub mod matmul;
pub mod norm_modulate;
pub mod pixel_norm;

/// Deterministic numbers for problems: a small xorshift, uniform in [-1, 1).
#[derive(Debug, Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// A stream that depends on `seed` only.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number in [-1, 1).
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 40) as f32) / 8_388_608.0 - 1.0
    }

    /// `count` numbers, scaled.
    pub fn take(&mut self, count: usize, scale: f32) -> Vec<f32> {
        (0..count).map(|_| self.next() * scale).collect()
    }
}

/// What two computations of the same f32 reduction may differ by, relative to the largest term involved.
///
/// Rounding errors of a sum grow like the square root of its length when they are random; eight units in the
/// last place per √term leaves room for another summation order and for fused multiply-adds.
pub fn tolerance(reduction_length: usize) -> f32 {
    8.0 * f32::EPSILON * (reduction_length.max(1) as f32).sqrt()
}
