//! The engine's work as the window deals with it: asking (`submit`), the line of jobs (`line`), results that wait for a
//! decision (`review`, `results`), and looking at what they changed (`compare`).

mod compare;
mod line;
mod results;
mod review;
mod submit;

pub use compare::Compare;
pub use line::{Earlier, LineChange};
pub use review::{Pending, Review};
pub(super) use submit::Batch;

use super::{Command, Open, Question, Studio};
use crate::live::Ending;
use engine_api::{CancelMode, ErrorKind};

impl Studio {
    /// Takes what was prepared, read again or finished since the last frame.
    pub(super) fn take_work(&mut self) {
        self.take_batches();
        self.take_told();
        for ending in self.jobs.update(self.doors.service.as_ref()) {
            self.ended(ending);
        }
        self.look_at_changes();
    }

    /// Commands about jobs and results.
    pub(super) fn work_command(&mut self, command: Command) {
        match command {
            Command::Generate => self.generate(false),
            Command::GenerateNext => self.generate(true),
            Command::Export => self.export(),
            Command::StopNow => self.stop(CancelMode::Now),
            Command::StopAndKeep => self.stop(CancelMode::KeepStep),
            Command::Accept => self.accept(),
            Command::AcceptAll => self.accept_all(),
            Command::Discard => {
                if let Some(job) = self.review.discard() {
                    self.doors.shelf.forget(job);
                    self.say_undone_by("Discarded", Command::BringBack);
                }
            }
            Command::BringBack => {
                if let Some(result) = self.review.bring_back() {
                    self.doors.shelf.keep_result(result);
                }
            }
            Command::NextResult => self.review.turn(true),
            Command::PreviousResult => self.review.turn(false),
            Command::Split => self.toggle_split(),
            Command::SplitLeft => self.compare.move_divider(-1.0),
            Command::SplitRight => self.compare.move_divider(1.0),
            Command::Changes => self.compare.changes = !self.compare.changes,
            other => self.line_command(other),
        }
    }

    /// The window's title: how far the work is, and what is open.
    pub fn title(&self) -> String {
        let mut title = String::new();
        if let Some(job) = self.jobs.running() {
            match job.progress.share() {
                Some(share) => title.push_str(&format!("{:.0} % \u{2013} ", share * 100.0)),
                None => title.push_str("Working \u{2013} "),
            }
        }
        if let Some(open) = &self.open {
            title.push_str(&open.name);
            title.push_str(if open.is_unsaved() { " \u{2022} \u{2013} " } else { " \u{2013} " });
        }
        title + "Rostrum"
    }

    fn ended(&mut self, Ending { job, result }: Ending) {
        // A job that the engine's own end took along is offered again by the next session.
        if result.is_err() && self.doors.service.is_alive() {
            self.doors.shelf.forget(job.id);
        }
        match result {
            Ok(finished) => {
                self.note_time(&job, &finished);
                let result = self.review.add(&job, *finished);
                self.doors.shelf.keep_result(result);
                self.look.has_news = true;
                self.message = None;
            }
            Err(error) if error.kind == ErrorKind::Cancelled => {
                self.say("Cancelled. Your picture is untouched");
            }
            Err(error) if self.jobs.is_paused() && self.jobs.waiting() > 0 => {
                let waiting = crate::words::count(self.jobs.waiting() as u64, "job");
                self.complain(&format!("{error} The queue is paused, {waiting} waiting."));
            }
            Err(error) => self.complain(&error),
        }
    }
}
