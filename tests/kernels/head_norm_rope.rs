//! `head_norm_rope` against its twin.

use super::{assert_close, devices, tensor};
use engine::kernels::{HeadSegment, RotaryLayout, RotaryTable, head_norm_rope, read};
use shaders::cases::head_norm_rope::{CASES, EPSILON, Turn};

#[test]
fn head_norm_rope_equals_its_twin() {
    for device in devices() {
        for case in CASES {
            let problem = case.problem();
            let tokens = case.tokens[0] + case.tokens[1];
            let x = [0, 1].map(|i| tensor(&problem.x[i], [case.tokens[i], case.heads * case.size], device));
            let gain = [0, 1].map(|i| tensor(&problem.gain[i], [case.size], device));
            let cos = &tensor(&problem.cosine, [tokens, case.size / 2], device);
            let sin = &tensor(&problem.sine, [tokens, case.size / 2], device);
            let table = match case.turn {
                Turn::None => None,
                Turn::Interleaved => Some(RotaryTable { layout: RotaryLayout::Interleaved, cos, sin }),
                Turn::HalfSplit => Some(RotaryTable { layout: RotaryLayout::HalfSplit, cos, sin }),
            };
            let streams = if case.tokens[1] > 0 { 2 } else { 1 };
            let segments: Vec<HeadSegment> = (0..streams)
                .map(|i| HeadSegment { x: &x[i], gain: case.gain[i].then_some(&gain[i]) })
                .collect();
            let got = read(&head_norm_rope(&segments, case.heads, EPSILON, table).unwrap()).unwrap();
            let at = format!("{} on {}", case.name, device.name());
            assert_close(&at, &got, &problem.expected, 1.0, problem.tolerance);
        }
    }
}
