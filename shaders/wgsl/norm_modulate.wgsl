// LayerNorm or RMS norm of every token over its channels, then gain, then ·(1 + scale) + shift.
//
// x      [tokens, channels] f32
// gain   [channels] f32, or one unused number
// shift  [1 or 2, channels] f32, or one unused number
// scale  [1 or 2, channels] f32, or one unused number
// y      [tokens, channels] f32
// params tokens, channels, has gain, has modulation, first token of shift's row 1, same for scale, bits of epsilon
//
// One workgroup per token (folded over two grid axes); mean first, then the centred square, both in f32.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> gain: array<f32>;
@group(0) @binding(2) var<storage, read_write> shift: array<f32>;
@group(0) @binding(3) var<storage, read_write> scale: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> params: array<u32>;

#import row_reduce

@compute @workgroup_size({{WORKGROUP_X}}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let token = group.y * groups.x + group.x;
    let channels = params[1];
    // Whole workgroups leave together, so the barriers below stay uniform.
    if (token >= params[0]) {
        return;
    }
    let start = token * channels;
    var mean = 0.0;
#if LAYER
    var sum = 0.0;
    for (var c = thread; c < channels; c += {{WORKGROUP_X}}u) {
        sum += x[start + c];
    }
    mean = row_sum(sum, thread) / f32(channels);
#end
    var squares = 0.0;
    for (var c = thread; c < channels; c += {{WORKGROUP_X}}u) {
        let centred = x[start + c] - mean;
        squares += centred * centred;
    }
    let variance = row_sum(squares, thread) / f32(channels);
    let inverse = 1.0 / sqrt(variance + bitcast<f32>(params[6]));
    let shift_row = select(0u, channels, token >= params[4]);
    let scale_row = select(0u, channels, token >= params[5]);
    for (var c = thread; c < channels; c += {{WORKGROUP_X}}u) {
        var value = (x[start + c] - mean) * inverse;
        if (params[2] != 0u) {
            value *= gain[c];
        }
        if (params[3] != 0u) {
            value = value * (1.0 + scale[scale_row + c]) + shift[shift_row + c];
        }
        y[start + c] = value;
    }
}
