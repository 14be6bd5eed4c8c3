//! Events on their way to the client: one bounded channel that the engine never waits for.
//!
//! Overflow rule: a client that does not read (a minimised window) must not hold up the engine, and must still
//! learn how each job began and ended. Therefore the channel keeps room for the lifecycle events (`Started`,
//! `Planned`, the end) of every job that was accepted and whose end the client has not read; so many jobs are
//! accepted and no more. Progress (stages, steps, notes) is only sent while more than that room is free, and is
//! left out otherwise: stages and steps are overtaken by the next ones, and notes are listed again at the end.

use super::client::Waker;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use engine_api::{Event, EventKind, JobId};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Progress events that wait for a slow client before further ones are left out.
pub const PROGRESS_ROOM: usize = 1024;
/// Most jobs that were accepted and whose end the client has not read.
pub const UNREAD_JOBS: usize = 16;
/// `Started`, `Planned` and the end.
const LIFECYCLE_EVENTS: usize = 3;

pub(super) struct Outbox {
    sender: Sender<Event>,
    unread_jobs: AtomicUsize,
    waker: Waker,
}

impl Outbox {
    /// The engine's end, and the client's.
    pub(super) fn new(waker: Waker) -> (Self, Receiver<Event>) {
        let (sender, receiver) = bounded(PROGRESS_ROOM + LIFECYCLE_EVENTS * UNREAD_JOBS);
        (Self { sender, unread_jobs: AtomicUsize::new(0), waker }, receiver)
    }

    /// Keeps room for one more job; false when there is none.
    pub(super) fn reserve(&self) -> bool {
        let more = |unread: usize| (unread < UNREAD_JOBS).then_some(unread + 1);
        self.unread_jobs.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
    }

    /// Gives back the room of a job that was not accepted after all, or whose end has been read.
    pub(super) fn release(&self) {
        self.unread_jobs.fetch_sub(1, Ordering::AcqRel);
    }

    /// Sends one of the three events for which room is kept.
    pub(super) fn send_lifecycle(&self, job: JobId, kind: EventKind) {
        let sent = self.sender.try_send(Event { job, kind });
        debug_assert!(
            !matches!(sent, Err(TrySendError::Full(_))),
            "room was reserved when the job was accepted"
        );
        (self.waker)();
    }

    /// Sends an event that may be left out when the client is far behind.
    pub(super) fn send_progress(&self, job: JobId, kind: EventKind) {
        if self.sender.len() < PROGRESS_ROOM {
            // A failure can only mean that the client is gone, and then nobody misses the event.
            let _ = self.sender.try_send(Event { job, kind });
        }
        (self.waker)();
    }

    /// Tells the client to look, without an event: a preview has changed.
    pub(super) fn wake(&self) {
        (self.waker)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn progress_never_takes_the_room_of_beginnings_and_ends() {
        let (outbox, events) = Outbox::new(Arc::new(|| {}));
        while outbox.reserve() {}
        for _ in 0..2 * PROGRESS_ROOM {
            outbox.send_progress(JobId(1), EventKind::Note(String::new()));
        }
        assert_eq!(events.len(), PROGRESS_ROOM);
        for job in 0..UNREAD_JOBS as u64 {
            for _ in 0..LIFECYCLE_EVENTS {
                outbox.send_lifecycle(JobId(job), EventKind::Started);
            }
        }
        let started = events.try_iter().filter(|event| matches!(event.kind, EventKind::Started)).count();
        assert_eq!(started, LIFECYCLE_EVENTS * UNREAD_JOBS);
        assert!(!outbox.reserve());
        outbox.release();
        assert!(outbox.reserve());
    }
}
