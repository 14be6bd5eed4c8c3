//! A checked block of 8-bit pixels.

use rayon::prelude::*;

use super::error::PictureError;
use super::region::Region;

/// Most pixels that a picture may have: 16384 × 16384.
pub const MAX_PIXELS: usize = 16384 * 16384;
/// Longest side of a picture, so that one-pixel strips stay harmless.
const MAX_SIDE: usize = 65_535;

/// `width` × `height` pixels of `CHANNELS` interleaved bytes, rows from top to bottom.
///
/// A raster is never empty, never above [`MAX_PIXELS`], and always holds exactly `width · height · CHANNELS`
/// bytes, so whoever has one needs no further checks.
#[derive(Clone, PartialEq, Eq)]
pub struct Raster<const CHANNELS: usize> {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// One channel: luminance, or how strongly a mask holds (255 = painted).
pub type Gray8 = Raster<1>;
/// Red, green, blue (sRGB unless the file said otherwise).
pub type Rgb8 = Raster<3>;
/// Red, green, blue and straight (not premultiplied) alpha.
pub type Rgba8 = Raster<4>;

impl<const CHANNELS: usize> Raster<CHANNELS> {
    /// Takes `pixels`, which must hold `width · height · CHANNELS` bytes. Fails on a zero or excessive size.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self, PictureError> {
        if byte_count(width, height, CHANNELS)? != pixels.len() {
            let problem = "the number of bytes does not go with the size";
            return Err(PictureError::Size { width, height, got: pixels.len(), problem });
        }
        Ok(Self { width, height, pixels })
    }

    /// Every pixel is `value`. Fails on a zero or excessive size, and when memory is short.
    pub fn filled(width: usize, height: usize, value: [u8; CHANNELS]) -> Result<Self, PictureError> {
        let count = byte_count(width, height, CHANNELS)?;
        let mut pixels = Vec::new();
        pixels.try_reserve_exact(count).map_err(|_| PictureError::OutOfMemory { width, height })?;
        if value.iter().all(|&byte| byte == value[0]) {
            pixels.resize(count, value[0]);
        } else {
            pixels.extend(std::iter::repeat_n(value, width * height).flatten());
        }
        Ok(Self { width, height, pixels })
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// All bytes, row by row, channels interleaved.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The pixels one by one, row by row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8; CHANNELS]> {
        self.pixels.as_chunks::<CHANNELS>().0.iter()
    }

    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [u8; CHANNELS]> {
        self.pixels.as_chunks_mut::<CHANNELS>().0.iter_mut()
    }

    /// A raster of the same size whose pixels are `change` of these; runs on all cores.
    pub fn map<const TO: usize>(&self, change: impl Fn(&[u8; CHANNELS]) -> [u8; TO] + Sync) -> Raster<TO> {
        let mut pixels = vec![0; self.width * self.height * TO];
        let rows = pixels.par_chunks_exact_mut(self.width * TO);
        rows.zip(self.pixels.par_chunks_exact(self.width * CHANNELS)).for_each(|(to, from)| {
            let to = to.as_chunks_mut::<TO>().0;
            to.iter_mut().zip(from.as_chunks::<CHANNELS>().0).for_each(|(to, from)| *to = change(from));
        });
        Raster { width: self.width, height: self.height, pixels }
    }

    /// The pixel at column `x`, row `y`; outside the picture the nearest one inside.
    pub fn pixel(&self, x: usize, y: usize) -> [u8; CHANNELS] {
        let index = y.min(self.height - 1) * self.width + x.min(self.width - 1);
        self.pixels.as_chunks::<CHANNELS>().0[index]
    }

    /// Row `y` as bytes; below the last row the last one.
    pub fn row(&self, y: usize) -> &[u8] {
        let stride = self.width * CHANNELS;
        &self.pixels[y.min(self.height - 1) * stride..][..stride]
    }

    /// A copy of `region`, which must lie inside the picture.
    pub fn crop(&self, region: Region) -> Result<Self, PictureError> {
        self.require_inside(region)?;
        let mut pixels = Vec::with_capacity(region.width * region.height * CHANNELS);
        for y in region.y..region.y + region.height {
            pixels.extend_from_slice(&self.row(y)[region.x * CHANNELS..][..region.width * CHANNELS]);
        }
        Self::new(region.width, region.height, pixels)
    }

    /// Puts `patch` with its corner at `x`, `y`; it must lie inside the picture.
    pub fn paste(&mut self, patch: &Self, x: usize, y: usize) -> Result<(), PictureError> {
        self.require_inside(Region { x, y, width: patch.width, height: patch.height })?;
        let stride = self.width * CHANNELS;
        for row in 0..patch.height {
            let start = (y + row) * stride + x * CHANNELS;
            self.pixels[start..start + patch.width * CHANNELS].copy_from_slice(patch.row(row));
        }
        Ok(())
    }

    /// Fails unless this raster, called `what` in the message, measures `width` × `height`.
    pub fn require_size(
        &self,
        what: &'static str,
        (width, height): (usize, usize),
    ) -> Result<(), PictureError> {
        if self.size() == (width, height) {
            return Ok(());
        }
        Err(PictureError::Mismatch { what, width, height, got_width: self.width, got_height: self.height })
    }

    /// Fails if no raster of this size may exist.
    pub(super) fn require_possible(width: usize, height: usize) -> Result<(), PictureError> {
        byte_count(width, height, CHANNELS).map(|_| ())
    }

    fn require_inside(&self, region: Region) -> Result<(), PictureError> {
        if region.fits(self.width, self.height) {
            return Ok(());
        }
        let Region { x, y, width, height } = region;
        Err(PictureError::Outside { x, y, width, height, of_width: self.width, of_height: self.height })
    }
}

/// Shows the size, not millions of bytes.
impl<const CHANNELS: usize> std::fmt::Debug for Raster<CHANNELS> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Raster<{CHANNELS}>({} × {})", self.width, self.height)
    }
}

/// True if a picture of this size may exist.
pub(super) fn is_allowed(width: u64, height: u64) -> bool {
    let side = MAX_SIDE as u64;
    width <= side && height <= side && width * height <= MAX_PIXELS as u64
}

/// Bytes of a picture, after checking that it may exist.
fn byte_count(width: usize, height: usize, channels: usize) -> Result<usize, PictureError> {
    let refuse = |problem| Err(PictureError::Size { width, height, got: 0, problem });
    if width == 0 || height == 0 {
        return refuse("a side is zero");
    }
    if !is_allowed(width as u64, height as u64) {
        return refuse("it is larger than 16384 × 16384 pixels, or a side is longer than 65535");
    }
    match (width * height).checked_mul(channels) {
        Some(count) => Ok(count),
        None => refuse("it does not fit into memory"),
    }
}
