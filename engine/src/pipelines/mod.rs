//! Floor 6: from a request's parameters to finished pixels. Knows no threads, no channels, no window.
//!
//! Tour, in the order of a job: [`model`] opens a folder and knows its parts; `settings` fills in what the request
//! leaves open; `plan` says what it will take; `words` turns prompt and pictures into conditioning; `latents` goes
//! between pixels and packed latents; `sampling/draw` walks down the schedule; [`generate`] and [`edit`] put it together for
//! pictures from words and from pictures; `fit` cuts the worked-on part out and puts it back where it came from.
//! [`video`] does all of that for clips.

mod convert;
mod dump;
pub mod edit;
mod error;
mod fit;
pub mod generate;
mod latents;
pub mod model;
mod plan;
pub mod report;
pub mod sampling;
mod settings;
pub mod video;
mod watch;
mod words;

pub use error::PipelineError;
pub use fit::{compose, register};
pub use model::ImageModel;
pub use plan::foresee;

use crate::kernels::take_remarks;
use engine_api::{ImageRequest, Intent, Outcome};
use report::Report;

/// Does one request from beginning to end.
///
/// # Errors
/// [`PipelineError::Cancelled`] within one block of being asked to stop, else what went wrong.
pub fn run(request: &ImageRequest, report: &dyn Report) -> Result<Outcome, PipelineError> {
    let outcome = match &request.intent {
        Intent::Generate(size) => generate::run(request, *size, report),
        Intent::Edit(edit) => edit::run(request, edit, report),
    };
    take_remarks().into_iter().for_each(|remark| report.note(remark));
    outcome
}
