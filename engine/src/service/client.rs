//! What the app holds in its hand: submit, cancel, read events, look at the preview, shut down.

use super::outbox::Outbox;
use super::queue::{Met, Queue, Refusal};
use super::work::Work;
use super::{MakeRunner, UNREAD_JOBS, WAITING_JOBS, thread};
use crate::pipelines::video::FrameSink;
use crossbeam_channel::Receiver;
use engine_api::{
    CancelMode, EngineError, ErrorKind, Event, EventKind, ImageRequest, JobId, Preview, VideoRequest,
    system_words,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Called from the engine's thread after every event and preview; must return at once. A window asks for a
/// repaint with it.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// The engine with its thread. Dropping it stops the running job at its next block, forgets the waiting ones
/// and waits for the thread to end, so that nothing is left behind.
pub struct Service {
    shared: Arc<Shared>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

/// What the client and the engine's thread both hold.
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) outbox: Outbox,
    pub(super) previews: PreviewSlot,
}

/// The latest preview of the running job. One slot is enough because one job runs at a time; a newer preview
/// replaces an older one that nobody looked at.
#[derive(Default)]
pub(super) struct PreviewSlot(Mutex<Option<(JobId, Preview)>>);

impl Service {
    /// Starts the thread "engine". The runner is made there, before the first job.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when the system refuses another thread.
    pub fn start(make_runner: MakeRunner, waker: Waker) -> Result<Self, EngineError> {
        let (outbox, events) = Outbox::new(waker);
        let shared = Arc::new(Shared { queue: Queue::new(), outbox, previews: PreviewSlot::default() });
        let thread = thread::spawn(Arc::clone(&shared), make_runner).map_err(|error| {
            let message = format!("The system did not let the engine start ({})", system_words(&error));
            EngineError::new(ErrorKind::Internal, message).with_hint("Close other programs and try again")
        })?;
        Ok(Self { shared, events, thread: Some(thread) })
    }

    /// Checks a request and puts it at the end of the line. Returns at once.
    ///
    /// # Errors
    /// What [`ImageRequest::check`] finds; [`ErrorKind::Busy`] when [`WAITING_JOBS`] jobs wait already or the
    /// ends of [`UNREAD_JOBS`] jobs have not been read; [`ErrorKind::Request`] when the number is taken.
    pub fn submit(&self, request: ImageRequest) -> Result<(), EngineError> {
        request.check()?;
        self.put_in_line(Work::Picture(request))
    }

    /// The same for a clip. Its frames go to `sink` on the engine's thread, one by one as they are decoded, so that no
    /// channel has to hold them; what `sink` refuses ends the job. It is dropped before the end is told.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub fn submit_clip(
        &self,
        request: VideoRequest,
        sink: Box<dyn FrameSink + Send>,
    ) -> Result<(), EngineError> {
        request.check()?;
        self.put_in_line(Work::Clip(request, sink))
    }

    fn put_in_line(&self, work: Work) -> Result<(), EngineError> {
        let job = work.job();
        if !self.is_alive() {
            return Err(stopped());
        }
        if !self.shared.outbox.reserve() {
            let message = format!("The results of {UNREAD_JOBS} jobs have not been looked at yet");
            return Err(EngineError::new(ErrorKind::Busy, message).with_hint("Look at them first"));
        }
        self.shared.queue.submit(work).map_err(|refusal| {
            self.shared.outbox.release();
            match refusal {
                Refusal::Full => {
                    let message = format!("{WAITING_JOBS} jobs are waiting already");
                    EngineError::new(ErrorKind::Busy, message)
                        .with_hint("Wait for one to finish, or cancel one")
                }
                Refusal::NumberTaken => {
                    let message = format!("There is already a job number {job}");
                    EngineError::new(ErrorKind::Request, message)
                }
                Refusal::Closed => stopped(),
            }
        })
    }

    /// Asks a job to end. A waiting job is taken out of the line and answers `Cancelled` at once, whatever the
    /// mode; a running one answers at its next block or step. Unknown jobs and jobs that are over are let be.
    pub fn cancel(&self, job: JobId, mode: CancelMode) {
        match self.shared.queue.cancel(job, mode) {
            Met::Waiting => self.shared.outbox.send_lifecycle(job, EventKind::Cancelled),
            Met::Running | Met::Nothing => {}
        }
    }

    /// The next event if there is one. Never waits: for windows.
    pub fn try_event(&self) -> Option<Event> {
        self.events.try_recv().ok().inspect(|event| self.read(event))
    }

    /// The next event, or `None` after `patience`. Waits: for the command line and tests.
    pub fn next_event(&self, patience: Duration) -> Option<Event> {
        self.events.recv_timeout(patience).ok().inspect(|event| self.read(event))
    }

    /// Whether the engine's thread is there to answer; false only after a fault outside of any job.
    pub fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Takes the latest preview of a running job; `None` when there is nothing new.
    pub fn take_preview(&self, job: JobId) -> Option<Preview> {
        self.shared.previews.take(job)
    }

    /// Stops everything and waits for the thread to end, as dropping does.
    pub fn shut_down(self) {
        drop(self);
    }

    fn read(&self, event: &Event) {
        if event.kind.is_end() {
            self.shared.outbox.release();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shared.queue.close();
        if let Some(thread) = self.thread.take() {
            // The thread catches the faults of its jobs; one outside of them has nobody left to be told.
            let _ = thread.join();
        }
    }
}

impl PreviewSlot {
    pub(super) fn put(&self, job: JobId, preview: Preview) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((job, preview));
    }

    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn take(&self, job: JobId) -> Option<Preview> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take_if(|(owner, _)| *owner == job).map(|(_, preview)| preview)
    }
}

fn stopped() -> EngineError {
    EngineError::new(ErrorKind::Internal, "The engine has stopped").with_hint("Start Rostrum again")
}
