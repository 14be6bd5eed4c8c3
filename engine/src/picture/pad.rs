//! Meeting a multiple by reflection, and cropping back.
//!
//! A picture whose sides the model cannot take is never stretched: it grows at its right and lower edge by
//! mirrored rows and columns (the edge itself is not repeated, as numpy's `reflect`), and the same edge is
//! cut off again from the result.

use super::error::PictureError;
use super::raster::Raster;
use super::region::Region;

/// A picture grown to a multiple, and where the original lies in it.
#[derive(Clone, Debug)]
pub struct Padded<const CHANNELS: usize> {
    pub picture: Raster<CHANNELS>,
    /// The original's pixels; crop a result of the same size to this.
    pub inner: Region,
}

impl<const CHANNELS: usize> Padded<CHANNELS> {
    /// True if the picture had the multiple already.
    pub fn is_unchanged(&self) -> bool {
        self.picture.size() == (self.inner.width, self.inner.height)
    }
}

/// Grows `source` right and down to the next multiples of `multiple` (1 if 0 is given) by reflection. A
/// picture smaller than what it lacks is mirrored to and fro; a single row or column is repeated.
pub fn pad_to_multiple<const CHANNELS: usize>(
    source: &Raster<CHANNELS>,
    multiple: usize,
) -> Result<Padded<CHANNELS>, PictureError> {
    let multiple = multiple.max(1);
    let width = source.width().next_multiple_of(multiple);
    let height = source.height().next_multiple_of(multiple);
    let inner = Region::whole(source.width(), source.height());
    if (width, height) == source.size() {
        return Ok(Padded { picture: source.clone(), inner });
    }
    let mut picture = Raster::filled(width, height, [0; CHANNELS])?;
    let columns: Vec<usize> = (0..width).map(|x| reflect(x, source.width())).collect();
    for (y, target) in picture.pixels_mut().chunks_exact_mut(width * CHANNELS).enumerate() {
        let row = source.row(reflect(y, source.height())).as_chunks::<CHANNELS>().0;
        for (pixel, &x) in target.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(&columns) {
            *pixel = row[x];
        }
    }
    Ok(Padded { picture, inner })
}

/// The source index that index `position` shows when `length` samples are mirrored without end:
/// 0 1 2 3 | 2 1 0 1 2 3 2 …
fn reflect(position: usize, length: usize) -> usize {
    if length == 1 {
        return 0;
    }
    let period = 2 * (length - 1);
    let offset = position % period;
    offset.min(period - offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_pictures_are_mirrored_to_and_fro() {
        let seen: Vec<usize> = (0..9).map(|position| reflect(position, 3)).collect();
        assert_eq!(seen, [0, 1, 2, 1, 0, 1, 2, 1, 0]);
        assert_eq!(reflect(7, 1), 0);
    }
}
