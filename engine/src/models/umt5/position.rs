//! Relative positions: how far a key stands from a query, in buckets that widen with the distance.

use super::EncoderConfig;

/// The bucket of `distance` = key − query. Half of the buckets are for keys that follow; of each half the first are one
/// distance wide, the others widen logarithmically up to `farthest`.
///
/// Source: transformers `UMT5Attention._relative_position_bucket`, in its f32 steps.
pub fn bucket(distance: i64, buckets: usize, farthest: usize) -> usize {
    let half = buckets / 2;
    let near = half / 2;
    let first = if distance > 0 { half } else { 0 };
    let distance = usize::try_from(distance.unsigned_abs()).unwrap_or(usize::MAX);
    if distance < near {
        return first + distance;
    }
    let scale = (farthest as f64 / near as f64).ln() as f32;
    let far = (distance as f32 / near as f32).ln() / scale * (half - near) as f32;
    first + (near + far as usize).min(half - 1)
}

/// The bucket of every pair of `tokens`: a row per query, `[tokens × tokens]`.
pub(super) fn buckets(tokens: usize, config: &EncoderConfig) -> Vec<i32> {
    let count = tokens as i64;
    let of = |distance: i64| bucket(distance, config.buckets, config.farthest) as i32;
    let known: Vec<i32> = (1 - count..count).map(of).collect();
    let row = |query: usize| known[tokens - 1 - query..2 * tokens - 1 - query].iter().copied();
    (0..tokens).flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_keys_have_buckets_of_their_own_and_far_ones_share() {
        let of = |distance| bucket(distance, 32, 128);
        assert_eq!([-7, -1, 0, 1, 7].map(of), [7, 1, 0, 17, 23]);
        assert_eq!([8, -8, 127, 128, 100_000, -100_000].map(of), [24, 8, 31, 31, 31, 15]);
    }

    #[test]
    fn every_pair_counts_from_the_query() {
        let config = EncoderConfig::default();
        assert_eq!(buckets(3, &config), [0, 17, 18, 1, 0, 17, 2, 1, 0]);
        assert!(buckets(0, &config).is_empty());
    }
}
