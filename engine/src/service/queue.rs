//! The line of waiting jobs, and which job runs.
//!
//! Requests lie in a short list under a lock that is held for moments only; the channel beside it is a bell of
//! capacity one that wakes the engine's thread. Overflow rules: a full line refuses the request (`Busy`), and a
//! bell that already rings need not ring twice.

use super::CancelToken;
use super::work::Work;
use crossbeam_channel::{Receiver, Sender, bounded};
use engine_api::{CancelMode, JobId};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most jobs that wait while another one runs.
pub const WAITING_JOBS: usize = 8;

pub(super) struct Queue {
    state: Mutex<State>,
    bell: Sender<()>,
    rung: Receiver<()>,
}

/// Why a request was not taken.
pub(super) enum Refusal {
    Full,
    NumberTaken,
    Closed,
}

/// Where a cancellation met its job.
pub(super) enum Met {
    /// It was taken out of the line and will not run.
    Waiting,
    /// It runs and has been told.
    Running,
    /// There is no such job, or it is over.
    Nothing,
}

struct State {
    waiting: VecDeque<Work>,
    running: Option<(JobId, CancelToken)>,
    open: bool,
}

impl Queue {
    pub(super) fn new() -> Self {
        let (bell, rung) = bounded(1);
        let state = State { waiting: VecDeque::with_capacity(WAITING_JOBS), running: None, open: true };
        Self { state: Mutex::new(state), bell, rung }
    }

    /// Puts a request at the end of the line.
    pub(super) fn submit(&self, work: Work) -> Result<(), Refusal> {
        let mut state = self.lock();
        if !state.open {
            return Err(Refusal::Closed);
        }
        if state.knows(work.job()) {
            return Err(Refusal::NumberTaken);
        }
        if state.waiting.len() >= WAITING_JOBS {
            return Err(Refusal::Full);
        }
        state.waiting.push_back(work);
        drop(state);
        self.ring();
        Ok(())
    }

    /// Waits for the next job and marks it as running; `None` when the queue was closed.
    pub(super) fn next(&self) -> Option<(Work, CancelToken)> {
        loop {
            {
                let mut state = self.lock();
                if !state.open {
                    return None;
                }
                if let Some(work) = state.waiting.pop_front() {
                    let token = CancelToken::default();
                    state.running = Some((work.job(), token.clone()));
                    return Some((work, token));
                }
            }
            self.rung.recv().ok()?;
        }
    }

    /// The running job is over.
    pub(super) fn done(&self) {
        self.lock().running = None;
    }

    /// Takes a waiting job out of the line, or tells the running one to end.
    pub(super) fn cancel(&self, job: JobId, mode: CancelMode) -> Met {
        let mut state = self.lock();
        match &state.running {
            Some((running, token)) if *running == job => {
                token.cancel(mode);
                return Met::Running;
            }
            _ => {}
        }
        let before = state.waiting.len();
        state.waiting.retain(|work| work.job() != job);
        if state.waiting.len() < before { Met::Waiting } else { Met::Nothing }
    }

    /// Forgets the waiting jobs, stops the running one and lets [`Queue::next`] end.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.open = false;
        state.waiting.clear();
        if let Some((_, token)) = &state.running {
            token.cancel(CancelMode::Now);
        }
        drop(state);
        self.ring();
    }

    fn ring(&self) {
        // A full bell is already ringing.
        let _ = self.bell.try_send(());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held, so that a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn knows(&self, job: JobId) -> bool {
        let running = self.running.as_ref().is_some_and(|(running, _)| *running == job);
        running || self.waiting.iter().any(|work| work.job() == job)
    }
}
