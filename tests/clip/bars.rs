//! A moving test card: colour bars above a slope, and a box that tells the frame's number.

use engine::clip::{About, ClipWriter, Shape};
use std::path::Path;

pub const WIDTH: u32 = 96;
pub const HEIGHT: u32 = 64;

/// White, yellow, cyan, green, magenta, red, blue, black at three quarters and in full.
const COLOURS: [[u8; 3]; 8] = [
    [191, 191, 191],
    [191, 191, 0],
    [0, 191, 191],
    [0, 191, 0],
    [191, 0, 191],
    [255, 0, 0],
    [0, 0, 255],
    [0, 0, 0],
];

pub fn shape(frames: u32, frame_rate: u32) -> Shape {
    Shape { width: WIDTH, height: HEIGHT, frames, frame_rate }
}

/// Frame `index` as RGBA.
pub fn frame(index: u32) -> Vec<u8> {
    let mut rgba = Vec::new();
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let box_at = (index * 8) % WIDTH;
            let colour = if (48..60).contains(&y) && (box_at..box_at + 8).contains(&x) {
                [255, 128, 0]
            } else if y < 40 {
                COLOURS[(x * 8 / WIDTH) as usize]
            } else {
                [(x * 2) as u8, (y * 3) as u8, (x + y) as u8]
            };
            rgba.extend([colour[0], colour[1], colour[2], 255]);
        }
    }
    rgba
}

/// Writes a whole clip.
pub fn write(path: &Path, frames: u32, frame_rate: u32, about: &About) {
    let mut writer = ClipWriter::create(path, shape(frames, frame_rate)).unwrap();
    (0..frames).for_each(|index| writer.frame(&frame(index)).unwrap());
    writer.finish(about).unwrap();
}

/// Mean difference in levels, of the colours.
pub fn mean_error(got: &[u8], wanted: &[u8]) -> f64 {
    assert_eq!(got.len(), wanted.len());
    let colours =
        got.chunks_exact(4).zip(wanted.chunks_exact(4)).flat_map(|(a, b)| a[..3].iter().zip(&b[..3]));
    let (sum, count) =
        colours.fold((0u64, 0u64), |(sum, count), (a, b)| (sum + u64::from(a.abs_diff(*b)), count + 1));
    sum as f64 / count as f64
}
