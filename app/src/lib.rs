//! The program's own rooms: everything of Rostrum that is neither the engine nor the way into the program.
//!
//! The binary (`main.rs`) reads the command line, opens the engine's doors and owns the native window; this
//! library holds what both ways of working share (`link`, `library`, `recipe`, `words`) and the window itself:
//! `design` (colours and sizes), `canvas` (the picture on screen), `tools` (what the pointer does), `panels`
//! (what stands around the canvas), `live` (running jobs), `window` (all of it together). It knows egui but no
//! window system, so that tests can drive all of it without a display.

pub mod ahead;
pub mod canvas;
pub mod design;
pub mod document;
pub mod library;
pub mod link;
pub mod live;
pub mod panels;
pub mod presets;
pub mod recipe;
pub mod tools;
pub mod window;
pub mod words;
