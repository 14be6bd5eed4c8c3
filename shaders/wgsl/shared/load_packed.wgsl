// Four consecutive numbers of a weight row stored two to a word (`decode` turns a pair of words into four numbers).
//
// Rows begin at whole words: a row of odd width ends in half a word of zeros. ALIGNED and RAGGED as in load_x.
#if ALIGNED
@group(0) @binding(1) var<storage, read_write> weight: array<vec2<u32>>;

fn load_weight(row: u32, quad: u32, columns: u32) -> vec4<f32> {
    return decode(weight[row * (columns / 4u) + quad]);
}
#else
@group(0) @binding(1) var<storage, read_write> weight: array<u32>;

fn load_weight(row: u32, quad: u32, columns: u32) -> vec4<f32> {
    let start = row * ((columns + 1u) / 2u) + quad * 2u;
    var words = vec2<u32>(weight[start], 0u);
    if (columns - quad * 4u > 2u) {
        words.y = weight[start + 1u];
    }
    return decode(words);
}
#end
