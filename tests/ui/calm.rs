//! Things that would be noticed in a day's work: what stays, what goes by itself, what is where it was.

use crate::fake::Fake;
use crate::hand::{Window, paint_and_ask, perform, studio, with_two_results};
use crate::{type_prompt, with_picture};
use app::design::size;
use app::live::Doing;
use app::tools::ToolKind;
use app::window::Command;
use egui::{Key, Rect, Shape};
use egui_kittest::kittest::{NodeT, Queryable};
use engine_api::JobId;

/// Where pictures are drawn inside the foot's strip.
fn pictures_over(harness: &Window, place: Rect) -> Vec<Rect> {
    let shapes = harness.output().shapes.iter();
    let drawn = shapes.filter_map(|clipped| match &clipped.shape {
        Shape::Rect(shape) if shape.brush.is_some() => Some(shape.rect),
        _ => None,
    });
    drawn.filter(|rect| rect.center().distance(place.center()) < 1.0).collect()
}

#[test]
fn thumbnails_of_results_fit_into_their_squares() {
    let fake = Fake::default();
    let harness = with_two_results(&fake);
    let place = harness.get_by_label("Result 1 of 2").rect();
    let pictures = pictures_over(&harness, place);
    assert!(!pictures.is_empty(), "a thumbnail is drawn");
    assert!(
        pictures.iter().all(|picture| place.expand(1.0).contains_rect(*picture)),
        "{pictures:?} in {place:?}"
    );
}

#[test]
fn a_message_goes_with_escape_or_after_a_while_and_trouble_stays_until_it_is_read() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    let say = |harness: &mut Window| {
        perform(harness, Command::MakeAgain);
        assert!(studio(harness).message().is_some_and(|message| !message.is_trouble));
    };
    say(&mut harness);
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert_eq!(studio(&harness).message(), None);

    say(&mut harness);
    let later = harness.ctx.input(|input| input.time) + size::MESSAGE_FOR + 1.0;
    harness.input_mut().time = Some(later);
    harness.step();
    assert_eq!(studio(&harness).message(), None, "after a while");

    perform(&mut harness, Command::Generate);
    assert!(studio(&harness).message().is_some_and(|message| message.is_trouble), "there are no words");
    harness.input_mut().time = Some(2.0 * later);
    harness.step();
    assert!(studio(&harness).message().is_some(), "trouble waits to be read");
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert_eq!(studio(&harness).message(), None);
}

#[test]
fn the_options_take_no_more_room_after_larger_letters_than_before() {
    let mut harness = with_picture(&Fake::default());
    let bottom = |harness: &Window| harness.get_by_label("Pressure changes the opacity").rect();
    let before = bottom(&harness);
    (0..10).for_each(|_| perform(&mut harness, Command::LargerInterface));
    assert!(bottom(&harness).top() > before.bottom(), "they break into rows");
    (0..10).for_each(|_| perform(&mut harness, Command::SmallerInterface));
    assert!(bottom(&harness).center().distance(before.center()) < 2.0, "{before} {}", bottom(&harness));
}

#[test]
fn questions_are_answered_with_enter_and_lose_nothing() {
    let mut harness = Fake::default().window(Vec::new());
    perform(&mut harness, Command::NewCanvas);
    harness.key_press(Key::Enter);
    harness.run_ok();
    assert!(studio(&harness).document().is_some(), "the canvas is made");
    perform(&mut harness, Command::NewPaintLayer);
    perform(&mut harness, Command::Quit);
    harness.get_by_label("Close Rostrum?");
    harness.key_press(Key::Enter);
    harness.run_ok();
    assert!(harness.query_by_label("Close Rostrum?").is_none());
    assert!(!studio(&harness).history().is_empty(), "everything is still there");
}

#[test]
fn escape_in_the_prompt_or_a_menu_leaves_the_picture_alone() {
    let mut harness = with_picture(&Fake::default());
    let escape = |harness: &mut Window| {
        harness.key_press(Key::Escape);
        harness.run_ok();
        matches!(studio(harness).doing(), Doing::Expand(_))
    };
    perform(&mut harness, Command::Tool(ToolKind::Expand));
    perform(&mut harness, Command::Nudge([1, 0], true));
    type_prompt(&mut harness, "a garden");
    assert!(escape(&mut harness), "it leaves the prompt");
    harness.get_by_label("Edit").click();
    harness.run_ok();
    assert!(escape(&mut harness), "it closes the menu");
    assert!(!escape(&mut harness), "then it takes the new area back");
}

#[test]
fn menus_grey_out_what_would_do_nothing() {
    let mut harness = with_picture(&Fake::default());
    harness.get_by_label("Edit").click();
    harness.run_ok();
    let is_off =
        |harness: &Window, name: &str| harness.get_by_label_contains(name).accesskit_node().is_disabled();
    assert!(is_off(&harness, "Undo") && is_off(&harness, "Accept the result"));
    harness.key_press(Key::Escape);
    harness.run_ok();
    perform(&mut harness, Command::SelectAll);
    harness.get_by_label("Edit").click();
    harness.run_ok();
    assert!(!is_off(&harness, "Undo"));
}

#[test]
fn the_first_model_is_found_without_a_new_start() {
    let fake = Fake::default();
    fake.hide_models(true);
    let mut harness = fake.window(Vec::new());
    harness.get_by_label_contains("there is none yet");
    harness.get_by_label("models");
    fake.hide_models(false);
    harness.get_by_label("Look again").click();
    harness.run_ok();
    assert!(harness.query_by_label("Look again").is_none());
    harness.get_by_label("1 model found");
    assert!(harness.query_all_by_label("Model").next().is_some(), "it can be chosen");
}

#[test]
fn the_side_panel_keeps_its_width_at_every_scale() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    harness.set_size(egui::vec2(1440.0, 900.0));
    paint_and_ask(&mut harness);
    fake.begin(JobId(1), [0, 0, 400, 300]);
    for _ in 0..60 {
        harness.step();
    }
    fake.foresee(engine_api::Room::Fits, true);
    let panel = |harness: &Window| {
        let right = 1440.0 / harness.ctx.zoom_factor();
        right - harness.get_by_label_contains("Canvas, ").rect().right()
    };
    let before = panel(&harness);
    for _ in 0..10 {
        perform(&mut harness, Command::LargerInterface);
        harness.run_steps(40);
        assert!((panel(&harness) - before).abs() < 1.0, "{before} to {}", panel(&harness));
        // Nothing reaches over the panel's edge.
        let scale = f64::from(harness.ctx.zoom_factor());
        let rect = harness.get_by_label_contains("Canvas, ").rect();
        let right = (f64::from(rect.right() + size::PANEL - size::PAD) + 1.0) * scale;
        let over = harness.root().children_recursive().find(|node| {
            let node = node.accesskit_node();
            node.role() != egui::Role::ScrollBar
                && node.bounding_box().is_some_and(|place| {
                    let is_beside = place.x0 > f64::from(rect.right()) * scale;
                    is_beside && place.y0 > f64::from(rect.top()) * scale && place.x1 > right
                })
        });
        let name = over.map(|node| node.accesskit_node().label());
        assert!(name.is_none(), "{name:?} at {scale}");
    }
}
