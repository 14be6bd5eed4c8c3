//! The door to the engine's plans, on threads of its own, which end with the window.

use crate::link::Waker;
use crate::live::{Errand, Threads};
use crate::window::Planner;
use engine_api::{EngineError, Foresight, Prospect};

/// How the engine foresees a job: reads headers, which can take a moment.
pub type Foresee = fn(&Prospect) -> Result<Foresight, EngineError>;
type Answer = (u64, Result<Foresight, EngineError>);

/// A thread per question.
pub struct PlannerThread {
    foresee: Foresee,
    threads: Threads,
    pending: Option<(u64, Errand<Result<Foresight, EngineError>>)>,
    /// A question that the system had no room for.
    refused: Option<Answer>,
}

impl PlannerThread {
    /// `wake` is called when an answer is there.
    pub fn new(foresee: Foresee, wake: Waker) -> Self {
        Self { foresee, threads: Threads::new(wake), pending: None, refused: None }
    }
}

impl Planner for PlannerThread {
    fn ask(&mut self, number: u64, prospect: Prospect) {
        let foresee = self.foresee;
        match Errand::start(&self.threads, move || foresee(&prospect)) {
            Ok(errand) => self.pending = Some((number, errand)),
            Err(error) => self.refused = Some((number, Err(error))),
        }
    }

    fn try_answer(&mut self) -> Option<Answer> {
        if let Some(refused) = self.refused.take() {
            return Some(refused);
        }
        let (number, errand) = self.pending.as_ref()?;
        let answer = (*number, errand.try_take()?.and_then(|answer| answer));
        self.pending = None;
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Aside;
    use engine_api::{DeviceChoice, ErrorKind, Quality, Size};
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
        planner.threads.finish();
        planner.try_answer().unwrap()
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
