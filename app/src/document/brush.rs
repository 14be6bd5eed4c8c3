//! Brush strokes: a round tip set down at even distances along the way of the pen.

/// What a brush does to the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrushMode {
    /// Lays colour on a paint layer, marks on a mask layer.
    Add,
    /// Takes it away.
    Erase,
}

/// A round brush.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brush {
    pub mode: BrushMode,
    /// Red, green, blue; a mask layer takes no notice.
    pub colour: [u8; 3],
    /// Diameter in pixels, 1 to [`Brush::LARGEST`].
    pub size: f32,
    /// From 0, fading out from the middle, to 1, a sharp edge.
    pub hardness: f32,
    /// From 0 to 1; a stroke never gets denser than this, however often it crosses itself.
    pub opacity: f32,
    /// Distance of two dabs as a part of the diameter, 0.01 to 1; 0.1 leaves no dents.
    pub spacing: f32,
    /// Whether pressure changes the diameter.
    pub pressure_size: bool,
    /// Whether pressure changes the opacity.
    pub pressure_opacity: bool,
}

/// Where the pen is. Pixel (0, 0) has its middle at (0.5, 0.5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrokePoint {
    pub x: f32,
    pub y: f32,
    /// From 0 to 1; 1 for a mouse.
    pub pressure: f32,
}

impl Brush {
    /// Largest diameter, in pixels.
    pub const LARGEST: f32 = 2000.0;
}

impl Default for Brush {
    fn default() -> Self {
        Self {
            mode: BrushMode::Add,
            colour: [0; 3],
            size: 40.0,
            hardness: 0.8,
            opacity: 1.0,
            spacing: 0.1,
            pressure_size: true,
            pressure_opacity: false,
        }
    }
}

impl StrokePoint {
    /// A point of a mouse: full pressure.
    pub fn new(x: f32, y: f32) -> Self {
        Self { x, y, pressure: 1.0 }
    }
}
