//! Classes of problems whose variants are compared, and a typical problem of each: a few milliseconds on a small
//! graphics processor, and enough work to fill a large one.

use crate::kernels::{
    AttentionOptions, ConvolutionOptions, ConvolutionWeight, Epilogue, KernelError, KeyRange, MatrixWeight,
    Padding, WeightFormat, attention_with, convolution_with, matmul_with,
};
use burn::tensor::{Device, Tensor};

/// Runs the typical problem once by the variant of that name.
pub(super) type Work = Box<dyn Fn(&str) -> Result<(), KernelError>>;

/// Problems of a kernel that one variant serves best.
pub(super) struct Class {
    pub kernel: &'static str,
    pub name: &'static str,
    /// What a software adapter takes without measuring: the first of these that it can run.
    pub software: &'static [&'static str],
    /// What is taken when nothing is known.
    pub fallback: &'static str,
    /// Arithmetic of the typical problem.
    pub operations: f64,
    /// Places the operands of the typical problem.
    pub prepare: fn(&Device) -> Result<Work, KernelError>,
}

pub(super) const CLASSES: &[Class] = &[
    Class {
        kernel: "attention",
        name: "small heads",
        software: &["wide"],
        fallback: "tile",
        operations: 4.0 * 8.0 * 1024.0 * 1024.0 * 64.0,
        prepare: |device| attention(64, device),
    },
    Class {
        kernel: "attention",
        name: "large heads",
        software: &["wide"],
        fallback: "tile",
        operations: 4.0 * 8.0 * 1024.0 * 1024.0 * 128.0,
        prepare: |device| attention(128, device),
    },
    Class {
        kernel: "matmul",
        name: "few tokens",
        software: &["lanes", "wide"],
        fallback: "thin",
        operations: 2.0 * 4.0 * 2048.0 * 2048.0,
        prepare: |device| matmul(4, device),
    },
    Class {
        kernel: "matmul",
        name: "many tokens",
        software: &["lanes", "wide"],
        fallback: "tile",
        operations: 2.0 * 1024.0 * 2048.0 * 2048.0,
        prepare: |device| matmul(1024, device),
    },
    Class {
        kernel: "convolution",
        name: "pixels",
        software: &["lanes", "wide"],
        fallback: "tile",
        operations: 2.0 * 128.0 * 128.0 * 9.0 * 96.0 * 96.0,
        prepare: convolution,
    },
];

/// 8 heads, 1,024 tokens.
fn attention(size: usize, device: &Device) -> Result<Work, KernelError> {
    let x = Tensor::<2>::ones([1024, 8 * size], device);
    let options =
        AttentionOptions { heads: 8, kv_heads: 8, scale: 1.0 / (size as f32).sqrt(), keys: KeyRange::All };
    Ok(Box::new(move |variant| attention_with(variant, &x, &x, &x, &options).map(|_| ())))
}

/// 2,048 → 2,048 channels, bf16 weights.
fn matmul(tokens: usize, device: &Device) -> Result<Work, KernelError> {
    let x = Tensor::<2>::ones([tokens, 2048], device);
    let weight = MatrixWeight::new(WeightFormat::Bf16, &vec![0; 2 * 2048 * 2048], [2048, 2048], device)?;
    Ok(Box::new(move |variant| matmul_with(variant, &x, &weight, &Epilogue::default()).map(|_| ())))
}

/// 96 → 96 channels, 3×3, 128² pixels.
fn convolution(device: &Device) -> Result<Work, KernelError> {
    let x = Tensor::<4>::ones([1, 128, 128, 96], device);
    let weight = vec![0; 4 * 96 * 96 * 9];
    let weight = ConvolutionWeight::new(WeightFormat::F32, &weight, [96, 96, 1, 3, 3], device)?;
    let options = ConvolutionOptions::padded(Padding::around(1));
    Ok(Box::new(move |variant| convolution_with(variant, &x, &weight, None, None, &options).map(|_| ())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On the CPU device, where every variant is the same and the problems take a moment.
    #[test]
    fn typical_problems_fit_their_kernels() {
        for class in CLASSES {
            let work = (class.prepare)(&Device::flex()).unwrap();
            work(class.fallback).unwrap();
        }
    }
}
