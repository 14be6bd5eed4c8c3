// Four rows × four columns of a weight, from whichever format's loader was imported before.
fn load_block(rows: vec4<u32>, quad: u32, columns: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        load_weight(rows.x, quad, columns),
        load_weight(rows.y, quad, columns),
        load_weight(rows.z, quad, columns),
        load_weight(rows.w, quad, columns),
    );
}

// Four neighbouring rows; those past `last` repeat it, and what is computed from them is never stored.
fn four_rows(first: u32, last: u32) -> vec4<u32> {
    return min(vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(last));
}
