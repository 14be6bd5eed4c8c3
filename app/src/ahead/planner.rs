//! The door to the engine's plans, on threads of its own.

use crate::link::Waker;
use crate::window::Planner;
use engine_api::{EngineError, ErrorKind, Foresight, Prospect};
use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Answers that wait to be read; the window asks one question at a time.
const ROOM: usize = 2;

/// How the engine foresees a job: reads headers, which can take a moment.
pub type Foresee = fn(&Prospect) -> Result<Foresight, EngineError>;
type Answer = (u64, Result<Foresight, EngineError>);

/// A thread per question.
pub struct PlannerThread {
    foresee: Foresee,
    wake: Waker,
    answers: Receiver<Answer>,
    sender: SyncSender<Answer>,
}

impl PlannerThread {
    /// `wake` is called when an answer is there.
    pub fn new(foresee: Foresee, wake: Waker) -> Self {
        let (sender, answers) = sync_channel(ROOM);
        Self { foresee, wake, answers, sender }
    }
}

impl Planner for PlannerThread {
    fn ask(&mut self, number: u64, prospect: Prospect) {
        let (foresee, sender, wake) = (self.foresee, self.sender.clone(), self.wake.clone());
        let run = move || {
            // A fault must not leave the question without an answer.
            let answer = catch_unwind(|| foresee(&prospect)).unwrap_or_else(|_| Err(unknown()));
            if sender.send((number, answer)).is_ok() {
                wake();
            }
        };
        if thread::Builder::new().name("planner".into()).spawn(run).is_err() {
            // Full only when answers wait already.
            let _ = self.sender.try_send((number, Err(unknown())));
        }
    }

    fn try_answer(&mut self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

fn unknown() -> EngineError {
    EngineError::new(ErrorKind::Internal, "What this will take is not known")
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_api::{DeviceChoice, Quality, Size};
    use std::sync::Arc;

    fn ask(foresee: Foresee) -> Answer {
        let mut planner = PlannerThread::new(foresee, Arc::new(|| {}));
        let prospect = Prospect {
            model: "toy".into(),
            canvas: Size { width: 64, height: 64 },
            edit: None,
            prompt_bytes: 0,
            negative: None,
            steps: None,
            guidance: None,
            quality: Quality::Standard,
            device: DeviceChoice::Auto,
            memory: None,
        };
        planner.ask(7, prospect);
        planner.answers.recv().unwrap()
    }

    #[test]
    fn every_question_is_answered_even_after_a_fault() {
        let refused =
            ask(|prospect| Err(EngineError::new(ErrorKind::Model, prospect.model.display().to_string())));
        assert_eq!((refused.0, refused.1.unwrap_err().message.as_str()), (7, "toy"));
        let fault = ask(|_| std::panic::resume_unwind(Box::new("a planted fault")));
        assert_eq!(fault.1.unwrap_err().kind, ErrorKind::Internal);
    }
}
