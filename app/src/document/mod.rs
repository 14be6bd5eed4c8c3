//! The picture that the artist works on: layers in tiles, compositing, history, brushes, masks.
//!
//! Knows no window and no engine, and no thread outlives a call; a test can drive it from end to end. Tour:
//! * [`Document`] holds the layers and answers questions. Nothing outside this folder can change one.
//! * [`History`] owns a document and is the only way to change it. A gesture is a transaction and becomes one step;
//!   every step has an exact inverse, which holds only the tiles that were touched.
//! * `Document::composite` gives any rectangle as it is seen; [`Document::changed_since`] says which tiles a canvas
//!   has to show anew.
//! * Strokes: `History::begin_stroke`, `stroke_to`, `end_stroke` with a [`Brush`].
//! * `History::translate` and `History::transform` move layers; what then reaches past the document is cut off.
//! * Selections are mask layers: shapes, magic wand and colour range are combined into one, which can then be grown,
//!   feathered, inverted.
//! * `Document::snapshot` is what a request takes along; `History::place_result` is how its result comes back.
//!
//! Pixels are 8-bit sRGB with straight alpha, `x` to the right and `y` downwards from the upper left corner.

mod affine;
mod bands;
mod blend;
mod brush;
mod composite;
mod error;
mod history;
mod layer;
mod mask;
mod region;
mod resample;
mod snapshot;
mod stack;
mod tiles;

pub use affine::Affine;
pub use bands::Stop;
pub use brush::{Brush, BrushMode, StrokePoint};
pub use error::DocumentError;
pub use history::{Anchor, Fork, History, Step, UNDO_BYTES, UNDO_STEPS};
pub use layer::{Blend, Content, Ingredients, Layer, LayerId, LayerKind, Made, Place, Properties};
pub use mask::{Combine, MaskChange, MaskPixels, Shape, Wand};
pub use region::{Region, TILE, TileIndex};
pub use snapshot::Snapshot;
pub use stack::{Document, LARGEST_SIDE, MOST_DEPTH, MOST_LAYERS, Paper};
pub use tiles::{Tile, Tiles};
