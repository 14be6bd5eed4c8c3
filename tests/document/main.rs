//! The document, driven without a window: history, compositing, strokes, masks.

mod chance;
mod composite;
mod fork;
mod history;
mod large;
mod made;
mod masks;
mod placing;
mod random_edits;
mod speed;
mod strokes;
