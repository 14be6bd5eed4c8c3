//! What a caller may do while a model works: call it off, and look at what its parts hand on.

use burn::tensor::Tensor;

/// Watches a model at work. Any `Fn() -> bool` is a watch that only answers whether the work was called off.
///
/// On the `gpu` device launches run ahead of the device; a caller that wants an answer within one block waits
/// for the device inside [`Self::cancelled`].
pub trait Watch {
    /// Whether the work has been called off; asked before every block.
    fn cancelled(&self) -> bool;

    /// Sees what a part hands on, under the part's name in the checkpoint: `[tokens or pixels, channels]`.
    fn stage(&self, _name: &str, _values: &Tensor<2>) {}
}

impl<F: Fn() -> bool> Watch for F {
    fn cancelled(&self) -> bool {
        self()
    }
}
