//! Floor 7: the engine's own thread, its queue, its events. The only place with threads and channels.
//!
//! A tour, along the way of a job: a client calls [`Service::submit`] (`client.rs`), the request waits in a
//! bounded line (`queue.rs`), the thread named "engine" takes it (`thread.rs`) and hands it to a [`Runner`]
//! (`runner.rs`), which tells of its progress (`report.rs`) through a mailbox that never blocks and never
//! loses the beginning or the end of a job (`outbox.rs`). A [`CancelToken`] (`cancel.rs`) goes the other way.
//!
//! Must not know: windows, documents, what a model is.

mod cancel;
mod client;
mod outbox;
mod queue;
mod report;
mod runner;
mod thread;
mod work;

pub use cancel::CancelToken;
pub use client::{Service, Waker};
pub use outbox::{PROGRESS_ROOM, UNREAD_JOBS};
pub use queue::WAITING_JOBS;
pub use runner::{ImageRunner, MakeRunner, Runner};
