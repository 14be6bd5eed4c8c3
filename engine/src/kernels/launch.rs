//! Launching expanded WGSL on the compute client of a tensor's device: the only place that knows CubeCL.
