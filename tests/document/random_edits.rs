//! Edits of every kind in every order: each is taken back, and made again, to the byte.

use crate::chance::{Chance, recipe, size, top};
use app::document::{
    Affine, Anchor, Blend, Brush, BrushMode, Combine, Document, DocumentError, History, Layer, LayerId,
    LayerKind, MaskChange, Paper, Place, Region, Shape, StrokePoint, Wand,
};
use engine_api::Expansion;
use std::collections::BTreeSet;

const KINDS: usize = 32;

#[derive(Debug, Clone, PartialEq)]
struct State {
    paper: Paper,
    layers: Vec<Layer>,
    seen: Vec<u8>,
    masked: Vec<u8>,
}

fn state(history: &History) -> State {
    let document = history.document();
    let whole = Region::whole(document.size());
    State {
        paper: document.paper(),
        layers: document.layers().to_vec(),
        seen: document.composite(whole).unwrap(),
        masked: document.mask_values(whole).unwrap(),
    }
}

fn some_layer(history: &History, chance: &mut Chance) -> Result<LayerId, DocumentError> {
    let ids: Vec<LayerId> = history.document().listed().iter().map(|(_, layer)| layer.id()).collect();
    if ids.is_empty() { Err(DocumentError::NoLayer) } else { Ok(chance.pick(&ids)) }
}

fn some_place(history: &History, chance: &mut Chance) -> Place {
    let group = some_layer(history, chance).ok().filter(|_| chance.below(2) == 0);
    let group = group.filter(|id| history.document().layer(*id).unwrap().children().len() > chance.below(2));
    Place { group, index: chance.below(4) }
}

fn point(chance: &mut Chance) -> [f32; 2] {
    [chance.part() * 400.0 - 40.0, chance.part() * 400.0 - 40.0]
}

fn stroke(history: &mut History, chance: &mut Chance, id: LayerId) -> Result<(), DocumentError> {
    let brush = Brush {
        mode: chance.pick(&[BrushMode::Add, BrushMode::Add, BrushMode::Erase]),
        colour: [chance.below(256) as u8; 3],
        size: 1.0 + chance.part() * 60.0,
        hardness: chance.part(),
        opacity: chance.part(),
        ..Brush::default()
    };
    for at in 0..1 + chance.below(3) {
        let ([x, y], pressure) = (point(chance), chance.part());
        let to = StrokePoint { x, y, pressure };
        if at == 0 {
            history.begin_stroke(id, brush, to)?
        } else {
            history.stroke_to(to)?
        };
    }
    if chance.below(5) == 0 {
        history.abort();
        return Err(DocumentError::NotBegun);
    }
    history.end_stroke().map(drop)
}

fn edit(history: &mut History, chance: &mut Chance, kind: usize) -> Result<(), DocumentError> {
    match kind {
        0..5 => add(history, chance, kind),
        5..20 => restructure(history, chance, kind),
        _ => repaint(history, chance, kind),
    }
}

fn add(history: &mut History, chance: &mut Chance, kind: usize) -> Result<(), DocumentError> {
    let size_now = history.document().size();
    let place = some_place(history, chance);
    match kind {
        0 => {
            let at = chance.region(size_now);
            history.add_picture("Picture", &chance.picture(90, 70), [at.x, at.y], place).map(drop)
        }
        1 => history.add_paint("Paint", place).map(drop),
        2 => history.add_mask("Mask", place).map(drop),
        3 => history.add_group("Group", place).map(drop),
        4 => {
            let region = chance.region(size_now);
            let picture = chance.picture(region.width, region.height);
            history.place_result(&picture, region, recipe("a hat")).map(drop)
        }
        _ => Err(DocumentError::NotBegun),
    }
}

fn restructure(history: &mut History, chance: &mut Chance, kind: usize) -> Result<(), DocumentError> {
    let size_now = history.document().size();
    let place = some_place(history, chance);
    let id = some_layer(history, chance)?;
    match kind {
        5 => history.remove(id),
        6 => history.move_to(id, place),
        7 => history.duplicate(id).map(drop),
        8 => history.merge_down(id).map(drop),
        9 => {
            let siblings = [id, some_layer(history, chance)?];
            history.group(&siblings, "Group").map(drop)
        }
        10 => history.ungroup(id),
        11 => history.rename(id, &format!("Name {}", chance.below(9))),
        12 => history.set_opacity(id, chance.part()),
        13 => history.set_blend(id, chance.pick(&Blend::ALL)),
        14 => history.set_visible(id, chance.below(3) > 0),
        15 => history.set_locked(id, chance.below(4) == 0),
        16 => history.set_paper_colour([chance.below(256) as u8; 4]),
        17 => {
            let new = size(150 + chance.below(250) as u32, 150 + chance.below(250) as u32);
            history.resize_canvas(new, Anchor { x: chance.part(), y: chance.part() })
        }
        18 => {
            let region = chance.region(size_now);
            history.crop(Region::new(region.x / 4, region.y / 4, size_now.width / 2, size_now.height / 2))
        }
        19 if size_now.width.max(size_now.height) < 500 => {
            let mut by = || chance.pick(&[0, 0, 13, 256]);
            history.expand(Expansion { left: by(), top: by(), right: by(), bottom: by() })
        }
        _ => Err(DocumentError::NotBegun),
    }
}

fn repaint(history: &mut History, chance: &mut Chance, kind: usize) -> Result<(), DocumentError> {
    let mut id = some_layer(history, chance)?;
    let masks = history.document().listed().into_iter().filter(|(_, layer)| layer.kind() == LayerKind::Mask);
    let masks: Vec<LayerId> = masks.map(|(_, layer)| layer.id()).collect();
    if (24..30).contains(&kind) && !masks.is_empty() && chance.below(5) > 0 {
        id = chance.pick(&masks);
    }
    let how = chance.pick(&[Combine::Replace, Combine::Add, Combine::Subtract, Combine::Intersect]);
    match kind {
        20 => history.translate(id, chance.below(300) as i32 - 150, chance.below(3) as i32 * 128 - 128),
        21 => history.clear(id),
        22 | 23 => stroke(history, chance, id),
        24 => history.select(id, &Shape::Rectangle { from: point(chance), to: point(chance) }, how),
        25 => history.select(id, &Shape::Ellipse { from: point(chance), to: point(chance) }, how),
        26 => history.select(id, &Shape::Polygon((0..7).map(|_| point(chance)).collect()), how),
        27 => {
            let wand = Wand { tolerance: chance.below(90) as u8, contiguous: chance.below(2) == 0 };
            let at = chance.region(history.document().size());
            history.select_similar(id, [at.x, at.y], wand, how)
        }
        28 => history.select_colour(id, [chance.below(256) as u8; 3], 80, how),
        29 => {
            let by = chance.part() * 20.0;
            let changes = [
                MaskChange::Grow(by),
                MaskChange::Shrink(by),
                MaskChange::Feather(by),
                MaskChange::Border(by),
            ];
            let others = [MaskChange::Invert, MaskChange::Fill, MaskChange::Clear];
            history.change_mask(id, chance.pick(&[&changes[..], &others[..]].concat()))
        }
        30 => {
            let scale = [f64::from(chance.part()) + 0.4, f64::from(chance.part()) - 1.2];
            let by = Affine::around([120.0, 130.0], scale, f64::from(chance.part()) * 360.0);
            history.transform(id, &by.then(Affine::shift([5.0, -3.0])))
        }
        31 => {
            let paints = history.document().listed().into_iter();
            let paints = paints.filter(|(_, layer)| layer.kind() == LayerKind::Paint);
            let paints: Vec<LayerId> = paints.map(|(_, layer)| layer.id()).collect();
            let id = if paints.is_empty() { id } else { chance.pick(&paints) };
            history.fill(id, [chance.below(256) as u8; 3])
        }
        _ => Err(DocumentError::NotBegun),
    }
}

#[test]
fn every_kind_of_edit_is_taken_back_and_made_again_exactly() {
    let mut done = BTreeSet::new();
    for seed in 1..=12 {
        let mut chance = Chance::new(seed);
        let mut history = History::new(Document::new(size(300, 280), [200, 190, 180, 255]).unwrap());
        history.add_mask("Mask", top(&history)).unwrap();
        history.add_paint("Paint", top(&history)).unwrap();
        let mut states = vec![state(&history)];
        let first = history.position();
        while states.len() <= 40 {
            let kind = chance.below(KINDS);
            let (position, before) = (history.position(), history.document().revision());
            let outcome = edit(&mut history, &mut chance, kind);
            if outcome.is_err() {
                history.abort();
            }
            if history.position() > position {
                assert_eq!(outcome, Ok(()), "kind {kind} failed and left a step");
                done.insert(kind);
                states.push(state(&history));
            } else if history.document().revision() > before {
                assert_eq!(
                    Some(&state(&history)),
                    states.last(),
                    "kind {kind} changed something without a step"
                );
            }
        }
        for expected in states.iter().rev().skip(1) {
            let name = history.undo().unwrap();
            assert_eq!(state(&history), *expected, "seed {seed}, undo of {name:?}");
        }
        assert_eq!(history.position(), first);
        for expected in &states[1..] {
            let name = history.redo().unwrap();
            assert_eq!(state(&history), *expected, "seed {seed}, redo of {name:?}");
        }
        for _ in 0..10 {
            let to = chance.below(states.len());
            history.go_to(first + to).unwrap();
            assert_eq!(state(&history), states[to], "seed {seed}, at {to}");
        }
    }
    let missing: Vec<usize> = (0..KINDS).filter(|kind| !done.contains(kind)).collect();
    assert!(missing.is_empty(), "never done: {missing:?}");
}

#[test]
fn a_transaction_of_many_edits_is_one_step_and_aborts_to_the_byte() {
    for seed in 30..40 {
        let mut chance = Chance::new(seed);
        let mut history = History::new(Document::new(size(280, 300), [255; 4]).unwrap());
        for kind in [0, 2, 1, 4, 3] {
            edit(&mut history, &mut chance, kind).ok();
        }
        let (before, steps) = (state(&history), history.position());
        for abort in [true, false] {
            history.begin("Everything").unwrap();
            for _ in 0..25 {
                // Strokes open transactions of their own.
                let kind = chance.pick(&[0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 17, 18, 20, 24, 29]);
                edit(&mut history, &mut chance, kind).ok();
            }
            if abort {
                history.abort();
            } else {
                let after = state(&history);
                assert!(history.commit().unwrap());
                assert_eq!(history.position(), steps + 1);
                history.undo().unwrap();
                assert_eq!(state(&history), before);
                history.redo().unwrap();
                assert_eq!(state(&history), after);
                history.undo().unwrap();
            }
            assert_eq!(state(&history), before, "seed {seed}");
        }
    }
}
