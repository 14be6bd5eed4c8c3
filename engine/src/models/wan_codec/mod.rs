//! The codecs of Wan 2.1 (Wan 2.2 A14B and Qwen-Image use it, too) and of Wan 2.2 TI2V: pictures and clips to sixteen
//! latent channels at an eighth of the size, or forty-eight at a sixteenth; and back. Four frames become one, but the
//! first stays by itself.
//!
//! Their convolutions look back in time only. A clip therefore passes in chunks, each of which remembers the last
//! frames of the one before, and the result is that of the whole clip. A single frame meets nothing but zeros
//! before it, and only the last temporal slice of every kernel counts: for pictures the codec is exactly a 2-D network
//! with a third of the arithmetic, and its temporal resampling never runs.
//! Weights: Apache-2.0. Reference classes: diffusers `AutoencoderKLWan`, `AutoencoderKLQwenImage`.
//!
//! The folder: [`config`] reads `config.json`, [`history`] is what convolutions remember, [`blocks`] and [`resample`]
//! are the layers, [`encoder`] and [`decoder`] stack them, [`patch`] lays pixels into channels, [`tiles`] cuts what is
//! large, [`codec`] and [`clip`] are what pipelines hold, for pictures and for clips.

mod blocks;
mod clip;
mod codec;
mod config;
mod decoder;
mod encoder;
mod history;
mod patch;
mod resample;
mod tiles;

pub use clip::{ClipCodec, ClipSize, Decoding, Passage};
pub use codec::{Codec, Posterior};
pub use config::CodecConfig;
pub use tiles::{Span, TilePlan, Tiling};
