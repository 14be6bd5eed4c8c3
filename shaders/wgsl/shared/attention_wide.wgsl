// Attention for processors that run a subgroup as one vector (software adapters): a lane keeps ROWS queries and
// their output in registers, the subgroup reads one key each and passes it round. No workgroup memory, no barrier.
// Grid: (queries / (SUBGROUP × ROWS), heads). A workgroup is one subgroup.
fn rows(value: f32) -> vec{{ROWS}}<f32> {
    return vec{{ROWS}}<f32>(value);
}

@compute @workgroup_size({{WORKGROUP_X}}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let size4 = params[3];
    let head = params[8] + group.y;
    let stride = params[1] * size4;
    let key_stride = params[2] * size4;
    let key_head = head / (params[1] / params[2]) * size4;
    let first = params[7] + group.x * {{SUBGROUP}}u * {{ROWS}}u;
    let last = min(first + {{SUBGROUP}}u * {{ROWS}}u, params[9]) - 1u;
    let begin = reach(first).x;
    let end = reach(last).y;

    // Loops over channels run to the actual size and so stay loops: unrolled, they take seconds to compile.
    let scale = bitcast<f32>(params[4]);
    var query: array<vec{{ROWS}}<f32>, {{SIZE}}>;
    var output: array<vec{{ROWS}}<f32>, {{SIZE}}>;
    var low: array<u32, {{ROWS}}>;
    var high: array<u32, {{ROWS}}>;
    for (var r = 0u; r < {{ROWS}}u; r++) {
        let row = min(first + r * {{SUBGROUP}}u + lane, last);
        let keys = reach(row);
        low[r] = keys.x;
        high[r] = keys.y;
        for (var c = 0u; c < size4; c++) {
            let part = q[row * stride + head * size4 + c] * scale;
            query[4u * c][r] = part.x;
            query[4u * c + 1u][r] = part.y;
            query[4u * c + 2u][r] = part.z;
            query[4u * c + 3u][r] = part.w;
        }
    }
    var highest = rows(LOWEST);
    var total = rows(0.0);
    for (var block = begin; block < end; block += {{SUBGROUP}}u) {
        let key = min(block + lane, end - 1u) * key_stride + key_head;
        var s: array<vec{{ROWS}}<f32>, {{SUBGROUP}}>;
        for (var j = 0u; j < {{SUBGROUP}}u; j++) {
            s[j] = rows(0.0);
        }
        for (var c = 0u; c < size4; c++) {
            let mine = k[key + c];
            let qx = query[4u * c];
            let qy = query[4u * c + 1u];
            let qz = query[4u * c + 2u];
            let qw = query[4u * c + 3u];
            for (var j = 0u; j < {{SUBGROUP}}u; j++) {
                let other = subgroupShuffle(mine, j);
                s[j] += qx * other.x + qy * other.y + qz * other.z + qw * other.w;
            }
        }
        var top = highest;
        for (var j = 0u; j < {{SUBGROUP}}u; j++) {
            for (var r = 0u; r < {{ROWS}}u; r++) {
                if (block + j < low[r] || block + j >= high[r]) {
                    s[j][r] = LOWEST;
                }
            }
            top = max(top, s[j]);
        }
        let rescale = exp(highest - top);
        total *= rescale;
        highest = top;
        for (var j = 0u; j < {{SUBGROUP}}u; j++) {
            let weight = select(exp(s[j] - top), rows(0.0), s[j] <= rows(LOWEST));
            total += weight;
            s[j] = weight;
        }
        for (var c = 0u; c < size4; c++) {
            let mine = v[key + c];
            var ox = output[4u * c] * rescale;
            var oy = output[4u * c + 1u] * rescale;
            var oz = output[4u * c + 2u] * rescale;
            var ow = output[4u * c + 3u] * rescale;
            for (var j = 0u; j < {{SUBGROUP}}u; j++) {
                let other = subgroupShuffle(mine, j);
                ox += s[j] * other.x;
                oy += s[j] * other.y;
                oz += s[j] * other.z;
                ow += s[j] * other.w;
            }
            output[4u * c] = ox;
            output[4u * c + 1u] = oy;
            output[4u * c + 2u] = oz;
            output[4u * c + 3u] = ow;
        }
    }
    for (var r = 0u; r < {{ROWS}}u; r++) {
        let row = first + r * {{SUBGROUP}}u + lane;
        let inverse = select(1.0 / total[r], 0.0, total[r] == 0.0);
        for (var c = 0u; c < size4; c++) {
            let part = vec4<f32>(output[4u * c][r], output[4u * c + 1u][r], output[4u * c + 2u][r],
                output[4u * c + 3u][r]);
            if (row <= last) {
                y[row * stride + head * size4 + c] = part * inverse;
            }
        }
    }
}
