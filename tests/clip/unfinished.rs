//! Writing that ends early: crash, cancel, full disk. What was there stays, and can be watched.

use crate::bars;
use engine::clip::{About, ClipError, ClipWriter, Kept, Span, read_clip, unfinished_name};
use std::fs;

#[test]
fn what_was_rendered_is_a_whole_shorter_clip() {
    for name in ["sea.mp4", "sea.gif", "sea.apng", "sea.webp"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, b"an older clip").unwrap();
        let mut writer = ClipWriter::create(&path, bars::shape(9, 16)).unwrap();
        (0..4).for_each(|index| writer.frame(&bars::frame(index)).unwrap());
        let kept = unfinished_name(&path, 1);
        assert_eq!(writer.abandon(), Some(Kept { path: kept.clone(), frames: 4 }), "{name}");
        assert_eq!(read_clip(&kept, Span::First(99)).unwrap().frames.len(), 4, "{name}");
        assert_eq!(fs::read(&path).unwrap(), b"an older clip", "{name}");
        // A second run that fails, too, leaves the first one's frames alone.
        let mut writer = ClipWriter::create(&path, bars::shape(9, 16)).unwrap();
        writer.frame(&bars::frame(0)).unwrap();
        drop(writer);
        assert_eq!(read_clip(&unfinished_name(&path, 2), Span::First(99)).unwrap().frames.len(), 1, "{name}");
        assert_eq!(read_clip(&kept, Span::First(99)).unwrap().frames.len(), 4, "{name}");
    }
}

#[test]
fn a_crash_leaves_every_frame_that_was_handed_over() {
    for name in ["sea.mp4", "sea.gif", "sea.apng", "sea.webp"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut writer = ClipWriter::create(&path, bars::shape(9, 16)).unwrap();
        for index in 0..5u32 {
            writer.frame(&bars::frame(index)).unwrap();
            // A copy of the file as a crash at this moment would leave it.
            let copy = folder.path().join(format!("{index}-{name}"));
            fs::copy(unfinished_name(&path, 1), &copy).unwrap();
            let clip = read_clip(&copy, Span::First(99)).unwrap_or_else(|e| panic!("{name}, {index}: {e}"));
            assert_eq!(clip.frames.len(), index as usize + 1, "{name}");
        }
        writer.finish(&About::default()).unwrap();
        assert_eq!(read_clip(&path, Span::First(99)).unwrap().frames.len(), 5, "{name}: fewer than planned");
        assert!(!unfinished_name(&path, 1).exists());
    }
}

#[test]
fn without_a_frame_nothing_is_left() {
    for name in ["sea.mp4", "sea.gif", "sea/"] {
        let folder = tempfile::tempdir().unwrap();
        let writer = ClipWriter::create(&folder.path().join(name), bars::shape(9, 16)).unwrap();
        assert_eq!(writer.abandon(), None, "{name}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
        let writer = ClipWriter::create(&folder.path().join(name), bars::shape(9, 16)).unwrap();
        assert!(matches!(writer.finish(&About::default()), Err(ClipError::Encode { .. })), "{name}");
    }
}

#[test]
fn a_sequence_keeps_its_frames_and_is_never_mixed_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frames/");
    let mut writer = ClipWriter::create(&path, bars::shape(9, 16)).unwrap();
    (0..3).for_each(|index| writer.frame(&bars::frame(index)).unwrap());
    assert_eq!(writer.abandon().unwrap().frames, 3);
    assert!(path.join("00002.png").is_file() && !path.join("00003.png").exists());
    let again = ClipWriter::create(&path, bars::shape(9, 16)).err().unwrap();
    assert!(again.to_string().contains("already holds a frame 00000.png"), "{again}");
}

/// A file may only grow to a certain size here, as on a full disk: the frame that does not fit is told, and those before
/// it are kept. Run as a process of its own, because the limit holds for all of it.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_was_rendered() {
    const TOLD: &str = "ROSTRUM_TEST_FULL_DISK";
    if let Some(folder) = std::env::var_os(TOLD) {
        for name in ["sea.mp4", "sea.gif", "sea.apng", "sea.webp"] {
            let path = std::path::Path::new(&folder).join(name);
            let mut writer = ClipWriter::create(&path, bars::shape(400, 16)).unwrap();
            let failed = (0..400).find_map(|index| writer.frame(&bars::frame(index)).err()).unwrap();
            assert!(matches!(failed, ClipError::Write { .. }), "{name}: {failed}");
            let kept = writer.abandon().unwrap();
            assert!(kept.frames > 3, "{name}: {kept:?}");
            let clip = read_clip(&kept.path, Span::First(999)).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(clip.frames.len(), kept.frames, "{name}");
            println!("{name}: {} frames kept", kept.frames);
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = std::env::current_exe().unwrap();
    // 64 blocks of 1024 bytes; the signal that comes with it is passed over, so that the writing fails as on a disk.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact unfinished::a_full_disk_keeps_what_was_rendered --nocapture";
    let answer =
        std::process::Command::new("bash").args(["-c", script]).arg(test).env(TOLD, folder.path()).output();
    let answer = answer.unwrap();
    let out = String::from_utf8_lossy(&answer.stdout);
    assert!(
        answer.status.success() && out.contains("frames kept"),
        "{out}{}",
        String::from_utf8_lossy(&answer.stderr)
    );
}
