//! Files that are none, half files, and files that lie about themselves.

use crate::bars;
use engine::clip::{About, ClipError, ClipWriter, Shape, Span, read_clip, read_recipe};
use std::fs;

#[test]
fn what_is_no_clip_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let told = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = read_clip(&path, Span::First(1)).unwrap_err().to_string();
        assert!(error.contains(name) && !error.contains("os error"), "{error}");
        error
    };
    assert!(told("a.mp4", b"not a clip at all").contains("is not a clip"));
    assert!(told("b.mp4", b"").contains("empty"));
    assert!(told("c.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isomavc1").contains("nothing about its frames"));
    assert!(told("d.mp4", b"\x1a\x45\xdf\xa3\x01\0\0\0 webm").contains("MP4 with H.264"));
    let still = fs::read(tests::golden::folder("picture").join("files/rgb16.png")).unwrap();
    assert!(told("e.mp4", &still).contains("a single picture"));
    let missing = read_clip(&folder.path().join("none.mp4"), Span::First(1)).unwrap_err().to_string();
    assert!(missing.contains("there is no such file"), "{missing}");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(read_clip(&empty, Span::First(1)).unwrap_err().to_string().contains("no frame"));
}

#[test]
fn shapes_that_a_kind_cannot_hold_are_refused_before_any_frame() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, shape: Shape| {
        let error = ClipWriter::create(&folder.path().join(name), shape).err().unwrap();
        assert!(matches!(error, ClipError::Shape { .. } | ClipError::UnknownEnding { .. }), "{error}");
        error.to_string()
    };
    assert!(refused("a.mp4", Shape { width: 33, ..bars::shape(1, 16) }).contains("even sides"));
    assert!(refused("a.mp4", Shape { width: 8, ..bars::shape(1, 16) }).contains("16 up to"));
    assert!(refused("a.gif", bars::shape(1, 60)).contains("50 frames per second"));
    assert!(refused("a.apng", bars::shape(1, 0)).contains("1 to 1000"));
    assert!(refused("a.webp", Shape { height: 0, ..bars::shape(1, 16) }).contains("sides"));
    refused("a.avi", bars::shape(1, 16));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let mut writer = ClipWriter::create(&folder.path().join("a.gif"), bars::shape(1, 16)).unwrap();
    assert!(matches!(writer.frame(&[0; 12]), Err(ClipError::Frame { .. })));
}

#[test]
fn frames_of_different_sizes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, width) in [("0.png", 4), ("1.png", 4), ("2.png", 5)] {
        image::RgbImage::new(width, 3).save(folder.path().join(name)).unwrap();
    }
    let error = read_clip(folder.path(), Span::First(9)).unwrap_err().to_string();
    assert!(error.contains("frame 2 is 5 × 3"), "{error}");
    assert_eq!(read_clip(folder.path(), Span::First(2)).unwrap().frames.len(), 2);
}

#[test]
fn damaged_bytes_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.mp4", "a.gif", "a.apng", "a.webp"] {
        let path = folder.path().join(name);
        bars::write(&path, 3, 16, &About { recipe: Some("{}"), description: None });
        let whole = fs::read(&path).unwrap();
        // A fixed walk over places and values, so that a failure can be repeated.
        let mut chance = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..80 {
            let mut next = || {
                chance ^= chance << 13;
                chance ^= chance >> 7;
                chance ^= chance << 17;
                chance as usize
            };
            let mut bytes = whole.clone();
            for _ in 0..1 + next() % 4 {
                // The outline of a file lies near its ends.
                let reach = [bytes.len(), 1000.min(bytes.len())][next() % 2];
                let at = next() % reach;
                bytes[at] = next() as u8;
            }
            bytes.truncate(whole.len() - if next() % 3 == 0 { next() % whole.len() } else { 0 });
            fs::write(&path, &bytes).unwrap();
            let _ = read_clip(&path, Span::First(9));
            let _ = read_recipe(&path);
        }
    }
}
