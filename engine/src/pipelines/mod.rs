//! Floor 6: from a request's parameters to finished pixels. Knows no threads, no channels, no window.

pub mod compose;
pub mod register;
pub mod report;
pub mod sampling;
