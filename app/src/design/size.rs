//! Sizes, in points: one scale of spacing, one of type.

pub const PAD_SMALL: f32 = 4.0;
pub const GAP: f32 = 6.0;
pub const PAD: f32 = 10.0;
pub const PAD_LARGE: f32 = 16.0;

pub const TYPE_SMALL: f32 = 11.5;
pub const TYPE: f32 = 13.0;
pub const TYPE_HEADING: f32 = 14.5;

/// Height of a row and of a button.
pub const ROW: f32 = 26.0;
/// Smallest width of anything to press.
pub const TOUCH: f32 = 26.0;
/// Side of a tool's button.
pub const TOOL: f32 = 34.0;
/// Side of an icon.
pub const ICON: f32 = 16.0;
/// The button that starts the work.
pub const PRIMARY: f32 = 38.0;
pub const SLIDER: f32 = 128.0;
/// Width of a label in front of a setting.
pub const LABEL: f32 = 78.0;
pub const PANEL: f32 = 300.0;
pub const PANEL_LEAST: f32 = 260.0;
pub const PANEL_MOST: f32 = 460.0;
pub const TOOLBAR: f32 = 46.0;
/// The zoom in percent, between its two buttons.
pub const ZOOM: f32 = 52.0;
pub const THUMBNAIL: f32 = 56.0;
pub const LAYER_ROW: f32 = 44.0;
pub const LAYER_THUMB: f32 = 36.0;
pub const PALETTE_WIDTH: f32 = 460.0;
/// Width of the bars at the foot of the canvas.
pub const FOOT: f32 = 540.0;
pub const PALETTE_HEIGHT: f32 = 320.0;
/// Heights of the history, of the list of shapes and of that of layers.
pub const LIST: f32 = 180.0;
pub const SHAPE_LIST: f32 = 480.0;
pub const LAYER_LIST: f32 = 320.0;
/// The line where a dragged layer would land.
pub const DROP_LINE: f32 = 2.5;

pub const CORNER: u8 = 5;
pub const CORNER_LARGE: u8 = 8;
pub const LINE: f32 = 1.0;
/// Frame around the one that is chosen.
pub const FRAME: f32 = 2.0;
pub const ICON_LINE: f32 = 1.4;

/// Seconds before a tooltip shows.
pub const TOOLTIP_AFTER: f32 = 0.35;
/// Seconds for which a message that is no trouble stays.
pub const MESSAGE_FOR: f64 = 12.0;

/// Side of a reference that is pinned to the canvas.
pub const PIN: f32 = 44.0;
/// Side of a handle over the picture, and how near the pointer has to be to take it.
pub const HANDLE: f32 = 9.0;
pub const REACH: f32 = 11.0;
/// How far outside a frame it can still be turned.
pub const TURN_REACH: f32 = 40.0;

/// Side of a square of the transparency pattern, in points.
pub const CHECK: f32 = 10.0;
/// Zoom from which the grid of pixels shows: 800 %.
pub const GRID_FROM: f32 = 8.0;
/// Free room around a picture that is fitted to the window.
pub const FIT_MARGIN: f32 = 24.0;
/// How much of the window a fitted picture takes while something is added around it.
pub const FIT_WITH_ROOM: f32 = 0.6;
