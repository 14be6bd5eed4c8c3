//! The exact Euclidean distance to the nearest of many pixels, in time proportional to the picture.

use rayon::prelude::*;

/// Squared distance of every pixel of a `width` × `height` grid to the nearest one for which `is_seed` holds;
/// row-major, capped at `u32::MAX`, which also stands where there is no seed at all. Both sides are at most
/// 65 535.
///
/// Meijster, Roerdink and Hesselink, "A general algorithm for computing distance transforms in linear time"
/// (2000): distances along columns by two sweeps, then the lower envelope of parabolas along each row, all in
/// integers.
pub(super) fn squared(width: usize, height: usize, is_seed: impl Fn(usize) -> bool) -> Vec<u32> {
    let far = (width + height) as u32;
    let mut columns = vec![far; width * height];
    for index in 0..columns.len() {
        if is_seed(index) {
            columns[index] = 0;
        } else if index >= width {
            columns[index] = (columns[index - width] + 1).min(far);
        }
    }
    for index in (0..columns.len().saturating_sub(width)).rev() {
        columns[index] = columns[index].min(columns[index + width] + 1);
    }
    columns.par_chunks_exact_mut(width).for_each_init(Envelope::default, |envelope, row| {
        envelope.along(row, far);
    });
    columns
}

/// Scratch of one row: the parabolas of the lower envelope and where each begins to be the lowest.
#[derive(Default)]
struct Envelope {
    heights: Vec<i64>,
    /// (centre of the parabola, first column where it is lowest)
    parts: Vec<(i64, i64)>,
}

impl Envelope {
    /// Turns distances along columns into squared distances, in place.
    fn along(&mut self, row: &mut [u32], far: u32) {
        self.heights.clear();
        self.heights.extend(row.iter().map(|&distance| i64::from(distance) * i64::from(distance)));
        self.parts.clear();
        let seen = row.iter().enumerate().filter(|&(_, &distance)| distance < far);
        for centre in seen.map(|(column, _)| column as i64) {
            self.push(centre, row.len() as i64);
        }
        let mut part = 0;
        for (column, distance) in row.iter_mut().enumerate() {
            let column = column as i64;
            while self.parts.get(part + 1).is_some_and(|&(_, from)| from <= column) {
                part += 1;
            }
            let squared = self.parts.get(part).map(|&(centre, _)| self.height(centre, column));
            *distance = squared.and_then(|squared| u32::try_from(squared).ok()).unwrap_or(u32::MAX);
        }
    }

    /// Adds the parabola around `centre`, which lies right of all others.
    fn push(&mut self, centre: i64, width: i64) {
        while let Some(&(last, from)) = self.parts.last() {
            if self.height(last, from) > self.height(centre, from) {
                self.parts.pop();
                continue;
            }
            let from = self.crossing(last, centre) + 1;
            if from < width {
                self.parts.push((centre, from));
            }
            return;
        }
        self.parts.push((centre, 0));
    }

    fn height(&self, centre: i64, column: i64) -> i64 {
        (column - centre) * (column - centre) + self.heights[centre as usize]
    }

    /// Last column at which the parabola around `left` is not higher than the one around `right`.
    fn crossing(&self, left: i64, right: i64) -> i64 {
        let rise = self.heights[right as usize] - self.heights[left as usize];
        (right * right - left * left + rise).div_euclid(2 * (right - left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, pixel against pixel.
    fn brute_force(width: usize, height: usize, seeds: &[bool]) -> Vec<u32> {
        let squared = |a: usize, b: usize| {
            let across = (a % width).abs_diff(b % width);
            let down = (a / width).abs_diff(b / width);
            (across * across + down * down) as u32
        };
        let all: Vec<usize> = (0..width * height).filter(|&index| seeds[index]).collect();
        (0..width * height)
            .map(|pixel| all.iter().map(|&seed| squared(pixel, seed)).min().unwrap_or(u32::MAX))
            .collect()
    }

    #[test]
    fn equals_the_definition_on_random_seeds() {
        let mut state = 12345u32;
        for (width, height, one_in) in
            [(23, 17, 40), (1, 31, 7), (31, 1, 7), (19, 29, 3), (40, 40, 900), (2, 2, 2)]
        {
            for _ in 0..20 {
                let seeds: Vec<bool> = (0..width * height)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (state >> 8).is_multiple_of(one_in)
                    })
                    .collect();
                assert_eq!(squared(width, height, |index| seeds[index]), brute_force(width, height, &seeds));
            }
        }
    }
}
