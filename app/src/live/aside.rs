//! Work beside the window: what would take longer than a frame runs on a thread of its own and is asked for later.

use crate::link::Waker;
use engine_api::{EngineError, ErrorKind, system_words};
use std::cell::RefCell;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Work that can be sent to a thread.
pub type Work = Box<dyn FnOnce() + Send>;

/// Runs work away from the window. A door, so that tests can hold the work back or do it at once.
pub trait Aside {
    /// Returns at once; the window is woken when the work is done.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when the system has no room for another thread.
    fn run(&self, work: Work) -> Result<(), EngineError>;
    /// Waits until all work is done: only when there is no window any more that would stand still.
    fn finish(&self);
    /// Whether a change of a document of so many pixels is done within the frame: it is quicker than a thread is noticed.
    fn at_once(&self, pixels: u64) -> bool {
        pixels <= AT_ONCE
    }
}

/// Pixels of a document up to which changes of all of it are made within a frame.
const AT_ONCE: u64 = 1 << 20;

/// Work under way, and the place where its answer will lie.
pub struct Errand<T>(Receiver<T>);

impl<T: Send + 'static> Errand<T> {
    /// Begins the work.
    ///
    /// # Errors
    /// As [`Aside::run`].
    pub fn start(aside: &dyn Aside, work: impl FnOnce() -> T + Send + 'static) -> Result<Self, EngineError> {
        let (sender, receiver) = sync_channel(1);
        aside.run(Box::new(move || {
            // Nobody may be left to ask for the answer; the channel has room for it, so that this never waits.
            let _ = sender.try_send(work());
        }))?;
        Ok(Self(receiver))
    }

    /// The answer, once it is there. Never waits.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when the work ended in a fault.
    pub fn try_take(&self) -> Option<Result<T, EngineError>> {
        match self.0.try_recv() {
            Ok(answer) => Some(Ok(answer)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(fault())),
        }
    }
}

/// A thread for each piece of work. Dropping it waits for all of them, so that none outlives the window.
pub struct Threads {
    wake: Waker,
    running: RefCell<Vec<JoinHandle<()>>>,
}

impl Threads {
    pub fn new(wake: Waker) -> Self {
        Self { wake, running: RefCell::default() }
    }
}

impl Aside for Threads {
    fn run(&self, work: Work) -> Result<(), EngineError> {
        let wake = self.wake.clone();
        let run = move || {
            // Wakes the window even when the work ends in a fault.
            let _wake = OnDrop(wake);
            work();
        };
        let thread = Builder::new().name("aside".into()).spawn(run).map_err(|error| {
            let message = format!("The system gave no room for another task ({})", system_words(&error));
            EngineError::new(ErrorKind::Internal, message).with_hint("Close other programs and try again")
        })?;
        let mut running = self.running.borrow_mut();
        running.retain(|thread| !thread.is_finished());
        running.push(thread);
        Ok(())
    }

    fn finish(&self) {
        for thread in self.running.take() {
            // A fault in it has been told by its errand.
            let _ = thread.join();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.finish();
    }
}

struct OnDrop(Waker);

impl Drop for OnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn fault() -> EngineError {
    EngineError::new(ErrorKind::Internal, "Rostrum met a fault of its own and gave this up")
        .with_hint("Your picture is untouched; please report it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn work_is_answered_and_a_fault_is_told() {
        let woken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&woken);
        let threads = Threads::new(Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        }));
        let sum = Errand::start(&threads, || 2 + 3).unwrap();
        let broken: Errand<u32> = Errand::start(&threads, || panic!("planted")).unwrap();
        // Dropping waits for both.
        drop(threads);
        assert_eq!(sum.try_take().unwrap().unwrap(), 5);
        assert_eq!(broken.try_take().unwrap().unwrap_err().kind, ErrorKind::Internal);
        assert_eq!(woken.load(Ordering::SeqCst), 2);
    }
}
