//! Clips have exactly the size that was asked for, whatever the model draws in.

use super::video::{Stopping, request};
use engine::pipelines::report::{Report, Unheard};
use engine::pipelines::video::run;
use engine_api::{ClipSource, Fit, Picture, Size, VideoRequest};

/// The finished frames of a job.
fn frames(wanted: &VideoRequest, report: &dyn Report) -> Vec<Picture> {
    let mut frames: Vec<Picture> = Vec::new();
    let outcome = run(wanted, &mut frames, report).unwrap();
    assert_eq!(Some(outcome.facts.size), wanted.size);
    assert_eq!(outcome.facts.frames as usize, frames.len());
    frames
}

/// The upper left of a picture.
fn corner(picture: &Picture, width: u32, height: u32) -> Picture {
    let rows = picture.rgba().chunks_exact(picture.width() as usize * 4).take(height as usize);
    let pixels: Vec<u8> = rows.flat_map(|row| row[..width as usize * 4].to_vec()).collect();
    Picture::new(width, height, pixels).unwrap()
}

/// A picture of a slope in both directions.
fn slope(width: u32, height: u32) -> Picture {
    let pixel = |x: u32, y: u32| [(x * 5) as u8, (y * 7) as u8, (x + y) as u8, 255];
    let pixels: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
    Picture::new(width, height, pixels).unwrap()
}

/// What a picture of this size looks like when it is continued to the right and below by its mirror image.
fn mirrored(picture: &Picture, width: u32, height: u32) -> Picture {
    let back = |at: u32, side: u32| if at < side { at } else { 2 * (side - 1) - at };
    let pixel = |x: u32, y: u32| {
        let at = (back(y, picture.height()) * picture.width() + back(x, picture.width())) as usize * 4;
        picture.rgba()[at..at + 4].to_vec()
    };
    let pixels: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
    Picture::new(width, height, pixels).unwrap()
}

#[test]
fn a_clip_from_words_is_the_upper_left_of_what_the_model_draws() {
    for (model, drawn, sizes) in
        [("t2v", [48, 48], [[40, 33], [47, 48], [33, 34]]), ("ti2v", [64, 32], [[63, 31], [33, 1], [64, 30]])]
    {
        let of =
            |[width, height]: [u32; 2]| VideoRequest { size: Some(Size { width, height }), ..request(model) };
        let whole = frames(&of(drawn), &Unheard);
        for [width, height] in sizes {
            let cut: Vec<Picture> = whole.iter().map(|frame| corner(frame, width, height)).collect();
            assert!(frames(&of([width, height]), &Unheard) == cut, "{model} at {width} x {height}");
        }
    }
}

#[test]
fn what_a_picture_lacks_is_its_mirror_image() {
    let of = |first: Picture, model: &str| {
        let size = Some(Size { width: first.width(), height: first.height() });
        VideoRequest { size, source: ClipSource::Stills { first, last: None }, ..request(model) }
    };
    let first = slope(40, 33);
    let whole = frames(&of(mirrored(&first, 48, 48), "i2v"), &Unheard);
    let cut: Vec<Picture> = whole.iter().map(|frame| corner(frame, 40, 33)).collect();
    assert!(frames(&of(first, "i2v"), &Unheard) == cut);
    // A clip that is drawn anew, and one of a single column.
    for width in [37, 1] {
        let clip = ClipSource::Clip { frames: vec![slope(width, 20); 5], strength: 0.6 };
        let wanted = VideoRequest {
            source: clip,
            frames: None,
            size: Some(Size { width, height: 20 }),
            ..request("t2v")
        };
        assert_eq!(frames(&wanted, &Unheard).len(), 5);
    }
}

#[test]
fn frames_are_cut_to_what_can_be_drawn_with_a_note() {
    let report = Stopping::default();
    let wanted = VideoRequest {
        size: Some(Size { width: 40, height: 33 }),
        frames: Some(7),
        source: ClipSource::Stills { first: Picture::new(50, 20, vec![7; 4000]).unwrap(), last: None },
        fit: Fit::Cover,
        ..request("i2v")
    };
    assert_eq!(frames(&wanted, &report).len(), 5);
    let text = report.notes().join(" ");
    assert!(text.contains("5 in place of 7") && !text.contains("Sides"), "{text}");
}
