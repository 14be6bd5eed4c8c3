//! Floor 3: weights on disk. The only place that reads weight files.
//!
//! A component (transformer, text encoder, codec) is one safetensors file or several shards. [`TensorStore`]
//! maps them into memory and checks their headers; models read through a [`Scope`], which checks shape and
//! numbers and places each tensor on the device; [`probe`] says what a folder or file is without reading a
//! single weight. Files come from strangers: nothing in here may panic or allocate beyond what a file's own
//! size warrants.

mod error;
mod files;
mod header;
pub mod probe;
mod scope;
mod store;
mod verify;
pub mod wording;

pub use error::WeightError;
pub use files::{JSON_LIMIT, read_json, read_text};
pub use header::{HEADER_LIMIT, StoredFormat};
pub use probe::probe;
pub use scope::Scope;
pub use store::{TensorFacts, TensorStore, TensorView};
pub use verify::{Verified, verify};
