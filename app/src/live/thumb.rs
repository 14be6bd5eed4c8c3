//! A picture at the size of a thumbnail.

use crate::document::Region;
use engine_api::{Picture, Size};

/// Points of every square that are looked at, in quarters of its sides.
const POINTS: [(u64, u64); 4] = [(1, 0), (3, 1), (0, 2), (2, 3)];

/// The picture with its longer side at `side` pixels, or as it is where it is smaller: the mean of a few points in every
/// square, so that a large picture takes no longer than a small one. `None` for a side of 0.
pub fn small(picture: &Picture, side: u32) -> Option<Picture> {
    let whole = Region::whole(Size { width: picture.width(), height: picture.height() });
    small_part(picture, whole, side)
}

/// The same of a part of the picture.
pub fn small_part(picture: &Picture, part: Region, side: u32) -> Option<Picture> {
    let longer = u64::from(part.width.max(part.height).max(side)).max(1);
    let scaled = |length: u32| (u64::from(length) * u64::from(side) / longer).max(1) as u32;
    let (width, height) = (scaled(part.width), scaled(part.height));
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let at = |step: u32, part: u64, steps: u32, length: u32| {
            ((4 * u64::from(step) + part) * u64::from(length) / (4 * u64::from(steps))) as usize
        };
        let mut sum = [0u32; 4];
        for (dx, dy) in POINTS {
            let column = part.x as usize + at(x, dx, width, part.width);
            let row = part.y as usize + at(y, dy, height, part.height);
            let start = (row * picture.width() as usize + column) * 4;
            let pixel = picture.rgba().get(start..start + 4).unwrap_or(&[0; 4]);
            sum.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u32::from(value));
        }
        rgba.extend(sum.map(|sum| (sum / POINTS.len() as u32) as u8));
    }
    Picture::new(width, height, rgba).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_keep_aspect_and_colour() {
        let picture = Picture::new(400, 200, [10, 20, 30, 255].repeat(400 * 200)).unwrap();
        let thumbnail = small(&picture, 64).unwrap();
        assert_eq!((thumbnail.width(), thumbnail.height()), (64, 32));
        assert!(thumbnail.rgba().chunks_exact(4).all(|pixel| pixel == [10, 20, 30, 255]));
        let line = small(&Picture::new(1, 8000, vec![0; 32_000]).unwrap(), 64).unwrap();
        assert_eq!((line.width(), line.height()), (1, 64));
        let tiny = Picture::new(2, 1, vec![1, 2, 3, 255, 5, 6, 7, 255]).unwrap();
        assert_eq!(small(&tiny, 64).unwrap(), tiny);
        assert_eq!(small_part(&tiny, Region::new(1, 0, 1, 1), 64).unwrap().rgba(), [5, 6, 7, 255]);
    }
}
