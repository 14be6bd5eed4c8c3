// Sums one number per thread over the workgroup; every thread gets the total.
// Workgroup memory: WORKGROUP_X × 4 bytes. Call in uniform control flow.
var<workgroup> partial_sums: array<f32, {{WORKGROUP_X}}>;

fn row_sum(value: f32, thread: u32) -> f32 {
    workgroupBarrier();
    partial_sums[thread] = value;
    for (var step = {{WORKGROUP_X}}u / 2u; step > 0u; step = step / 2u) {
        workgroupBarrier();
        if (thread < step) {
            partial_sums[thread] += partial_sums[thread + step];
        }
    }
    workgroupBarrier();
    return partial_sums[0];
}
