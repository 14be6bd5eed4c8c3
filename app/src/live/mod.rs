//! Running work as the window knows it: jobs in line, how far they are, and what they brought back.
//!
//! Nothing here waits. [`Jobs::update`] is called once a frame and takes what the engine has told since.

mod job;
mod wish;

pub use job::{Job, Progress};
pub use wish::{Canvas, Doing, Reference, Wish, new_seed};

use crate::document::{Kept, LayerId};
use crate::link::JobService;
use engine_api::{CancelMode, EngineError, Event, EventKind, Finished, ImageRequest, JobId, Mask};

/// Everything that was asked of the engine and is not over.
#[derive(Default)]
pub struct Jobs {
    jobs: Vec<Job>,
    last: u64,
}

/// How a job ended.
pub struct Ending {
    pub job: Job,
    /// [`engine_api::ErrorKind::Cancelled`] when the user stopped it.
    pub result: Result<Box<Finished>, EngineError>,
}

impl Jobs {
    /// A number for the next job.
    pub fn next_id(&mut self) -> JobId {
        self.last += 1;
        JobId(self.last)
    }

    /// Puts a request in line.
    ///
    /// # Errors
    /// What the engine refuses it for.
    pub fn submit(
        &mut self,
        service: &dyn JobService,
        request: ImageRequest,
        asked: Asked,
    ) -> Result<(), EngineError> {
        let job = Job::new(&request, asked);
        service.submit(request)?;
        self.jobs.push(job);
        Ok(())
    }

    /// Takes everything that the engine has told since the last call, and hands over the jobs that ended.
    pub fn update(&mut self, service: &dyn JobService) -> Vec<Ending> {
        let mut endings = Vec::new();
        while let Some(event) = service.try_event() {
            endings.extend(self.hear(event));
        }
        for job in &mut self.jobs {
            if let Some(preview) = service.take_preview(job.id) {
                job.preview = Some(preview);
                job.preview_number += 1;
            }
        }
        if !service.is_alive() && service.try_event().is_none() {
            endings.extend(self.jobs.drain(..).map(|job| Ending { job, result: Err(stopped()) }));
        }
        endings
    }

    /// In line, the running one first.
    pub fn list(&self) -> &[Job] {
        &self.jobs
    }

    /// The one that the engine works on.
    pub fn running(&self) -> Option<&Job> {
        self.jobs.iter().find(|job| job.progress.is_running())
    }

    /// Asks a job to end; it stays in the list until the engine answers.
    pub fn cancel(&mut self, service: &dyn JobService, id: JobId, mode: CancelMode) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) {
            job.stopping = Some(mode);
            service.cancel(id, mode);
        }
    }

    fn hear(&mut self, event: Event) -> Option<Ending> {
        let at = self.jobs.iter().position(|job| job.id == event.job)?;
        let result = match event.kind {
            EventKind::Finished(finished) => Ok(finished),
            EventKind::Failed(error) => Err(error),
            EventKind::Cancelled => Err(EngineError::cancelled()),
            told => {
                self.jobs[at].hear(told);
                return None;
            }
        };
        Some(Ending { job: self.jobs.remove(at), result })
    }
}

/// What the window wants to remember of a request until its end.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What was to happen.
    pub doing: Doing,
    /// The model as it is named.
    pub model: String,
    /// The document that it was asked for.
    pub document: u64,
    /// What was marked; `None` for the whole picture.
    pub mask: Option<Mask>,
    /// What its result will remember, so that it can be made again.
    pub kept: Kept,
    /// The result that is made again.
    pub earlier: Option<LayerId>,
}

fn stopped() -> EngineError {
    let error = EngineError::new(engine_api::ErrorKind::Internal, "The engine stopped without a word");
    error.with_hint("Your picture is untouched; save it and start Rostrum again")
}
