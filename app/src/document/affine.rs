//! Where a moved, scaled or turned layer comes to lie: a map of the plane that keeps straight lines straight.

/// `x' = x[0] x + x[1] y + x[2]`, and `y'` from `y` likewise, in document pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    pub x: [f64; 3],
    pub y: [f64; 3],
}

impl Affine {
    pub const IDENTITY: Self = Self { x: [1.0, 0.0, 0.0], y: [0.0, 1.0, 0.0] };

    /// A movement to the right and downwards.
    pub fn shift(by: [f64; 2]) -> Self {
        Self { x: [1.0, 0.0, by[0]], y: [0.0, 1.0, by[1]] }
    }

    /// Scaling and then turning clockwise by so many degrees, around a point that stays where it is. Quarter turns
    /// are exact.
    pub fn around(pivot: [f64; 2], scale: [f64; 2], degrees: f64) -> Self {
        let quarter = (degrees / 90.0).round();
        let [cos, sin] = if degrees == quarter * 90.0 {
            [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]][(quarter as i64).rem_euclid(4) as usize] // proof: 0 to 3
        } else {
            [degrees.to_radians().cos(), degrees.to_radians().sin()]
        };
        let (x, y) = ([cos * scale[0], -sin * scale[1]], [sin * scale[0], cos * scale[1]]);
        Self {
            x: [x[0], x[1], pivot[0] - x[0] * pivot[0] - x[1] * pivot[1]],
            y: [y[0], y[1], pivot[1] - y[0] * pivot[0] - y[1] * pivot[1]],
        }
    }

    /// First this one, then the other.
    pub fn then(self, next: Self) -> Self {
        let row = |row: [f64; 3]| {
            let part = |i: usize| row[0] * self.x[i] + row[1] * self.y[i];
            [part(0), part(1), part(2) + row[2]]
        };
        Self { x: row(next.x), y: row(next.y) }
    }

    /// Where a point comes to lie.
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let along = |row: [f64; 3]| row[0] * x + row[1] * y + row[2];
        [along(self.x), along(self.y)]
    }

    /// The way back; `None` when everything is pressed into a line, or is no number.
    pub fn inverse(&self) -> Option<Self> {
        let area = self.x[0] * self.y[1] - self.x[1] * self.y[0];
        if !area.is_finite() || area.abs() < SMALLEST_AREA {
            return None;
        }
        let x = [self.y[1] / area, -self.x[1] / area];
        let y = [-self.y[0] / area, self.x[0] / area];
        let back = |row: [f64; 2]| [row[0], row[1], -row[0] * self.x[2] - row[1] * self.y[2]];
        let inverse = Self { x: back(x), y: back(y) };
        inverse.x.iter().chain(&inverse.y).all(|value| value.is_finite()).then_some(inverse)
    }

    /// The movement in whole pixels that this is; `None` when it is anything else.
    pub fn whole_shift(&self) -> Option<[i32; 2]> {
        let [dx, dy] = [self.x[2], self.y[2]];
        let is_shift = *self == Self::shift([dx, dy]);
        let whole = |by: f64| by == by.round() && by.abs() < f64::from(i32::MAX);
        (is_shift && whole(dx) && whole(dy)).then_some([dx as i32, dy as i32])
    }
}

/// Smallest area that a pixel may be scaled to, in pixels: one side of 8192 becomes 8.
const SMALLEST_AREA: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_nowhere() {
        let by = Affine::around([30.0, 40.0], [1.5, -0.75], 33.0).then(Affine::shift([12.5, -3.0]));
        let back = by.inverse().unwrap();
        for point in [[0.0, 0.0], [30.0, 40.0], [-7.0, 512.25]] {
            let again = back.apply(by.apply(point));
            assert!((again[0] - point[0]).abs() < 1e-9 && (again[1] - point[1]).abs() < 1e-9);
        }
        assert_eq!(by.apply([30.0, 40.0]), [42.5, 37.0], "the pivot is only moved");
        assert_eq!(Affine::around([0.0; 2], [0.0, 1.0], 0.0).inverse(), None);
        assert_eq!(Affine::around([0.0; 2], [f64::NAN, 1.0], 0.0).inverse(), None);
    }

    #[test]
    fn quarter_turns_are_clockwise_and_exact() {
        let turn = Affine::around([10.0, 10.0], [1.0, 1.0], 90.0);
        assert_eq!(turn.apply([11.0, 10.0]), [10.0, 11.0]);
        assert_eq!(Affine::around([10.0, 10.0], [1.0, 1.0], -270.0), turn);
        assert_eq!(turn.then(turn).then(turn).then(turn), Affine::IDENTITY);
        assert_eq!(Affine::shift([3.0, -2.0]).whole_shift(), Some([3, -2]));
        assert_eq!(Affine::shift([3.5, -2.0]).whole_shift(), None);
        assert_eq!(turn.whole_shift(), None);
    }
}
