//! `rostrum animate`: clips from words, pictures and clips, in every kind of file, and everything that can be wrong.

use crate::program::{Answer, Desk, in_repository};
use engine::clip::{Span, read_clip, read_recipe};
use std::fs;
use std::process::Stdio;

/// A short clip with a tiny model, writing `clip.mp4` unless `more` says otherwise.
fn words<'a>(model: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut words =
        vec!["animate", "--model", model, "--prompt", "a red fox", "--device", "cpu", "--seed", "3"];
    for (option, value) in
        [("-o", "clip.mp4"), ("--frames", "5"), ("--steps", "2"), ("--width", "64"), ("--height", "48")]
    {
        if !more.contains(&option) {
            words.extend([option, value]);
        }
    }
    words.extend(more);
    words
}

pub fn animate(desk: &Desk, model: &str, more: &[&str]) -> Answer {
    desk.run(&words(&wan(model), more))
}

pub fn wan(name: &str) -> String {
    in_repository(&format!("tests/golden/wan/{name}"))
}

pub fn frames(desk: &Desk, name: &str) -> usize {
    read_clip(&desk.path(name), Span::First(9999)).unwrap_or_else(|e| panic!("{e}")).frames.len()
}

/// Wants a failure in one line that speaks of `word`, and nothing new in the folder.
pub fn refused(desk: &Desk, model: &str, more: &[&str], word: &str) {
    let before = desk.names();
    let line = animate(desk, model, more).failed();
    assert!(line.contains(word), "`{line}` does not speak of {word}");
    assert!(!line.contains("os error"), "{line}");
    assert_eq!(desk.names(), before, "{more:?} left something behind");
}

#[test]
fn words_become_a_clip_of_every_kind_with_exactly_the_frames_asked_for() {
    let desk = Desk::new();
    for (name, count) in [("a.mp4", "5"), ("b.gif", "1"), ("c.apng", "6"), ("d.webp", "7"), ("e/", "8")] {
        let answer = animate(&desk, "t2v", &["-o", name, "--frames", count, "--json"]).done();
        let finished = answer.last("finished");
        assert_eq!(finished["frames"].to_string(), count, "{finished}");
        assert_eq!((&finished["frame_rate"], &finished["width"]), (&16.into(), &64.into()), "{finished}");
        assert_eq!(frames(&desk, name).to_string(), count, "{name}");
        let recipe = read_recipe(&desk.path(name)).unwrap().unwrap();
        let recipe: serde_json::Value = serde_json::from_str(&recipe).unwrap();
        assert_eq!(recipe, finished["recipe"], "{name}");
    }
    assert!(desk.path("e/00007.png").is_file() && !desk.path("e/00008.png").exists());
    // The lossless kinds hold the same pixels.
    let all = |name: &str| read_clip(&desk.path(name), Span::First(6)).unwrap().frames;
    animate(&desk, "t2v", &["-o", "f.webp", "--frames", "6"]).done();
    assert_eq!(all("c.apng"), all("f.webp"));
}

#[test]
fn pictures_and_clips_become_clips() {
    let desk = Desk::new();
    desk.draw("end.png", (100, 76), |x, _| [x as u8, 0, 99, 255]);
    animate(&desk, "i2v", &["--image", "picture.png", "--last", "end.png", "--fps", "12"]).done();
    assert_eq!(frames(&desk, "clip.mp4"), 5);
    let on = animate(&desk, "i2v", &["--continue", "clip.mp4", "-o", "on.mp4", "--frames", "9"]).done();
    assert!(
        on.out.contains("The first 5 frames repeat") && on.out.contains("at 12 per second"),
        "{}",
        on.out
    );
    assert_eq!(frames(&desk, "on.mp4"), 9);
    let anew =
        animate(&desk, "t2v", &["--video", "clip.mp4", "--strength", "0.6", "-o", "anew.gif", "--json"]);
    let anew = anew.done().last("finished");
    assert_eq!((&anew["frames"], &anew["frame_rate"]), (&5.into(), &12.into()), "{anew}");
    assert_eq!(anew["recipe"]["source"]["kind"], "clip", "{anew}");
    animate(&desk, "ti2v", &["--image", "picture.png", "-o", "both.webp"]).done();
    assert_eq!(frames(&desk, "both.webp"), 5);
    // Six frames are no number that the model makes.
    animate(&desk, "t2v", &["-o", "six.apng", "--frames", "6"]).done();
    let words = ["animate", "--model", &wan("t2v"), "--prompt", "p", "--video", "six.apng", "-o", "out/"];
    let words =
        [&words[..], &["--device", "cpu", "--steps", "2", "--width", "32", "--height", "32"]].concat();
    assert!(desk.run(&words).done().out.contains("6 frames at 16 per second"));
    assert_eq!(frames(&desk, "out"), 6);
}

#[test]
fn a_clip_tells_how_it_was_made_and_is_made_again() {
    let desk = Desk::new();
    let source = &["--image", "picture.png", "-o", "first.apng", "--shift", "3", "--negative", ""];
    animate(&desk, "i2v", source).done();
    desk.run(&["animate", "--from", "first.apng", "--device", "cpu"]).done();
    let read = |name: &str| read_clip(&desk.path(name), Span::First(99)).unwrap().frames;
    assert_eq!(read("first.apng"), read("first-2.apng"));
    desk.run(&["animate", "--from", "first.apng", "--device", "cpu", "-o", "other.apng", "--seed", "4"])
        .done();
    assert_ne!(read("first.apng"), read("other.apng"));
    let line = desk.run(&["animate", "--from", "picture.png", "--device", "cpu"]).failed();
    assert!(line.contains("a single picture"), "{line}");
    desk.draw("1.png", (8, 8), |_, _| [9; 4]);
    let line = desk.run(&["animate", "--from", "."]).failed();
    assert!(line.contains("does not tell how it was made"), "{line}");
}

#[test]
fn what_cannot_be_read_or_written_is_said_before_the_work() {
    let desk = Desk::new();
    desk.write("words.mp4", b"not a clip at all");
    desk.write("cut.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isomavc1");
    desk.write("empty.mp4", b"");
    desk.draw("tall.png", (20, 60), |_, _| [9, 9, 9, 255]);
    for option in ["--video", "--continue"] {
        refused(&desk, "ti2v", &[option, "words.mp4"], "words.mp4 is not a clip");
        refused(&desk, "ti2v", &[option, "cut.mp4"], "says nothing about its frames");
        refused(&desk, "ti2v", &[option, "empty.mp4"], "it is empty");
        refused(&desk, "ti2v", &[option, "none.mp4"], "there is no such file");
        refused(&desk, "ti2v", &[option, "picture.png"], "use --image");
    }
    refused(&desk, "i2v", &["--image", "picture.png", "--last", "tall.png"], "20 x 60 pixels and the first");
    refused(&desk, "i2v", &["--last", "picture.png"], "none to begin with");
    refused(&desk, "t2v", &["--strength", "0.5"], "there is none");
    refused(&desk, "t2v", &["--image", "picture.png"], "from words alone");
    refused(&desk, "t2v", &["-o", "clip.gif", "--fps", "60"], "50 frames per second");
    refused(&desk, "t2v", &["-o", "clip.avi"], "End the name with .mp4");
    refused(&desk, "t2v", &["-o", "no/clip.mp4"], "The folder no does not exist");
    refused(&desk, "t2v", &["-o", "no/frames/"], "The folder no does not exist");
    refused(&desk, "t2v", &["-o", "clip.mp4", "--width", "33", "--height", "48"], "even sides");
    refused(&desk, "ti2v", &["--video", "cut.mp4", "-o", "cut.mp4"], "overwritten");
    refused(&desk, "t2v", &["--memory", "1M"], "memory");
    fs::create_dir(desk.path("full")).unwrap();
    desk.write("full/00000.png", b"");
    refused(&desk, "t2v", &["-o", "full/"], "already holds a frame 00000.png");
    for wrong in [&["--fps", "0"][..], &["--fps", "12.5"], &["--frames", "0"], &["--frames", "5000"]] {
        assert_eq!(animate(&desk, "t2v", wrong).status, Some(2), "{wrong:?}");
    }
}

/// No file may grow beyond some size, as on a full disk: what is ready stays, and its place is told.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_is_ready() {
    let desk = Desk::new();
    for name in ["clip.mp4", "clip.apng"] {
        let words =
            words(&wan("t2v"), &["-o", name, "--frames", "81", "--width", "128", "--height", "96", "--json"])
                .join("' '");
        let program = crate::program::path();
        let script = format!("trap '' XFSZ; ulimit -f 200; exec {} '{words}'", program.display());
        let output =
            std::process::Command::new("bash").args(["-c", &script]).current_dir(desk.path(".")).output();
        let answer = Answer::from(output.unwrap());
        let kept = answer.events().into_iter().find(|event| event["event"] == "kept");
        let kept = kept.unwrap_or_else(|| panic!("{name}: {}{}", answer.out, answer.err));
        let line = answer.failed();
        assert!(line.contains(name) && line.contains("Make room"), "{line}");
        let left = kept["output"].as_str().unwrap();
        assert!(left.ends_with(&name.replace("clip.", "clip.unfinished.")), "{left}");
        assert_eq!(Some(frames(&desk, left) as u64), kept["frames"].as_u64(), "{kept}");
        assert!(kept["frames"].as_u64() > Some(3) && !desk.path(name).exists(), "{kept}");
    }
}

/// Runs until a line speaks of `until`, presses Ctrl+C, and gives whether frames stay.
#[cfg(unix)]
fn cancelled(desk: &Desk, words: &[&str], until: &[&str]) -> bool {
    use std::io::{BufRead, BufReader};
    let mut running = desk.command(words).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    let met = lines.any(|line| until.iter().all(|word| line.contains(word)));
    assert!(met, "{until:?} never came");
    let number = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &number]).status().unwrap().success());
    let rest: Vec<String> = lines.collect();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{until:?}: {rest:?}");
    assert!(rest.last().is_some_and(|line| line.contains("\"cancelled\"")), "{until:?}: {rest:?}");
    rest.iter().any(|line| line.contains("\"kept\""))
}

/// Ctrl+C in every stage: status 130, and the frames that are there stay.
#[cfg(unix)]
#[test]
fn cancelling_keeps_what_is_ready() {
    let desk = Desk::new();
    desk.draw("end.png", (50, 38), |_, _| [9, 90, 200, 255]);
    let pictures = ["--image", "picture.png", "--last", "end.png"];
    let clip = ["--video", "given/", "--strength", "1"];
    animate(&desk, "t2v", &["-o", "given/", "--frames", "33", "--no-latents"]).done();
    let stages: [(&str, &[&str], &[&str], bool); 8] = [
        ("t2v", &[], &["\"opening\""], false),
        ("i2v", &pictures, &["\"reading_pictures\""], false),
        ("t2v", &clip, &["\"reading_pictures\""], false),
        ("t2v", &[], &["\"reading_prompt\""], false),
        ("t2v", &[], &["\"drawing\""], false),
        // Of forty steps at shift 12 the first twenty-six are the first expert's.
        ("t2v", &[], &["\"step\"", "\"index\":2,"], false),
        ("t2v", &[], &["\"step\"", "\"index\":28,"], false),
        ("t2v", &[], &["\"part\":3"], true),
    ];
    for (model, more, until, is_kept) in stages {
        let model = wan(model);
        let big = ["--frames", "161", "--steps", "40", "--width", "128", "--height", "96", "--json"];
        let all = words(&model, &[more, &big[..]].concat());
        assert_eq!(cancelled(&desk, &all, until), is_kept, "{until:?}");
        assert_eq!(desk.path("clip.unfinished.mp4").exists(), is_kept, "{until:?}");
        assert!(!desk.path("clip.mp4").exists());
    }
    assert!(frames(&desk, "clip.unfinished.mp4") >= 2);
}

/// Ctrl+C while FFmpeg makes the file: the frames stay, lossless, and no half file.
#[cfg(unix)]
#[test]
fn cancelling_the_writing_keeps_the_frames() {
    if std::process::Command::new("ffmpeg").arg("-version").output().is_err() {
        println!("left out: there is no ffmpeg on this machine");
        return;
    }
    let desk = Desk::new();
    let model = wan("t2v");
    let long =
        ["--frames", "81", "--steps", "1", "--width", "192", "--height", "128", "--json", "-o", "clip.webm"];
    assert!(cancelled(&desk, &words(&model, &long), &["\"part\":81"]));
    assert_eq!(frames(&desk, "clip.unfinished.apng"), 81);
    assert!(
        !desk.path("clip.webm").exists() && !desk.path("clip.unfinished.webm").exists(),
        "{:?}",
        desk.names()
    );
}

#[test]
fn a_plan_is_told_without_any_work() {
    let desk = Desk::new();
    let model = wan("t2v");
    let told =
        desk.run(&["animate", "--model", &model, "--plan", "--width", "1280", "--height", "720"]).done();
    assert_eq!(told.out.lines().count(), 5, "{}", told.out);
    assert!(
        told.out.contains("81 frames of 1280 x 720") && told.out.contains("a card of 8.0 GiB"),
        "{}",
        told.out
    );
    let json = desk.run(&["animate", "--model", &model, "--plan", "--json"]).done();
    assert_eq!((json.events().len(), &json.events()[0]["blocks"]), (4, &2.into()), "{}", json.out);
    let line = desk.run(&["animate", "--model", "none", "--plan"]).failed();
    assert!(line.contains("none"), "{line}");
}
