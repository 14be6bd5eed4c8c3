// Sums one number per thread over groups of LANES neighbours; every thread gets its group's total.
// Workgroup memory: WORKGROUP_X × 4 bytes. Call once, in uniform control flow.
var<workgroup> lane_sums: array<f32, {{WORKGROUP_X}}>;

fn lane_sum(value: f32, thread: u32) -> f32 {
    lane_sums[thread] = value;
    workgroupBarrier();
    let start = thread - thread % {{LANES}}u;
    var sum = 0.0;
    for (var lane = 0u; lane < {{LANES}}u; lane++) {
        sum += lane_sums[start + lane];
    }
    return sum;
}
