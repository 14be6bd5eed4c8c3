//! Stories of the queue: preparing, order, pause, taking out and putting back, and what outlives the program.

use crate::fake::{Fake, SIZE, wish};
use crate::hand::{Window, colour_in_the_middle, perform, studio};
use crate::with_picture;
use app::live::{Asked, Canvas, Restored, Told};
use app::window::Command;
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::Queryable;
use engine_api::{
    CancelMode, EngineError, ErrorKind, EventKind, Expansion, ImageRequest, JobId, Picture, Size,
};

const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// Asks for a picture with these words.
fn ask(harness: &mut Window, prompt: &str) {
    let ctx = harness.ctx.clone();
    let studio = harness.state_mut().as_mut().expect("the first frame makes it");
    studio.write_prompt(prompt);
    studio.perform(&ctx, Command::Generate);
    harness.run_ok();
}

fn prompts(fake: &Fake) -> Vec<String> {
    fake.requests().into_iter().map(|request| request.prompt).collect()
}

#[test]
fn a_job_is_listed_before_its_picture_is_ready_and_the_window_goes_on() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    fake.hold_work();
    ask(&mut harness, "a red beret");
    harness.get_by_label("Job 1, Preparing: a red beret");
    assert!(fake.requests().is_empty());
    // The picture moves on meanwhile; the job keeps what it was asked for.
    harness.key_press(Key::M);
    harness.run_ok();
    perform(&mut harness, Command::SelectAll);
    fake.let_work_go();
    harness.run_ok();
    let requests = fake.requests();
    assert_eq!(requests.len(), 1);
    let engine_api::Intent::Edit(edit) = &requests[0].intent else { panic!("not an edit") };
    assert!(edit.mask.is_none(), "nothing was marked when it was asked");
    harness.get_by_label("Job 1, running: a red beret");
}

#[test]
fn a_job_cancelled_while_it_is_prepared_never_reaches_the_engine() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    fake.hold_work();
    ask(&mut harness, "a red beret");
    harness.get_by_label("Cancel job 1").click();
    harness.run_ok();
    fake.let_work_go();
    harness.run_ok();
    assert!(fake.requests().is_empty() && fake.kept().is_empty());
    harness.get_by_label("Cancelled. Your picture is untouched");
}

#[test]
fn a_job_that_is_being_prepared_when_the_window_closes_is_written_down() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    fake.hold_work();
    ask(&mut harness, "a red beret");
    assert!(fake.kept().is_empty());
    drop(harness);
    assert_eq!((fake.kept(), fake.requests().len()), (vec![1], 0));
}

#[test]
fn without_room_for_a_thread_nothing_is_asked_and_nothing_is_lost() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    fake.refuse_work();
    ask(&mut harness, "a red beret");
    harness.get_by_label("The system gave no room for another task. Close other programs and try again.");
    assert!(harness.query_by_label_contains("Job 1").is_none() && fake.requests().is_empty());
    assert_eq!(colour_in_the_middle(&harness), [90, 120, 160, 255]);
}

#[test]
fn any_number_of_jobs_waits_and_one_can_go_in_front() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    for number in 1..=12 {
        ask(&mut harness, &format!("job {number}"));
    }
    assert_eq!(prompts(&fake), ["job 1"], "the engine has one at a time");
    assert_eq!(fake.kept().len(), 12);
    harness.state_mut().as_mut().expect("the first frame makes it").write_prompt("urgent");
    harness.key_press_modifiers(CTRL_SHIFT, Key::Enter);
    harness.run_ok();
    harness.get_by_label("Job 2, Waiting: urgent");
    assert_eq!(fake.order()[..3], [1, 13, 2]);
    fake.finish(JobId(1), [1, 2, 3, 255]);
    harness.run_ok();
    assert_eq!(prompts(&fake), ["job 1", "urgent"]);
    assert_eq!(fake.kept().len(), 12, "a finished job is not written any more");
}

#[test]
fn jobs_are_moved_with_buttons_keys_and_the_pointer() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    ["one", "two", "three", "four"].into_iter().for_each(|prompt| ask(&mut harness, prompt));
    assert!(harness.query_by_label("Move job 1 back").is_none(), "the running one stays in front");
    harness.get_by_label("Move job 2 back").click();
    harness.run_ok();
    harness.get_by_label("Job 3, Waiting: two");
    assert_eq!(fake.order(), [1, 3, 2, 4]);

    for _ in 0..4 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::PageDown);
    }
    harness.run_ok();
    harness.key_press_modifiers(CTRL_SHIFT, Key::PageUp);
    harness.run_ok();
    assert_eq!(fake.order(), [1, 3, 4, 2], "the last one was chosen and moved forward");

    let place = |harness: &Window, label: &str| harness.get_by_label(label).rect().center();
    let (from, to) = (place(&harness, "Job 4, Waiting: two"), place(&harness, "Job 2, Waiting: three"));
    drag_slowly(&mut harness, from, to);
    assert_eq!(fake.order(), [1, 2, 3, 4]);

    harness.key_press_modifiers(CTRL_SHIFT, Key::Delete);
    harness.run_ok();
    assert_eq!(fake.order(), [1, 2, 3, 4], "an order is only written when it changes");
    assert!(!fake.kept().contains(&2), "the chosen job was cancelled");
}

/// With frames in between, as a hand does it.
fn drag_slowly(harness: &mut Window, from: Pos2, to: Pos2) {
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for event in [Event::PointerMoved(from), button(from, true)] {
        harness.event(event);
        harness.step();
    }
    for step in 1..=8 {
        harness.event(Event::PointerMoved(from.lerp(to, step as f32 / 8.0)));
        harness.step();
    }
    harness.event(button(to, false));
    harness.run_ok();
}

#[test]
fn the_queue_is_paused_cleared_and_put_back() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    ask(&mut harness, "one");
    harness.get_by_label("Pause the queue").click();
    harness.run_ok();
    ask(&mut harness, "two");
    ask(&mut harness, "three");
    fake.finish(JobId(1), [1, 2, 3, 255]);
    harness.run_ok();
    assert_eq!(prompts(&fake), ["one"]);
    harness.key_press_modifiers(CTRL_SHIFT, Key::X);
    harness.run_ok();
    harness.get_by_label_contains("2 jobs taken out");
    harness.get_by_label("Put back").click();
    harness.run_ok();
    assert_eq!(fake.kept(), [2, 3]);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::P);
    harness.run_ok();
    assert_eq!(prompts(&fake), ["one", "two"]);
    perform(&mut harness, Command::ClearLine);
    assert_eq!(fake.kept(), [2, 3], "what can be put back is still on disk");
    drop(harness);
    assert_eq!(fake.kept(), [2], "but not offered again by the next session");
}

#[test]
fn a_long_line_is_read_back_from_disk_and_every_job_gets_its_own_picture() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    for number in 1..=6 {
        ask(&mut harness, &format!("job {number}"));
    }
    for number in 1..=6 {
        fake.finish(JobId(number), [1, 2, 3, 255]);
        harness.run_ok();
    }
    assert_eq!(prompts(&fake), ["job 1", "job 2", "job 3", "job 4", "job 5", "job 6"]);
    assert_eq!(studio(&harness).results(), 6);
    // Asked for this document, whether or not it went over the disk meanwhile.
    assert!(harness.query_by_label("Made for another picture").is_none());
    perform(&mut harness, Command::Changes);
    harness.run_ok();
    harness.get_by_label_contains("120000 px in all");
}

#[test]
fn the_line_goes_on_behind_closed_panels_and_in_a_hidden_window() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    ["one", "two", "three"].into_iter().for_each(|prompt| ask(&mut harness, prompt));
    perform(&mut harness, Command::TogglePanels);
    fake.finish(JobId(1), [1, 2, 3, 255]);
    harness.run_ok();
    assert_eq!(prompts(&fake), ["one", "two"]);
    // A hidden window draws no frames; only this is called.
    fake.finish(JobId(2), [1, 2, 3, 255]);
    let ctx = harness.ctx.clone();
    harness.state_mut().as_mut().expect("the first frame makes it").logic(&ctx);
    assert_eq!(prompts(&fake), ["one", "two", "three"]);
    assert_eq!(studio(&harness).results(), 2);
}

/// A request of an earlier session, as the written line gives it back.
fn restored(number: u64, size: [u32; 2]) -> Told {
    let pixels = [10, 20, 30, 255].repeat(size[0] as usize * size[1] as usize);
    let picture = Picture::new(size[0], size[1], pixels).expect("four bytes per pixel");
    let wish = wish(&format!("earlier {number}"));
    let canvas = Canvas::Picture { picture, mask: None, expand: Expansion::default() };
    let request: ImageRequest = wish.request(JobId(number), "toy".into(), canvas, 0);
    let asked = Asked::of_earlier("Toy".into(), &request);
    Told::Restored(Box::new(Restored { request, asked }))
}

#[test]
fn jobs_of_last_time_are_offered_and_go_on() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    fake.shelf_tells(Told::Found { jobs: 2, results: 0 });
    harness.run_ok();
    harness.get_by_label("2 jobs were waiting when Rostrum closed");
    harness.get_by_label("Continue").click();
    harness.run_ok();
    assert!(harness.query_by_label_contains("when Rostrum closed").is_none());
    let numbers = fake.taken_over();
    assert_eq!(numbers.len(), 2);
    fake.shelf_tells(restored(numbers[0].0, [SIZE.width, SIZE.height]));
    fake.shelf_tells(restored(numbers[1].0, [8, 8]));
    harness.run_ok();
    assert_eq!(prompts(&fake), ["earlier 1"]);

    // A result that has the picture's size is offered on it.
    fake.finish(numbers[0], [200, 0, 0, 255]);
    harness.run_ok();
    harness.get_by_label("Accept").click();
    harness.run_ok();
    assert_eq!(colour_in_the_middle(&harness), [200, 0, 0, 255]);
    // Any other one opens as a picture of its own.
    fake.finish_sized(numbers[1], Size { width: 8, height: 8 }, [0, 0, 200, 255]);
    harness.run_ok();
    harness.get_by_label("Made for another picture");
    harness.get_by_label("Open as picture");
    perform(&mut harness, Command::Accept);
    harness.get_by_label("Open it").click();
    harness.run_ok();
    let size = studio(&harness).document().expect("it is open").size();
    assert_eq!((size.width, size.height), (8, 8));
}

#[test]
fn jobs_of_last_time_are_discarded_after_a_question_only() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    fake.shelf_tells(Told::Found { jobs: 1, results: 0 });
    harness.run_ok();
    harness.get_by_label("1 job was waiting when Rostrum closed");
    harness.get_by_label("Discard").click();
    harness.run_ok();
    harness.get_by_label("Keep").click();
    harness.run_ok();
    assert!(!fake.was_thrown_away());
    perform(&mut harness, Command::DiscardEarlier);
    harness.get_by_label("Discard 1 job?");
    let buttons: Vec<_> = harness.get_all_by_label("Discard").collect();
    buttons.last().expect("the question has one").click();
    harness.run_ok();
    assert!(fake.was_thrown_away());
}

#[test]
fn trouble_with_one_written_job_is_one_sentence() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    let error = EngineError::new(ErrorKind::Input, "1 job from last time cannot be read again");
    fake.shelf_tells(Told::Trouble(error.with_hint("Ask for it once more")));
    fake.shelf_tells(Told::Found { jobs: 2, results: 0 });
    harness.run_ok();
    harness.get_by_label("1 job from last time cannot be read again. Ask for it once more.");
    harness.get_by_label("2 jobs were waiting when Rostrum closed");
}

#[test]
fn a_lost_device_holds_the_others_and_the_picture_is_untouched() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    ask(&mut harness, "one");
    ask(&mut harness, "two");
    fake.begin(JobId(1), [0, 0, 400, 300]);
    fake.step(JobId(1), 1);
    let error = EngineError::new(ErrorKind::Device, "The graphics card was lost");
    fake.tell(JobId(1), EventKind::Failed(error.with_hint("Restart the computer if it happens again")));
    harness.run_ok();
    harness.get_by_label(
        "The graphics card was lost. Restart the computer if it happens again. The queue is paused, 1 job \
         waiting.",
    );
    assert_eq!((prompts(&fake).len(), studio(&harness).results()), (1, 0));
    assert_eq!(colour_in_the_middle(&harness), [90, 120, 160, 255]);
    harness.get_by_label("Continue the queue").click();
    harness.run_ok();
    assert_eq!(prompts(&fake), ["one", "two"]);
}

#[test]
fn an_engine_that_ended_leaves_picture_and_waiting_jobs_alone() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    ask(&mut harness, "one");
    ask(&mut harness, "two");
    fake.begin(JobId(1), [0, 0, 400, 300]);
    fake.die();
    harness.run_ok();
    harness.get_by_label_contains("The engine stopped without a word. Your picture is untouched");
    harness.get_by_label("Job 1, Waiting: two");
    assert_eq!(fake.kept(), [1, 2], "both are offered again by the next session");
    assert_eq!(colour_in_the_middle(&harness), [90, 120, 160, 255]);
}

#[test]
fn the_title_tells_the_progress_and_stopping_is_asked_of_the_running_job() {
    let fake = Fake::default();
    let mut harness = with_picture(&fake);
    assert_eq!(studio(&harness).title(), "meadow \u{2013} Rostrum");
    ask(&mut harness, "one");
    fake.begin(JobId(1), [0, 0, 400, 300]);
    fake.step(JobId(1), 1);
    harness.run_ok();
    assert_eq!(studio(&harness).title(), "25 % \u{2013} meadow \u{2013} Rostrum");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::X);
    harness.run_ok();
    assert_eq!(fake.cancelled(), [(JobId(1), CancelMode::Now)]);
    harness.get_by_label("Stopping");
}
