//! Ctrl+C: the first one asks the job to stop, the second one ends the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Exit status of a cancelled run, as shells report an interrupt.
pub const CANCELLED: u8 = 130;

/// How often the user asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Listens from now on. Where the system refuses, Ctrl+C keeps its usual meaning.
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let count = Arc::clone(&interrupt.0);
        let _ = ctrlc::set_handler(move || {
            if count.fetch_add(1, Ordering::SeqCst) > 0 {
                std::process::exit(i32::from(CANCELLED));
            }
        });
        interrupt
    }

    /// Whether Ctrl+C was pressed.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}
