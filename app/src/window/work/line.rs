//! Commands about the line of jobs, and what the written line tells.

use super::{Command, Question, Studio};
use crate::live::{Ending, Job, Restored, Told};
use crate::words;
use engine_api::{CancelMode, JobId};
use std::fmt;

/// What shall happen to a job in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineChange {
    Choose,
    /// One place, `true` towards the front.
    Shift(bool),
    /// To a place in the list, counted without the job itself.
    MoveTo(usize),
}

/// What earlier sessions left behind and nobody has decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Earlier {
    pub jobs: usize,
    pub results: usize,
}

impl fmt::Display for Earlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: usize, noun| words::count(number as u64, noun);
        match (self.jobs, self.results) {
            (jobs, 0) => f.write_str(&count(jobs, "job")),
            (0, results) => f.write_str(&count(results, "result")),
            (jobs, results) => write!(f, "{} and {}", count(jobs, "job"), count(results, "result")),
        }
    }
}

impl Studio {
    pub(super) fn line_command(&mut self, command: Command) {
        match command {
            Command::PauseLine => {
                let paused = !self.jobs.is_paused();
                self.jobs.pause(paused);
                self.say(if paused {
                    "The queue is paused. The running job goes on"
                } else {
                    "The queue goes on"
                });
            }
            Command::ClearLine => self.clear_line(),
            Command::RestoreLine => self.restore_line(),
            Command::NextJob => self.choose_job(true),
            Command::PreviousJob => self.choose_job(false),
            Command::JobForward | Command::JobBack => {
                if let Some(job) = self.job_chosen() {
                    self.change_line(job, LineChange::Shift(command == Command::JobForward));
                }
            }
            Command::CancelJob => {
                if let Some(job) = self.job_chosen() {
                    self.stop_job(job, CancelMode::Now);
                }
            }
            Command::ContinueEarlier => {
                let Earlier { jobs, results } = std::mem::take(&mut self.earlier);
                let numbers: Vec<JobId> = (0..jobs + results).map(|_| self.jobs.next_id()).collect();
                if !numbers.is_empty() {
                    self.doors.shelf.take_over(numbers);
                }
            }
            Command::DiscardEarlier if self.earlier != Earlier::default() => {
                self.question = Some(Question::DiscardEarlier);
            }
            _ => {}
        }
    }

    pub(in crate::window) fn stop_job(&mut self, job: JobId, mode: CancelMode) {
        let over = self.jobs.cancel(self.doors.service.as_ref(), job, mode);
        over.into_iter().for_each(|ending: Ending| self.ended(ending));
    }

    pub(super) fn stop(&mut self, mode: CancelMode) {
        let job = self.jobs.running().or(self.jobs.list().first()).map(|job| job.id);
        if let Some(job) = job {
            self.stop_job(job, mode);
        }
    }

    pub(in crate::window) fn change_line(&mut self, job: JobId, change: LineChange) {
        self.chosen_job = Some(job);
        let moved = match change {
            LineChange::Choose => false,
            LineChange::Shift(forward) => self.jobs.shift(job, forward),
            LineChange::MoveTo(place) => self.jobs.move_to(job, place),
        };
        if moved {
            self.write_order();
        }
    }

    /// Removes the jobs of earlier sessions.
    pub(in crate::window) fn discard_earlier(&mut self) {
        self.earlier = Earlier::default();
        self.doors.shelf.throw_away();
    }

    /// Takes what the written line tells, and asks for what is needed of it.
    pub(super) fn take_told(&mut self) {
        for job in self.jobs.spill() {
            self.doors.shelf.fetch(job);
        }
        while let Some(told) = self.doors.shelf.try_tell() {
            match told {
                Told::Found { jobs, results } => self.earlier = Earlier { jobs, results },
                Told::Result(result) => self.review.add_earlier(*result),
                Told::Restored(restored) => {
                    let Restored { request, asked } = *restored;
                    let number = request.job;
                    self.jobs.announce(Job::preparing(&request, asked.clone()), false);
                    self.jobs.ready(request, asked);
                    self.jobs.written(number);
                    self.write_order();
                }
                Told::Written(job) => self.jobs.written(job),
                Told::Fetched(fetched) => drop(self.jobs.fetched(fetched.request, fetched.asked)),
                Told::Gone(job, error) => {
                    let ending = self.jobs.give_up(job, error);
                    ending.into_iter().for_each(|ending| self.ended(ending));
                }
                Told::Trouble(error) => self.complain(&error),
            }
        }
    }

    /// The order of the line, for the next session.
    pub(super) fn write_order(&mut self) {
        let order = self.jobs.list().iter().map(|job| job.id).collect();
        self.doors.shelf.order(order);
    }

    /// Takes the waiting jobs out. They stay on disk for as long as they can be put back.
    fn clear_line(&mut self) {
        if self.jobs.waiting() == 0 {
            return;
        }
        self.forget_cleared();
        let jobs = words::count(self.jobs.clear_waiting() as u64, "job");
        self.say_undone_by(&format!("{jobs} taken out"), Command::RestoreLine);
    }

    /// From here on the jobs that were cleared last cannot be put back.
    pub(in crate::window) fn forget_cleared(&mut self) {
        for job in self.jobs.cleared() {
            self.doors.shelf.forget(job.id);
        }
    }

    fn restore_line(&mut self) {
        if self.jobs.restore() > 0 {
            self.write_order();
        }
    }

    /// The chosen job, or the last one where none is chosen.
    fn job_chosen(&self) -> Option<JobId> {
        let list = self.jobs.list();
        list.iter().find(|job| Some(job.id) == self.chosen_job).or(list.last()).map(|job| job.id)
    }

    fn choose_job(&mut self, next: bool) {
        let list = self.jobs.list();
        let at = list.iter().position(|job| Some(job.id) == self.chosen_job);
        let to = match (at, next) {
            (None, _) => 0,
            (Some(at), true) => (at + 1).min(list.len().saturating_sub(1)),
            (Some(at), false) => at.saturating_sub(1),
        };
        self.chosen_job = list.get(to).map(|job| job.id);
    }
}
