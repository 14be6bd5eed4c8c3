// The product of two tiles through workgroup memory, for graphics processors.
//
// A workgroup computes TILE_ROWS × TILE_COLUMNS outputs, a thread 8 × 8 of them in sixteen named vectors (arrays
// would depend on the driver unrolling every loop to stay in registers). Operands are staged sixteen steps of the
// reduction at a time, transposed, so that a thread reads four rows or four columns with one vector load.
// Workgroup memory: 64 × (TILE_ROWS + TILE_COLUMNS) bytes.
const ROW_QUADS = TILE_ROWS / 4u;
const COLUMN_QUADS = TILE_COLUMNS / 4u;
const STEP_QUADS = 4u;
var<workgroup> staged_x: array<vec4<f32>, 16u * ROW_QUADS>;
var<workgroup> staged_w: array<vec4<f32>, 16u * COLUMN_QUADS>;

// Rows 0–3 and 4–7 of the thread's patch; `a` holds its left four columns, `b` its right four.
var<private> a0: vec4<f32>;
var<private> a1: vec4<f32>;
var<private> a2: vec4<f32>;
var<private> a3: vec4<f32>;
var<private> a4: vec4<f32>;
var<private> a5: vec4<f32>;
var<private> a6: vec4<f32>;
var<private> a7: vec4<f32>;
var<private> b0: vec4<f32>;
var<private> b1: vec4<f32>;
var<private> b2: vec4<f32>;
var<private> b3: vec4<f32>;
var<private> b4: vec4<f32>;
var<private> b5: vec4<f32>;
var<private> b6: vec4<f32>;
var<private> b7: vec4<f32>;

// Stores four rows × four steps of the left operand.
fn stage_x(row_quad: u32, step_quad: u32, block: mat4x4<f32>) {
    let at = step_quad * 4u * ROW_QUADS + row_quad;
    let turned = transpose(block);
    staged_x[at] = turned[0];
    staged_x[at + ROW_QUADS] = turned[1];
    staged_x[at + 2u * ROW_QUADS] = turned[2];
    staged_x[at + 3u * ROW_QUADS] = turned[3];
}

// Stores four columns × four steps of the right operand.
fn stage_w(column_quad: u32, step_quad: u32, block: mat4x4<f32>) {
    let at = step_quad * 4u * COLUMN_QUADS + column_quad;
    let turned = transpose(block);
    staged_w[at] = turned[0];
    staged_w[at + COLUMN_QUADS] = turned[1];
    staged_w[at + 2u * COLUMN_QUADS] = turned[2];
    staged_w[at + 3u * COLUMN_QUADS] = turned[3];
}

// Adds the product of what is staged; call between two barriers.
fn multiply_staged(thread: u32) {
    let row = thread / (TILE_COLUMNS / 8u);
    let column = thread % (TILE_COLUMNS / 8u);
    for (var k = 0u; k < 16u; k += 1u) {
        let xa = staged_x[k * ROW_QUADS + row];
        let xb = staged_x[k * ROW_QUADS + row + ROW_QUADS / 2u];
        let wa = staged_w[k * COLUMN_QUADS + column];
        let wb = staged_w[k * COLUMN_QUADS + column + COLUMN_QUADS / 2u];
        a0 += xa.x * wa;
        b0 += xa.x * wb;
        a1 += xa.y * wa;
        b1 += xa.y * wb;
        a2 += xa.z * wa;
        b2 += xa.z * wb;
        a3 += xa.w * wa;
        b3 += xa.w * wb;
        a4 += xb.x * wa;
        b4 += xb.x * wb;
        a5 += xb.y * wa;
        b5 += xb.y * wb;
        a6 += xb.z * wa;
        b6 += xb.z * wb;
        a7 += xb.w * wa;
        b7 += xb.w * wb;
    }
}

// One of the thread's sixteen vectors and where it belongs: (row, first column) within the tile.
struct Patch {
    value: vec4<f32>,
    row: u32,
    column: u32,
}

fn own_vector(index: u32, thread: u32) -> Patch {
    var value: vec4<f32>;
    switch (index) {
        case 0u: { value = a0; }
        case 1u: { value = a1; }
        case 2u: { value = a2; }
        case 3u: { value = a3; }
        case 4u: { value = a4; }
        case 5u: { value = a5; }
        case 6u: { value = a6; }
        case 7u: { value = a7; }
        case 8u: { value = b0; }
        case 9u: { value = b1; }
        case 10u: { value = b2; }
        case 11u: { value = b3; }
        case 12u: { value = b4; }
        case 13u: { value = b5; }
        case 14u: { value = b6; }
        default: { value = b7; }
    }
    let row = thread / (TILE_COLUMNS / 8u) * 4u + (index & 3u) + select(0u, TILE_ROWS / 2u, (index & 4u) != 0u);
    let column = thread % (TILE_COLUMNS / 8u) * 4u + select(0u, TILE_COLUMNS / 2u, index >= 8u);
    return Patch(value, row, column);
}
