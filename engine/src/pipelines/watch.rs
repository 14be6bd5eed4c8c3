//! Oversight of a running job: whether to stop, and how much graphics memory it holds.

use super::report::Report;
use crate::device::Device;
use crate::nn::Watch;
use std::sync::atomic::{AtomicU64, Ordering};

/// Stands between the models, which ask it between blocks, and the job's report.
pub(super) struct JobWatch<'a> {
    pub report: &'a dyn Report,
    device: Device,
    peak: AtomicU64,
}

impl<'a> JobWatch<'a> {
    /// Oversight of a job on `device`.
    pub(super) fn new(device: Device, report: &'a dyn Report) -> Self {
        Self { report, device, peak: AtomicU64::new(0) }
    }

    /// Most bytes of graphics memory seen so far; 0 on the CPU.
    pub(super) fn peak(&self) -> u64 {
        self.peak.fetch_max(self.device.reserved_bytes(), Ordering::Relaxed);
        self.peak.load(Ordering::Relaxed)
    }
}

impl Watch for JobWatch<'_> {
    /// Launches run ahead of the device: it is waited for here, between blocks, so that a job asked to stop ends
    /// within one block of what the device is really doing.
    fn cancelled(&self) -> bool {
        self.device.settle();
        self.peak();
        self.report.stop_now()
    }
}
