//! Stories about what stands around the canvas.

mod again;
mod history;
mod layers;
mod preflight;
mod prompt;
