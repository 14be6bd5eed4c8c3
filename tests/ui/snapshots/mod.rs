//! A few small pictures of the window in both themes: what no label tells, such as colours, edges and spacing.
//!
//! The pictures lie beside this file. `ROSTRUM_SNAPSHOTS=write` makes them anew; look at them before they are committed.

mod glass;

use crate::fake::Fake;
use crate::hand::{Window, mark, perform, studio};
use app::window::Command;
use egui::{Rect, Role, Theme, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use engine_api::Room;
use glass::Glass;
use image::{Rgba, RgbaImage};
use std::path::PathBuf;

const SIZE: [f32; 2] = [1280.0, 800.0];
/// A channel may differ by so much: drivers round edges of letters in their own ways.
const LEVELS: u8 = 40;
/// One pixel in so many may differ by more. A line of text that moved by a pixel is several times that.
const RARELY: u32 = 1000;

/// A window with work in it: marks, words, a second layer, and what the next run would take.
fn at_work(theme: Theme, glass: &Glass) -> Window {
    let fake = Fake::default();
    let builder = Harness::builder().with_size(SIZE).with_theme(theme).renderer(glass.clone());
    let mut harness = fake.window_in(vec!["meadow.png".into()], builder);
    mark(&mut harness);
    perform(&mut harness, Command::NewPaintLayer);
    perform(&mut harness, Command::Tool(app::tools::ToolKind::Lasso));
    harness.state_mut().as_mut().expect("the first frame makes it").write_prompt("a red beret");
    for _ in 0..60 {
        harness.step();
    }
    fake.foresee(Room::Fits, true);
    // No pointer over anything.
    harness.remove_cursor();
    harness.run_ok();
    assert!(studio(&harness).message().is_none());
    harness
}

/// The parts of the window that are kept, with their names.
fn parts(harness: &Window) -> [(&'static str, Rect); 4] {
    let rect = |label: &str| harness.get_by_label(label).rect();
    let canvas = harness.get_by_label_contains("Canvas, ").rect();
    let (references, layers, history) = (rect("References"), rect("Layers"), rect("History"));
    let side = |top: f32, bottom: f32| Rect::from_min_max(pos2(canvas.right(), top), pos2(SIZE[0], bottom));
    let options = Rect::from_min_size(canvas.min, vec2(canvas.width(), 60.0));
    [
        ("prompt", side(canvas.top(), references.top())),
        ("layers", side(layers.top(), history.bottom())),
        ("options", options),
        ("status", Rect::from_min_max(pos2(0.0, canvas.bottom()), pos2(SIZE[0], SIZE[1]))),
    ]
}

fn cut(picture: &RgbaImage, part: Rect) -> RgbaImage {
    let [left, top] = [part.left().ceil() as u32, part.top().ceil() as u32];
    let [right, bottom] = [part.right().floor() as u32, part.bottom().floor() as u32];
    image::imageops::crop_imm(picture, left, top, right - left, bottom - top).to_image()
}

/// What is wrong with a part of the window; `None` when it looks as it was kept.
fn compare(name: &str, now: &RgbaImage) -> Option<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("ui/snapshots/{name}.png"));
    if std::env::var_os("ROSTRUM_SNAPSHOTS").is_some_and(|value| value == "write") {
        now.save(&file).expect("there is room");
        return None;
    }
    let new = std::env::temp_dir().join(format!("rostrum-{name}.png"));
    let keep = |why: String| {
        now.save(&new).expect("there is room");
        Some(format!("{name}: {why}; see {}", new.display()))
    };
    let Ok(kept) = image::open(&file).map(|kept| kept.to_rgba8()) else { return keep("not kept yet".into()) };
    if kept.dimensions() != now.dimensions() {
        return keep(format!("{:?} in place of {:?}", now.dimensions(), kept.dimensions()));
    }
    let is_other = |(one, other): &(&Rgba<u8>, &Rgba<u8>)| {
        one.0.iter().zip(other.0).any(|(one, other)| one.abs_diff(other) > LEVELS)
    };
    let other = now.pixels().zip(kept.pixels()).filter(is_other).count() as u32;
    let allowed = kept.width() * kept.height() / RARELY;
    if other > allowed { keep(format!("{other} pixels differ, {allowed} may")) } else { None }
}

#[test]
fn the_window_looks_as_it_did_in_both_themes() {
    let Some(glass) = Glass::find() else {
        println!("left out: no driver draws here (on Linux, lavapipe would do)");
        return;
    };
    let mut mistakes = Vec::new();
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let harness = at_work(theme, &glass);
        let mut drawn = glass.draw(&harness.ctx, harness.output());
        // The seed is another one every time.
        let seed = harness.get_by_role_and_label(Role::SpinButton, "Seed").rect();
        for y in seed.top() as u32..seed.bottom() as u32 {
            (seed.left() as u32..seed.right() as u32)
                .for_each(|x| drawn.put_pixel(x, y, Rgba([0, 0, 0, 255])));
        }
        for (part, rect) in parts(&harness) {
            mistakes.extend(compare(&format!("{part}-{name}"), &cut(&drawn, rect)));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}
