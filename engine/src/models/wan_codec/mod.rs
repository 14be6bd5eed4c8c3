//! models/wan_codec
