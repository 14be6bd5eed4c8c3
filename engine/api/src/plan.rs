//! What a job will take, known before it starts.

use crate::Size;
use serde::{Deserialize, Serialize};

/// The plan of one job: shown before the work begins, and a bound for what it may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The device that does the work, as its driver names it.
    pub device: String,
    /// Most bytes of main memory that the job will use.
    pub ram_bytes: u64,
    /// Most bytes of the graphics card's memory that the job will use; 0 on the processor.
    pub vram_bytes: u64,
    /// Steps that the sampler will take.
    pub steps: u32,
    /// Pieces in which the picture is decoded; 1 means in one go.
    pub tiles: u32,
    /// Size at which the model works, in pixels.
    pub work_size: Size,
    /// What the user should know beforehand: mask resampled, prompt cut, weights streamed. Each is told as a note,
    /// too.
    pub notes: Vec<String>,
}
