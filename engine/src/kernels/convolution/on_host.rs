//! `convolution` on the `cpu` device.

use super::{ConvolutionOptions, NAME, Padding, Problem};
use crate::kernels::KernelError;
use crate::kernels::matmul::Rows;
use burn::tensor::Tensor;

/// Gathers every tap's pixels side by side and multiplies once: the fastest form of the flex backend.
pub(super) fn convolution(problem: &Problem) -> Result<Tensor<4>, KernelError> {
    let Problem { x, weight, options, extent: [frames, rows, columns, outputs], .. } = *problem;
    let [_, _, _, inputs] = x.dims();
    let padded = pad(x, options);
    let [kt, kh, kw] = weight.kernel();
    let [st, sh, sw] = options.stride;
    let mut taps = Vec::with_capacity(kt * kh * kw);
    for (t, r, c) in (0..kt).flat_map(|t| (0..kh).flat_map(move |r| (0..kw).map(move |c| (t, r, c)))) {
        let from = |start: usize, count: usize, step: usize| {
            burn::tensor::Slice::new(
                start as isize,
                Some((start + (count - 1) * step + 1) as isize),
                step as isize,
            )
        };
        taps.push(padded.clone().slice([
            from(t, frames, st),
            from(r, rows, sh),
            from(c, columns, sw),
            from(0, inputs, 1),
        ]));
    }
    let pixels = frames * rows * columns;
    let count = taps.len();
    let gathered = Tensor::cat(taps, 3).reshape([pixels, count * inputs]);
    let Rows::Float(values) = &weight.rows else {
        return Err(KernelError::Unsupported { kernel: NAME, reason: "packed weights on the CPU".into() });
    };
    let values = values.clone().reshape([count, outputs, inputs]);
    let matrix = values.swap_dims(1, 2).reshape([count * inputs, outputs]);
    let mut y = gathered.matmul(matrix).reshape([frames, rows, columns, outputs]);
    if let Some(bias) = problem.bias {
        y = y + bias.clone().reshape([1, 1, 1, outputs]);
    }
    Ok(match problem.residual {
        Some(residual) => y + residual.clone(),
        None => y,
    })
}

fn pad(x: &Tensor<4>, options: &ConvolutionOptions) -> Tensor<4> {
    let [frames, rows, columns, channels] = x.dims();
    let mut x = x.clone();
    let (mut rows, mut columns) = (rows, columns);
    if options.upsample {
        x = x
            .reshape([frames * rows, 1, columns, channels])
            .repeat_dim(1, 2)
            .reshape([frames * rows * 2 * columns, 1, 1, channels])
            .repeat_dim(1, 2)
            .reshape([frames, rows * 2, columns * 2, channels]);
        (rows, columns) = (rows * 2, columns * 2);
    }
    let p = options.padding;
    if p == Padding::default() {
        return x;
    }
    let shape = [frames + p.front, rows + p.top + p.bottom, columns + p.left + p.right, channels];
    let zeros = Tensor::zeros(shape, &x.device());
    zeros.slice_assign(
        [p.front..p.front + frames, p.top..p.top + rows, p.left..p.left + columns, 0..channels],
        x,
    )
}
