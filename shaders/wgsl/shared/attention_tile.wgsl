// Attention for graphics processors: a workgroup takes QUERIES queries of one head, two threads for each, and visits
// the keys 64 at a time. Thread (down, across) owns scores of 8 queries × 4 keys, then 8 queries × COLUMNS × 4
// channels of the output, all in registers; operands pass through workgroup memory in steps of 16.
// Grid: (queries / QUERIES, heads). Workgroup memory: STAGED × 16 + QUERIES × 272 bytes.
#define COLUMNS 1
#if SIZE_128
#define COLUMNS 2
#end

const QUERIES = {{QUERIES}}u;
const THREADS = {{WORKGROUP_X}}u;
// Where keys start among the staged operands.
const KEYS_AT = QUERIES * 5u;

// Step of the scores: 16 channels of the queries, then of 64 keys, in rows of 5 (4 and one against bank conflicts).
// Step of the sum: 16 keys' values in rows of COLUMNS × 16.
var<workgroup> staged: array<vec4<f32>, {{STAGED}}>;
// Scores, then weights: a row of 65 for each query.
var<workgroup> weights: array<f32, QUERIES * 65u>;
var<workgroup> highest_half: array<f32, THREADS>;
var<workgroup> rescale: array<f32, QUERIES>;

@compute @workgroup_size({{WORKGROUP_X}}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let size4 = params[3];
    let head = params[8] + group.y;
    let stride = params[1] * size4;
    let key_stride = params[2] * size4;
    let key_head = head / (params[1] / params[2]) * size4;
    let first = params[7] + group.x * QUERIES;
    let last = min(first + QUERIES, params[9]) - 1u;
    let begin = reach(first).x;
    let end = reach(last).y;
    let down = thread / 16u;
    let across = thread % 16u;

    // For the softmax a query belongs to two neighbouring threads, one for even and one for odd keys.
    let mine = thread / 2u;
    let half = thread % 2u;
    let own = reach(min(first + mine, last));
    var highest = LOWEST;
    var total = 0.0;

    var output: array<array<vec4<f32>, {{COLUMNS}}>, 8>;
    for (var i = 0u; i < 8u; i++) {
        for (var c = 0u; c < {{COLUMNS}}u; c++) {
            output[i][c] = vec4<f32>(0.0);
        }
    }

    for (var block = begin; block < end; block += 64u) {
        var scores: array<vec4<f32>, 8>;
        for (var i = 0u; i < 8u; i++) {
            scores[i] = vec4<f32>(0.0);
        }
        for (var step = 0u; step < size4; step += 4u) {
            workgroupBarrier();
            for (var n = thread; n < QUERIES * 4u; n += THREADS) {
                let row = n / 4u;
                let column = step + n % 4u;
                var query = vec4<f32>(0.0);
                if (column < size4 && first + row <= last) {
                    query = q[(first + row) * stride + head * size4 + column] * bitcast<f32>(params[4]);
                }
                staged[row * 5u + n % 4u] = query;
            }
            for (var n = thread; n < 256u; n += THREADS) {
                let row = n / 4u;
                let column = step + n % 4u;
                var key = vec4<f32>(0.0);
                if (column < size4 && block + row < end) {
                    key = k[(block + row) * key_stride + key_head + column];
                }
                staged[KEYS_AT + row * 5u + n % 4u] = key;
            }
            workgroupBarrier();
            for (var column = 0u; column < 4u; column++) {
                let k0 = staged[KEYS_AT + across * 5u + column];
                let k1 = staged[KEYS_AT + 80u + across * 5u + column];
                let k2 = staged[KEYS_AT + 160u + across * 5u + column];
                let k3 = staged[KEYS_AT + 240u + across * 5u + column];
                for (var i = 0u; i < 8u; i++) {
                    let query = staged[(down * 8u + i) * 5u + column];
                    scores[i] += vec4<f32>(dot(query, k0), dot(query, k1), dot(query, k2), dot(query, k3));
                }
            }
        }
        for (var i = 0u; i < 8u; i++) {
            let row = (down * 8u + i) * 65u + across;
            weights[row] = scores[i].x;
            weights[row + 16u] = scores[i].y;
            weights[row + 32u] = scores[i].z;
            weights[row + 48u] = scores[i].w;
        }
        workgroupBarrier();

        // The part of this tile's keys that the thread's query sees.
        let low = max(own.x, block) - block;
        let high = min(max(own.y, block), block + 64u) - block;
        var most = highest;
        for (var key = half; key < 64u; key += 2u) {
            if (key >= low && key < high) {
                most = max(most, weights[mine * 65u + key]);
            }
        }
        highest_half[thread] = most;
        workgroupBarrier();
        most = max(most, highest_half[thread ^ 1u]);
        let factor = exp(highest - most);
        highest = most;
        total *= factor;
        for (var key = half; key < 64u; key += 2u) {
            var weight = 0.0;
            if (key >= low && key < high) {
                weight = exp(weights[mine * 65u + key] - highest);
            }
            weights[mine * 65u + key] = weight;
            total += weight;
        }
        if (half == 0u) {
            rescale[mine] = factor;
        }
        workgroupBarrier();

        for (var i = 0u; i < 8u; i++) {
            for (var c = 0u; c < {{COLUMNS}}u; c++) {
                output[i][c] *= rescale[down * 8u + i];
            }
        }
        for (var step = 0u; step < 64u; step += 16u) {
            for (var n = thread; n < 256u * {{COLUMNS}}u; n += THREADS) {
                let key = block + step + n / ({{COLUMNS}}u * 16u);
                let column = n % ({{COLUMNS}}u * 16u);
                var value = vec4<f32>(0.0);
                if (key < end && column < size4) {
                    value = v[key * key_stride + key_head + column];
                }
                staged[n] = value;
            }
            workgroupBarrier();
            for (var key = 0u; key < 16u; key++) {
                for (var c = 0u; c < {{COLUMNS}}u; c++) {
                    let value = staged[(key * {{COLUMNS}}u + c) * 16u + across];
                    for (var i = 0u; i < 8u; i++) {
                        output[i][c] += weights[(down * 8u + i) * 65u + step + key] * value;
                    }
                }
            }
            workgroupBarrier();
        }
    }

    highest_half[thread] = total;
    workgroupBarrier();
    total += highest_half[thread ^ 1u];
    rescale[mine] = select(1.0 / total, 0.0, total == 0.0);
    workgroupBarrier();
    for (var i = 0u; i < 8u; i++) {
        let row = first + down * 8u + i;
        for (var c = 0u; c < {{COLUMNS}}u; c++) {
            let column = c * 16u + across;
            if (row <= last && column < size4) {
                y[row * stride + head * size4 + column] = output[i][c] * rescale[down * 8u + i];
            }
        }
    }
}
