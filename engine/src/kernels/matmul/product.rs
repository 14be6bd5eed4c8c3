//! The product of two matrices in memory: a checked front of the `gemm` crate for the `cpu` device.

/// A matrix laid over a slice; rows may overlap or stand apart.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct View<'a> {
    pub values: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    /// Distance between neighbours down a column.
    pub row_stride: usize,
    /// Distance between neighbours along a row.
    pub column_stride: usize,
}

impl<'a> View<'a> {
    /// `rows × columns` in row-major order.
    pub(in crate::kernels) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Rows and columns exchanged.
    pub(in crate::kernels) fn turned(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Whether every element lies within the slice.
    fn fits(&self) -> bool {
        let last = |count: usize, stride: usize| count.saturating_sub(1).checked_mul(stride);
        let Some((down, along)) =
            last(self.rows, self.row_stride).zip(last(self.columns, self.column_stride))
        else {
            return false;
        };
        self.rows == 0 || self.columns == 0 || down.checked_add(along).is_some_and(|i| i < self.values.len())
    }
}

/// Whose threads compute a product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::kernels) enum Threads {
    /// Only the calling one, which is itself one of many.
    This,
    /// All of the pool.
    All,
}

/// Products below this many multiplications are not worth waking other threads.
const WORTH_SHARING: usize = 192 * 192 * 192;

/// `y ← x · w`, or `y ← y + x · w` when `add` is set; `y` is `[x.rows, w.columns]` in row-major order.
///
/// # Panics
/// When a view reaches outside its slice, the inner extents differ or `y` has another size: mistakes of the caller,
/// which checks shapes before.
pub(in crate::kernels) fn multiply(y: &mut [f32], x: View, w: View, add: bool, threads: Threads) {
    assert!(x.fits() && w.fits() && x.columns == w.rows, "operands of a product"); // proof: callers check shapes
    assert_eq!(y.len(), x.rows * w.columns, "result of a product"); // proof: callers allocate y from the shapes
    if y.is_empty() {
        return;
    }
    let work = x.rows.saturating_mul(w.columns).saturating_mul(x.columns);
    let parallelism = match threads {
        Threads::All if work >= WORTH_SHARING => gemm::Parallelism::Rayon(0),
        _ => gemm::Parallelism::None,
    };
    let stride = |distance: usize| isize::try_from(distance).unwrap_or(isize::MAX);
    // SAFETY: `fits` has shown that every element of both operands lies in its slice, `y` holds rows × columns
    // numbers in row-major order, and being borrowed mutably it overlaps neither operand.
    unsafe {
        gemm::gemm(
            x.rows,
            w.columns,
            x.columns,
            y.as_mut_ptr(),
            1,
            stride(w.columns),
            add,
            x.values.as_ptr(),
            stride(x.column_stride),
            stride(x.row_stride),
            w.values.as_ptr(),
            stride(w.column_stride),
            stride(w.row_stride),
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_and_addition() {
        let x = [1.0, 2.0, 3.0, 4.0];
        // Overlapping rows: [1, 2], [2, 3], [3, 4].
        let rows = View { values: &x, rows: 3, columns: 2, row_stride: 1, column_stride: 1 };
        let w = [1.0, 10.0];
        let mut y = [0.0, 0.0, 100.0];
        multiply(&mut y, rows, View::new(&w, 2, 1), true, Threads::This);
        assert_eq!(y, [21.0, 32.0, 143.0]);
        multiply(&mut y, rows, View::new(&w, 1, 2).turned(), false, Threads::All);
        assert_eq!(y, [21.0, 32.0, 43.0]);
    }

    #[test]
    fn nothing_to_sum_leaves_zero() {
        let mut y = [5.0; 4];
        multiply(&mut y, View::new(&[], 2, 0), View::new(&[], 0, 2), false, Threads::This);
        assert_eq!(y, [0.0; 4]);
    }

    #[test]
    #[should_panic(expected = "operands of a product")]
    fn a_view_outside_its_slice_is_refused() {
        multiply(&mut [0.0], View::new(&[1.0], 1, 2), View::new(&[1.0, 1.0], 2, 1), false, Threads::This);
    }
}
