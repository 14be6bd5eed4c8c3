//! PyTorch's CPU generator, bit for bit.
