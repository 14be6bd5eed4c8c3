//! The part of the app that needs no window and no engine, so that tests can drive it.
//!
//! The program itself is `main.rs`.

pub mod document;
