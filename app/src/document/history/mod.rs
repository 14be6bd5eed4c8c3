//! The only thing that changes a document: transactions, undo, redo.

use super::layer::{Blend, LayerId, Place};
use super::mask::{Combine, MaskChange, MaskPixels, Shape, Wand};
use super::{Brush, Document, DocumentError, Region, StrokePoint};
use engine_api::{Expansion, Picture, Recipe, Size};

/// Most bytes that the steps may hold on to; beyond, the oldest are forgotten.
pub const UNDO_BYTES: usize = 2 << 30;
/// Most steps; beyond, the oldest are forgotten.
pub const UNDO_STEPS: usize = 200;

/// A document with its past.
pub struct History {
    document: Document,
}

/// One entry of the list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// What was done, in the user's words.
    pub name: &'a str,
    /// Bytes that the step holds on to.
    pub bytes: usize,
    /// False for steps that were undone and can be redone.
    pub done: bool,
}

/// Which part of the canvas stays where it is when its size changes: 0 left or top, 1 right or bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    pub x: f32,
    pub y: f32,
}

type Done<T = ()> = Result<T, DocumentError>;

impl History {
    pub fn new(document: Document) -> Self {
        Self { document }
    }
    pub fn with_cap(_document: Document, _bytes: usize) -> Self {
        todo!()
    }
    pub fn document(&self) -> &Document {
        &self.document
    }

    // Transactions. Every change below is one step of its own unless a transaction is open.
    pub fn begin(&mut self, _name: impl Into<String>) -> Done {
        todo!()
    }
    /// False when nothing was changed: then there is no step.
    pub fn commit(&mut self) -> Done<bool> {
        todo!()
    }
    pub fn abort(&mut self) {
        todo!()
    }
    pub fn is_open(&self) -> bool {
        todo!()
    }
    /// The name of the step; `None` when there was nothing to undo.
    pub fn undo(&mut self) -> Done<Option<String>> {
        todo!()
    }
    pub fn redo(&mut self) -> Done<Option<String>> {
        todo!()
    }
    /// Oldest first.
    pub fn steps(&self) -> Vec<Step<'_>> {
        todo!()
    }
    /// Number of steps that are done; `go_to` undoes or redoes to such a number.
    pub fn position(&self) -> usize {
        todo!()
    }
    pub fn go_to(&mut self, _position: usize) -> Done {
        todo!()
    }
    pub fn bytes(&self) -> usize {
        todo!()
    }

    // Layers.
    pub fn add_picture(
        &mut self,
        _name: &str,
        _picture: &Picture,
        _at: [u32; 2],
        _place: Place,
    ) -> Done<LayerId> {
        todo!()
    }
    pub fn add_paint(&mut self, _name: &str, _place: Place) -> Done<LayerId> {
        todo!()
    }
    pub fn add_mask(&mut self, _name: &str, _place: Place) -> Done<LayerId> {
        todo!()
    }
    pub fn add_group(&mut self, _name: &str, _place: Place) -> Done<LayerId> {
        todo!()
    }
    /// A new result layer on top; never overwrites.
    pub fn place_result(&mut self, _picture: &Picture, _region: Region, _recipe: Recipe) -> Done<LayerId> {
        todo!()
    }
    pub fn remove(&mut self, _id: LayerId) -> Done {
        todo!()
    }
    /// `place` counts without the layer itself.
    pub fn move_to(&mut self, _id: LayerId, _place: Place) -> Done {
        todo!()
    }
    pub fn duplicate(&mut self, _id: LayerId) -> Done<LayerId> {
        todo!()
    }
    pub fn merge_down(&mut self, _id: LayerId) -> Done<LayerId> {
        todo!()
    }
    pub fn group(&mut self, _ids: &[LayerId], _name: &str) -> Done<LayerId> {
        todo!()
    }
    pub fn ungroup(&mut self, _id: LayerId) -> Done {
        todo!()
    }
    pub fn rename(&mut self, _id: LayerId, _name: &str) -> Done {
        todo!()
    }
    pub fn set_opacity(&mut self, _id: LayerId, _opacity: f32) -> Done {
        todo!()
    }
    pub fn set_blend(&mut self, _id: LayerId, _blend: Blend) -> Done {
        todo!()
    }
    pub fn set_visible(&mut self, _id: LayerId, _visible: bool) -> Done {
        todo!()
    }
    pub fn set_locked(&mut self, _id: LayerId, _locked: bool) -> Done {
        todo!()
    }

    // Canvas.
    pub fn set_paper_colour(&mut self, _colour: [u8; 4]) -> Done {
        todo!()
    }
    pub fn resize_canvas(&mut self, _size: Size, _anchor: Anchor) -> Done {
        todo!()
    }
    pub fn crop(&mut self, _region: Region) -> Done {
        todo!()
    }
    pub fn expand(&mut self, _by: Expansion) -> Done {
        todo!()
    }

    // Pixels.
    pub fn translate(&mut self, _id: LayerId, _dx: i32, _dy: i32) -> Done {
        todo!()
    }
    pub fn clear(&mut self, _id: LayerId) -> Done {
        todo!()
    }
    /// Opens a transaction, which `end_stroke` commits and `abort` takes back. Both return what changed on the canvas.
    pub fn begin_stroke(&mut self, _id: LayerId, _brush: Brush, _at: StrokePoint) -> Done<Region> {
        todo!()
    }
    pub fn stroke_to(&mut self, _to: StrokePoint) -> Done<Region> {
        todo!()
    }
    pub fn end_stroke(&mut self) -> Done<bool> {
        todo!()
    }

    // Masks.
    pub fn select(&mut self, _mask: LayerId, _shape: &Shape, _how: Combine) -> Done {
        todo!()
    }
    pub fn select_similar(&mut self, _mask: LayerId, _at: [u32; 2], _wand: Wand, _how: Combine) -> Done {
        todo!()
    }
    pub fn select_colour(&mut self, _mask: LayerId, _colour: [u8; 3], _tolerance: u8, _how: Combine) -> Done {
        todo!()
    }
    pub fn combine(&mut self, _mask: LayerId, _pixels: &MaskPixels, _how: Combine) -> Done {
        todo!()
    }
    pub fn change_mask(&mut self, _mask: LayerId, _change: MaskChange) -> Done {
        todo!()
    }
}
