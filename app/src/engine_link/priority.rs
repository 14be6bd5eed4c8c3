//! The engine behind a window: its threads let the window's own go first, so that the pen does not wait while a picture
//! is computed on the same cores.

use thread_priority::{ThreadPriority, set_current_thread_priority};

/// Of 0 to 99, where a thread usually has 49. On Linux this is a niceness of 8: about a sixth of the time where a thread of
/// the window wants it, too, and all of it elsewhere.
const BEHIND: u8 = 30;

/// Lowers the priority of the threads that compute on the CPU, for the whole process. Those for shaders that a software
/// renderer starts from the engine's thread take its priority over on Linux.
pub(super) fn computing_goes_behind() {
    // A second time finds the threads made.
    let _ = rayon::ThreadPoolBuilder::new().start_handler(|_| go_behind()).build_global();
}

/// Lowers the priority of this thread; where the system refuses, the work is done all the same.
pub(super) fn go_behind() {
    if let Ok(priority) = BEHIND.try_into() {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(priority));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_goes_behind_has_a_lower_priority_than_it_had() {
        let priority = || thread_priority::get_current_thread_priority();
        let thread = std::thread::spawn(move || {
            let before = format!("{:?}", priority());
            go_behind();
            (before, format!("{:?}", priority()))
        });
        let (before, after) = thread.join().unwrap();
        assert_ne!(before, after);
    }
}
