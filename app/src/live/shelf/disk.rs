//! The shelf on a thread of its own.

use super::keeper::Keeper;
use super::{Codec, Kept, KeptResult, Shelf, Told};
use crate::link::Waker;
use engine_api::{EngineError, ErrorKind, JobId, system_words};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Tasks on their way to the thread; further ones wait at the window's side.
const TASKS: usize = 16;
/// Answers that wait to be read; the thread waits for room when there are more.
const ANSWERS: usize = 16;

/// The written line in a folder of this computer.
///
/// Dropping it waits until everything is written, so that no half file is left and no job is lost.
pub struct Disk {
    tasks: Option<SyncSender<Task>>,
    /// What the channel had no room for.
    backlog: VecDeque<Task>,
    answers: Option<Receiver<Told>>,
    thread: Option<JoinHandle<()>>,
    /// Why there is no thread.
    trouble: Option<EngineError>,
}

enum Task {
    Keep(Box<Kept>),
    KeepResult(Box<KeptResult>),
    Forget(JobId),
    Order(Vec<JobId>),
    TakeOver(Vec<JobId>),
    ThrowAway,
    Fetch(JobId),
}

impl Disk {
    /// Starts the thread, which looks first what earlier sessions left behind. `wake` is called after every answer.
    /// Without a folder nothing is written, which is told.
    pub fn open(base: Option<PathBuf>, codec: Codec, wake: Waker) -> Self {
        let Some(base) = base else {
            let message =
                "This computer names no folder for a user's data, so that jobs do not outlive Rostrum";
            let trouble = EngineError::new(ErrorKind::Output, message).with_hint("Set HOME");
            let (tasks, answers, thread) = (None, None, None);
            return Self { tasks, backlog: VecDeque::new(), answers, thread, trouble: Some(trouble) };
        };
        let (tasks, work) = sync_channel(TASKS);
        let (told, answers) = sync_channel(ANSWERS);
        let run = move || {
            // The window may be gone; what is to be written is written all the same.
            let mut tell = |answer| {
                let _ = told.send(answer);
                wake();
            };
            let mut keeper = Keeper::new(base, codec);
            keeper.look().into_iter().for_each(&mut tell);
            while let Ok(task) = work.recv() {
                perform(&mut keeper, task, &mut tell);
            }
        };
        let (thread, trouble) = match Builder::new().name("shelf".into()).spawn(run) {
            Ok(thread) => (Some(thread), None),
            Err(error) => {
                let message = format!("The line of jobs cannot be written down ({})", system_words(&error));
                (None, Some(EngineError::new(ErrorKind::Output, message).with_hint("Close other programs")))
            }
        };
        Self { tasks: Some(tasks), backlog: VecDeque::new(), answers: Some(answers), thread, trouble }
    }

    fn push(&mut self, task: Task) {
        self.backlog.push_back(task);
        self.flush();
    }

    fn flush(&mut self) {
        let Some(tasks) = &self.tasks else {
            self.backlog.clear();
            return;
        };
        while let Some(task) = self.backlog.pop_front() {
            match tasks.try_send(task) {
                Ok(()) => {}
                Err(TrySendError::Full(task)) => {
                    self.backlog.push_front(task);
                    return;
                }
                // The thread is gone: nothing can be written any more.
                Err(TrySendError::Disconnected(_)) => self.backlog.clear(),
            }
        }
    }
}

impl Shelf for Disk {
    fn keep(&mut self, job: Kept) {
        self.push(Task::Keep(Box::new(job)));
    }

    fn keep_result(&mut self, result: KeptResult) {
        self.push(Task::KeepResult(Box::new(result)));
    }

    fn forget(&mut self, job: JobId) {
        // What is not written yet need not be.
        self.backlog.retain(|task| match task {
            Task::Keep(kept) => kept.request.job != job,
            Task::KeepResult(kept) => kept.job != job,
            _ => true,
        });
        self.push(Task::Forget(job));
    }

    fn order(&mut self, jobs: Vec<JobId>) {
        // A later order replaces one that was not yet taken.
        self.backlog.retain(|task| !matches!(task, Task::Order(_)));
        self.push(Task::Order(jobs));
    }

    fn take_over(&mut self, numbers: Vec<JobId>) {
        self.push(Task::TakeOver(numbers));
    }

    fn throw_away(&mut self) {
        self.push(Task::ThrowAway);
    }

    fn fetch(&mut self, job: JobId) {
        self.push(Task::Fetch(job));
    }

    fn try_tell(&mut self) -> Option<Told> {
        self.flush();
        if let Some(error) = self.trouble.take() {
            return Some(Told::Trouble(error));
        }
        self.answers.as_ref()?.try_recv().ok()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Nobody reads answers from here on, so that the thread must not wait for room.
        self.answers = None;
        if let Some(tasks) = self.tasks.take() {
            for task in
                self.backlog.drain(..).filter(|task| !matches!(task, Task::TakeOver(_) | Task::Fetch(_)))
            {
                if tasks.send(task).is_err() {
                    break;
                }
            }
        }
        if let Some(thread) = self.thread.take() {
            // A fault in it has nobody left to be told.
            let _ = thread.join();
        }
    }
}

fn perform(keeper: &mut Keeper, task: Task, tell: &mut dyn FnMut(Told)) {
    match task {
        Task::Keep(job) => tell(match keeper.keep(&job) {
            Ok(()) => Told::Written(job.request.job),
            Err(error) => Told::Trouble(error),
        }),
        Task::KeepResult(result) => {
            if let Err(error) = keeper.keep_result(&result) {
                tell(Told::Trouble(error));
            }
        }
        Task::Forget(number) => keeper.forget(number),
        Task::Order(numbers) => keeper.order(&numbers),
        Task::TakeOver(numbers) => keeper.take_over(&numbers, tell),
        Task::ThrowAway => keeper.throw_away(),
        Task::Fetch(number) => tell(keeper.fetch(number)),
    }
}
