//! The codec of Wan 2.1, Wan 2.2 A14B and Qwen-Image: pictures and clips to sixteen latent channels at an
//! eighth of the size, and back.
//!
//! Its convolutions look back in time only. A single frame therefore meets nothing but zeros before it, and only
//! the last temporal slice of every kernel counts: for pictures the codec is exactly a 2-D network with a third
//! of the arithmetic, and its temporal resampling never runs. That network is what is built here so far.
//! Weights: Apache-2.0. Reference class: diffusers `AutoencoderKLQwenImage`.
//!
//! The folder: [`config`] reads `config.json`, [`blocks`] are the layers, [`encoder`] and [`decoder`] stack
//! them, [`tiles`] cuts large pictures, [`codec`] is what pipelines hold.

mod blocks;
mod codec;
mod config;
mod decoder;
mod encoder;
mod tiles;

pub use codec::{Codec, Posterior};
pub use config::CodecConfig;
pub use tiles::{Span, TilePlan, Tiling};
