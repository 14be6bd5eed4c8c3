//! What the next press of the button will take: at which size the model works, how long, how much memory, and whether
//! there is room. All of it is said in words; colour only underlines.

use crate::ahead::Times;
use crate::design::{size, tokens};
use crate::live::Doing;
use crate::presets::Suits;
use crate::window::Studio;
use crate::words;
use egui::{Label, RichText, Ui};
use engine_api::{Foresight, Room};

/// A line, and whether it is a warning.
type Line = (String, bool);

pub(super) fn show(ui: &mut Ui, studio: &Studio) {
    let Some(answer) = studio.ahead.answer() else { return };
    let lines = match answer {
        Ok(foresight) => {
            let model = studio.wish.model.as_deref().unwrap_or_default();
            let mut lines = lines(foresight, model, &studio.times);
            lines.extend(suits(foresight, &studio.doing(), studio.wish.suits));
            lines
        }
        Err(error) => vec![(error.to_string(), true)],
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = size::LINE;
        for (text, warns) in lines {
            let colour = if warns { tokens(ui).alarm } else { tokens(ui).weak };
            ui.add(Label::new(RichText::new(text).small().color(colour)).wrap());
        }
    });
}

fn lines(foresight: &Foresight, model: &str, times: &Times) -> Vec<Line> {
    let plan = &foresight.plan;
    let time = match times.expected(model, plan.work_size, plan.steps) {
        Some(seconds) => format!("about {}", roughly(seconds)),
        None => "time not known before the first run".to_owned(),
    };
    let steps = words::count(u64::from(plan.steps), "step");
    let work =
        format!("Works at {} \u{d7} {} in {steps}, {time}", plan.work_size.width, plan.work_size.height);
    let needed = words::bytes(foresight.needed);
    let free = foresight.free.map(|free| format!(", {} free", words::bytes(free))).unwrap_or_default();
    let memory = match foresight.room {
        Room::Fits => (format!("Memory: {needed}{free} \u{2013} fits"), false),
        Room::Tight => (format!("Memory: {needed}{free} \u{2013} will be tight; close other programs"), true),
        Room::TooBig => {
            (format!("Memory: {needed}{free} \u{2013} too big; choose a smaller size or model"), true)
        }
    };
    let mut lines = vec![(work, false), memory];
    if plan.vram_bytes > 0 {
        lines.push((format!("On the graphics card: {}", words::bytes(plan.vram_bytes)), false));
    }
    lines.extend(plan.notes.iter().map(|note| (note.clone(), false)));
    lines
}

/// Whole seconds; nobody knows the parts of one beforehand.
fn roughly(seconds: f64) -> String {
    if seconds < 120.0 { format!("{:.0} s", seconds.ceil()) } else { words::seconds(seconds) }
}

/// What kind of model or picture would do better.
fn suits(foresight: &Foresight, doing: &Doing, task: Suits) -> Option<Line> {
    let is_new = matches!(doing, Doing::Generate(_));
    let text = match (is_new, foresight.edits) {
        (true, _) if task == Suits::Edit => "This task changes a picture; open one first".to_owned(),
        (true, true) => {
            format!("{} is made for changing pictures; it may not follow words alone", foresight.family)
        }
        (false, false) => {
            format!(
                "{} draws from words; a model made for editing follows a picture better",
                foresight.family
            )
        }
        _ => return None,
    };
    Some((text, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_api::{Plan, Size};

    const SIZE: Size = Size { width: 1024, height: 768 };

    fn foresight(room: Room) -> Foresight {
        let plan = Plan {
            device: "toy".into(),
            ram_bytes: 6 << 30,
            vram_bytes: 0,
            steps: 4,
            tiles: 9,
            work_size: SIZE,
            part: None,
            notes: vec!["The picture is decoded in 9 tiles.".into()],
        };
        let (needed, free) = (5 << 30, Some(8 << 30));
        Foresight { plan, family: "Toy".into(), edits: true, room, needed, free }
    }

    #[test]
    fn size_time_memory_and_tiles_are_told() {
        let mut times = Times::default();
        let told: Vec<Line> = lines(&foresight(Room::Fits), "toy", &times);
        assert_eq!(told[0].0, "Works at 1024 \u{d7} 768 in 4 steps, time not known before the first run");
        assert_eq!(told[1], ("Memory: 5.0 GiB, 8.0 GiB free \u{2013} fits".into(), false));
        assert_eq!(told[2].0, "The picture is decoded in 9 tiles.");
        times.note("toy", SIZE, 4, 10.0, 50.0);
        let told = lines(&foresight(Room::TooBig), "toy", &times);
        assert_eq!(told[0].0, "Works at 1024 \u{d7} 768 in 4 steps, about 50 s");
        assert!(told[1].1 && told[1].0.contains("too big"));
        assert!(lines(&foresight(Room::Tight), "toy", &times)[1].0.contains("tight"));
    }

    #[test]
    fn a_model_of_the_other_kind_is_mentioned() {
        let (edits, draws) = (foresight(Room::Fits), Foresight { edits: false, ..foresight(Room::Fits) });
        let (new, edit) = (Doing::Generate(SIZE), Doing::EditEverything(SIZE));
        assert!(suits(&edits, &edit, Suits::Edit).is_none() && suits(&draws, &new, Suits::Any).is_none());
        assert!(suits(&edits, &new, Suits::Any).is_some_and(|(text, _)| text.contains("changing pictures")));
        assert!(suits(&draws, &edit, Suits::Any).is_some_and(|(text, _)| text.contains("made for editing")));
        assert!(suits(&draws, &new, Suits::Edit).is_some_and(|(text, _)| text.contains("open one first")));
    }
}
