// Four consecutive numbers of a row of activations, `[rows, columns]` f32.
//
// ALIGNED: columns is a multiple of four, one vector load. RAGGED: any width, numbers past the row's end read as 0.
// `quad` counts groups of four and must begin inside the row.
#if ALIGNED
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;

fn load_x(row: u32, quad: u32, columns: u32) -> vec4<f32> {
    return x[row * (columns / 4u) + quad];
}
#else
@group(0) @binding(0) var<storage, read_write> x: array<f32>;

fn load_x(row: u32, quad: u32, columns: u32) -> vec4<f32> {
    let start = row * columns + quad * 4u;
    let count = columns - quad * 4u;
    var value = vec4<f32>(x[start], 0.0, 0.0, 0.0);
    if (count > 1u) {
        value.y = x[start + 1u];
    }
    if (count > 2u) {
        value.z = x[start + 2u];
    }
    if (count > 3u) {
        value.w = x[start + 3u];
    }
    return value;
}
#end
