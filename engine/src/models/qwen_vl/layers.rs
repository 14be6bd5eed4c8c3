//! What the language model and the vision tower share: norm, gated MLP, and the walk over blocks.

use crate::kernels::{Activation, KernelError, NormKind, NormOptions, norm_modulate};
use crate::nn::{Linear, ModelError, Watch};
use crate::weights::Scope;
use burn::tensor::Tensor;

/// Where blocks live between passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Residency {
    /// Read from the files for every pass and let go block by block: a prompt needs one pass, and the memory
    /// of one block is enough for it.
    #[default]
    Streamed,
    /// Kept on the device.
    Resident,
}

/// The blocks of a tower.
#[derive(Debug)]
pub(super) enum Blocks<B> {
    Kept(Vec<B>),
    Streamed(usize),
}

impl<B> Blocks<B> {
    /// Reads all blocks, or only remembers how many there are.
    pub(super) fn load(
        count: usize,
        residency: Residency,
        read: impl Fn(usize) -> Result<B, ModelError>,
    ) -> Result<Self, ModelError> {
        Ok(match residency {
            Residency::Streamed => Self::Streamed(count),
            Residency::Resident => Self::Kept((0..count).map(read).collect::<Result<_, _>>()?),
        })
    }

    /// Runs every block in order; `read` fetches the ones that are not kept.
    pub(super) fn for_each(
        &self,
        watch: &dyn Watch,
        read: impl Fn(usize) -> Result<B, ModelError>,
        mut run: impl FnMut(usize, &B) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        let count = match self {
            Self::Kept(blocks) => blocks.len(),
            Self::Streamed(count) => *count,
        };
        for i in 0..count {
            if watch.cancelled() {
                return Err(ModelError::Cancelled);
            }
            match self {
                Self::Kept(blocks) => run(i, &blocks[i])?,
                Self::Streamed(_) => run(i, &read(i)?)?,
            }
        }
        Ok(())
    }
}

/// `x / √(mean(x²) + ε) · gain` over the channels of a token.
#[derive(Debug, Clone)]
pub(super) struct RmsNorm {
    gain: Tensor<1>,
    epsilon: f32,
}

impl RmsNorm {
    /// Reads `name.weight [width]`.
    pub(super) fn load(scope: &Scope, name: &str, width: usize, epsilon: f32) -> Result<Self, ModelError> {
        Ok(Self { gain: scope.at(name).vector("weight", width)?, epsilon })
    }

    /// `[tokens, width]` → the same.
    pub(super) fn forward(&self, x: &Tensor<2>) -> Result<Tensor<2>, KernelError> {
        let gain = Some(&self.gain);
        norm_modulate(x, &NormOptions { kind: NormKind::Rms, epsilon: self.epsilon, gain, modulation: None })
    }
}

/// `down(silu(gate(x)) · up(x))` (SwiGLU).
#[derive(Debug, Clone)]
pub(super) struct GatedMlp {
    gate: Linear,
    up: Linear,
    down: Linear,
}

impl GatedMlp {
    /// Reads `gate_proj`, `up_proj` and `down_proj` of `width` channels outside and `hidden` inside.
    pub(super) fn load(scope: &Scope, width: usize, hidden: usize, bias: bool) -> Result<Self, ModelError> {
        Ok(Self {
            gate: Linear::load(scope, "gate_proj", [hidden, width], bias)?,
            up: Linear::load(scope, "up_proj", [hidden, width], bias)?,
            down: Linear::load(scope, "down_proj", [width, hidden], bias)?,
        })
    }

    /// `residual + mlp(x)`, `[tokens, width]`.
    pub(super) fn forward(&self, x: &Tensor<2>, residual: &Tensor<2>) -> Result<Tensor<2>, KernelError> {
        let inside = self.gate.activated(x, Activation::Silu)? * self.up.forward(x)?;
        self.down.residual(&inside, None, residual)
    }
}
