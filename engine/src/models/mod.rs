//! Floor 5: model families, one folder each, and the encoders and codecs that they share.
//!
//! Model code has one forward pass whatever the weight format and the device. Models know nothing of sampling,
//! requests or threads.

pub mod qwen_image;
pub mod qwen_vl;
pub mod wan_codec;
