//! `head_norm_rope` against its twin.

use super::{assert_close, devices, tensor};
use engine::kernels::{HeadSegment, RotaryLayout, RotaryTable, head_norm_rope, read};
use shaders::cases::head_norm_rope::{CASES, Turn};
use shaders::cases::{Numbers, tolerance};
use shaders::reference::head_norm_rope::{Rotary, Segment, head_norm_rope as twin};

#[test]
fn head_norm_rope_equals_its_twin() {
    for device in devices() {
        for case in CASES {
            let (width, tokens) = (case.heads * case.size, case.tokens[0] + case.tokens[1]);
            let streams = if case.tokens[1] > 0 { 2 } else { 1 };
            let mut numbers = Numbers::new(5);
            let mut x = numbers.take(tokens * width, 1.0);
            x.chunks_exact_mut(case.size)
                .step_by(3)
                .for_each(|head| head.iter_mut().for_each(|v| *v *= case.outlier));
            let (first, second) = x.split_at(case.tokens[0] * width);
            let values = [first, second];
            let gain = [numbers.take(case.size, 1.0), numbers.take(case.size, 1.0)];
            let angles = numbers.take(tokens * case.size / 2, 40.0);
            let cosine: Vec<f32> = angles.iter().map(|a| a.cos()).collect();
            let sine: Vec<f32> = angles.iter().map(|a| a.sin()).collect();
            let rotary = Rotary { half_split: case.turn == Turn::HalfSplit, cosine: &cosine, sine: &sine };
            let segments: Vec<Segment> = (0..streams)
                .map(|i| Segment { x: values[i], gain: case.gain[i].then_some(gain[i].as_slice()) })
                .collect();
            let turned = (case.turn != Turn::None).then_some(rotary);
            let expected = twin(&segments, case.heads, case.size, 1e-6, turned);

            let x = [0, 1].map(|i| tensor(values[i], [case.tokens[i], width], device));
            let gain = [0, 1].map(|i| tensor(&gain[i], [case.size], device));
            let cos = tensor(&cosine, [tokens, case.size / 2], device);
            let sin = tensor(&sine, [tokens, case.size / 2], device);
            let layout = if case.turn == Turn::HalfSplit {
                RotaryLayout::HalfSplit
            } else {
                RotaryLayout::Interleaved
            };
            let table = (case.turn != Turn::None).then_some(RotaryTable { layout, cos: &cos, sin: &sin });
            let segments: Vec<HeadSegment> = (0..streams)
                .map(|i| HeadSegment { x: &x[i], gain: case.gain[i].then_some(&gain[i]) })
                .collect();
            let got = read(&head_norm_rope(&segments, case.heads, 1e-6, table).unwrap()).unwrap();
            let at = format!("{} on {}", case.name, device.name());
            assert_close(&at, &got, &expected, case.outlier.max(1.0), 4.0 * tolerance(case.size));
        }
    }
}
