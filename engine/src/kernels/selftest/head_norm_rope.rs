//! `head_norm_rope` under test.

use super::{Tally, place};
use crate::kernels::{HeadSegment, KernelError, RotaryLayout, RotaryTable, head_norm_rope, read};
use burn::tensor::Device;
use shaders::cases::head_norm_rope::{CASES, EPSILON, Turn};

pub(super) fn check(_variant: &str, device: &Device, tally: &mut Tally) -> Result<(), KernelError> {
    for case in CASES {
        let problem = case.problem();
        let tokens = case.tokens[0] + case.tokens[1];
        let x = [0, 1].map(|i| place(&problem.x[i], [case.tokens[i], case.heads * case.size], device));
        let gain = [0, 1].map(|i| place(&problem.gain[i], [case.size], device));
        let cos = &place(&problem.cosine, [tokens, case.size / 2], device);
        let sin = &place(&problem.sine, [tokens, case.size / 2], device);
        let table = match case.turn {
            Turn::None => None,
            Turn::Interleaved => Some(RotaryTable { layout: RotaryLayout::Interleaved, cos, sin }),
            Turn::HalfSplit => Some(RotaryTable { layout: RotaryLayout::HalfSplit, cos, sin }),
        };
        let segment = |i: usize| HeadSegment { x: &x[i], gain: case.gain[i].then_some(&gain[i]) };
        let both = [segment(0), segment(1)];
        let segments = if case.tokens[1] > 0 { &both[..] } else { &both[..1] };
        let got = read(&head_norm_rope(segments, case.heads, EPSILON, table)?)?;
        let allowed = |i: usize| problem.tolerance * problem.expected[i].abs().max(1.0);
        tally.compare(case.name, &got, &problem.expected, allowed);
    }
    Ok(())
}
