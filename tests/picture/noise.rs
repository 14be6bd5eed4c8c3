//! Noise equals `torch.randn` bit for bit.

use super::golden::{fnv_of_floats, golden};
use engine::pipelines::sampling::noise::Generator;

#[test]
fn every_draw_equals_torch_bit_for_bit() {
    let golden = golden();
    assert!(golden.noise.len() > 250);
    for entry in golden.noise {
        let mut generator = Generator::new(entry.seed);
        for (index, (&count, expected)) in entry.counts.iter().zip(&entry.fnv).enumerate() {
            let values = generator.normal(count);
            assert_eq!(values.len(), count);
            if index == 0 {
                let first: Vec<u32> = values.iter().take(4).map(|value| value.to_bits()).collect();
                assert_eq!(first, entry.first, "seed {}, {count} numbers", entry.seed);
            }
            assert_eq!(fnv_of_floats(&values), *expected, "seed {}, draw {index} of {count}", entry.seed);
        }
    }
}

#[test]
fn seeds_beyond_32_bits_wrap_as_in_torch() {
    assert_eq!(Generator::new(7).normal(40), Generator::new((1 << 40) + 7).normal(40));
}

#[test]
fn the_numbers_are_normal() {
    let values = Generator::new(3).normal(1 << 20);
    let count = values.len() as f64;
    let moment = |power: i32| values.iter().map(|&value| f64::from(value).powi(power)).sum::<f64>() / count;
    assert!(moment(1).abs() < 0.004 && (moment(2) - 1.0).abs() < 0.005);
    assert!(moment(3).abs() < 0.015 && (moment(4) - 3.0).abs() < 0.04);
}
