//! Changes made on a copy of a document and taken over.

use crate::chance::{Chance, size, top};
use app::document::{
    Affine, Combine, Document, DocumentError, Fork, History, LayerId, MaskChange, Region, Shape, Wand,
};
use engine_api::Size;
use std::time::Instant;

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
    history.select_similar(mask, [300, 200], wand, Combine::Replace).unwrap();
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

#[test]
fn a_change_that_is_given_up_ends_soon_and_changes_nothing() {
    let side = 3072;
    let document = Document::new(Size { width: side, height: side }, [255; 4]).expect("small enough");
    let mut history = History::new(document);
    let top = history.document().top();
    let mask = history.add_mask("Mask", top).expect("there is room");
    let circle = Shape::Ellipse { from: [100.0, 100.0], to: [2900.0, 2900.0] };
    history.select(mask, &circle, Combine::Replace).expect("it is a mask");
    let feather = move |fork: &mut Fork| fork.history().change_mask(mask, MaskChange::Feather(200.0));

    let began = Instant::now();
    let mut whole = history.fork().expect("nothing is open");
    feather(&mut whole).expect("it is a mask");
    let takes = began.elapsed();

    let mut fork = history.fork().expect("nothing is open");
    let stop = fork.stop();
    let worker = std::thread::spawn(move || {
        let began = Instant::now();
        (feather(&mut fork), began.elapsed())
    });
    std::thread::sleep(takes / 10);
    stop.ask();
    let (made, took) = worker.join().expect("it does not fall over");
    assert_eq!(made, Err(DocumentError::GivenUp));
    assert!(took < takes / 2, "{took:?} of {takes:?}");
    // Every other kind of long change looks at the wish, too.
    let mut fork = history.fork().expect("nothing is open");
    fork.stop().ask();
    let (half, history) = (Affine::around([0.0; 2], [0.5, 0.5], 10.0), fork.history());
    let layer = history.document().layers()[0].id();
    let refused = [
        history.select_similar(mask, [5, 5], Wand { tolerance: 9, contiguous: true }, Combine::Add),
        history.select_colour(mask, [255; 3], 9, Combine::Add),
        history.change_mask(mask, MaskChange::Grow(40.0)),
        history.change_mask(mask, MaskChange::Invert),
        history.transform(layer, &half),
        history.crop(Region::new(0, 0, 500, 500)),
    ];
    assert!(refused.iter().all(|made| *made == Err(DocumentError::GivenUp)), "{refused:?}");
    assert_eq!(history.document().size().width, side);
}
