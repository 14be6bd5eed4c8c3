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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Of this thread: the 19th word of its status line, counted from behind the name in brackets.
    fn niceness() -> i32 {
        let line = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let (_, words) = line.rsplit_once(')').unwrap();
        words.split_whitespace().nth(16).unwrap().parse().unwrap()
    }

    #[test]
    fn a_thread_that_goes_behind_is_nicer_than_it_was_and_the_others_are_not() {
        let before = niceness();
        let thread = std::thread::spawn(|| {
            go_behind();
            niceness()
        });
        assert!(thread.join().unwrap() > before);
        assert_eq!(niceness(), before);
    }
}
