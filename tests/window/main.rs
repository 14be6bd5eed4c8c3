//! The real window, on a screen of its own: the program is started under Xvfb, a hand is played by xdotool, and what is
//! seen is read from the screen's memory.
//!
//! Linux only; elsewhere the stories of `tests/ui` have to do. `cargo xtask test` installs both programs.
#![cfg(target_os = "linux")]

mod screen;

use screen::{Picture, Screen};
use std::fs;
use std::path::Path;

/// A part of the canvas that lies on the picture, clear of bars and panels.
const SEEN: [usize; 4] = [180, 170, 980, 620];
/// Corners of the lasso.
const MARKS: [[usize; 2]; 5] = [[400, 300], [640, 300], [640, 460], [400, 460], [400, 300]];
/// Inside the lasso, by more than its soft edge; and all that it may touch.
const INSIDE: [usize; 4] = [420, 320, 620, 440];
const TOUCHED: [usize; 4] = [394, 294, 646, 466];
/// Where the bars stand that tell of work and results.
const FOOT: [usize; 4] = [250, 640, 900, 850];

#[test]
fn lasso_type_generate_accept_undo_redo_close() {
    let home = tempfile::tempdir().unwrap();
    let models = home.path().join("models");
    fs::create_dir_all(&models).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let lightning = root.join("tests/golden/qwen_image/lightning");
    std::os::unix::fs::symlink(lightning, models.join("lightning")).unwrap();
    let mut screen = Screen::open(home.path());
    screen.start(&models, &root.join("assets/samples/chelsea.png"));

    screen.rest();
    let before = screen.settle("the picture is shown", |now| now.colours(SEEN) > 1_000);
    screen.keys(&["l"]);
    screen.drag(&MARKS);
    screen.rest();
    screen.wait("the marks are shown", |now| now.part(INSIDE) != before.part(INSIDE));
    screen.keys(&["alt+a"]);
    screen.write("a red beret");
    screen.keys(&["ctrl+Return"]);
    let working = screen.wait("the work is shown", |now| now.part(FOOT) != before.part(FOOT));
    let is_kept = |now: &Picture| now.outside(SEEN, TOUCHED) == before.outside(SEEN, TOUCHED);
    assert!(is_kept(&working), "the rest of the picture is as it was while the work goes on");
    screen.wait("a result waits", |now| now.has_button(FOOT));
    // The prompt has the keyboard; Escape gives it back to the window.
    screen.keys(&["Escape", "Return", "ctrl+h"]);
    let done = screen.settle("the result is in the picture, without marks or bars", |now| {
        !now.has_button(FOOT) && now.part(INSIDE) != before.part(INSIDE)
    });
    let is_same = |now: &Picture| now.part(SEEN) == before.part(SEEN);
    assert_eq!(
        done.outside(SEEN, TOUCHED),
        before.outside(SEEN, TOUCHED),
        "the rest of the picture is as it was"
    );
    screen.keys(&["ctrl+z"]);
    screen.wait("the picture is as it was", is_same);
    screen.keys(&["ctrl+shift+z"]);
    screen.wait("the result is back", |now| now.part(INSIDE) == done.part(INSIDE));

    screen.keys(&["ctrl+q"]);
    let asked = screen.settle("the window asks before it closes", |now| now.part(SEEN) != done.part(SEEN));
    // The answer that loses nothing has the keyboard; the other one stands before it.
    screen.keys(&["shift+Tab"]);
    screen.settle("the other answer has the keyboard", |now| now.part(SEEN) != asked.part(SEEN));
    screen.keys(&["space"]);
    assert!(screen.ended(), "the program ends with status 0");
}
