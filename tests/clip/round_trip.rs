//! Colour bars through every export and back, through our own reader and through FFmpeg where there is one.

use crate::bars::{self, HEIGHT, WIDTH, mean_error};
use engine::clip::{About, ClipWriter, Kind, Span, read_clip, read_recipe};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const RECIPE: &str = r#"{"prompt":"un renard 狐 \"quoted\"","seed":7,"frame_rate":16.0}"#;
const ABOUT: About<'static> = About { recipe: Some(RECIPE), description: Some("un renard 狐") };

const NAMES: [&str; 5] = ["clip.mp4", "clip.gif", "clip.apng", "clip.webp", "clip/"];

/// Largest mean error of a kind, in levels.
fn allowed(kind: Kind) -> f64 {
    match kind {
        kind if kind.is_lossless() => 0.0,
        _ => 3.0,
    }
}

#[test]
fn bars_come_back_from_every_kind_with_rate_count_and_recipe() {
    for frames in [1, 5, 17, 40] {
        for name in NAMES {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            bars::write(&path, frames, 16, &ABOUT);
            let kind = Kind::of(&path).unwrap();
            let clip = read_clip(&path, Span::First(usize::MAX)).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(clip.frames.len(), frames as usize, "{name}");
            let errors: Vec<f64> = (0..frames)
                .zip(&clip.frames)
                .map(|(index, frame)| mean_error(&frame.rgba, &bars::frame(index)))
                .collect();
            let worst = errors.iter().copied().fold(0.0, f64::max);
            println!("{name}, {frames} frames: off by {worst:.3} levels, {:.3} frames/s", clip.frame_rate);
            assert!(worst <= allowed(kind), "{name}: {errors:?}");
            // GIF counts hundredths of a second, WebP thousandths; both are right to half of that at every frame.
            let off = (f64::from(frames) / clip.frame_rate - f64::from(frames) / 16.0).abs();
            assert!(off <= if kind == Kind::Gif { 0.0051 } else { 0.00051 }, "{name}: {}", clip.frame_rate);
            assert_eq!(read_recipe(&path).unwrap().as_deref(), Some(RECIPE), "{name}");
            let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
            assert_eq!(left.len(), 1, "{name} left something beside it");
        }
    }
}

#[test]
fn the_last_frames_are_the_last_frames() {
    for name in NAMES {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        bars::write(&path, 9, 24, &About::default());
        let clip = read_clip(&path, Span::Last(3)).unwrap();
        assert_eq!(clip.frames.len(), 3, "{name}");
        for (index, frame) in (6..).zip(&clip.frames) {
            let (own, before) = (bars::frame(index), bars::frame(index - 1));
            assert!(
                mean_error(&frame.rgba, &own) < mean_error(&frame.rgba, &before),
                "{name}, frame {index}"
            );
        }
        assert_eq!(read_recipe(&path).unwrap(), None, "{name}");
        assert_eq!(read_clip(&path, Span::First(2)).unwrap().frames.len(), 2, "{name}");
    }
}

/// What `program` prints; `None`, with a note, where there is no such program.
fn tool(program: &str, words: &[&str]) -> Option<Vec<u8>> {
    match Command::new(program).args(words).output() {
        Ok(answer) => {
            assert!(answer.status.success(), "{program}: {}", String::from_utf8_lossy(&answer.stderr));
            Some(answer.stdout)
        }
        Err(_) => {
            println!("left out: there is no {program} on this machine");
            None
        }
    }
}

fn probe(path: &Path, format: &[&str]) -> Option<Value> {
    let words = ["-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json"];
    let words: Vec<&str> =
        words.into_iter().chain(format.iter().copied()).chain([path.to_str().unwrap()]).collect();
    tool("ffprobe", &words).map(|text| serde_json::from_slice(&text).unwrap())
}

#[test]
fn ffmpeg_reads_the_same_colours_tags_and_times() {
    let folder = tempfile::tempdir().unwrap();
    for (name, frame_rate) in [("a.mp4", 16), ("b.mp4", 24), ("c.mp4", 30), ("a.gif", 20), ("a.apng", 16)] {
        let path = folder.path().join(name);
        bars::write(&path, 33, frame_rate, &ABOUT);
        let Some(told) = probe(&path, &[]) else { return };
        let stream = &told["streams"][0];
        assert_eq!(stream["nb_read_frames"], "33", "{name}: {told}");
        if name.ends_with("mp4") {
            for (tag, value) in [
                ("codec_name", "h264"),
                ("color_space", "bt709"),
                ("color_transfer", "bt709"),
                ("color_primaries", "bt709"),
                ("color_range", "tv"),
                ("pix_fmt", "yuv420p"),
                ("nb_frames", "33"),
            ] {
                assert_eq!(stream[tag], value, "{name}, {tag}: {told}");
            }
            assert_eq!(stream["r_frame_rate"], format!("{frame_rate}/1"), "{told}");
            let seconds: f64 = stream["duration"].as_str().unwrap().parse().unwrap();
            assert!((seconds - 33.0 / f64::from(frame_rate)).abs() < 1e-5, "{seconds}");
            let tags = &told["format"]["tags"];
            assert_eq!(
                (&tags["rostrum"], &tags["description"]),
                (&RECIPE.into(), &"un renard 狐".into()),
                "{told}"
            );
        }
        let words = ["-v", "error", "-i", path.to_str().unwrap(), "-f", "rawvideo", "-pix_fmt", "rgba", "-"];
        let pixels = tool("ffmpeg", &words).unwrap();
        let bytes = (WIDTH * HEIGHT * 4) as usize;
        assert_eq!(pixels.len(), 33 * bytes, "{name}");
        for (index, frame) in (0..).zip(pixels.chunks_exact(bytes)) {
            let off = mean_error(frame, &bars::frame(index));
            assert!(off < 3.0, "{name}, frame {index}: off by {off}");
        }
    }
}

#[test]
fn webm_and_prores_are_made_and_read_through_ffmpeg() {
    let folder = tempfile::tempdir().unwrap();
    for (name, codec) in [("a.webm", "vp9"), ("a.mov", "prores")] {
        let path = folder.path().join(name);
        if tool("ffmpeg", &["-version"]).is_none() {
            let refused = ClipWriter::create(&path, bars::shape(9, 24)).err().unwrap();
            assert!(refused.to_string().contains("FFmpeg, which is not on the path"), "{refused}");
            continue;
        }
        bars::write(&path, 9, 24, &ABOUT);
        let told = probe(&path, &[]).unwrap();
        let stream = &told["streams"][0];
        for (tag, value) in [("codec_name", codec), ("nb_read_frames", "9"), ("r_frame_rate", "24/1")] {
            assert_eq!(stream[tag], value, "{name}: {told}");
        }
        for (tag, value) in [("color_space", "bt709"), ("color_primaries", "bt709")] {
            assert_eq!(stream[tag], value, "{name}: {told}");
        }
        let clip = read_clip(&path, Span::First(usize::MAX)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((clip.frames.len(), clip.frame_rate), (9, 24.0), "{name}");
        for (index, frame) in (0..).zip(&clip.frames) {
            let off = mean_error(&frame.rgba, &bars::frame(index));
            assert!(off < 3.0, "{name}, frame {index}: off by {off}");
        }
        assert_eq!(read_recipe(&path).unwrap().as_deref(), Some(RECIPE), "{name}");
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert!(left == 2 || left == 0, "{left} files");
}

/// Without the container: the bitstream alone must say the colours, too.
#[test]
fn the_bitstream_itself_carries_the_tags() {
    let folder = tempfile::tempdir().unwrap();
    let (path, bare) = (folder.path().join("a.mp4"), folder.path().join("a.h264"));
    // Grain in place of bars: FFmpeg takes a first frame of 256 to 511 bytes for a bare bitstream already.
    let grain = |index: u32| (index.wrapping_mul(2_654_435_761) >> 24) as u8;
    let frame: Vec<u8> = (0..WIDTH * HEIGHT * 4).map(grain).collect();
    let mut writer = ClipWriter::create(&path, bars::shape(3, 16)).unwrap();
    (0..3).for_each(|_| writer.frame(&frame).unwrap());
    writer.finish(&About::default()).unwrap();
    let words = ["-v", "error", "-i", path.to_str().unwrap(), "-c", "copy", bare.to_str().unwrap()];
    if tool("ffmpeg", &words).is_none() {
        return;
    }
    let told = probe(&bare, &["-f", "h264"]).unwrap();
    for tag in ["color_space", "color_transfer", "color_primaries"] {
        assert_eq!(told["streams"][0][tag], "bt709", "{told}");
    }
    assert_eq!(told["streams"][0]["color_range"], "tv", "{told}");
}

#[test]
fn clips_of_other_encoders_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("a.apng"), folder.path().join("b.mp4"));
    bars::write(&ours, 20, 25, &About::default());
    for (codec, movflags) in
        [("libx264", "+faststart"), ("libx264", "+frag_keyframe+empty_moov"), ("libx265", "0")]
    {
        let _ = std::fs::remove_file(&theirs);
        let words =
            ["-v", "error", "-i", ours.to_str().unwrap(), "-c:v", codec, "-crf", "10", "-pix_fmt", "yuv420p"];
        let colours = ["-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709"];
        let words: Vec<&str> = words
            .into_iter()
            .chain(colours)
            .chain(["-movflags", movflags, theirs.to_str().unwrap()])
            .collect();
        if tool("ffmpeg", &words).is_none() {
            return;
        }
        let clip = read_clip(&theirs, Span::First(usize::MAX));
        let clip = clip.unwrap_or_else(|e| panic!("{movflags}: {e}"));
        assert_eq!((clip.frames.len(), clip.frame_rate.round()), (20, 25.0), "{movflags}");
        for (index, frame) in (0..).zip(&clip.frames) {
            let off = mean_error(&frame.rgba, &bars::frame(index));
            assert!(off < 3.0, "{movflags}, frame {index}: off by {off}");
        }
    }
}
