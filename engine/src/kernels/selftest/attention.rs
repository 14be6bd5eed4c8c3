//! `attention` under test.

use super::{Tally, place};
use crate::kernels::{AttentionOptions, KernelError, KeyRange, attention_with, read};
use burn::tensor::Device;
use shaders::cases::attention::{CASES, Reach};

pub(super) fn check(variant: &str, device: &Device, tally: &mut Tally) -> Result<(), KernelError> {
    for case in CASES {
        let problem = case.problem();
        let q = place(&problem.q, [case.queries, case.heads * case.size], device);
        let [k, v] =
            [&problem.k, &problem.v].map(|x| place(x, [case.keys, case.kv_heads * case.size], device));
        let keys = match case.reach {
            Reach::All => KeyRange::All,
            Reach::First(count) => KeyRange::First(count),
            Reach::Causal => KeyRange::Causal,
            Reach::Segments(ends) => KeyRange::Segments(ends.to_vec()),
        };
        let options =
            AttentionOptions { heads: case.heads, kv_heads: case.kv_heads, scale: problem.scale, keys };
        let got = read(&attention_with(variant, &q, &k, &v, &options)?)?;
        tally.compare(case.name, &got, &problem.expected, |i| problem.allowed[i]);
    }
    Ok(())
}
