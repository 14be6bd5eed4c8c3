//! Stories about what is known before a run: size, time, memory.

use crate::fake::{Fake, SIZE};
use crate::hand::{Window, high_window, mark};
use crate::type_prompt;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use engine_api::{JobId, Room};

/// Lets the window stand still until it has asked.
fn wait(harness: &mut Window) {
    for _ in 0..60 {
        harness.step();
    }
}

#[test]
fn memory_and_size_are_told_in_words_before_the_run() {
    let fake = Fake::default();
    let mut harness = high_window(&fake);
    wait(&mut harness);
    let prospects = fake.prospects();
    assert_eq!(prospects.len(), 1, "one question");
    let edit = prospects[0].edit.as_ref().expect("an edit");
    assert_eq!((prospects[0].canvas, edit.marked), (SIZE, None));
    fake.foresee(Room::Fits, true);
    harness.run_ok();
    harness.get_by_label_contains("Works at 400 \u{d7} 300 in 4 steps, time not known");
    harness.get_by_label_contains("Memory: 6.0 GiB, 8.0 GiB free \u{2013} fits");

    mark(&mut harness);
    wait(&mut harness);
    let prospects = fake.prospects();
    assert_eq!(prospects.len(), 2);
    assert!(prospects[1].edit.as_ref().is_some_and(|edit| edit.marked.is_some()));
    fake.foresee(Room::TooBig, false);
    harness.run_ok();
    harness.get_by_label_contains("too big; choose a smaller size or model");
    harness.get_by_label_contains("a model made for editing follows a picture better");
}

#[test]
fn typing_asks_nothing_anew_and_a_run_teaches_the_time() {
    let fake = Fake::default();
    let mut harness = high_window(&fake);
    wait(&mut harness);
    fake.foresee(Room::Fits, true);
    type_prompt(&mut harness, "a red beret");
    wait(&mut harness);
    assert_eq!(fake.prospects().len(), 1);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_ok();
    fake.begin(JobId(1), [0, 0, 400, 300]);
    fake.step(JobId(1), 1);
    fake.finish(JobId(1), [1, 2, 3, 255]);
    harness.run_ok();
    // Eight seconds in all, four steps of two.
    harness.get_by_label_contains("in 4 steps, about 8 s");
    assert!(fake.kept_times().is_some_and(|text| text.contains("\"step\":2.0")));
}
