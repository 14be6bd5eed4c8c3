// The product of two tiles without workgroup memory, for devices that imitate a graphics processor on a CPU.
//
// A thread computes 8 rows × 4 columns; the rows are the same for the whole workgroup, so a software driver loads
// them once and spreads them over its lanes.
var<private> a0: vec4<f32>;
var<private> a1: vec4<f32>;
var<private> a2: vec4<f32>;
var<private> a3: vec4<f32>;
var<private> a4: vec4<f32>;
var<private> a5: vec4<f32>;
var<private> a6: vec4<f32>;
var<private> a7: vec4<f32>;

// The result for row `index` of the thread's eight.
fn wide_row(index: u32) -> vec4<f32> {
    switch (index) {
        case 0u: { return a0; }
        case 1u: { return a1; }
        case 2u: { return a2; }
        case 3u: { return a3; }
        case 4u: { return a4; }
        case 5u: { return a5; }
        case 6u: { return a6; }
        default: { return a7; }
    }
}
