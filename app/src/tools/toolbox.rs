//! All tools, which of them is in hand, and the settings that they share.

use super::{Tool, ToolKind};
use super::{brush, eyedropper, frame, look, select};
use crate::document::{Brush, BrushMode, Combine, History, MaskChange};

/// All tools, and which of them is in hand.
pub struct Toolbox {
    tools: Vec<Box<dyn Tool>>,
    current: usize,
    pub settings: ToolSettings,
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
    /// The colour that waits for an exchange.
    pub other_colour: [u8; 3],
    /// Whether a pen's pressure changes the diameter.
    pub pressure_size: bool,
    /// Whether it changes the opacity.
    pub pressure_opacity: bool,
    /// Largest difference of a colour channel that wand and colour range take, 0 to 255.
    pub tolerance: u8,
    /// How new marks meet those that are there.
    pub combine: Combine,
    /// Pixels by which the commands widen and narrow marks.
    pub grow: f32,
    /// Pixels over which they are softened.
    pub feather: f32,
    /// Width to height of a crop; `None` means any.
    pub aspect: Option<[u32; 2]>,
}

impl Default for ToolSettings {
    fn default() -> Self {
        let brush = Brush::default();
        Self {
            size: 60.0,
            hardness: 0.8,
            opacity: 1.0,
            paint_size: 24.0,
            colour: [0xc8, 0x3c, 0x3c],
            other_colour: Self::DEFAULT_COLOURS[1],
            pressure_size: brush.pressure_size,
            pressure_opacity: brush.pressure_opacity,
            tolerance: 32,
            combine: Combine::Replace,
            grow: 8.0,
            feather: 16.0,
            aspect: None,
        }
    }
}

impl Default for Toolbox {
    fn default() -> Self {
        let tools: Vec<Box<dyn Tool>> = vec![
            Box::new(brush::BrushTool::mask(BrushMode::Add)),
            Box::new(brush::BrushTool::mask(BrushMode::Erase)),
            Box::new(select::ShapeTool::rectangle()),
            Box::new(select::ShapeTool::ellipse()),
            Box::new(select::LassoTool::default()),
            Box::new(select::PolygonTool::default()),
            Box::new(select::PickTool::wand()),
            Box::new(select::PickTool::colour_range()),
            Box::new(brush::BrushTool::paint()),
            Box::new(eyedropper::EyedropperTool),
            Box::new(frame::MoveTool::default()),
            Box::new(frame::TransformTool::default()),
            Box::new(frame::CropTool::default()),
            Box::new(frame::ExpandTool::default()),
            Box::new(look::HandTool::default()),
            Box::new(look::ZoomTool::default()),
            Box::new(look::TurnTool::default()),
        ];
        Self { tools, current: 0, settings: ToolSettings::default() }
    }
}

impl Toolbox {
    /// All of them, in the order of the tool bar.
    pub fn metas(&self) -> impl Iterator<Item = super::Meta> {
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

    /// Takes another tool; what the last one had under way is taken back first.
    pub fn choose(&mut self, kind: ToolKind, history: Option<&mut History>) {
        if self.current().meta().kind == kind {
            return;
        }
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
    /// Black to draw with, white beside it.
    pub const DEFAULT_COLOURS: [[u8; 3]; 2] = [[0; 3], [255; 3]];
    /// Farthest that a command widens or softens marks at once, in pixels.
    pub const MOST_SPREAD: f32 = MaskChange::FARTHEST;

    /// The diameter that a tool works with.
    pub fn diameter_mut(&mut self, kind: ToolKind) -> &mut f32 {
        if kind == ToolKind::Paint { &mut self.paint_size } else { &mut self.size }
    }

    /// Exchanges the two colours.
    pub fn swap_colours(&mut self) {
        std::mem::swap(&mut self.colour, &mut self.other_colour);
    }

    /// Black and white again.
    pub fn reset_colours(&mut self) {
        [self.colour, self.other_colour] = Self::DEFAULT_COLOURS;
    }
}
