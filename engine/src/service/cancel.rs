//! A job's cancellation as a value that can be handed around.

use engine_api::CancelMode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const GO_ON: u8 = 0;
const KEEP_STEP: u8 = 1;
const NOW: u8 = 2;

/// Says whether one job should end, and how. Clones share the state; asking costs one atomic load.
///
/// A request can be made stricter ("keep this step", then "now") but never taken back.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicU8>);

impl CancelToken {
    /// Asks the job to end.
    pub fn cancel(&self, mode: CancelMode) {
        let level = match mode {
            CancelMode::KeepStep => KEEP_STEP,
            CancelMode::Now => NOW,
        };
        self.0.fetch_max(level, Ordering::Relaxed);
    }

    /// How the job was asked to end; `None` while it may go on.
    pub fn mode(&self) -> Option<CancelMode> {
        match self.0.load(Ordering::Relaxed) {
            GO_ON => None,
            KEEP_STEP => Some(CancelMode::KeepStep),
            _ => Some(CancelMode::Now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancellation_only_becomes_stricter() {
        let token = CancelToken::default();
        assert_eq!(token.mode(), None);
        token.cancel(CancelMode::KeepStep);
        assert_eq!(token.mode(), Some(CancelMode::KeepStep));
        token.clone().cancel(CancelMode::Now);
        token.cancel(CancelMode::KeepStep);
        assert_eq!(token.mode(), Some(CancelMode::Now));
    }
}
