//! What the next press of the button will take, known before it: size, time, memory. The engine is asked on a thread
//! of its own, only when something that matters changed, and not while it is still changing.

mod planner;
mod times;

pub use planner::PlannerThread;
pub use times::Times;

use crate::window::Planner;
use engine_api::{EngineError, Foresight, Prospect};

/// Seconds for which nothing may change before the engine is asked.
const QUIET: f64 = 0.3;

/// The question at hand and the last answer.
#[derive(Default)]
pub struct Ahead {
    wanted: Option<Prospect>,
    /// Since when it is wanted, in the window's seconds.
    since: f64,
    /// The question on its way, with its number.
    asked: Option<(u64, Prospect)>,
    numbers: u64,
    known: Option<(Prospect, Result<Foresight, EngineError>)>,
}

impl Ahead {
    /// Once a frame: notes what is wanted at the time `now`, asks, and takes answers. Returns after how many seconds it
    /// wants to be called again; `None` when the next event is early enough.
    pub fn update(&mut self, now: f64, wanted: Option<Prospect>, door: &mut dyn Planner) -> Option<f64> {
        while let Some((number, answer)) = door.try_answer() {
            if let Some((_, prospect)) = self.asked.take_if(|(asked, _)| *asked == number) {
                self.known = Some((prospect, answer));
            }
        }
        if self.wanted != wanted {
            (self.wanted, self.since) = (wanted, now);
        }
        let Some(wanted) = &self.wanted else {
            self.known = None;
            return None;
        };
        let is_known = self.known.as_ref().is_some_and(|(known, _)| known == wanted);
        // One question at a time: its answer brings the next frame.
        if is_known || self.asked.is_some() {
            return None;
        }
        let left = QUIET - (now - self.since);
        if left > 0.0 {
            return Some(left);
        }
        self.numbers += 1;
        self.asked = Some((self.numbers, wanted.clone()));
        door.ask(self.numbers, wanted.clone());
        None
    }

    /// The latest answer. While a newer one is on its way, it may be one question old.
    pub fn answer(&self) -> Option<&Result<Foresight, EngineError>> {
        self.known.as_ref().map(|(_, answer)| answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_api::{DeviceChoice, Plan, Quality, Room, Size};

    #[derive(Default)]
    struct Door {
        asked: Vec<(u64, Prospect)>,
        answers: Vec<(u64, Result<Foresight, EngineError>)>,
    }

    impl Planner for Door {
        fn ask(&mut self, number: u64, prospect: Prospect) {
            self.asked.push((number, prospect));
        }

        fn try_answer(&mut self) -> Option<(u64, Result<Foresight, EngineError>)> {
            self.answers.pop()
        }
    }

    fn prospect(width: u32) -> Prospect {
        Prospect {
            model: "toy".into(),
            canvas: Size { width, height: 64 },
            edit: None,
            prompt_bytes: 256,
            negative: None,
            steps: None,
            guidance: None,
            quality: Quality::Standard,
            device: DeviceChoice::Auto,
            memory: None,
        }
    }

    fn foresight(width: u32) -> Foresight {
        let plan = Plan {
            device: "toy".into(),
            ram_bytes: 1,
            vram_bytes: 0,
            steps: 4,
            tiles: 1,
            work_size: Size { width, height: 64 },
            part: None,
            notes: Vec::new(),
        };
        Foresight { plan, family: "Toy".into(), edits: true, room: Room::Fits, needed: 1, free: Some(2) }
    }

    #[test]
    fn the_engine_is_asked_once_and_only_after_a_quiet_while() {
        let (mut ahead, mut door) = (Ahead::default(), Door::default());
        assert!(ahead.update(0.0, Some(prospect(64)), &mut door).is_some_and(|left| left > 0.2));
        assert!(ahead.update(0.2, Some(prospect(80)), &mut door).is_some(), "it still changes");
        assert!(ahead.update(0.4, Some(prospect(80)), &mut door).is_some());
        assert!(door.asked.is_empty());
        for now in [0.6, 0.7, 5.0] {
            assert_eq!(ahead.update(now, Some(prospect(80)), &mut door), None);
        }
        assert_eq!(door.asked, [(1, prospect(80))]);
        door.answers.push((1, Ok(foresight(80))));
        ahead.update(5.1, Some(prospect(80)), &mut door);
        assert_eq!(ahead.answer(), Some(&Ok(foresight(80))));
        ahead.update(9.0, Some(prospect(80)), &mut door);
        assert_eq!(door.asked.len(), 1, "what is known is not asked again");
    }

    #[test]
    fn one_question_at_a_time_and_nothing_known_without_a_model() {
        let (mut ahead, mut door) = (Ahead::default(), Door::default());
        ahead.update(0.0, Some(prospect(64)), &mut door);
        ahead.update(1.0, Some(prospect(64)), &mut door);
        ahead.update(2.0, Some(prospect(80)), &mut door);
        ahead.update(3.0, Some(prospect(80)), &mut door);
        assert_eq!(door.asked.len(), 1);
        door.answers.push((1, Ok(foresight(64))));
        ahead.update(4.0, Some(prospect(80)), &mut door);
        assert_eq!(door.asked.len(), 2);
        door.answers.push((1, Ok(foresight(1))));
        ahead.update(5.0, Some(prospect(80)), &mut door);
        assert_eq!(ahead.answer(), Some(&Ok(foresight(64))), "an answer to no question is dropped");
        ahead.update(6.0, None, &mut door);
        assert_eq!(ahead.answer(), None);
    }
}
