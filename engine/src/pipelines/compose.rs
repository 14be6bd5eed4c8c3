//! Back into the picture: colour match and a composite that keeps everything outside the mask bit-exact.
