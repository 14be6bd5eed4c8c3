//! Floor 4: the layers that model families share, built on kernels and weights.

mod attention;
mod convolution;
mod error;
mod linear;
mod watch;

pub use attention::wide_attention;
pub use convolution::Convolution;
pub use error::ModelError;
pub use linear::Linear;
pub use watch::Watch;
