//! Qwen-Image: the 20-billion-parameter transformer behind Qwen-Image, Qwen-Image-Edit (2508, 2509, 2511) and
//! Qwen-Image-2512.
//!
//! Text and picture walk side by side through sixty [`block`]s, each with weights of its own, and meet in every
//! block's attention. Weights: Apache-2.0, huggingface.co/Qwen. Paper: arXiv 2508.02324. Reference class:
//! diffusers `QwenImageTransformer2DModel`.
//!
//! The folder: [`config`] reads `config.json`, [`keys`] names the checkpoint's tensors, [`latent`] turns
//! pictures into tokens and back, [`position`] places the tokens, [`modulation`] tells the blocks how noisy
//! the picture is, [`block`] is one layer, [`transformer`] stacks them.

mod block;
mod config;
mod family;
mod keys;
mod latent;
mod modulation;
mod position;
mod transformer;

pub use config::TransformerConfig;
pub use family::FAMILIES;
pub use latent::{BIAS, LatentFormat, Preview, RED_GREEN_BLUE, patchify, unpatchify};
pub use modulation::{BlockModulation, Modulation, StreamModulation, timestep_sinusoids};
pub use position::{PictureGrid, token_positions};
pub use transformer::{Conditioning, ConditioningInput, Pass, Transformer};
