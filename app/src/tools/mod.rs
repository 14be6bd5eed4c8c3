//! What the pointer does on the canvas: one file per tool, each a small machine of states.
//!
//! A tool hears [`Pointer`] events in document pixels and changes the document through its history. A gesture is
//! one step of the history, or none when Escape took it back. Adding a tool: a file, a [`ToolKind`], a line in
//! [`Toolbox::default`] and a command.

mod brush;
mod eyedropper;
mod hand;
mod lasso;
mod shape;
mod zoom;

use crate::canvas::{Sight, View};
use crate::design::icon::Icon;
use crate::document::{Brush, BrushMode, Combine, DocumentError, History, LayerId, LayerKind};
use egui::{CursorIcon, Modifiers, Painter, Pos2};

/// The tools by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToolKind {
    MaskBrush,
    MaskEraser,
    Rectangle,
    Ellipse,
    Lasso,
    Paint,
    Eyedropper,
    Hand,
    Zoom,
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
}

/// What the tools share.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSettings {
    /// Diameter of mask brush and eraser, in pixels.
    pub size: f32,
    pub hardness: f32,
    pub opacity: f32,
    /// Diameter of the paint brush.
    pub paint_size: f32,
    pub colour: [u8; 3],
}

/// One tool.
pub trait Tool {
    fn meta(&self) -> Meta;
    /// Hears one event of the pointer.
    ///
    /// # Errors
    /// What the document refused; the gesture is over then.
    fn event(&mut self, event: Pointer, context: &mut ToolContext<'_>) -> Result<(), DocumentError>;
    /// Takes a gesture back that is under way; says whether there was one.
    fn cancel(&mut self, _history: &mut History) -> bool {
        false
    }
    /// Draws what belongs to the gesture.
    fn overlay(&self, _painter: &Painter, _sight: &Sight) {}
    /// Diameter of the brush in document pixels, for tools that have one.
    fn diameter(&self, _settings: &ToolSettings) -> Option<f32> {
        None
    }
    fn cursor(&self) -> CursorIcon {
        CursorIcon::Crosshair
    }
}

/// All tools, and which of them is in hand.
pub struct Toolbox {
    tools: Vec<Box<dyn Tool>>,
    current: usize,
    pub settings: ToolSettings,
}

impl Default for ToolSettings {
    fn default() -> Self {
        Self { size: 60.0, hardness: 0.8, opacity: 1.0, paint_size: 24.0, colour: [0xc8, 0x3c, 0x3c] }
    }
}

impl Default for Toolbox {
    fn default() -> Self {
        let tools: Vec<Box<dyn Tool>> = vec![
            Box::new(brush::BrushTool::mask(BrushMode::Add)),
            Box::new(brush::BrushTool::mask(BrushMode::Erase)),
            Box::new(shape::ShapeTool::rectangle()),
            Box::new(shape::ShapeTool::ellipse()),
            Box::new(lasso::LassoTool::default()),
            Box::new(brush::BrushTool::paint()),
            Box::new(eyedropper::EyedropperTool),
            Box::new(hand::HandTool::default()),
            Box::new(zoom::ZoomTool::default()),
        ];
        Self { tools, current: 0, settings: ToolSettings::default() }
    }
}

impl Toolbox {
    /// All of them, in the order of the tool bar.
    pub fn metas(&self) -> impl Iterator<Item = Meta> {
        self.tools.iter().map(|tool| tool.meta())
    }

    /// The one in hand.
    pub fn current(&self) -> &dyn Tool {
        self.tools[self.current].as_ref() // proof: `choose` takes positions of the list only
    }

    /// The one in hand, to be used.
    pub fn in_hand(&mut self) -> (&mut dyn Tool, &mut ToolSettings) {
        (self.tools[self.current].as_mut(), &mut self.settings) // proof: as above
    }

    /// Takes another tool; a gesture under way is taken back first.
    pub fn choose(&mut self, kind: ToolKind, history: Option<&mut History>) {
        if let Some(history) = history {
            self.in_hand().0.cancel(history);
        }
        self.current = self.tools.iter().position(|tool| tool.meta().kind == kind).unwrap_or(self.current);
    }

    /// Changes the diameter of the brush in hand by about a fifth.
    pub fn resize_brush(&mut self, larger: bool) {
        let kind = self.current().meta().kind;
        let size = self.settings.diameter_mut(kind);
        let step = (*size * 0.2).max(1.0);
        *size = if larger { *size + step } else { *size - step }.round().clamp(1.0, Brush::LARGEST);
    }

    /// Changes the edge of the brush by a tenth.
    pub fn harden_brush(&mut self, harder: bool) {
        let step = if harder { 0.1 } else { -0.1 };
        self.settings.hardness = (self.settings.hardness + step).clamp(0.0, 1.0);
    }
}

impl ToolSettings {
    /// The diameter that a tool works with.
    pub fn diameter_mut(&mut self, kind: ToolKind) -> &mut f32 {
        if kind == ToolKind::Paint { &mut self.paint_size } else { &mut self.size }
    }
}

impl ToolContext<'_> {
    /// The mask to work on: the chosen layer if it is one, else the uppermost, else a new one.
    fn mask(&mut self) -> Result<LayerId, DocumentError> {
        mask_of(self.history, *self.active)
    }

    /// The paint layer to work on: the chosen layer if it is one, else a new one above it.
    fn paint(&mut self) -> Result<LayerId, DocumentError> {
        let document = self.history.document();
        if let Some(active) = self.active.filter(|&id| kind_of(self.history, id) == Some(LayerKind::Paint)) {
            return Ok(active);
        }
        let place = self.active.and_then(|id| document.above(id).ok()).unwrap_or_else(|| document.top());
        let layer = self.history.add_paint("Paint", place)?;
        *self.active = Some(layer);
        Ok(layer)
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

fn kind_of(history: &History, id: LayerId) -> Option<LayerKind> {
    history.document().layer(id).ok().map(crate::document::Layer::kind)
}

/// How a selection meets what is marked already: Shift adds, Alt takes away, both keep what they share.
pub fn combine(modifiers: Modifiers) -> Combine {
    match (modifiers.shift, modifiers.alt) {
        (false, false) => Combine::Replace,
        (true, false) => Combine::Add,
        (false, true) => Combine::Subtract,
        (true, true) => Combine::Intersect,
    }
}

fn point(at: Pos2) -> [f32; 2] {
    [at.x, at.y]
}
