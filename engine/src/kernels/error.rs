//! What can go wrong between a model and the device.

/// An operation refused its operands, or the device refused the operation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KernelError {
    /// The operands do not fit together.
    #[error("{kernel}: {operand} has shape {got:?}, expected {expected}")]
    Shape { kernel: &'static str, operand: &'static str, expected: String, got: Vec<usize> },
    /// Operands live on different devices or in a number type the kernel does not take.
    #[error("{kernel}: {operand} is not usable here: {reason}")]
    Operand { kernel: &'static str, operand: &'static str, reason: String },
    /// An option lies outside of what the kernel can do.
    #[error("{kernel}: {reason}")]
    Unsupported { kernel: &'static str, reason: String },
    /// The device failed while it compiled, ran or read back.
    #[error("the graphics device failed during {during}: {reason}")]
    Device { during: &'static str, reason: String },
}

impl KernelError {
    /// A [`KernelError::Shape`] from anything printable.
    pub(crate) fn shape(
        kernel: &'static str,
        operand: &'static str,
        expected: impl std::fmt::Display,
        got: &[usize],
    ) -> Self {
        Self::Shape { kernel, operand, expected: expected.to_string(), got: got.to_vec() }
    }
}
