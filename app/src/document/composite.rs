//! The composite.
use super::{Document, DocumentError, LayerId, Region};
/// How far up layers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    Top,
    Layer(LayerId),
}
impl Document {
    /// The rectangle as it is seen: rows of straight RGBA bytes.
    ///
    /// # Errors
    /// [`DocumentError::Outside`].
    pub fn composite(&self, region: Region) -> Result<Vec<u8>, DocumentError> {
        self.composite_until(region, Until::Top)
    }
    /// The colour that is seen at a pixel.
    ///
    /// # Errors
    /// [`DocumentError::Outside`].
    pub fn colour_at(&self, x: u32, y: u32) -> Result<[u8; 4], DocumentError> {
        let p = self.composite(Region::new(x, y, 1, 1))?;
        Ok([p[0], p[1], p[2], p[3]])
    }
    pub(super) fn composite_until(&self, _region: Region, _until: Until) -> Result<Vec<u8>, DocumentError> {
        todo!()
    }
}
