//! CPU twin of `convolution.wgsl`.

/// Extents and index maps, as in the shader's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operands<'a> {
    /// Frames, rows, columns and channels of `x`.
    pub input: [usize; 4],
    pub outputs: usize,
    /// Frames, rows and columns of the kernel.
    pub kernel: [usize; 3],
    pub stride: [usize; 3],
    /// Zeros before the first and after the last: frames (none after), rows, columns.
    pub padding: [[usize; 2]; 3],
    /// Nearest doubling of rows and columns before the padding.
    pub upsample: bool,
    pub bias: Option<&'a [f32]>,
    pub residual: Option<&'a [f32]>,
}

impl Operands<'_> {
    /// Frames, rows and columns of the result.
    pub fn output(&self) -> [usize; 3] {
        let grow = if self.upsample { [1, 2, 2] } else { [1; 3] };
        std::array::from_fn(|i| {
            let padded = self.input[i] * grow[i] + self.padding[i][0] + self.padding[i][1];
            (padded - self.kernel[i]) / self.stride[i] + 1
        })
    }
}

/// `x [frame, row, column, input]`, `weight [tap, output, input]` → `[frame, row, column, output]`; sums in f64.
pub fn convolution(x: &[f32], weight: &[f32], operands: &Operands) -> Vec<f32> {
    let [frames, rows, columns] = operands.output();
    let mut y = Vec::with_capacity(frames * rows * columns * operands.outputs);
    for frame in 0..frames {
        for row in 0..rows {
            for column in 0..columns {
                for output in 0..operands.outputs {
                    let mut sum = one(x, weight, operands, [frame, row, column], output);
                    if let Some(bias) = operands.bias {
                        sum += f64::from(bias[output]);
                    }
                    if let Some(residual) = operands.residual {
                        sum += f64::from(residual[y.len()]);
                    }
                    y.push(sum as f32);
                }
            }
        }
    }
    y
}

fn one(x: &[f32], weight: &[f32], operands: &Operands, at: [usize; 3], output: usize) -> f64 {
    let [kt, kh, kw] = operands.kernel;
    let [_, rows, columns, channels] = operands.input;
    let mut sum = 0.0;
    for tap in 0..kt * kh * kw {
        let Some([t, r, c]) = source(operands, at, [tap / (kh * kw), tap / kw % kh, tap % kw]) else {
            continue;
        };
        let pixel = &x[((t * rows + r) * columns + c) * channels..][..channels];
        let weights = &weight[(tap * operands.outputs + output) * channels..][..channels];
        sum += pixel.iter().zip(weights).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    }
    sum
}

/// The input position under a tap, none in the padding.
fn source(operands: &Operands, at: [usize; 3], tap: [usize; 3]) -> Option<[usize; 3]> {
    let up = if operands.upsample { [1, 2, 2] } else { [1; 3] };
    let mut found = [0; 3];
    for i in 0..3 {
        let padded = at[i] * operands.stride[i] + tap[i];
        let inside = padded.checked_sub(operands.padding[i][0]).filter(|p| *p < operands.input[i] * up[i])?;
        found[i] = inside / up[i];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(kernel: usize, padding: [usize; 2], stride: usize, upsample: bool) -> Operands<'static> {
        Operands {
            input: [1, 1, 3, 1],
            outputs: 1,
            kernel: [1, 1, kernel],
            stride: [1, 1, stride],
            padding: [[0, 0], [0, 0], padding],
            upsample,
            bias: None,
            residual: None,
        }
    }

    #[test]
    fn taps_slide_over_zeros_and_pixels() {
        let x = [1.0, 2.0, 4.0];
        let weight = [1.0, 10.0];
        assert_eq!(convolution(&x, &weight, &row_of(2, [1, 0], 1, false)), [10.0, 21.0, 42.0]);
        assert_eq!(convolution(&x, &weight, &row_of(2, [0, 1], 2, false)), [21.0, 4.0]);
    }

    #[test]
    fn upsampling_doubles_before_the_padding() {
        let operands = row_of(1, [1, 0], 1, true);
        assert_eq!(operands.output(), [1, 2, 7]);
        let row = [0.0, 1.0, 1.0, 2.0, 2.0, 4.0, 4.0];
        assert_eq!(convolution(&[1.0, 2.0, 4.0], &[1.0], &operands), [row, row].concat());
    }
}
