//! Which part of the picture the model gets to see around a mask.

use crate::picture::region::Region;

/// How to draw the box around a mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Context {
    /// Margin on each side as a share of the mask box's longer side: 0.5 adds half of it.
    pub margin: f64,
    /// Shortest side in pixels, as far as the picture has them.
    pub least: usize,
    /// Width by height to grow to, so that the model's size is met without stretching.
    pub aspect: Option<(usize, usize)>,
    /// Both sides become multiples of this, as far as the picture allows.
    pub multiple: usize,
}

impl Context {
    /// The box around `bounds` in a picture of `width` × `height`. It holds all of `bounds` (which must lie
    /// inside the picture), lies inside the picture, and is centred on `bounds` except where the picture
    /// ends.
    pub fn region(&self, bounds: Region, width: usize, height: usize) -> Region {
        let margin = (bounds.width.max(bounds.height) as f64 * self.margin.max(0.0)).ceil() as usize;
        let wanted = |length: usize| length.saturating_add(margin.saturating_mul(2)).max(self.least);
        let (across, down) = self.with_aspect(wanted(bounds.width), wanted(bounds.height));
        let (x, across) = self.place(bounds.x, bounds.width, across, width);
        let (y, down) = self.place(bounds.y, bounds.height, down, height);
        Region { x, y, width: across, height: down }
    }

    /// The smallest box of the aspect that covers `width` × `height`.
    fn with_aspect(&self, width: usize, height: usize) -> (usize, usize) {
        let Some((across, down)) = self.aspect.filter(|&(across, down)| across > 0 && down > 0) else {
            return (width, height);
        };
        let ratio = across as f64 / down as f64;
        if width as f64 > height as f64 * ratio {
            (width, (width as f64 / ratio).round() as usize)
        } else {
            ((height as f64 * ratio).round() as usize, height)
        }
    }

    /// Start and length of one side: `wanted` rounded up to the multiple if the picture is long enough, else
    /// the longest multiple that still covers the mask, else the whole side.
    fn place(&self, start: usize, length: usize, wanted: usize, limit: usize) -> (usize, usize) {
        let multiple = self.multiple.max(1);
        let longest = limit / multiple * multiple;
        let covered = match wanted.checked_next_multiple_of(multiple) {
            Some(wanted) if wanted <= limit => wanted,
            _ if longest >= length => longest,
            _ => limit,
        };
        let centred = (start + length / 2).saturating_sub(covered / 2);
        // Rounding must not cut the mask off, and the box must end inside the picture.
        let earliest = (start + length).saturating_sub(covered);
        (centred.clamp(earliest.min(start), start).min(limit - covered), covered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_the_mask_and_stays_inside_whatever_is_asked() {
        let picture = (301, 211);
        for x in (0..301).step_by(43) {
            for y in (0..211).step_by(37) {
                for (length, tall) in [(1, 1), (40, 11), (301 - x, 211 - y)] {
                    let bounds = Region { x, y, width: length.min(301 - x), height: tall.min(211 - y) };
                    for multiple in [1, 16, 32] {
                        for aspect in [None, Some((1, 1)), Some((16, 9)), Some((2, 3))] {
                            let context = Context { margin: 0.4, least: 64, aspect, multiple };
                            let region = context.region(bounds, picture.0, picture.1);
                            assert!(region.fits(picture.0, picture.1), "{region:?}");
                            assert!(region.contains(&bounds), "{region:?} {bounds:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn adds_the_margin_and_meets_aspect_and_multiple() {
        let bounds = Region { x: 100, y: 90, width: 20, height: 10 };
        let plain = Context { margin: 0.5, least: 0, aspect: None, multiple: 1 };
        assert_eq!(plain.region(bounds, 300, 200), Region { x: 90, y: 80, width: 40, height: 30 });
        let square = Context { aspect: Some((1, 1)), multiple: 16, least: 64, ..plain };
        assert_eq!(square.region(bounds, 300, 200), Region { x: 78, y: 63, width: 64, height: 64 });
        let corner = Region { x: 0, y: 195, width: 4, height: 5 };
        assert_eq!(square.region(corner, 300, 200), Region { x: 0, y: 136, width: 64, height: 64 });
    }
}
