//! The document, driven without a window: history, compositing, strokes, masks.

mod chance;
mod composite;
mod history;
mod made;
mod masks;
mod placing;
mod random_edits;
mod speed;
mod strokes;
