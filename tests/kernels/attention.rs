//! `attention` against its twin.

use super::{devices, tensor};
use engine::device::Device;
use engine::kernels::{AttentionOptions, KeyRange, attention, attention_with, read};
use shaders::cases::attention::{CASES, Case, Reach};

fn key_range(reach: Reach) -> KeyRange {
    match reach {
        Reach::All => KeyRange::All,
        Reach::First(count) => KeyRange::First(count),
        Reach::Causal => KeyRange::Causal,
        Reach::Segments(ends) => KeyRange::Segments(ends.to_vec()),
    }
}

fn check(device: &Device, case: &Case, variant: Option<&str>) {
    let problem = case.problem();
    let q = tensor(&problem.q, [case.queries, case.heads * case.size], device);
    let [k, v] = [&problem.k, &problem.v].map(|x| tensor(x, [case.keys, case.kv_heads * case.size], device));
    let options = AttentionOptions {
        heads: case.heads,
        kv_heads: case.kv_heads,
        scale: problem.scale,
        keys: key_range(case.reach),
    };
    let y = match variant {
        Some(variant) => attention_with(variant, &q, &k, &v, &options),
        None => attention(&q, &k, &v, &options),
    };
    let got = read(&y.unwrap()).unwrap();
    assert_eq!(got.len(), problem.expected.len());
    for (i, (got, expected)) in got.iter().zip(&problem.expected).enumerate() {
        let (error, allowed) = ((got - expected).abs(), problem.allowed[i]);
        let at = format!("{} {variant:?} on {}", case.name, device.name());
        assert!(error <= allowed, "{at}: value {i} is {got}, expected {expected} (allowed {allowed})");
    }
}

#[test]
fn attention_equals_its_twin() {
    for device in devices() {
        CASES.iter().for_each(|case| check(device, case, None));
    }
}

#[test]
fn every_variant_equals_the_twin() {
    for device in devices().iter().filter(|device| device.is_gpu()) {
        for variant in shaders::kernel("attention").unwrap().variants.keys() {
            CASES.iter().for_each(|case| check(device, case, Some(variant)));
        }
    }
}
