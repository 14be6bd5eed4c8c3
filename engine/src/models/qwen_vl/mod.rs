//! models/qwen_vl
