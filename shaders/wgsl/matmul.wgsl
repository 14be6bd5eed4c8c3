// y = residual + gate · activation(x · Wᵀ + bias), for the rows of one weight slab.
//
// x        [tokens, K] f32
// weight   [N, K] f32, or f16 / bf16 two to a word (rows padded to whole words)
// bias     [width] f32, or one unused number
// gate     [1 or 2, width] f32, or one unused number
// residual [tokens, width] f32, or one unused number
// y        [tokens, width] f32; this launch writes columns first … first + N
// params   tokens, K, N, width, first column, activation, has bias, has gate, first token of gate's row 1,
//          has residual, first tile, end of tiles
//
// Variants: `tile*` stage operands in workgroup memory (see tile_staged), `lanes` and `wide` keep everything in
// registers for software drivers (see tile_lanes, tile_wide), `thin` splits the reduction over sixteen threads for a
// handful of tokens. All sums are f32.
#if F32
#import load_f32
#end
#if F16
#import load_f16
#end
#if BF16
#import load_bf16
#end
#import load_block
#import load_x
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> gate: array<f32>;
@group(0) @binding(4) var<storage, read_write> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> params: array<u32>;

#import activation
#import tile_order
#if STAGED
#import tile_staged
#end
#if WIDE
#import tile_wide
#end
#if LANES
#import tile_lanes
#end

// Bias, activation, gate, residual and store for four neighbouring outputs of one token.
fn finish(token: u32, column: u32, sum: vec4<f32>) {
    let count = params[2];
    if (token >= params[0] || column >= count) {
        return;
    }
    let width = params[3];
    let first = params[4] + column;
    let lanes = min(count - column, 4u);
    var value = sum;
    if (params[6] != 0u) {
        for (var i = 0u; i < lanes; i += 1u) {
            value[i] += bias[first + i];
        }
    }
    value = activate(params[5], value);
    let gates = select(0u, width, token >= params[8]) + first;
    let start = token * width + first;
    for (var i = 0u; i < lanes; i += 1u) {
        var one = value[i];
        if (params[7] != 0u) {
            one *= gate[gates + i];
        }
        if (params[9] != 0u) {
            one += residual[start + i];
        }
        y[start + i] = one;
    }
}

#if STAGED
// Four rows × one step quad of an operand; rows past the end repeat the last one, steps past the end are zero.
fn block_x(row: u32, quad: u32) -> mat4x4<f32> {
    let columns = params[1];
    if (quad * 4u >= columns) {
        return mat4x4<f32>();
    }
    let r = four_rows(row, params[0] - 1u);
    return mat4x4<f32>(
        load_x(r.x, quad, columns),
        load_x(r.y, quad, columns),
        load_x(r.z, quad, columns),
        load_x(r.w, quad, columns),
    );
}

fn block_w(row: u32, quad: u32) -> mat4x4<f32> {
    let columns = params[1];
    if (quad * 4u >= columns) {
        return mat4x4<f32>();
    }
    return load_block(four_rows(row, params[2] - 1u), quad, columns);
}

fn compute(tile: vec2<u32>, thread: u32) {
    let first_row = tile.x * TILE_ROWS;
    let first_column = tile.y * TILE_COLUMNS;
    let quads = (params[1] + 3u) / 4u;
    for (var quad = 0u; quad < quads; quad += STEP_QUADS) {
        for (var b = thread; b < (ROW_QUADS + COLUMN_QUADS) * STEP_QUADS; b += {{WORKGROUP_X}}u) {
            let line = b / STEP_QUADS;
            let step = b % STEP_QUADS;
            if (line < ROW_QUADS) {
                stage_x(line, step, block_x(first_row + line * 4u, quad + step));
            } else {
                let column = line - ROW_QUADS;
                stage_w(column, step, block_w(first_column + column * 4u, quad + step));
            }
        }
        workgroupBarrier();
        multiply_staged(thread);
        workgroupBarrier();
    }
    for (var i = 0u; i < 16u; i += 1u) {
        let part = own_vector(i, thread);
        finish(first_row + part.row, first_column + part.column, part.value);
    }
}
#end

#if WIDE
fn compute(tile: vec2<u32>, thread: u32) {
    let columns = params[1];
    let quads = (columns + 3u) / 4u;
    let row = tile.x * TILE_ROWS;
    let column = tile.y * TILE_COLUMNS + thread * 4u;
    let r = four_rows(row, params[0] - 1u);
    let s = four_rows(row + 4u, params[0] - 1u);
    let c = four_rows(column, params[2] - 1u);
    for (var quad = 0u; quad < quads; quad += 1u) {
        let w = load_block(c, quad, columns);
        a0 += load_x(r.x, quad, columns) * w;
        a1 += load_x(r.y, quad, columns) * w;
        a2 += load_x(r.z, quad, columns) * w;
        a3 += load_x(r.w, quad, columns) * w;
        a4 += load_x(s.x, quad, columns) * w;
        a5 += load_x(s.y, quad, columns) * w;
        a6 += load_x(s.z, quad, columns) * w;
        a7 += load_x(s.w, quad, columns) * w;
    }
    for (var i = 0u; i < 8u; i += 1u) {
        finish(row + i, column, wide_row(i));
    }
}
#end

#if LANES
fn compute(tile: vec2<u32>, thread: u32) {
    let columns = params[1];
    let quads = (columns + 3u) / 4u;
    let row = tile.x * TILE_ROWS;
    let column = tile.y * TILE_COLUMNS + thread * 4u;
    let r = min(vec3<u32>(row + thread) + vec3<u32>(0u, 8u, 16u), vec3<u32>(params[0] - 1u));
    let c = four_rows(column, params[2] - 1u);
    for (var quad = 0u; quad < quads; quad += 1u) {
        let w = load_block(c, quad, columns);
        add_lanes(load_x(r.x, quad, columns), load_x(r.y, quad, columns), load_x(r.z, quad, columns), w);
    }
    for (var i = 0u; i < TILE_ROWS; i += 1u) {
        finish(row + i, column, lanes_row(i));
    }
}
#end

#if THIN
// Partial sums: [token of 8][output of 4][thread of 16].
var<workgroup> partial_sums: array<f32, 512>;

// Sixteen threads share the reduction of one output; each keeps eight tokens' sums.
fn compute(tile: vec2<u32>, thread: u32) {
    let columns = params[1];
    let quads = (columns + 3u) / 4u;
    let row = tile.x * TILE_ROWS;
    let count = min(params[0] - row, TILE_ROWS);
    let output = thread / 16u;
    let weight_row = min(tile.y * TILE_COLUMNS + output, params[2] - 1u);
    var low = vec4<f32>();
    var high = vec4<f32>();
    for (var quad = thread % 16u; quad < quads; quad += 16u) {
        let w = load_weight(weight_row, quad, columns);
        low.x += dot(w, load_x(row, quad, columns));
        if (count > 1u) {
            low.y += dot(w, load_x(row + 1u, quad, columns));
            low.z += dot(w, load_x(row + min(2u, count - 1u), quad, columns));
            low.w += dot(w, load_x(row + min(3u, count - 1u), quad, columns));
        }
        if (count > 4u) {
            high.x += dot(w, load_x(row + 4u, quad, columns));
            high.y += dot(w, load_x(row + min(5u, count - 1u), quad, columns));
            high.z += dot(w, load_x(row + min(6u, count - 1u), quad, columns));
            high.w += dot(w, load_x(row + min(7u, count - 1u), quad, columns));
        }
    }
    for (var i = 0u; i < 4u; i += 1u) {
        partial_sums[i * 64u + thread] = low[i];
        partial_sums[(i + 4u) * 64u + thread] = high[i];
    }
    workgroupBarrier();
    if (thread >= count) {
        return;
    }
    var sum = vec4<f32>();
    for (var i = 0u; i < 4u; i += 1u) {
        for (var lane = 0u; lane < 16u; lane += 1u) {
            sum[i] += partial_sums[thread * 64u + i * 16u + lane];
        }
    }
    finish(row + thread, tile.y * TILE_COLUMNS, sum);
}
#end

@compute @workgroup_size({{WORKGROUP_X}}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let index = params[10] + group.y * groups.x + group.x;
    // Whole workgroups leave together, so the barriers inside stay uniform.
    if (index >= params[11]) {
        return;
    }
    let tile_rows = (params[0] + TILE_ROWS - 1u) / TILE_ROWS;
    let tile_columns = (params[2] + TILE_COLUMNS - 1u) / TILE_COLUMNS;
    compute(tile_at(index, tile_rows, tile_columns), thread);
}
