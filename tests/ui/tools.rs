//! The tools on the canvas: what a hand does with each, and what of the document it changes.

use crate::fake::{Fake, SIZE};
use crate::hand::{Window, drag, middle, perform, studio};
use crate::{type_prompt, with_picture};
use app::document::{LayerId, LayerKind, Region};
use app::tools::ToolKind;
use app::window::Command;
use egui::{Event, Key, Modifiers, PointerButton, Pos2, TouchDeviceId, TouchId, TouchPhase, pos2, vec2};
use egui_kittest::kittest::Queryable;
use engine_api::{Expansion, Intent, JobId, Size};

const PICTURE: [u8; 4] = [90, 120, 160, 255];

fn key(harness: &mut Window, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_ok();
}

/// Where a point of the document lies on the screen.
fn screen(harness: &Window, x: f32, y: f32) -> Pos2 {
    studio(harness).sight().expect("drawn").to_screen(pos2(x, y))
}

fn click(harness: &mut Window, at: Pos2, modifiers: Modifiers) {
    let button =
        |pressed| Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers };
    harness.event(Event::PointerMoved(at));
    harness.event_modifiers(button(true), modifiers);
    harness.event_modifiers(button(false), modifiers);
    harness.run_ok();
}

fn size(harness: &Window) -> Size {
    studio(harness).document().expect("open").size()
}

fn colour(harness: &Window, x: u32, y: u32) -> [u8; 4] {
    studio(harness).document().expect("open").colour_at(x, y).expect("inside")
}

fn marked(harness: &Window, x: u32, y: u32) -> u8 {
    let document = studio(harness).document().expect("open");
    document.mask_values(Region::new(x, y, 1, 1)).expect("inside")[0]
}

fn marks(harness: &Window) -> usize {
    let document = studio(harness).document().expect("open");
    let values = document.mask_values(Region::whole(document.size())).expect("inside");
    values.iter().filter(|value| **value > 127).count()
}

/// The picture's own layer, chosen.
fn picture_layer(harness: &Window) -> LayerId {
    let document = studio(harness).document().expect("open");
    let listed = document.listed();
    let (_, layer) =
        listed.iter().find(|(_, layer)| layer.kind() == LayerKind::Picture).expect("a picture was opened");
    layer.id()
}

#[test]
fn expand_by_hand_ask_accept_and_undo_in_one_step() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    key(&mut harness, Modifiers::SHIFT, Key::C);
    assert_eq!(studio(&harness).tool(), ToolKind::Expand);
    let from = screen(&harness, 400.0, 150.0);
    let to = screen(&harness, 464.0, 150.0);
    drag(&mut harness, &[from, from + (to - from) / 2.0, to]);
    harness.get_by_label("Expand to 464 \u{d7} 300");
    key(&mut harness, Modifiers::NONE, Key::ArrowUp);
    key(&mut harness, Modifiers::SHIFT, Key::ArrowLeft);
    harness.get_by_label("Expand to 528 \u{d7} 308");
    type_prompt(&mut harness, "more meadow");
    key(&mut harness, Modifiers::COMMAND, Key::Enter);
    let requests = fake.requests();
    let Intent::Edit(edit) = &requests[0].intent else { panic!("not an edit") };
    let expand = Expansion { left: 64, top: 8, right: 64, bottom: 0 };
    assert_eq!((edit.expand, edit.mask.is_none()), (expand, true));

    fake.begin(JobId(1), [0, 0, 528, 308]);
    fake.step(JobId(1), 1);
    harness.run_ok();
    fake.finish_sized(JobId(1), Size { width: 528, height: 308 }, [200, 0, 0, 255]);
    harness.run_ok();
    assert_eq!(size(&harness), SIZE, "nothing changes before it is accepted");
    harness.get_by_label("Accept").click();
    harness.run_ok();
    assert_eq!(size(&harness), Size { width: 528, height: 308 });
    assert_eq!(colour(&harness, 0, 0), [200, 0, 0, 255]);
    harness.get_by_label("Edit everything");
    perform(&mut harness, Command::Undo);
    assert_eq!((size(&harness), colour(&harness, 0, 0)), (SIZE, PICTURE));
    perform(&mut harness, Command::Redo);
    assert_eq!(size(&harness).width, 528);
}

#[test]
fn escape_clears_what_was_to_be_added() {
    let mut harness = with_picture(&Fake::default());
    key(&mut harness, Modifiers::SHIFT, Key::C);
    key(&mut harness, Modifiers::SHIFT, Key::ArrowDown);
    harness.get_by_label("Expand to 400 \u{d7} 364");
    key(&mut harness, Modifiers::NONE, Key::B);
    harness.get_by_label("Expand to 400 \u{d7} 364");
    key(&mut harness, Modifiers::NONE, Key::Escape);
    harness.get_by_label("Edit everything");
}

#[test]
fn a_polygon_is_closed_by_enter_and_joins_by_shift_and_alt() {
    let mut harness = with_picture(&Fake::default());
    let polygon = |harness: &mut Window, corners: &[(f32, f32)], modifiers| {
        key(harness, Modifiers::SHIFT, Key::L);
        for &(x, y) in corners {
            let at = screen(harness, x, y);
            click(harness, at, modifiers);
        }
        key(harness, Modifiers::NONE, Key::Enter);
    };
    polygon(&mut harness, &[(100.0, 100.0), (200.0, 100.0), (200.0, 200.0), (100.0, 200.0)], Modifiers::NONE);
    assert_eq!(marks(&harness), 100 * 100);
    polygon(
        &mut harness,
        &[(150.0, 100.0), (300.0, 100.0), (300.0, 200.0), (150.0, 200.0)],
        Modifiers::SHIFT,
    );
    assert_eq!(marks(&harness), 200 * 100);
    polygon(&mut harness, &[(100.0, 100.0), (200.0, 100.0), (200.0, 150.0), (100.0, 150.0)], Modifiers::ALT);
    assert_eq!(marks(&harness), 200 * 100 - 100 * 50);
    let at = screen(&harness, 20.0, 20.0);
    click(&mut harness, at, Modifiers::NONE);
    key(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(marks(&harness), 200 * 100 - 100 * 50, "Escape forgets the corners");
}

#[test]
fn the_wand_stays_inside_an_area_and_the_colour_range_does_not() {
    let mut harness = with_picture(&Fake::default());
    // A red wall from top to bottom parts the picture in two.
    let (from, to) = (screen(&harness, 150.0, 0.0), screen(&harness, 250.0, 300.0));
    key(&mut harness, Modifiers::NONE, Key::M);
    drag(&mut harness, &[from, to]);
    key(&mut harness, Modifiers::NONE, Key::G);
    perform(&mut harness, Command::Deselect);
    assert_eq!(colour(&harness, 200, 150), [0xc8, 0x3c, 0x3c, 255]);
    let (left, wall) = (screen(&harness, 20.0, 20.0), screen(&harness, 200.0, 150.0));
    key(&mut harness, Modifiers::NONE, Key::W);
    assert!(harness.query_all_by_label("Tolerance").count() > 0);
    click(&mut harness, left, Modifiers::NONE);
    assert_eq!(marks(&harness), 150 * 300);
    key(&mut harness, Modifiers::SHIFT, Key::W);
    click(&mut harness, left, Modifiers::NONE);
    assert_eq!(marks(&harness), 300 * 300);
    click(&mut harness, wall, Modifiers::SHIFT);
    assert_eq!(marks(&harness), 400 * 300);
    click(&mut harness, left, Modifiers::ALT);
    assert_eq!(marks(&harness), 100 * 300);
}

#[test]
fn a_layer_is_moved_by_hand_and_by_keys_and_what_is_cut_is_said() {
    let mut harness = with_picture(&Fake::default());
    let steps = |harness: &Window| studio(harness).steps();
    key(&mut harness, Modifiers::NONE, Key::V);
    key(&mut harness, Modifiers::NONE, Key::ArrowRight);
    assert_eq!((colour(&harness, 0, 0), colour(&harness, 1, 0)), ([0; 4], PICTURE));
    harness.get_by_label("What reached past the canvas is cut off. Undo brings it back");
    key(&mut harness, Modifiers::SHIFT, Key::ArrowDown);
    assert_eq!((colour(&harness, 1, 9), colour(&harness, 1, 10)), ([0; 4], PICTURE));
    assert_eq!(steps(&harness), 2);
    let at = middle(&harness);
    let scale = studio(&harness).sight().expect("drawn").scale;
    drag(&mut harness, &[at, at + vec2(5.0, 0.0) * scale, at + vec2(20.0, 0.0) * scale]);
    assert_eq!(steps(&harness), 3, "one gesture is one step");
    assert_eq!((colour(&harness, 20, 20), colour(&harness, 21, 20)), ([0; 4], PICTURE));
    for _ in 0..3 {
        perform(&mut harness, Command::Undo);
    }
    assert_eq!(colour(&harness, 0, 0), PICTURE);
}

#[test]
fn a_transform_is_applied_by_enter_and_dropped_by_escape() {
    let mut harness = with_picture(&Fake::default());
    key(&mut harness, Modifiers::COMMAND, Key::T);
    assert_eq!(studio(&harness).tool(), ToolKind::Transform);
    harness.get_by_label("Scale width");
    let (corner, to) = (screen(&harness, 400.0, 300.0), screen(&harness, 200.0, 150.0));
    drag(&mut harness, &[corner, corner + (to - corner) / 3.0, to]);
    let bounds = |harness: &Window| {
        let document = studio(harness).document().expect("open");
        document.layer_bounds(picture_layer(harness)).expect("there")
    };
    assert_eq!(bounds(&harness), Some(Region::whole(SIZE)), "nothing changes before Enter");
    key(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(bounds(&harness), Some(Region::new(0, 0, 200, 150)));
    assert_eq!((colour(&harness, 100, 75), studio(&harness).steps()), (PICTURE, 1));
    let (inside, aside) = (screen(&harness, 100.0, 75.0), screen(&harness, 150.0, 95.0));
    drag(&mut harness, &[inside, aside]);
    key(&mut harness, Modifiers::NONE, Key::Escape);
    key(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(bounds(&harness), Some(Region::new(0, 0, 200, 150)));
    drag(&mut harness, &[inside, aside]);
    perform(&mut harness, Command::Undo);
    assert_eq!(studio(&harness).steps(), 1, "undo takes back what is under way, and no more");
    perform(&mut harness, Command::Undo);
    assert_eq!(bounds(&harness), Some(Region::whole(SIZE)));
}

#[test]
fn crop_keeps_the_frame_and_comes_back_whole() {
    let mut harness = with_picture(&Fake::default());
    key(&mut harness, Modifiers::NONE, Key::C);
    harness.get_by_label("Shape of the crop");
    let (side, to) = (screen(&harness, 0.0, 150.0), screen(&harness, 100.0, 150.0));
    drag(&mut harness, &[side, side + (to - side) / 2.0, to]);
    key(&mut harness, Modifiers::NONE, Key::Escape);
    key(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(size(&harness), SIZE, "Escape lets it be");
    let (inside, near_corner) = (screen(&harness, 200.0, 150.0), screen(&harness, 398.0, 298.0));
    click(&mut harness, inside, Modifiers::NONE);
    click(&mut harness, near_corner, Modifiers::NONE);
    key(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(size(&harness), SIZE, "a click crops nothing");
    drag(&mut harness, &[side, side + (to - side) / 2.0, to]);
    key(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(size(&harness), Size { width: 300, height: 300 });
    perform(&mut harness, Command::Undo);
    assert_eq!((size(&harness), studio(&harness).steps()), (SIZE, 0));
}

#[test]
fn every_tool_meets_its_pixels_while_the_view_is_turned() {
    let mut harness = with_picture(&Fake::default());
    key(&mut harness, Modifiers::NONE, Key::Num6);
    key(&mut harness, Modifiers::NONE, Key::Num6);
    assert!(!studio(&harness).sight().expect("drawn").is_upright());
    key(&mut harness, Modifiers::NONE, Key::B);
    let at = screen(&harness, 60.0, 250.0);
    drag(&mut harness, &[at, at + vec2(1.0, 0.0)]);
    assert_eq!((marked(&harness, 60, 250), marked(&harness, 250, 60)), (255, 0));

    key(&mut harness, Modifiers::NONE, Key::M);
    let (from, to) = (screen(&harness, 100.0, 50.0), screen(&harness, 300.0, 80.0));
    drag(&mut harness, &[from, to]);
    assert_eq!(marks(&harness), 200 * 30);
    assert_eq!(
        (marked(&harness, 100, 50), marked(&harness, 299, 79), marked(&harness, 300, 80)),
        (255, 255, 0)
    );
    key(&mut harness, Modifiers::NONE, Key::G);
    perform(&mut harness, Command::Deselect);

    key(&mut harness, Modifiers::NONE, Key::W);
    let bar = screen(&harness, 110.0, 60.0);
    click(&mut harness, bar, Modifiers::NONE);
    assert_eq!(marks(&harness), 200 * 30);
    key(&mut harness, Modifiers::NONE, Key::D);
    key(&mut harness, Modifiers::NONE, Key::I);
    click(&mut harness, bar, Modifiers::NONE);
    assert_eq!(studio(&harness).tool_settings().colour, [0xc8, 0x3c, 0x3c]);

    key(&mut harness, Modifiers::NONE, Key::C);
    let (side, to) = (screen(&harness, 400.0, 150.0), screen(&harness, 320.0, 150.0));
    drag(&mut harness, &[side, to]);
    key(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(size(&harness), Size { width: 320, height: 300 });
    key(&mut harness, Modifiers::NONE, Key::Num5);
    assert!(studio(&harness).sight().expect("drawn").is_upright());
}

#[test]
fn the_view_is_turned_by_hand() {
    let mut harness = with_picture(&Fake::default());
    key(&mut harness, Modifiers::NONE, Key::R);
    let at = middle(&harness);
    let under = studio(&harness).sight().expect("drawn").to_document(at + vec2(100.0, 0.0));
    drag(&mut harness, &[at + vec2(100.0, 0.0), at + vec2(70.0, 70.0), at + vec2(0.0, 100.0)]);
    let now = screen(&harness, under.x, under.y);
    assert!((now - (at + vec2(0.0, 100.0))).length() < 1.0, "what was held is where the hand is: {now}");
    assert_eq!(studio(&harness).steps(), 0, "the picture stays as it is");
}

#[test]
fn colours_are_exchanged_and_fill_goes_to_a_layer_of_its_own() {
    let mut harness = with_picture(&Fake::default());
    key(&mut harness, Modifiers::NONE, Key::D);
    key(&mut harness, Modifiers::NONE, Key::X);
    assert_eq!(studio(&harness).tool_settings().colour, [255; 3]);
    key(&mut harness, Modifiers::NONE, Key::G);
    assert_eq!((colour(&harness, 5, 5), studio(&harness).steps()), ([255; 4], 1));
    perform(&mut harness, Command::Undo);
    assert_eq!(colour(&harness, 5, 5), PICTURE);
}

#[test]
fn a_held_key_borrows_its_tool_and_a_tap_keeps_it() {
    let mut harness = with_picture(&Fake::default());
    let event = |pressed| Event::Key {
        key: Key::E,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    harness.event(event(true));
    harness.run_ok();
    assert_eq!(studio(&harness).tool(), ToolKind::MaskEraser);
    let at = middle(&harness);
    drag(&mut harness, &[at, at + vec2(9.0, 0.0)]);
    harness.event(event(false));
    harness.run_ok();
    assert_eq!(studio(&harness).tool(), ToolKind::MaskBrush);
    harness.event(event(true));
    harness.event(event(false));
    harness.run_ok();
    assert_eq!(studio(&harness).tool(), ToolKind::MaskEraser);
}

#[test]
fn a_pens_pressure_makes_the_stroke_thinner() {
    let stroke = |force: Option<f32>| {
        let mut harness = with_picture(&Fake::default());
        let at = middle(&harness);
        let touch =
            |phase, pos| Event::Touch { device_id: TouchDeviceId(1), id: TouchId(1), phase, pos, force };
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        harness.event(touch(TouchPhase::Start, at));
        harness.event(Event::PointerMoved(at));
        harness.event(button(true));
        harness.run_ok();
        harness.event(touch(TouchPhase::End, at));
        harness.event(button(false));
        harness.run_ok();
        marks(&harness)
    };
    let (full, half) = (stroke(None), stroke(Some(0.5)));
    assert!(half > 0 && half * 3 < full, "{half} of {full}");
}

#[test]
fn a_reference_is_pinned_and_its_pin_is_dragged_without_the_tool() {
    let mut harness = with_picture(&Fake::default());
    perform(&mut harness, Command::AddReference);
    harness.run_ok();
    harness.get_by_label("Pin reference chosen to the canvas").click();
    harness.run_ok();
    let pin = |harness: &Window| {
        harness.get_by_role_and_label(egui::Role::Button, "Pin of picture 2, chosen").rect().center()
    };
    let (at, way) = (pin(&harness), vec2(-80.0, 30.0));
    drag(&mut harness, &[at, at + way / 2.0, at + way]);
    assert!((pin(&harness) - at - way).length() < 1.0, "{} to {}", at, pin(&harness));
    assert_eq!((marks(&harness), studio(&harness).steps()), (0, 0), "the brush in hand did nothing");
    harness.get_by_role_and_label(egui::Role::Button, "Pin of picture 2, chosen").focus();
    harness.run_ok();
    let at = pin(&harness);
    key(&mut harness, Modifiers::SHIFT, Key::ArrowRight);
    let scale = studio(&harness).sight().expect("drawn").scale;
    assert!((pin(&harness) - at - vec2(10.0 * scale, 0.0)).length() < 1.0);
    // Moved to the upper left, and told in words that can be changed before they are sent.
    let at = pin(&harness);
    let corner = screen(&harness, 30.0, 30.0);
    drag(&mut harness, &[at, at + (corner - at) / 2.0, corner]);
    harness.get_by_label("Say in the prompt where chosen belongs").click();
    harness.run_ok();
    let prompt = harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt").value();
    assert_eq!(prompt.as_deref(), Some("Put what picture 2 shows in the upper left."));
    harness.get_by_label("Pin reference chosen to the canvas").click();
    harness.run_ok();
    assert!(harness.query_by_label("Pin of picture 2, chosen").is_none());
}

#[test]
fn a_gesture_that_fits_into_one_frame_is_not_lost() {
    let mut harness = with_picture(&Fake::default());
    key(&mut harness, Modifiers::SHIFT, Key::C);
    let (from, to) = (screen(&harness, 400.0, 150.0), screen(&harness, 440.0, 150.0));
    harness.hover_at(from);
    harness.run_ok();
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let events = [Event::PointerMoved(from), button(from, true), Event::PointerMoved(to), button(to, false)];
    harness.input_mut().events.extend(events);
    harness.run_ok();
    harness.get_by_label("Expand to 440 \u{d7} 300");
}

#[test]
fn a_whole_edit_with_the_keyboard_alone() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    let plain = Modifiers::NONE;
    // A rectangle: the pen goes up and to the left, is put down, and drags to the lower right.
    key(&mut harness, plain, Key::M);
    assert_eq!(studio(&harness).tool(), ToolKind::Rectangle);
    key(&mut harness, plain, Key::K);
    for way in [Key::ArrowLeft, Key::ArrowUp] {
        key(&mut harness, Modifiers::SHIFT, way);
    }
    key(&mut harness, plain, Key::Space);
    for way in [Key::ArrowRight, Key::ArrowRight, Key::ArrowDown, Key::ArrowDown] {
        key(&mut harness, Modifiers::SHIFT, way);
    }
    assert_eq!(marks(&harness), 0, "not before the pen is lifted");
    key(&mut harness, plain, Key::Space);
    let scale = studio(&harness).sight().expect("drawn").scale;
    let side = 80.0 / scale;
    let (found, expected) = (marks(&harness) as f32, side * side);
    assert!((found - expected).abs() < 4.0 * side + 4.0, "{found} marked, {expected} expected");
    assert_eq!(marked(&harness, SIZE.width / 2, SIZE.height / 2), 255);

    // Another one is taken back in the middle, and the pen put away.
    key(&mut harness, plain, Key::Space);
    key(&mut harness, plain, Key::ArrowLeft);
    key(&mut harness, plain, Key::Escape);
    assert_eq!(marks(&harness) as f32, found);
    key(&mut harness, plain, Key::Escape);

    // A stroke of paint.
    key(&mut harness, plain, Key::P);
    key(&mut harness, plain, Key::K);
    key(&mut harness, plain, Key::Space);
    key(&mut harness, plain, Key::ArrowRight);
    key(&mut harness, plain, Key::Space);
    assert_ne!(colour(&harness, SIZE.width / 2, SIZE.height / 2), PICTURE);

    key(&mut harness, Modifiers::ALT, Key::A);
    harness.get_by_role_and_label(egui::Role::MultilineTextInput, "Prompt").type_text("a poppy");
    harness.run_ok();
    key(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert_eq!(fake.requests().len(), 1);
}
