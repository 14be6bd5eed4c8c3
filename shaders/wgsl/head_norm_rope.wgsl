// Joins one or two token streams; then per head x / rms(x) · gain and the rotary turn of channel pairs.
//
// first       [split, heads × size] f32
// second      [tokens − split, heads × size] f32, or unused
// first_gain  [size] f32, or unused
// second_gain [size] f32, or unused
// cosine      [tokens, size / 2] f32, or unused
// sine        [tokens, size / 2] f32, or unused
// y           [tokens, heads × size] f32
// params      tokens, split, heads, size, first has gain, second has gain, turn, bits of epsilon
//             turn: 0 none, 1 pairs (2k, 2k + 1), 2 pairs (k, k + size / 2)
//
// ROWS heads per workgroup, LANES threads per head (grid folded over two axes); a thread owns whole pairs.
// Workgroup memory: WORKGROUP_X × 4 bytes.
@group(0) @binding(0) var<storage, read_write> first: array<f32>;
@group(0) @binding(1) var<storage, read_write> second: array<f32>;
@group(0) @binding(2) var<storage, read_write> first_gain: array<f32>;
@group(0) @binding(3) var<storage, read_write> second_gain: array<f32>;
@group(0) @binding(4) var<storage, read_write> cosine: array<f32>;
@group(0) @binding(5) var<storage, read_write> sine: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> params: array<u32>;

#import lane_reduce

fn stream(in_second: bool, index: u32) -> f32 {
    if (in_second) {
        return second[index];
    }
    return first[index];
}

fn stream_gain(in_second: bool, channel: u32) -> f32 {
    if (in_second) {
        return second_gain[channel];
    }
    return first_gain[channel];
}

@compute @workgroup_size({{WORKGROUP_X}}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let heads = params[2];
    let size = params[3];
    let half = size / 2u;
    let turn = params[6];
    let lane = thread % {{LANES}}u;
    let row = (group.y * groups.x + group.x) * {{ROWS}}u + thread / {{LANES}}u;
    let inside = row < params[0] * heads;
    let token = row / heads;
    let in_second = token >= params[1];
    let start = select(row, row - params[1] * heads, in_second) * size;
    // The distance between the channels of a pair, and between pairs.
    let apart = select(1u, half, turn == 2u);
    let step = select(2u, 1u, turn == 2u);
    var squares = 0.0;
    if (inside) {
        for (var pair = lane; pair < half; pair += {{LANES}}u) {
            let a = stream(in_second, start + pair * step);
            let b = stream(in_second, start + pair * step + apart);
            squares += a * a + b * b;
        }
    }
    let inverse = 1.0 / sqrt(lane_sum(squares, thread) / f32(size) + bitcast<f32>(params[7]));
    if (!inside) {
        return;
    }
    let normed = select(params[4], params[5], in_second) != 0u;
    for (var pair = lane; pair < half; pair += {{LANES}}u) {
        let i = pair * step;
        let j = i + apart;
        var a = stream(in_second, start + i);
        var b = stream(in_second, start + j);
        if (normed) {
            a = a * inverse * stream_gain(in_second, i);
            b = b * inverse * stream_gain(in_second, j);
        }
        if (turn != 0u) {
            let c = cosine[token * half + pair];
            let s = sine[token * half + pair];
            let turned = a * c - b * s;
            b = b * c + a * s;
            a = turned;
        }
        y[row * size + i] = a;
        y[row * size + j] = b;
    }
}
