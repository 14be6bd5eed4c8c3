// Activations on four numbers: 0 none, 1 GELU (tanh), 2 GELU (erf), 3 SiLU. Huge arguments give x or 0, never NaN.
fn activate(kind: u32, x: vec4<f32>) -> vec4<f32> {
    switch (kind) {
        case 1u: {
            return 0.5 * x * (1.0 + tangent(0.7978845608 * (x + 0.044715 * x * x * x)));
        }
        case 2u: {
            return 0.5 * x * (1.0 + error_function(0.7071067812 * x));
        }
        case 3u: {
            return x / (1.0 + exp(min(-x, vec4<f32>(88.0))));
        }
        default: {
            return x;
        }
    }
}

// tanh; beyond ±10 it is ±1 in f32, and the built-in overflows on some devices.
fn tangent(x: vec4<f32>) -> vec4<f32> {
    return 1.0 - 2.0 / (exp(2.0 * clamp(x, vec4<f32>(-10.0), vec4<f32>(10.0))) + 1.0);
}

// erf to 1.2e-7: x times an even polynomial near zero, 1 - exp(-polynomial) in the tails (own minimax fits).
fn error_function(x: vec4<f32>) -> vec4<f32> {
    let s = min(x * x, vec4<f32>(1.0));
    var near = vec4<f32>(-0.000588677591);
    near = near * s + 0.00497311726;
    near = near * s - 0.0267533343;
    near = near * s + 0.112814665;
    near = near * s - 0.37612462;
    near = near * s + 1.12837911;
    let t = min(abs(x), vec4<f32>(4.0));
    var far = vec4<f32>(2.13953736e-5);
    far = far * t - 0.00043793174;
    far = far * t + 0.00418786285;
    far = far * t - 0.025163658;
    far = far * t + 0.108348504;
    far = far * t + 0.633284688;
    far = far * t + 1.12954569;
    far = far * t - 0.000181098832;
    return select(sign(x) * (1.0 - exp(-far)), near * x, abs(x) < vec4<f32>(0.95));
}
