//! Changes made on a copy of a document and taken over.

use crate::chance::{Chance, size, top};
use app::document::{Affine, Document, History, LayerId, MaskChange, Wand};

fn begun() -> (History, [LayerId; 3]) {
    let picture = Chance::new(5).picture(600, 400);
    let document = Document::from_picture("Picture", &picture).unwrap();
    let first = document.layers()[0].id();
    let mut history = History::new(document);
    let second = history.add_picture("Second", &picture, [100, 50], top(&history)).unwrap();
    let mask = history.add_mask("Mask", top(&history)).unwrap();
    (history, [first, second, mask])
}

fn change(history: &mut History, [_, second, mask]: [LayerId; 3]) {
    let wand = Wand { tolerance: 120, contiguous: true };
    history.select_similar(mask, [300, 200], wand, app::document::Combine::Replace).unwrap();
    history.change_mask(mask, MaskChange::Grow(4.0)).unwrap();
    history.transform(second, &Affine::around([200.0, 200.0], [0.7, 1.2], 20.0)).unwrap();
    history.merge_down(second).unwrap();
}

#[test]
fn what_is_taken_over_equals_what_is_done_directly_and_is_undone_step_by_step() {
    let ((mut direct, ids), (mut forked, _)) = (begun(), begun());
    let before = forked.document().layers().to_vec();
    let began_at = forked.position();
    change(&mut direct, ids);
    let mut fork = forked.fork().unwrap();
    std::thread::scope(|scope| scope.spawn(|| change(fork.history(), ids)).join().unwrap());
    assert_eq!(forked.document().layers(), before, "the original waits");
    let last = forked.document().revision();
    assert!(forked.adopt(fork).unwrap());
    assert_eq!(forked.document().layers(), direct.document().layers());
    assert_eq!(forked.steps(), direct.steps());
    assert!(forked.document().revision() > last && !forked.document().changed_since(last).is_empty());
    let after = forked.document().layers().to_vec();
    forked.go_to(began_at).unwrap();
    assert_eq!(forked.document().layers(), before);
    forked.go_to(usize::MAX).unwrap();
    assert_eq!(forked.document().layers(), after);
    // New layers never get a number that was given out on the copy.
    let new = forked.add_paint("New", top(&forked)).unwrap();
    assert!(after.iter().all(|layer| layer.id() != new));
}

#[test]
fn nothing_is_taken_over_where_the_original_moved_on() {
    type Move = fn(&mut History, [LayerId; 3]);
    let moves: [Move; 4] = [
        |history, [first, ..]| history.rename(first, "Other").unwrap(),
        |history, _| drop(history.undo().unwrap()),
        |history, [first, ..]| history.set_locked(first, true).unwrap(),
        |history, _| history.set_paper_colour([1, 2, 3, 255]).unwrap(),
    ];
    for meanwhile in moves {
        let (mut history, ids) = begun();
        let mut fork = history.fork().unwrap();
        change(fork.history(), ids);
        meanwhile(&mut history, ids);
        let (layers, steps) = (history.document().layers().to_vec(), history.position());
        assert!(!history.adopt(fork).unwrap());
        assert_eq!((history.document().layers(), history.position()), (&layers[..], steps));
    }
}

#[test]
fn a_gesture_under_way_is_not_torn_apart_and_the_cap_holds() {
    let (mut history, ids) = begun();
    let fork = history.fork().unwrap();
    history.begin("Gesture").unwrap();
    assert!(history.fork().is_none());
    assert!(history.adopt(fork).is_err());
    history.abort();
    let mut small = History::with_cap(Document::new(size(600, 400), [255; 4]).unwrap(), 1);
    let paint = small.add_paint("Paint", top(&small)).unwrap();
    let mut fork = small.fork().unwrap();
    for colour in [[1; 3], [2; 3], [3; 3]] {
        fork.history().fill(paint, colour).unwrap();
    }
    assert!(small.adopt(fork).unwrap());
    assert_eq!(small.position(), 1, "the oldest steps are forgotten");
    assert!(ids.len() == 3 && history.position() == 2);
}
