//! models/qwen_image
