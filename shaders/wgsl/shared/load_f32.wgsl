// Four consecutive numbers of a weight row, `[rows, columns]` f32. ALIGNED and RAGGED as in load_x.
#if ALIGNED
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<f32>>;

fn load_weight(row: u32, quad: u32, columns: u32) -> vec4<f32> {
    return weight[row * (columns / 4u) + quad];
}
#else
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;

fn load_weight(row: u32, quad: u32, columns: u32) -> vec4<f32> {
    let start = row * columns + quad * 4u;
    let count = columns - quad * 4u;
    var value = vec4<f32>(weight[start], 0.0, 0.0, 0.0);
    if (count > 1u) {
        value.y = weight[start + 1u];
    }
    if (count > 2u) {
        value.z = weight[start + 2u];
    }
    if (count > 3u) {
        value.w = weight[start + 3u];
    }
    return value;
}
#end
