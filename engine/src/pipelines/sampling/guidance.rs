//! True classifier-free guidance with Qwen-Image's norm rescale.
