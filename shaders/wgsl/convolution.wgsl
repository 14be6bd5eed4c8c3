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
// inside the sum. Variants as in matmul: `tile*` stage operands in workgroup memory, `lanes` and `wide` use
// registers only.
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
#if LANES
#import tile_lanes
#end

// A pixel that lies in the padding.
const OUTSIDE = 0xffffffffu;

// Position of an output pixel: (frame, row, column).
fn position(pixel: u32) -> vec3<u32> {
    let rows = params[6];
    let columns = params[7];
    return vec3<u32>(pixel / columns / rows, pixel / columns % rows, pixel % columns);
}

fn taps() -> u32 {
    return params[8] * params[9] * params[10];
}

// The input pixel under tap `index` of an output position. Padding makes the unsigned difference wrap past any extent.
fn source(at: vec3<u32>, index: u32) -> u32 {
    let tap = vec3<u32>(index / params[10] / params[9], index / params[10] % params[9], index % params[10]);
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
    if (quad * 4u >= channels) {
        return mat4x4<f32>();
    }
    return load_block(vec4<u32>(first) + four_rows(channel, params[2] - 1u), quad, channels);
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
    for (var tap = 0u; tap < taps(); tap += 1u) {
        for (var i = thread; i < TILE_ROWS; i += {{WORKGROUP_X}}u) {
            sources[i] = source(position(min(first_pixel + i, params[0] - 1u)), tap);
        }
        workgroupBarrier();
        add_tap(tap, first_channel, thread);
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
        let block = load_block(w, quad, channels);
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
    let rows = four_rows(channel, params[2] - 1u);
    let last = params[0] - 1u;
    for (var tap = 0u; tap < taps(); tap += 1u) {
        var p: array<u32, 8>;
        for (var i = 0u; i < 8u; i += 1u) {
            p[i] = source(position(min(first + i, last)), tap);
        }
        let q = vec4<u32>(p[4], p[5], p[6], p[7]);
        add_tap(vec4<u32>(p[0], p[1], p[2], p[3]), q, vec4<u32>(tap * params[2]) + rows);
    }
    for (var i = 0u; i < 8u; i += 1u) {
        finish(first + i, channel, wide_row(i));
    }
}
#end

#if LANES
// Adds one tap's product: `pixels` are this lane's three of the workgroup's input pixels, `w` its four weight rows.
fn add_tap(pixels: vec3<u32>, w: vec4<u32>) {
    let channels = params[1];
    let quads = (channels + 3u) / 4u;
    let inside = pixels != vec3<u32>(OUTSIDE);
    // Padding reads pixel 0 and drops it: cheaper than a branch around every load.
    let start = select(vec3<u32>(), pixels, inside);
    let none = vec4<f32>();
    for (var quad = 0u; quad < quads; quad += 1u) {
        let block = load_block(w, quad, channels);
        add_lanes(
            select(none, load_x(start.x, quad, channels), inside.x),
            select(none, load_x(start.y, quad, channels), inside.y),
            select(none, load_x(start.z, quad, channels), inside.z),
            block,
        );
    }
}

fn compute(tile: vec2<u32>, thread: u32) {
    let first = tile.x * TILE_ROWS;
    let channel = tile.y * TILE_COLUMNS + thread * 4u;
    let rows = four_rows(channel, params[2] - 1u);
    let last = params[0] - 1u;
    let p = position(min(first + thread, last));
    let q = position(min(first + thread + 8u, last));
    let r = position(min(first + thread + 16u, last));
    for (var tap = 0u; tap < taps(); tap += 1u) {
        add_tap(vec3<u32>(source(p, tap), source(q, tap), source(r, tap)), vec4<u32>(tap * params[2]) + rows);
    }
    for (var i = 0u; i < TILE_ROWS; i += 1u) {
        finish(first + i, channel, lanes_row(i));
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
