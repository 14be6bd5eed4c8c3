// Divides every pixel by its length over channels, times √channels and a gain; then SiLU when asked.
//
// x      [pixels, channels] f32
// gain   [channels] f32
// y      [pixels, channels] f32
// params pixels, channels, SiLU, bits of the smallest length
//
// ROWS pixels per workgroup, LANES threads per pixel (grid folded over two axes).
// Workgroup memory: WORKGROUP_X × 4 bytes.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> gain: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> params: array<u32>;

#import lane_reduce

@compute @workgroup_size({{WORKGROUP_X}}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let channels = params[1];
    let lane = thread % {{LANES}}u;
    let pixel = (group.y * groups.x + group.x) * {{ROWS}}u + thread / {{LANES}}u;
    let inside = pixel < params[0];
    let start = pixel * channels;
    var squares = 0.0;
    if (inside) {
        for (var c = lane; c < channels; c += {{LANES}}u) {
            let value = x[start + c];
            squares += value * value;
        }
    }
    let length = max(sqrt(lane_sum(squares, thread)), bitcast<f32>(params[3]));
    let factor = sqrt(f32(channels)) / length;
    if (!inside) {
        return;
    }
    for (var c = lane; c < channels; c += {{LANES}}u) {
        var value = x[start + c] * factor * gain[c];
        if (params[2] != 0u) {
            value = value / (1.0 + exp(-value));
        }
        y[start + c] = value;
    }
}
