// Convolution over frames, rows and columns, channels last: one matrix product per tap, summed over the taps.
//
// x        [frame, row, column, Cin] f32
// weight   [tap, Cout, Cin] f32, or f16 / bf16 two to a word (rows padded to whole words)
// bias     [Cout] f32, or one unused number
// residual like y, or one unused number
// y        [frame, row, column, Cout] f32
// params   output pixels, Cin, Cout, input frames, rows, columns, output rows, columns, kernel frames, rows, columns,
//          stride in frames, rows, columns, zero frames in front, zero rows on top, zero columns on the left,
//          upsample (0 | 1), has bias, has residual, first tile, end of tiles
//
// Padding, stride and nearest upsampling are index maps: one bounds test per output pixel and tap, and no division
// inside the sum. Variants as in matmul: `tile*` stage operands in workgroup memory, `wide` uses registers only.
#if F32
#import load_f32
#end
#if F16
#import load_f16
#end
#if BF16
#import load_bf16
#end
#import load_x
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> params: array<u32>;

#import tile_order
#if STAGED
#import tile_staged
#end
#if WIDE
#import tile_wide
#end

// A pixel that lies in the padding.
const OUTSIDE = 0xffffffffu;

// Position of an output pixel: (frame, row, column).
fn position(pixel: u32) -> vec3<u32> {
    let rows = params[6];
    let columns = params[7];
    return vec3<u32>(pixel / columns / rows, pixel / columns % rows, pixel % columns);
}

// The input pixel under tap `tap` of an output position. Padding makes the unsigned difference wrap past any extent.
fn source(at: vec3<u32>, tap: vec3<u32>) -> u32 {
    let stride = vec3<u32>(params[11], params[12], params[13]);
    let padding = vec3<u32>(params[14], params[15], params[16]);
    let start = at * stride + tap - padding;
    let up = params[17];
    let extent = vec3<u32>(params[3], params[4] << up, params[5] << up);
    if (any(start >= extent)) {
        return OUTSIDE;
    }
    return (start.x * params[4] + (start.y >> up)) * params[5] + (start.z >> up);
}

fn load_pixel(pixel: u32, quad: u32, channels: u32) -> vec4<f32> {
    if (pixel == OUTSIDE) {
        return vec4<f32>();
    }
    return load_x(pixel, quad, channels);
}

// Bias, residual and store for four neighbouring channels of one pixel.
fn finish(pixel: u32, channel: u32, sum: vec4<f32>) {
    let channels = params[2];
    if (pixel >= params[0] || channel >= channels) {
        return;
    }
    let start = pixel * channels + channel;
    for (var i = 0u; i < min(channels - channel, 4u); i += 1u) {
        var value = sum[i];
        if (params[18] != 0u) {
            value += bias[channel + i];
        }
        if (params[19] != 0u) {
            value += residual[start + i];
        }
        y[start + i] = value;
    }
}

#if STAGED
// The input pixels of the tile's rows under the present tap.
var<workgroup> sources: array<u32, TILE_ROWS>;

fn block_x(line: u32, quad: u32) -> mat4x4<f32> {
    let channels = params[1];
    if (quad * 4u >= channels) {
        return mat4x4<f32>();
    }
    return mat4x4<f32>(
        load_pixel(sources[line * 4u], quad, channels),
        load_pixel(sources[line * 4u + 1u], quad, channels),
        load_pixel(sources[line * 4u + 2u], quad, channels),
        load_pixel(sources[line * 4u + 3u], quad, channels),
    );
}

// Four output channels' weights; channels past the end repeat the last one.
fn block_w(first: u32, channel: u32, quad: u32) -> mat4x4<f32> {
    let channels = params[1];
    let last = params[2] - 1u;
    if (quad * 4u >= channels) {
        return mat4x4<f32>();
    }
    return mat4x4<f32>(
        load_weight(first + min(channel, last), quad, channels),
        load_weight(first + min(channel + 1u, last), quad, channels),
        load_weight(first + min(channel + 2u, last), quad, channels),
        load_weight(first + min(channel + 3u, last), quad, channels),
    );
}

fn add_tap(tap: u32, first_channel: u32, thread: u32) {
    let quads = (params[1] + 3u) / 4u;
    for (var quad = 0u; quad < quads; quad += STEP_QUADS) {
        for (var b = thread; b < (ROW_QUADS + COLUMN_QUADS) * STEP_QUADS; b += {{WORKGROUP_X}}u) {
            let line = b / STEP_QUADS;
            let step = b % STEP_QUADS;
            if (line < ROW_QUADS) {
                stage_x(line, step, block_x(line, quad + step));
            } else {
                let column = line - ROW_QUADS;
                stage_w(column, step, block_w(tap * params[2], first_channel + column * 4u, quad + step));
            }
        }
        workgroupBarrier();
        multiply_staged(thread);
        workgroupBarrier();
    }
}

fn compute(tile: vec2<u32>, thread: u32) {
    let first_pixel = tile.x * TILE_ROWS;
    let first_channel = tile.y * TILE_COLUMNS;
    var tap = 0u;
    for (var f = 0u; f < params[8]; f += 1u) {
        for (var r = 0u; r < params[9]; r += 1u) {
            for (var c = 0u; c < params[10]; c += 1u) {
                for (var i = thread; i < TILE_ROWS; i += {{WORKGROUP_X}}u) {
                    let pixel = min(first_pixel + i, params[0] - 1u);
                    sources[i] = source(position(pixel), vec3<u32>(f, r, c));
                }
                workgroupBarrier();
                add_tap(tap, first_channel, thread);
                tap += 1u;
            }
        }
    }
    for (var i = 0u; i < 16u; i += 1u) {
        let part = own_vector(i, thread);
        finish(first_pixel + part.row, first_channel + part.column, part.value);
    }
}
#end

#if WIDE
// Adds one tap's product: `p` and `q` are the input pixels of the thread's eight outputs, `w` its four weight rows.
fn add_tap(p: vec4<u32>, q: vec4<u32>, w: vec4<u32>) {
    let channels = params[1];
    let quads = (channels + 3u) / 4u;
    for (var quad = 0u; quad < quads; quad += 1u) {
        let block = mat4x4<f32>(
            load_weight(w.x, quad, channels),
            load_weight(w.y, quad, channels),
            load_weight(w.z, quad, channels),
            load_weight(w.w, quad, channels),
        );
        a0 += load_pixel(p.x, quad, channels) * block;
        a1 += load_pixel(p.y, quad, channels) * block;
        a2 += load_pixel(p.z, quad, channels) * block;
        a3 += load_pixel(p.w, quad, channels) * block;
        a4 += load_pixel(q.x, quad, channels) * block;
        a5 += load_pixel(q.y, quad, channels) * block;
        a6 += load_pixel(q.z, quad, channels) * block;
        a7 += load_pixel(q.w, quad, channels) * block;
    }
}

fn compute(tile: vec2<u32>, thread: u32) {
    let first = tile.x * TILE_ROWS;
    let channel = tile.y * TILE_COLUMNS + thread * 4u;
    let rows = min(vec4<u32>(channel) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params[2] - 1u));
    let last = params[0] - 1u;
    var tap = 0u;
    for (var f = 0u; f < params[8]; f += 1u) {
        for (var r = 0u; r < params[9]; r += 1u) {
            for (var c = 0u; c < params[10]; c += 1u) {
                let at = vec3<u32>(f, r, c);
                let p = vec4<u32>(
                    source(position(min(first, last)), at),
                    source(position(min(first + 1u, last)), at),
                    source(position(min(first + 2u, last)), at),
                    source(position(min(first + 3u, last)), at),
                );
                let q = vec4<u32>(
                    source(position(min(first + 4u, last)), at),
                    source(position(min(first + 5u, last)), at),
                    source(position(min(first + 6u, last)), at),
                    source(position(min(first + 7u, last)), at),
                );
                add_tap(p, q, vec4<u32>(tap * params[2]) + rows);
                tap += 1u;
            }
        }
    }
    for (var i = 0u; i < 8u; i += 1u) {
        finish(first + i, channel, wide_row(i));
    }
}
#end

@compute @workgroup_size({{WORKGROUP_X}}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let index = params[20] + group.y * groups.x + group.x;
    // Whole workgroups leave together, so the barriers inside stay uniform.
    if (index >= params[21]) {
        return;
    }
    let tile_rows = (params[0] + TILE_ROWS - 1u) / TILE_ROWS;
    let tile_columns = (params[2] + TILE_COLUMNS - 1u) / TILE_COLUMNS;
    compute(tile_at(index, tile_rows, tile_columns), thread);
}
