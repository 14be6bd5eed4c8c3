//! Clips that go on: latents that are carried over, colours that are held to the first clip of the chain, loops that close.

use super::video::{Stopping, request};
use engine::pipelines::video::run;
use engine_api::{ClipOutcome, ClipSource, Colours, Continuation, Fit, Latents, Picture, Size, VideoRequest};

const SIZE: Size = Size { width: 64, height: 32 };

/// Runs a job of nine frames.
fn made(model: &str, source: ClipSource, report: &Stopping) -> (Vec<Picture>, ClipOutcome) {
    let mut frames: Vec<Picture> = Vec::new();
    let wanted =
        VideoRequest { source, size: Some(SIZE), frames: Some(9), fit: Fit::Stretch, ..request(model) };
    let outcome = run(&wanted, &mut frames, report).unwrap();
    (frames, outcome)
}

fn on(model: &str, from: Continuation) -> (Vec<Picture>, ClipOutcome, Vec<String>) {
    let report = Stopping::default();
    let (frames, outcome) = made(model, ClipSource::Continuation(from), &report);
    (frames, outcome, report.notes())
}

/// A clip to go on from: its last five frames, and its latents.
fn before(model: &str) -> (Vec<Picture>, Latents) {
    let source = match model {
        "i2v" => ClipSource::Stills { first: Picture::new(8, 4, vec![120; 128]).unwrap(), last: None },
        _ => ClipSource::Words,
    };
    let (frames, outcome) = made(model, source, &Stopping::default());
    assert_eq!(outcome.carried, 0);
    assert!(outcome.drift.is_none() && outcome.first.is_none() && outcome.seam.is_none());
    (frames[4..].to_vec(), outcome.latents)
}

/// One frame of latents.
fn latent(latents: &Latents, frame: usize) -> Vec<f32> {
    let [_, frames, rows, columns] = latents.shape;
    let channels = latents.values.chunks_exact(frames * rows * columns);
    channels.flat_map(|channel| channel[frame * rows * columns..][..rows * columns].to_vec()).collect()
}

#[test]
fn a_model_that_keeps_known_latents_gets_those_of_the_clip_before() {
    let (frames, latents) = before("ti2v");
    assert_eq!(latents.shape, [48, 3, 2, 4]);
    let carried =
        Continuation { frames: frames.clone(), latents: Some(latents.clone()), ..Continuation::default() };
    let (_, outcome, _) = on("ti2v", carried);
    assert_eq!((outcome.carried, outcome.overlap), (1, 5));
    // The group of four frames is what the model once made, to the bit; its first frame stands by itself.
    assert_eq!(latent(&outcome.latents, 1), latent(&latents, 2));
    let (_, encoded, _) = on("ti2v", Continuation { frames, ..Continuation::default() });
    assert_eq!(encoded.carried, 0);
    assert_ne!(latent(&encoded.latents, 1), latent(&latents, 2));
    assert_eq!(latent(&encoded.latents, 0), latent(&outcome.latents, 0));
}

#[test]
fn a_model_that_is_shown_the_known_clip_is_shown_those_latents() {
    let (frames, latents) = before("i2v");
    let carried = Continuation { frames: frames.clone(), latents: Some(latents), ..Continuation::default() };
    let (with, outcome, _) = on("i2v", carried);
    assert_eq!((outcome.carried, outcome.overlap), (1, 5));
    let (without, encoded, _) = on("i2v", Continuation { frames: frames.clone(), ..Continuation::default() });
    assert!(encoded.carried == 0 && with != without);
}

#[test]
fn latents_that_do_not_fit_are_left_out_with_a_note() {
    let (frames, latents) = before("ti2v");
    for (shape, overlap, word) in [
        ([48, 3, 4, 2], 5, "another size or model"),
        ([16, 3, 2, 4], 5, "another size or model"),
        ([48, 3, 2, 4], 4, ""),
        ([48, 0, 2, 4], 5, "not as many latents"),
        ([48, 2, 2, 4], 5, "not as many latents"),
    ] {
        let latents = Some(Latents { shape, values: latents.values.clone() });
        let frames = frames[5 - overlap..].to_vec();
        let (_, outcome, notes) = on("ti2v", Continuation { frames, latents, ..Continuation::default() });
        assert_eq!(outcome.carried, 0, "{shape:?}");
        assert!(notes.join(" ").contains(word), "{shape:?}: {notes:?}");
    }
    let latents = Some(before("i2v").1);
    let frames = frames[1..].to_vec();
    let (_, outcome, notes) = on("i2v", Continuation { frames, latents, ..Continuation::default() });
    assert!(
        (outcome.carried, outcome.overlap) == (0, 4) && notes.join(" ").contains("overlap of 5"),
        "{notes:?}"
    );
}

#[test]
fn drift_is_measured_and_colours_are_held_to_the_first_clip() {
    let (frames, _) = before("i2v");
    let free = Continuation { frames: frames.clone(), ..Continuation::default() };
    let (loose, outcome, notes) = on("i2v", free.clone());
    let drift = outcome.drift.unwrap();
    assert_eq!(drift.end, drift.free, "nothing is held");
    assert!(notes.iter().any(|note| note.contains("levels off at the join")), "{notes:?}");
    // The anchor is measured on the frames that were given, unless an earlier clip is named.
    let own = outcome.first.unwrap();
    let mean = |frames: &[Picture], channel: usize| {
        let values = frames.iter().flat_map(|frame| frame.rgba().iter().skip(channel).step_by(4));
        let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + f64::from(*v), count + 1.0));
        (sum / count) as f32
    };
    (0..3).for_each(|channel| assert!((own.mean[channel] - mean(&frames, channel)).abs() < 0.01));
    // An anchor near to where the free clip ended: the held one comes to it.
    let there: Vec<f32> = (0..3).map(|channel| mean(&loose[4..], channel)).collect();
    let first = Colours { mean: [there[0] + 6.0, there[1] - 5.0, there[2] + 4.0], deviation: own.deviation };
    let held = Continuation { first: Some(first), held: true, ..free };
    let (tight, outcome, notes) = on("i2v", held);
    assert_eq!(outcome.first, Some(first), "the anchor goes on down the chain");
    let drift = outcome.drift.unwrap();
    assert!(drift.end < drift.free, "{drift:?}");
    assert!(tight != loose && notes.join(" ").contains("with its colours held"), "{notes:?}");
}

#[test]
fn a_loop_tells_how_well_it_closes() {
    let first = Picture::new(8, 4, vec![90; 128]).unwrap();
    let report = Stopping::default();
    let source = ClipSource::Stills { first: first.clone(), last: Some(first.clone()) };
    let (frames, outcome) = made("i2v", source, &report);
    let pairs = frames[0].rgba().iter().zip(frames[8].rgba());
    let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    let expected = sum as f32 / (64 * 32 * 3) as f32;
    assert!((outcome.seam.unwrap() - expected).abs() < 1e-3, "{:?}, {expected}", outcome.seam);
    assert!(
        report.notes().join(" ").contains("The loop closes with a difference of"),
        "{:?}",
        report.notes()
    );
    // Another last picture is no loop.
    let last = Some(Picture::new(8, 4, vec![91; 128]).unwrap());
    let (_, outcome) = made("i2v", ClipSource::Stills { first, last }, &Stopping::default());
    assert_eq!(outcome.seam, None);
}
