//! Wan 2.1 and 2.2: the video transformers of T2V-A14B and I2V-A14B (two experts each) and TI2V-5B.
//!
//! The whole clip is one sequence of tokens that attends to itself and then to the text, in thirty or forty
//! [`block`]s. Weights: Apache-2.0, huggingface.co/Wan-AI. Paper: arXiv 2503.20314. Reference class: diffusers
//! `WanTransformer3DModel`.
//!
//! The folder: [`config`] reads `config.json`, [`keys`] names the checkpoint's tensors, [`latent`] turns
//! clips into tokens and back, [`position`] places the tokens, [`modulation`] tells the blocks how noisy
//! the clip is, [`block`] is one layer, [`transformer`] stacks them.

mod block;
mod config;
mod family;
mod keys;
mod latent;
mod modulation;
mod position;
mod transformer;

pub use config::TransformerConfig;
pub use family::{CLASSES, KnownFrames, VideoSpec, spec_of};
pub use latent::{colour_map, patchify, unpatchify};
pub use modulation::{Modulation, timestep_sinusoids};
pub use position::ClipGrid;
pub use transformer::{Conditioning, Frame, Pass, Transformer};
