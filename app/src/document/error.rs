//! What can go wrong with a document, in the user's words.

use super::{LARGEST_SIDE, LayerKind, MOST_DEPTH, MOST_LAYERS, Region};
use engine_api::Size;

/// Why a document refused. A refused change leaves the document as it was.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DocumentError {
    #[error("A document of {size} pixels is not possible. Choose sides from 1 to {LARGEST_SIDE}.")]
    Size { size: Size },
    #[error("The area of {} x {} pixels at {}, {} does not lie inside the picture of {size} pixels.",
        region.width, region.height, region.x, region.y)]
    Outside { region: Region, size: Size },
    #[error("{got} bytes do not fit an area of {} x {} pixels, which takes {expected}.", region.width, region.height)]
    Length { region: Region, expected: usize, got: usize },
    #[error("The picture is {picture} pixels and its place is {place}. Fit the picture first.")]
    Misfit { picture: Size, place: Size },
    #[error("That layer is no longer there.")]
    NoLayer,
    #[error("The layer \"{name}\" is locked. Unlock it first.")]
    Locked { name: String },
    #[error("The layer \"{name}\" is hidden. Show it first.")]
    Hidden { name: String },
    #[error("\"{name}\" is a {}; this needs a {}.", kind.words(), wanted.words())]
    Kind { name: String, kind: LayerKind, wanted: LayerKind },
    #[error("\"{name}\" is a {} and has no pixels to paint on. Choose a paint or a mask layer.", kind.words())]
    NoPixels { name: String, kind: LayerKind },
    #[error("There is no layer below \"{name}\" that it could be merged with.")]
    NothingBelow { name: String },
    #[error("The layers lie in different groups. Choose layers that lie side by side.")]
    Scattered,
    #[error("There is no such place among the layers.")]
    NoPlace,
    #[error("A document holds up to {MOST_LAYERS} layers in groups up to {MOST_DEPTH} deep.")]
    TooManyLayers,
    #[error("{what} is {value}. Choose a number from {least} to {most}.")]
    Number { what: &'static str, value: f64, least: f64, most: f64 },
    #[error("A shape with a point that is not a number cannot be drawn.")]
    Shape,
    #[error("\"{open}\" is not finished yet. Finish or cancel it first.")]
    Unfinished { open: String },
    #[error("The change was given up.")]
    GivenUp,
    #[error("Nothing is under way that could be continued.")]
    NotBegun,
    #[error("The picture cannot be handed on: {message}")]
    Picture { message: String },
}
