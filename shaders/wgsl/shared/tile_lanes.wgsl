// The product of two tiles in registers and subgroup broadcasts, for software drivers with subgroups of eight or more.
//
// A thread computes 24 rows × 4 columns. Its lane loads three of the workgroup's rows; broadcasts then hand every row
// to every lane, so that a load, by far the dearest instruction there, serves eight lanes. The workgroup is one
// subgroup of eight lanes (or the first eight lanes of a larger one).
var<private> a0: vec4<f32>;
var<private> a1: vec4<f32>;
var<private> a2: vec4<f32>;
var<private> a3: vec4<f32>;
var<private> a4: vec4<f32>;
var<private> a5: vec4<f32>;
var<private> a6: vec4<f32>;
var<private> a7: vec4<f32>;
var<private> a8: vec4<f32>;
var<private> a9: vec4<f32>;
var<private> a10: vec4<f32>;
var<private> a11: vec4<f32>;
var<private> a12: vec4<f32>;
var<private> a13: vec4<f32>;
var<private> a14: vec4<f32>;
var<private> a15: vec4<f32>;
var<private> a16: vec4<f32>;
var<private> a17: vec4<f32>;
var<private> a18: vec4<f32>;
var<private> a19: vec4<f32>;
var<private> a20: vec4<f32>;
var<private> a21: vec4<f32>;
var<private> a22: vec4<f32>;
var<private> a23: vec4<f32>;

// Adds one step quad: `p`, `q` and `r` hold this lane's rows (lane, 8 + lane, 16 + lane), `w` its four columns.
fn add_lanes(p: vec4<f32>, q: vec4<f32>, r: vec4<f32>, w: mat4x4<f32>) {
    a0 += subgroupBroadcast(p, 0u) * w;
    a1 += subgroupBroadcast(p, 1u) * w;
    a2 += subgroupBroadcast(p, 2u) * w;
    a3 += subgroupBroadcast(p, 3u) * w;
    a4 += subgroupBroadcast(p, 4u) * w;
    a5 += subgroupBroadcast(p, 5u) * w;
    a6 += subgroupBroadcast(p, 6u) * w;
    a7 += subgroupBroadcast(p, 7u) * w;
    a8 += subgroupBroadcast(q, 0u) * w;
    a9 += subgroupBroadcast(q, 1u) * w;
    a10 += subgroupBroadcast(q, 2u) * w;
    a11 += subgroupBroadcast(q, 3u) * w;
    a12 += subgroupBroadcast(q, 4u) * w;
    a13 += subgroupBroadcast(q, 5u) * w;
    a14 += subgroupBroadcast(q, 6u) * w;
    a15 += subgroupBroadcast(q, 7u) * w;
    a16 += subgroupBroadcast(r, 0u) * w;
    a17 += subgroupBroadcast(r, 1u) * w;
    a18 += subgroupBroadcast(r, 2u) * w;
    a19 += subgroupBroadcast(r, 3u) * w;
    a20 += subgroupBroadcast(r, 4u) * w;
    a21 += subgroupBroadcast(r, 5u) * w;
    a22 += subgroupBroadcast(r, 6u) * w;
    a23 += subgroupBroadcast(r, 7u) * w;
}

// The result for row `index` of the workgroup.
fn lanes_row(index: u32) -> vec4<f32> {
    switch (index) {
        case 0u: { return a0; }
        case 1u: { return a1; }
        case 2u: { return a2; }
        case 3u: { return a3; }
        case 4u: { return a4; }
        case 5u: { return a5; }
        case 6u: { return a6; }
        case 7u: { return a7; }
        case 8u: { return a8; }
        case 9u: { return a9; }
        case 10u: { return a10; }
        case 11u: { return a11; }
        case 12u: { return a12; }
        case 13u: { return a13; }
        case 14u: { return a14; }
        case 15u: { return a15; }
        case 16u: { return a16; }
        case 17u: { return a17; }
        case 18u: { return a18; }
        case 19u: { return a19; }
        case 20u: { return a20; }
        case 21u: { return a21; }
        case 22u: { return a22; }
        default: { return a23; }
    }
}
