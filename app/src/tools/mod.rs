//! What the pointer does on the canvas: one file per tool, each a small machine of states.
//!
//! A tool hears [`Pointer`] events in document pixels and changes the document through its history. A gesture is
//! one step of the history, or none when Escape took it back. Adding a tool: a file, a [`ToolKind`], a line in
//! [`Toolbox::default`] and a command. `select` holds what marks an area, `frame` what has handles, `look` what
//! changes the view only.

mod brush;
mod eyedropper;
mod frame;
mod look;
mod options;
mod select;
mod toolbox;

pub use frame::{enlarged, paint_expansion};
pub use options::{named, together};
pub use toolbox::{ToolSettings, Toolbox};

use crate::canvas::{Floating, Sight, View};
use crate::design::icon::Icon;
use crate::document::{Combine, DocumentError, History, LayerId, LayerKind};
use crate::live::{Change, Changed};
use egui::{CursorIcon, Modifiers, Painter, Pos2, Ui, Vec2};
use engine_api::Expansion;
use std::sync::Arc;

/// The tools by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToolKind {
    MaskBrush,
    MaskEraser,
    Rectangle,
    Ellipse,
    Lasso,
    Polygon,
    Wand,
    ColourRange,
    Paint,
    Eyedropper,
    Move,
    Transform,
    Crop,
    Expand,
    Hand,
    Zoom,
    Turn,
}

/// How a tool is shown and explained.
#[derive(Debug, Clone, Copy)]
pub struct Meta {
    pub kind: ToolKind,
    pub name: &'static str,
    pub icon: Icon,
    /// What can be done with it, for the line below the canvas.
    pub hint: &'static str,
}

/// What the pointer did, in document pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pointer {
    Press(Pen),
    Move(Pen),
    Release(Pen),
}

/// Where the pointer is and how it is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pen {
    /// In document pixels.
    pub at: Pos2,
    /// On the screen, in points.
    pub screen: Pos2,
    /// From 0 to 1; 1 for a mouse.
    pub pressure: f32,
    pub modifiers: Modifiers,
}

/// What a tool may use.
pub struct ToolContext<'a> {
    pub history: &'a mut History,
    /// The layer that is chosen in the list.
    pub active: &'a mut Option<LayerId>,
    pub view: &'a mut View,
    pub sight: Sight,
    pub settings: &'a mut ToolSettings,
    /// What the next edit shall add around the picture.
    pub expansion: &'a mut Expansion,
    /// One sentence for the user.
    pub say: &'a mut Option<&'static str>,
    /// Changes that may take longer than a frame; made when the tool is done.
    pub changes: &'a mut Vec<Change>,
}

/// What a tool sees while it is drawn.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub sight: &'a Sight,
    pub settings: &'a ToolSettings,
    pub expansion: Expansion,
    /// Where the pointer is on the screen, if it is over the canvas.
    pub pointer: Option<Pos2>,
}

/// One tool.
pub trait Tool {
    fn meta(&self) -> Meta;
    /// Hears one event of the pointer.
    ///
    /// # Errors
    /// What the document refused; the gesture is over then.
    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError>;
    /// Looks at the document before it is drawn; it may have changed.
    fn look(&mut self, _context: &mut ToolContext<'_>) {}
    /// An arrow key: one document pixel, or with `far` a longer way.
    ///
    /// # Errors
    /// As [`Tool::event`].
    fn nudge(&mut self, _way: Vec2, _far: bool, _context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
    /// Whether [`Tool::nudge`] does anything.
    fn nudges(&self) -> bool {
        false
    }
    /// Whether something is shown that waits for [`Tool::apply`] or [`Tool::cancel`].
    fn is_pending(&self) -> bool {
        false
    }
    /// Does what is shown: the Enter key.
    ///
    /// # Errors
    /// As [`Tool::event`].
    fn apply(&mut self, _context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
    /// Takes back what is under way or shown: the Escape key. Says whether there was anything.
    fn cancel(&mut self, _history: &mut History) -> bool {
        false
    }
    /// Whether [`Tool::options`] shows anything.
    fn has_options(&self) -> bool {
        false
    }
    /// Numbers and choices, one beside the other.
    ///
    /// # Errors
    /// As [`Tool::event`].
    fn options(&mut self, _ui: &mut Ui, _context: &mut ToolContext<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
    /// Draws what belongs to the gesture.
    fn overlay(&self, _painter: &Painter, _scene: &Scene<'_>) {}
    /// The layer that is shown elsewhere for now.
    fn floating(&self) -> Option<Floating> {
        None
    }
    /// Diameter of the brush in document pixels, for tools that have one.
    fn diameter(&self, _settings: &ToolSettings) -> Option<f32> {
        None
    }
    fn cursor(&self, _scene: &Scene<'_>) -> CursorIcon {
        CursorIcon::Crosshair
    }
}

impl ToolContext<'_> {
    /// Leaves a change to be made, beside the window where the document is large.
    fn change(
        &mut self,
        change: impl Fn(&mut History) -> Result<Changed, DocumentError> + Send + Sync + 'static,
    ) {
        self.changes.push(Arc::new(change));
    }

    /// The same for the mask to work on.
    fn change_mask(
        &mut self,
        change: impl Fn(&mut History, LayerId) -> Result<(), DocumentError> + Send + Sync + 'static,
    ) {
        let active = *self.active;
        self.change(move |history| {
            let mask = mask_of(history, active)?;
            change(history, mask).map(|()| Changed::NOTHING)
        });
    }

    /// The mask to work on: the chosen layer if it is one, else the uppermost, else a new one.
    fn mask(&mut self) -> Result<LayerId, DocumentError> {
        mask_of(self.history, *self.active)
    }

    /// The paint layer to work on: the chosen layer if it is one, else a new one above it.
    fn paint(&mut self) -> Result<LayerId, DocumentError> {
        let layer = paint_of(self.history, *self.active)?;
        *self.active = Some(layer);
        Ok(layer)
    }

    /// The chosen layer, if it is there and may be changed; says what to do where none is chosen.
    ///
    /// # Errors
    /// [`DocumentError::Locked`].
    fn movable(&mut self) -> Result<Option<LayerId>, DocumentError> {
        let layer = self.active.and_then(|id| self.history.document().layer(id).ok());
        let Some(layer) = layer else {
            *self.say = Some("Choose a layer first");
            return Ok(None);
        };
        if layer.properties().locked {
            return Err(DocumentError::Locked { name: layer.name().to_owned() });
        }
        Ok(Some(layer.id()))
    }
}

/// The mask of a document that selections go to.
///
/// # Errors
/// What the document refuses a new mask for.
pub fn mask_of(history: &mut History, active: Option<LayerId>) -> Result<LayerId, DocumentError> {
    if let Some(active) = active.filter(|&id| kind_of(history, id) == Some(LayerKind::Mask)) {
        return Ok(active);
    }
    let listed = history.document().listed();
    let found =
        listed.iter().find(|(_, layer)| layer.kind() == LayerKind::Mask && !layer.properties().locked);
    if let Some((_, layer)) = found {
        return Ok(layer.id());
    }
    let top = history.document().top();
    history.add_mask("Mask", top)
}

/// The paint layer of a document that colour goes to.
///
/// # Errors
/// What the document refuses a new layer for.
pub fn paint_of(history: &mut History, active: Option<LayerId>) -> Result<LayerId, DocumentError> {
    if let Some(active) = active.filter(|&id| kind_of(history, id) == Some(LayerKind::Paint)) {
        return Ok(active);
    }
    let document = history.document();
    let place = active.and_then(|id| document.above(id).ok()).unwrap_or_else(|| document.top());
    history.add_paint("Paint", place)
}

fn kind_of(history: &History, id: LayerId) -> Option<LayerKind> {
    history.document().layer(id).ok().map(crate::document::Layer::kind)
}

/// How a selection meets what is marked already: Shift adds, Alt takes away, both keep what they share; without either
/// it is as the options say.
pub fn combine(modifiers: Modifiers, settings: &ToolSettings) -> Combine {
    match (modifiers.shift, modifiers.alt) {
        (false, false) => settings.combine,
        (true, false) => Combine::Add,
        (false, true) => Combine::Subtract,
        (true, true) => Combine::Intersect,
    }
}

fn point(at: Pos2) -> [f32; 2] {
    [at.x, at.y]
}
