//! The Euler step of flow matching.
