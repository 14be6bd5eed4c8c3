//! Tools that mark an area: shapes, lines and colours.

mod lasso;
mod pick;
mod polygon;
mod shape;

pub(super) use lasso::LassoTool;
pub(super) use pick::PickTool;
pub(super) use polygon::PolygonTool;
pub(super) use shape::ShapeTool;
