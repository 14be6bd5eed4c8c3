//! `convolution` on the `gpu` device: which variant, how many workgroups, in how many launches.

use super::{NAME, Problem};
use crate::kernels::KernelError;
use crate::kernels::launch::{Operand, fold, launch_into, shader};
use crate::kernels::matmul::{columns_option, format_option, launches};
use crate::kernels::variant::chosen;
use burn::tensor::Tensor;
use std::sync::Arc;

/// The variant for this input on its device.
pub(super) fn variant(x: &Tensor<4>) -> Arc<str> {
    chosen(NAME, "pixels", &x.device())
}

/// The convolution by `variant`.
pub(super) fn convolution(variant: &str, problem: &Problem) -> Result<Tensor<4>, KernelError> {
    let Problem { weight, extent, options, .. } = problem;
    let [frames, rows, columns, inputs] = problem.x.dims();
    let source = shader(NAME, variant, &[format_option(weight.format), columns_option(inputs)])?;
    let x = Operand::float(NAME, problem.x)?;
    let output = x.unwritten(*extent);
    if extent.contains(&0) {
        return Ok(output.into_tensor());
    }
    if inputs == 0 || frames * rows * columns == 0 {
        return Err(KernelError::Unsupported { kernel: NAME, reason: "an input without values".into() });
    }
    let weights = weight.rows.operand(NAME)?;
    let bias = problem.bias.map(|b| Operand::float(NAME, b)).transpose()?;
    let residual = problem.residual.map(|r| Operand::float(NAME, r)).transpose()?;
    let pixels = extent[0] * extent[1] * extent[2];
    let kernel = weight.kernel();
    let padding = options.padding;
    let flags = [options.upsample, bias.is_some(), residual.is_some()].map(usize::from);
    let mut params: Vec<u32> = [pixels, inputs, extent[3], frames, rows, columns, extent[1], extent[2]]
        .into_iter()
        .chain(kernel)
        .chain(options.stride.map(|step| step.max(1)))
        .chain([padding.front, padding.top, padding.left])
        .chain(flags)
        .chain([0, 0])
        .map(|n| n as u32)
        .collect();
    // An absent operand is bound to x, which the shader then does not read under that name.
    let [bias, residual] = [&bias, &residual].map(|o| o.as_ref().unwrap_or(&x));
    let run = params.len() - 2;
    let reduction = inputs * kernel.iter().product::<usize>();
    for range in launches(&source, pixels, extent[3], reduction, &problem.x.device()) {
        params[run..].copy_from_slice(&range);
        let groups = fold((range[1] - range[0]) as usize);
        launch_into(NAME, &source, &[&x, &weights, bias, residual], &output, &params, groups)?;
    }
    Ok(output.into_tensor())
}
