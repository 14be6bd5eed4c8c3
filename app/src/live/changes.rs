//! What a result changed: how much at every pixel, and whether anything changed where nothing was marked.

use crate::document::Region;
use engine_api::{Mask, Picture, Size};

/// The difference between a picture and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    pub size: Size,
    /// One byte per pixel: the largest difference of a channel, halved and rounded up, and [`Changes::OUTSIDE`] where
    /// the pixel lies outside the marks.
    heat: Vec<u8>,
    /// Pixels that differ.
    pub changed: u64,
    /// Those of them that lie outside the marks, farther away than the change may fade out.
    pub outside: u64,
}

impl Changes {
    /// Added to the heat of a pixel outside.
    pub const OUTSIDE: u8 = 128;

    /// Compares two pictures. `fades_over` is how far from a marked pixel a change may still reach, in pixels, along
    /// rows and columns. `None` when the sizes differ: then no pixel has a counterpart.
    ///
    /// Takes a moment for large pictures: not for the thread of a window.
    pub fn between(before: &Picture, after: &Picture, mask: Option<&Mask>, fades_over: u32) -> Option<Self> {
        let size = Size { width: before.width(), height: before.height() };
        let fits = |width: u32, height: u32| (width, height) == (size.width, size.height);
        if !fits(after.width(), after.height()) || mask.is_some_and(|mask| !fits(mask.width(), mask.height()))
        {
            return None;
        }
        let near = mask.map(|mask| near(mask, fades_over as usize));
        let (mut changed, mut outside) = (0, 0);
        let pixels = before.rgba().chunks_exact(4).zip(after.rgba().chunks_exact(4));
        let heat = pixels.enumerate().map(|(at, (before, after))| {
            let differences = before.iter().zip(after).map(|(&before, &after)| before.abs_diff(after));
            let most = differences.max().unwrap_or(0);
            if most == 0 {
                return 0;
            }
            let is_outside = near.as_ref().is_some_and(|near| near.get(at) == Some(&false));
            changed += 1;
            outside += u64::from(is_outside);
            most.div_ceil(2).min(127) + if is_outside { Self::OUTSIDE } else { 0 }
        });
        let heat = heat.collect();
        Some(Self { size, heat, changed, outside })
    }

    /// The heat of some pixels of a row, from `x` on; nothing outside the picture.
    pub fn row(&self, x: u32, y: u32, length: u32) -> &[u8] {
        let start = y as usize * self.size.width as usize + x as usize;
        self.heat.get(start..start + length as usize).unwrap_or_default()
    }
}

/// The box around everything that is marked; empty where nothing is.
pub(super) fn marked(mask: &Mask) -> Region {
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    for (y, row) in mask.gray().chunks_exact(mask.width().max(1) as usize).enumerate() {
        let Some(first) = row.iter().position(|&value| value > 0) else { continue };
        let last = row.iter().rposition(|&value| value > 0).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last + 1));
        (top, bottom) = (top.min(y), y + 1);
    }
    if bottom == 0 {
        return Region::default();
    }
    Region::new(left as u32, top as u32, (right - left) as u32, (bottom - top) as u32)
}

/// Which pixels lie within `reach` rows and columns of a marked one.
fn near(mask: &Mask, reach: usize) -> Vec<bool> {
    let width = mask.width() as usize;
    let mut rows = vec![false; mask.gray().len()];
    for (near, marked) in rows.chunks_exact_mut(width).zip(mask.gray().chunks_exact(width)) {
        let mut free_from = 0;
        for (x, _) in marked.iter().enumerate().filter(|(_, value)| **value > 0) {
            let end = (x + reach + 1).min(width);
            let start = x.saturating_sub(reach).max(free_from);
            if start < end {
                near[start..end].fill(true); // proof: `end` is at most the length of the row
                free_from = end;
            }
        }
    }
    // Downwards: for every column, how many rows more a marked one reaches; then the same upwards.
    let height = mask.height() as usize;
    let mut out = rows.clone();
    spread(&rows, &mut out, width, reach, 0..height);
    spread(&rows, &mut out, width, reach, (0..height).rev());
    out
}

/// Carries marked pixels on to the next `reach` rows, in the order in which the rows are given.
fn spread(marked: &[bool], out: &mut [bool], width: usize, reach: usize, rows: impl Iterator<Item = usize>) {
    let mut left = vec![0usize; width];
    for y in rows {
        let row = y * width..(y + 1) * width;
        let (Some(marked), Some(out)) = (marked.get(row.clone()), out.get_mut(row)) else { continue };
        for ((left, &marked), out) in left.iter_mut().zip(marked).zip(out) {
            *left = if marked { reach + 1 } else { left.saturating_sub(1) };
            *out |= *left > 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 20;

    fn picture(changed: &[(usize, usize, u8)]) -> Picture {
        let mut pixels = [100, 100, 100, 255].repeat(SIZE * SIZE);
        changed.iter().for_each(|&(x, y, by)| pixels[(y * SIZE + x) * 4 + 1] += by);
        Picture::new(SIZE as u32, SIZE as u32, pixels).unwrap()
    }

    fn mask(marked: &[(usize, usize)]) -> Mask {
        let mut values = vec![0; SIZE * SIZE];
        marked.iter().for_each(|&(x, y)| values[y * SIZE + x] = 255);
        Mask::new(SIZE as u32, SIZE as u32, values).unwrap()
    }

    #[test]
    fn what_changed_is_counted_inside_and_outside() {
        let after = picture(&[(10, 10, 155), (12, 12, 1), (13, 12, 2), (0, 0, 9)]);
        let mask = mask(&[(10, 10)]);
        let changes = Changes::between(&picture(&[]), &after, Some(&mask), 2).unwrap();
        assert_eq!((changes.changed, changes.outside), (4, 2));
        assert_eq!(changes.row(10, 10, 1), [78]);
        assert_eq!(changes.row(11, 12, 3), [0, 1, 1 + Changes::OUTSIDE]);
        assert_eq!(changes.row(0, 0, 1), [5 + Changes::OUTSIDE]);
        assert!(changes.row(0, SIZE as u32, 1).is_empty());
        let whole = Changes::between(&picture(&[]), &after, None, 0).unwrap();
        assert_eq!((whole.changed, whole.outside), (4, 0));
    }

    #[test]
    fn nearness_equals_a_plain_search() {
        let marked = [(0, 0), (3, 17), (9, 9), (10, 9), (19, 4)];
        let mask = mask(&marked);
        for reach in [0, 1, 3, 30] {
            let near = near(&mask, reach);
            for (at, &is_near) in near.iter().enumerate() {
                let (x, y) = (at % SIZE, at / SIZE);
                let expected =
                    marked.iter().any(|&(mx, my)| x.abs_diff(mx) <= reach && y.abs_diff(my) <= reach);
                assert_eq!(is_near, expected, "{x}, {y} within {reach}");
            }
        }
    }

    #[test]
    fn the_box_around_the_marks_is_tight() {
        assert_eq!(marked(&mask(&[(3, 4), (5, 9)])), Region::new(3, 4, 3, 6));
        assert_eq!(marked(&mask(&[(0, 0)])), Region::new(0, 0, 1, 1));
        assert!(marked(&mask(&[])).is_empty());
    }

    #[test]
    fn pictures_of_two_sizes_are_not_compared() {
        let other = Picture::new(1, 1, vec![0; 4]).unwrap();
        assert_eq!(Changes::between(&picture(&[]), &other, None, 0), None);
    }
}
