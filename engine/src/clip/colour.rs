//! Between RGB and the BT.709 planes of video: luma 16 … 235, chroma 16 … 240, two colours per four pixels (4:2:0).
//!
//! Source: ITU-R BT.709-6, H.264 Annex E (matrix 1, limited range). A colour is the mean of its four pixels on the way
//! in, and holds for all four on the way out: edges on even columns and rows stay where they are, and sharp.

/// Weights of red and blue in luma.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix {
    red: f32,
    blue: f32,
    /// Smallest luma, and the spans of luma and chroma.
    black: f32,
    luma: f32,
    chroma: f32,
}

/// What video is written in.
pub(super) const BT709: Matrix = Matrix::new(0.2126, 0.0722, false);

impl Matrix {
    const fn new(red: f32, blue: f32, full: bool) -> Self {
        let (black, luma, chroma) = if full { (0.0, 255.0, 255.0) } else { (16.0, 219.0, 224.0) };
        Self { red, blue, black, luma, chroma }
    }

    /// By the numbers of ISO/IEC 23091-2 (also H.264 table E-5); BT.709 where a number is unknown.
    pub(super) const fn by_number(matrix: u16, full: bool) -> Self {
        match matrix {
            5 | 6 => Self::new(0.299, 0.114, full),
            9 | 10 => Self::new(0.2627, 0.0593, full),
            _ => Self::new(0.2126, 0.0722, full),
        }
    }

    fn green(&self) -> f32 {
        1.0 - self.red - self.blue
    }
}

/// Planes of one frame: luma of width × height, then both chromas of half as many columns and rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planes {
    pub y: Vec<u8>,
    pub u: Vec<u8>,
    pub v: Vec<u8>,
}

/// Planes of straight RGBA with even sides, in BT.709.
pub(super) fn to_planes(rgba: &[u8], width: usize) -> Planes {
    let m = BT709;
    let level = |value: f32| value.round().clamp(0.0, 255.0) as u8;
    let mut planes = Planes {
        y: Vec::with_capacity(rgba.len() / 4),
        u: Vec::with_capacity(rgba.len() / 16),
        v: Vec::new(),
    };
    // Differences to luma, blue and red, of the two rows that share their chroma.
    let mut differences = vec![[0.0f32; 2]; width * 2];
    for (number, row) in rgba.chunks_exact(width * 4).enumerate() {
        let half = (number % 2) * width;
        for (&[red, green, blue, _], difference) in
            row.as_chunks::<4>().0.iter().zip(differences.iter_mut().skip(half))
        {
            let [red, green, blue] = [red, green, blue].map(|value| f32::from(value) / 255.0);
            let luma = m.red * red + m.green() * green + m.blue * blue;
            planes.y.push(level(m.black + m.luma * luma));
            *difference = [(blue - luma) / (2.0 - 2.0 * m.blue), (red - luma) / (2.0 - 2.0 * m.red)];
        }
        if number % 2 == 1 {
            let (above, below) = differences.split_at(width);
            for (above, below) in above.as_chunks::<2>().0.iter().zip(below.as_chunks::<2>().0) {
                let mean = |which: usize| {
                    (above[0][which] + above[1][which] + below[0][which] + below[1][which]) / 4.0
                };
                planes.u.push(level(128.0 + m.chroma * mean(0)));
                planes.v.push(level(128.0 + m.chroma * mean(1)));
            }
        }
    }
    planes
}

/// A decoder's planes: luma and chromas with bytes from one row to the next.
pub(super) struct View<'a> {
    pub planes: [&'a [u8]; 3],
    pub strides: [usize; 3],
    pub width: usize,
    pub height: usize,
}

/// Opaque RGBA of planes; `None` when they are shorter than they say.
pub(super) fn to_rgba(view: &View<'_>, m: Matrix) -> Option<Vec<u8>> {
    let View { planes: [y, u, v], strides, width, height } = *view;
    let mut rgba = Vec::with_capacity(width.checked_mul(height)?.checked_mul(4)?);
    for row in 0..height {
        let luma = y.get(row * strides[0]..)?.get(..width)?;
        let [u, v] = [(u, strides[1]), (v, strides[2])].map(|(plane, stride)| plane.get(row / 2 * stride..));
        let colours = u?.get(..width.div_ceil(2))?.iter().zip(v?.get(..width.div_ceil(2))?);
        let colours = colours.flat_map(|pair| [pair, pair]);
        for (&luma, (blue, red)) in luma.iter().zip(colours) {
            let [blue, red] = [blue, red].map(|value| (f32::from(*value) - 128.0) / m.chroma);
            let luma = (f32::from(luma) - m.black) / m.luma;
            let red = luma + red * (2.0 - 2.0 * m.red);
            let blue = luma + blue * (2.0 - 2.0 * m.blue);
            let green = (luma - m.red * red - m.blue * blue) / m.green();
            let level = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
            rgba.extend([level(red), level(green), level(blue), 255]);
        }
    }
    Some(rgba)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(rgba: &[u8], width: usize, height: usize) -> Vec<u8> {
        let Planes { y, u, v } = to_planes(rgba, width);
        let view = View { planes: [&y, &u, &v], strides: [width, width / 2, width / 2], width, height };
        to_rgba(&view, BT709).unwrap()
    }

    #[test]
    fn colours_have_the_published_levels() {
        // BT.709, 8 bit: white 235 128 128, red 63 102 240, green 173 42 26, blue 32 240 118.
        for (colour, expected) in [
            ([255, 255, 255], [235, 128, 128]),
            ([0, 0, 0], [16, 128, 128]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 255, 0], [173, 42, 26]),
            ([0, 0, 255], [32, 240, 118]),
        ] {
            let rgba = [colour[0], colour[1], colour[2], 255].repeat(4);
            let planes = to_planes(&rgba, 2);
            assert_eq!([planes.y[3], planes.u[0], planes.v[0]], expected, "{colour:?}");
        }
    }

    #[test]
    fn even_colours_come_back_within_two_levels() {
        for colour in [[10, 200, 90], [255, 255, 0], [1, 2, 3], [180, 0, 255]] {
            let rgba = [colour[0], colour[1], colour[2], 255].repeat(8 * 4);
            for pixel in there_and_back(&rgba, 8, 4).chunks_exact(4) {
                let off = pixel.iter().zip(&colour).map(|(got, want)| got.abs_diff(*want)).max();
                assert!(off <= Some(2), "{pixel:?} for {colour:?}");
            }
        }
    }

    #[test]
    fn edges_on_even_places_stay_sharp() {
        let pixel = |x: u32| if x < 4 { [200, 30, 40, 255] } else { [20, 60, 220, 255] };
        let rgba: Vec<u8> = (0..4).flat_map(|_| (0..8).flat_map(pixel)).collect();
        let back = there_and_back(&rgba, 8, 4);
        let off = back.iter().zip(&rgba).map(|(got, want)| got.abs_diff(*want)).max();
        assert!(off <= Some(2), "{off:?}");
    }

    #[test]
    fn short_planes_are_no_frame() {
        let view = View { planes: [&[0; 16], &[0; 3], &[0; 4]], strides: [4, 2, 2], width: 4, height: 4 };
        assert!(to_rgba(&view, BT709).is_none());
    }
}
