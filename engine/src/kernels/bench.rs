//! Our kernels against burn's own operations on the same device, in one run.

use super::{
    AttentionOptions, ConvolutionOptions, ConvolutionWeight, Epilogue, KernelError, KeyRange, MatrixWeight,
    Padding, WeightFormat, attention, convolution, matmul, read,
};
use crate::device::Device;
use burn::tensor::activation::softmax;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device as TensorDevice, Distribution, Tensor};
use std::time::Instant;

/// Runs of each side; the fastest counts.
const RUNS: usize = 3;

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchRow {
    pub kernel: &'static str,
    /// The problem in the kernel's own terms.
    pub shape: String,
    pub device: String,
    /// One run of ours.
    pub ours_seconds: f64,
    /// One run of burn's operation; none when it cannot run on this device.
    pub burn_seconds: Option<f64>,
    /// Floating-point operations of one run.
    pub operations: f64,
    /// Our rate, in 10⁹ floating-point operations per second.
    pub gflops: f64,
    /// How burn's side was computed, where it is not one operation.
    pub remark: Option<String>,
}

/// Measures every row of the table on `device`, reporting each as it is known; `quick` takes small problems.
///
/// # Errors
/// [`KernelError`] when an operation is refused or the device fails.
pub fn bench(device: &Device, quick: bool, report: &mut dyn FnMut(BenchRow)) -> Result<(), KernelError> {
    for row in ROWS {
        let shape = if quick { row.quick } else { row.full };
        let contest = (row.prepare)(device.tensors(), shape)?;
        let (ours_seconds, burn_seconds) = contest.measure(device.tensors())?;
        report(BenchRow {
            kernel: row.kernel,
            shape: contest.shape,
            device: device.name().into(),
            ours_seconds,
            burn_seconds,
            operations: contest.operations,
            gflops: contest.operations / ours_seconds / 1e9,
            remark: contest.remark.map(str::to_string),
        });
    }
    Ok(())
}

/// A kernel with its problem in full and in small; `prepare` makes the operands.
struct Row {
    kernel: &'static str,
    full: [usize; 3],
    quick: [usize; 3],
    prepare: fn(&TensorDevice, [usize; 3]) -> Result<Contest, KernelError>,
}

const ROWS: &[Row] = &[
    Row { kernel: "attention", full: [24, 4096, 128], quick: [8, 1024, 64], prepare: attentions },
    Row { kernel: "matmul", full: [4096, 3072, 3072], quick: [1024, 768, 768], prepare: matmuls },
    Row { kernel: "convolution", full: [512, 96, 96], quick: [128, 96, 96], prepare: convolutions },
];

/// The same problem for both sides.
struct Contest {
    shape: String,
    /// Floating-point operations of one run.
    operations: f64,
    ours: Box<dyn Fn() -> Result<(), KernelError>>,
    burn: Box<dyn Fn()>,
    remark: Option<&'static str>,
}

impl Contest {
    /// The fastest of several runs of ours and of burn's, in turn, after one run of each that is not counted: it
    /// compiles the shaders and fills the memory pools.
    fn measure(&self, device: &TensorDevice) -> Result<(f64, Option<f64>), KernelError> {
        let finish = || {
            let failed = |e| KernelError::Device { during: "a measurement", reason: format!("{e:?}") };
            device.sync().map_err(failed)
        };
        let (mut ours, mut burn) = (f64::INFINITY, Some(f64::INFINITY));
        for run in 0..=RUNS {
            let start = Instant::now();
            (self.ours)()?;
            finish()?;
            let seconds = start.elapsed().as_secs_f64();
            ours = if run > 0 { ours.min(seconds) } else { ours };
            let Some(best) = burn else {
                continue;
            };
            let start = Instant::now();
            (self.burn)();
            let done = finish();
            let seconds = start.elapsed().as_secs_f64();
            burn = done.is_ok().then_some(if run > 0 { best.min(seconds) } else { best });
        }
        Ok((ours, burn))
    }
}

/// `[heads, tokens, head size]`. burn's side goes head by head: the scores of all heads at once would be larger than a
/// binding may be on most devices.
fn attentions(device: &TensorDevice, [heads, tokens, size]: [usize; 3]) -> Result<Contest, KernelError> {
    let [q, k, v] = std::array::from_fn(|_| random::<2>([tokens, heads * size], device));
    let scale = 1.0 / (size as f32).sqrt();
    let options = AttentionOptions { heads, kv_heads: heads, scale, keys: KeyRange::All };
    let head = |x: &Tensor<2>| x.clone().slice([0..tokens, 0..size]);
    let (one_q, one_k, one_v) = (head(&q), head(&k).transpose(), head(&v));
    Ok(Contest {
        shape: format!("{heads}×{tokens}×{size} f32"),
        operations: 4.0 * (heads * tokens * tokens * size) as f64,
        ours: Box::new(move || attention(&q, &k, &v, &options).map(drop)),
        burn: Box::new(move || {
            for _ in 0..heads {
                let scores = one_q.clone().matmul(one_k.clone()).mul_scalar(scale);
                drop(softmax(scores, 1).matmul(one_v.clone()));
            }
        }),
        remark: Some("burn: matmul, softmax, matmul, head by head"),
    })
}

/// `[tokens, K, N]`.
fn matmuls(device: &TensorDevice, [tokens, columns, outputs]: [usize; 3]) -> Result<Contest, KernelError> {
    let x = random([tokens, columns], device);
    let weight = random([outputs, columns], device);
    let packed = MatrixWeight::from_tensor(weight.clone())?;
    let turned = weight.transpose();
    let left = x.clone();
    Ok(Contest {
        shape: format!("{tokens}×{columns}×{outputs} f32"),
        operations: 2.0 * (tokens * columns * outputs) as f64,
        ours: Box::new(move || matmul(&x, &packed, &Epilogue::default()).map(drop)),
        burn: Box::new(move || drop(left.clone().matmul(turned.clone()))),
        remark: None,
    })
}

/// `[side of the picture, inputs, outputs]`, 3×3 with one pixel of padding.
fn convolutions(device: &TensorDevice, [side, inputs, outputs]: [usize; 3]) -> Result<Contest, KernelError> {
    let x = random([1, side, side, inputs], device);
    let shape = [outputs, inputs, 1, 3, 3];
    let kernel = random([outputs, inputs, 3, 3], device);
    let weight =
        ConvolutionWeight::new(WeightFormat::F32, bytemuck::cast_slice(&read(&kernel)?), shape, device)?;
    let options = ConvolutionOptions::padded(Padding::around(1));
    // burn's layout is [picture, channel, row, column].
    let planes = random([1, inputs, side, side], device);
    let padded = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    Ok(Contest {
        shape: format!("{inputs}→{outputs} 3×3 at {side}×{side} f32"),
        operations: 18.0 * (side * side * inputs * outputs) as f64,
        ours: Box::new(move || convolution(&x, &weight, None, None, &options).map(drop)),
        burn: Box::new(move || drop(conv2d(planes.clone(), kernel.clone(), None, padded.clone()))),
        remark: None,
    })
}

fn random<const D: usize>(shape: [usize; D], device: &TensorDevice) -> Tensor<D> {
    Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), device)
}
